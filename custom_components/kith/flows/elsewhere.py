"""The steps that find, pair, and accept an engine on another host."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import voluptuous as vol
from yarl import URL

from ..const import CONF_CERTIFICATE, CONF_CODE, CONF_ENGINE, ENGINE_REMOTE, SUBENTRY_SERVICE
from ..engines.discovery import Announced, remember
from ..engines.pairing import find, fingerprint_of, is_exposed, pair_with, paired_url
from ..engines.remote import meet
from ..errors import details
from ..kith_engine.errors import KithError
from ..kith_engine.pairing.identity import LONGEST_NAME
from ..second_opinion.service_state import ServiceState
from ..subentries import subentries_of

TOKEN_SCHEMA = vol.Schema({vol.Optional(CONF_TOKEN): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))})
REMOTE_SCHEMA = vol.Schema({vol.Required(CONF_URL): TextSelector(), **TOKEN_SCHEMA.schema})
CODE_SCHEMA = vol.Schema({vol.Required(CONF_CODE): TextSelector(TextSelectorConfig(autocomplete="one-time-code"))})


class ElsewhereFlow(ConfigFlow):
    """A flow with such steps. Whoever inherits it says what happens to the engine, in `engine_is`."""

    _url = ""
    _name = ""

    async def engine_is(self, engine: dict[str, Any]) -> ConfigFlowResult:
        """Continue with this engine, which answers."""
        raise NotImplementedError

    def entry_in_use(self) -> ConfigEntry | None:
        """Kith's entry, if it is set up."""
        return next(iter(self._async_current_entries(include_ignore=False)), None)

    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """An engine announces itself. Nothing of what it says is proven before the code is."""
        engine = Announced.of(discovery_info)
        remember(self.hass, engine)
        await self.async_set_unique_id(engine.fingerprint)
        self._abort_if_unique_id_configured()
        self._url, self._name = engine.url, engine.name
        if (entry := self.entry_in_use()) is not None and self._follow(entry, engine.fingerprint):
            return self.async_abort(reason="already_configured")
        self.context["title_placeholders"] = {"name": self._name}
        return await self._ask_code()

    def _follow(self, entry: ConfigEntry, announced: str) -> bool:
        """Returns whether it is an engine of ours, which may have another address now.

        Whoever lies about that does not have its key, and an engine that answers is left alone.
        """
        change, found = self.hass.config_entries, False
        home = entry.runtime_data if entry.state is ConfigEntryState.LOADED else None
        if _fingerprint(entry.data) == announced:
            found = True
            if entry.data[CONF_URL] != self._url and not (home and home.engine.available):
                change.async_update_entry(entry, data={**entry.data, CONF_URL: self._url})
                change.async_schedule_reload(entry.entry_id)
        for service in subentries_of(entry, SUBENTRY_SERVICE):
            if _fingerprint(service.data) == announced:
                found = True
                asked = home and home.opinions.services.get(service.subentry_id)
                answers = asked and asked.state is ServiceState.READY
                if service.data[CONF_URL] != self._url and not answers:
                    change.async_update_subentry(entry, service, data={**service.data, CONF_URL: self._url})
        return found

    async def async_step_remote(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Where is it? Engines are paired; a token is for this very machine, or for a cluster behind https."""
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            url = user_input[CONF_URL].strip()
            token = user_input.get(CONF_TOKEN)
            if url.startswith("http://") or (token and url.startswith("https://")):
                errors, reason = await self._meet(url, token)
                if not errors:
                    return await self.engine_is({CONF_ENGINE: ENGINE_REMOTE, **user_input})
            else:
                errors, reason = await self._find(url)
                if not errors:
                    return await self._ask_code()
        elif self.source == SOURCE_RECONFIGURE:
            user_input = {CONF_URL: self._get_reconfigure_entry().data.get(CONF_URL)}
        return self.async_show_form(
            step_id=ENGINE_REMOTE,
            data_schema=self.add_suggested_values_to_schema(REMOTE_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"details": reason},
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """The engine refused the token, or no longer knows this home."""
        if CONF_CERTIFICATE not in entry_data:
            return await self.async_step_reauth_confirm()
        self._url = entry_data[CONF_URL]
        self._name = str(URL(self._url).host)
        return await self._ask_code()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the token that the engine was started with."""
        engine = self._get_reauth_entry().data
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            errors, reason = await self._meet(engine[CONF_URL], user_input.get(CONF_TOKEN), known=True)
            if not errors:
                return self.update_engine(self._get_reauth_entry(), {**engine, CONF_TOKEN: user_input.get(CONF_TOKEN)})
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=TOKEN_SCHEMA,
            errors=errors,
            description_placeholders={"details": reason, "url": engine[CONF_URL]},
        )

    async def _ask_code(self) -> ConfigFlowResult:
        if self.source == SOURCE_REAUTH:
            return await self.async_step_pair_again()
        if self.source == SOURCE_RECONFIGURE or self.entry_in_use() is None:
            return await self.async_step_pair()
        return await self.async_step_move()

    async def async_step_pair(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Prove to each other that the owner stands behind both."""
        return await self._pair("pair", user_input)

    async def async_step_move(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The same, while Kith uses another engine."""
        return await self._pair("move", user_input)

    async def async_step_pair_again(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The same, for an engine that no longer knows this home."""
        return await self._pair("pair_again", user_input)

    async def _pair(self, step: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            try:
                return await self._paired(await pair_with(self.hass, self._url, user_input[CONF_CODE]))
            except KithError as error:
                errors, reason = {"base": error.code}, details(error)
        return self.async_show_form(
            step_id=step,
            data_schema=CODE_SCHEMA,
            errors=errors,
            description_placeholders={"details": reason, "name": self._name, "url": URL(self._url).authority},
        )

    async def _paired(self, certificate: str) -> ConfigFlowResult:
        engine = {CONF_ENGINE: ENGINE_REMOTE, CONF_URL: self._url, CONF_CERTIFICATE: certificate}
        if self.source == SOURCE_REAUTH:
            return self.update_engine(self._get_reauth_entry(), engine)
        if self.source != SOURCE_RECONFIGURE and (entry := self.entry_in_use()) is not None:
            self.update_engine(entry, engine)
            return self.async_abort(reason="reconfigure_successful")
        return await self.engine_is(engine)

    def update_engine(self, entry: ConfigEntry, engine: dict[str, Any]) -> ConfigFlowResult:
        """Reload the entry for another engine; its listener handles other changes without a reload."""
        result = self.async_update_and_abort(entry, data=engine)
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    async def _find(self, url: str) -> tuple[dict[str, str], str]:
        """The form's errors and their details; none if an engine answers there."""
        try:
            self._url = paired_url(url)
            self._name = (await find(self.hass, self._url)).name[:LONGEST_NAME]
        except KithError as error:
            return {"base": error.code}, details(error)
        return {}, ""

    async def _meet(self, url: str, token: str | None, *, known: bool = False) -> tuple[dict[str, str], str]:
        """The form's errors and their details; none if the engine lets us in by the token.

        known: it is used already, from a time when engines on other hosts could not be paired.
        """
        if is_exposed(url) and not known:
            return {"base": "engine_unencrypted"}, ""
        try:
            await meet(self.hass, url, token)
        except KithError as error:
            return {"base": error.code}, details(error)
        return {}, ""


def _fingerprint(stored: Mapping[str, Any]) -> str | None:
    """The fingerprint of the engine that was paired, if one was."""
    return fingerprint_of(stored[CONF_CERTIFICATE]) if CONF_CERTIFICATE in stored else None
