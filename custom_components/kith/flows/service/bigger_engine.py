"""A bigger engine's address, from the network or typed, and its code; or a token, as for Kith's own engine."""

from typing import Any

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from yarl import URL

from ...const import CONF_CERTIFICATE, CONF_CODE, CONF_KEY, CONF_KIND, CONF_URL, DOMAIN
from ...engines.discovery import announced_engines
from ...engines.pairing import encode_certificate, find, fingerprint_of, is_exposed, pair_with, paired_url
from ...errors import details
from ...kith_engine.errors import KithError
from ...kith_engine.pairing.identity import LONGEST_NAME
from ...settings import ServiceKind
from ..elsewhere import CODE_SCHEMA
from .access import AccessSteps


class EngineSteps(AccessSteps):
    """The form of every service, and then the code, unless the engine is asked by a token."""

    _name = ""

    async def async_step_kith(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Where is it? Engines are paired; a token is for this very machine, or for a cluster behind https."""
        self._service[CONF_KIND] = ServiceKind.KITH
        if user_input is None:
            return self._ask_access(None, {})
        if self._has_token(user_input):
            self._service.pop(CONF_CERTIFICATE, None)
            return await self._access(ServiceKind.KITH, user_input)
        errors, reason = await self._find(user_input)
        return self._ask_access(user_input, errors, reason) if errors else await self.async_step_pair()

    async def async_step_pair(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Prove to each other that the owner stands behind both."""
        errors: dict[str, str] = {}
        reason, url = "", self._service[CONF_URL]
        if user_input is not None:
            try:
                self._service[CONF_CERTIFICATE] = await pair_with(self.hass, url, user_input[CONF_CODE])
            except KithError as error:
                errors, reason = {"base": error.code}, details(error)
            else:
                return await self._paired()
        return self.async_show_form(
            step_id="pair",
            data_schema=CODE_SCHEMA,
            errors=errors,
            description_placeholders={"details": reason, "name": self._name, "url": URL(url).authority},
        )

    def _has_token(self, answer: dict[str, Any]) -> bool:
        """Whether this engine is asked by a token, or without anything: then its address says http."""
        url = answer[CONF_URL].strip()
        stored = {} if self._adding else self._get_reconfigure_subentry().data
        known = bool(answer.get(CONF_KEY)) or (CONF_KEY in stored and url == stored[CONF_URL])
        return url.startswith("http://") or (url.startswith("https://") and known)

    async def _find(self, answer: dict[str, Any]) -> tuple[dict[str, str], str]:
        """The form's errors and their details; none if an engine answers there that may be paired."""
        try:
            self._service[CONF_URL] = paired_url(answer[CONF_URL].strip())
            if errors := self._faults(answer):
                return errors, ""
            offer = await find(self.hass, self._service[CONF_URL])
        except KithError as error:
            return {"base": error.code}, details(error)
        if encode_certificate(offer.certificate) in [one.data.get(CONF_CERTIFICATE) for one in self._others()]:
            return {CONF_URL: "already_there"}, ""
        self._name = offer.name[:LONGEST_NAME]
        return {}, ""

    async def _paired(self) -> SubentryFlowResult:
        self._service.pop(CONF_KEY, None)
        fingerprint = fingerprint_of(self._service[CONF_CERTIFICATE])
        for flow in self.hass.config_entries.flow.async_progress_by_handler(
            DOMAIN, match_context={"unique_id": fingerprint}
        ):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])  # Home Assistant still offered it as found
        if (error := await self._check()) is not None:
            return self._ask_access(None, {"base": error.code}, details(error))
        return await self._go_on()

    @callback
    def _faults(self, answer: dict[str, Any]) -> dict[str, str]:
        """Unencrypted is only what leads to this machine, or was used before engines were paired."""
        faults = super()._faults(answer)
        if not faults and self._kind is ServiceKind.KITH and self._is_new_address():
            return {CONF_URL: "engine_unencrypted"} if is_exposed(self._service[CONF_URL]) else {}
        return faults

    def _addresses(self) -> Selector[Any]:
        """Engines that were found on the network are offered; any other address can be typed."""
        if self._kind is not ServiceKind.KITH:
            return super()._addresses()
        settings = (self._entry.data, *(one.data for one in self._others()))
        used = {fingerprint_of(one[CONF_CERTIFICATE]) for one in settings if CONF_CERTIFICATE in one}
        options = [
            SelectOptionDict(value=engine.url, label=f"{engine.name} ({URL(engine.url).authority})")
            for engine in announced_engines(self.hass)
            if engine.fingerprint not in used
        ]
        if not options:
            return TextSelector()
        return SelectSelector(
            SelectSelectorConfig(options=options, custom_value=True, mode=SelectSelectorMode.DROPDOWN)
        )
