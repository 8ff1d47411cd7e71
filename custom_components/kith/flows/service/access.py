"""A service's address and key, the owner's consent to ask it, and a check that sends nothing about anybody."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry, SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    Selector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_hex
import voluptuous as vol
from yarl import URL

from ...const import APPROVAL_FORM, CONF_CERTIFICATE, CONF_GROUP, CONF_KEY, CONF_KIND, CONF_URL, SUBENTRY_SERVICE
from ...errors import OpinionError, OpinionNotApprovedError, details
from ...second_opinion.clients import service_of
from ...second_opinion.ledger import LedgerEntry, Purpose
from ...second_opinion.protocol import Meter
from ...settings import ServiceKind, ServiceSettings
from ...subentries import subentries_of
from .allowed import AllowedSteps

CONF_AGREED = "agreed"
PAGES = {
    ServiceKind.KITH: "https://github.com/kith-home/kith/blob/main/docs/second-opinion.md",
    ServiceKind.COMPREFACE: "https://github.com/exadel-inc/CompreFace",
    ServiceKind.AZURE: "https://learn.microsoft.com/azure/ai-services/face/",
}
"""Where owners can read more."""
KEYLESS = frozenset({ServiceKind.KITH})
"""An engine can be started without a token."""
ADDRESS = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))


class AccessSteps(AllowedSteps):
    """One form for adding and changing, with texts for each kind. A stored key is never shown."""

    async def async_step_kith(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """The engine's address, and its token if it is not paired."""
        raise NotImplementedError

    async def async_step_compreface(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        return await self._access(ServiceKind.COMPREFACE, user_input)

    async def async_step_azure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        return await self._access(ServiceKind.AZURE, user_input)

    async def async_step_access(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change the address or key."""
        if self._kind is ServiceKind.KITH:
            return await self.async_step_kith()
        return await self._access(self._kind, None)

    async def async_step_not_approved(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Shown for most private accounts: the owner made no mistake, and trying again does not help."""
        return self.async_show_menu(
            step_id="not_approved",
            menu_options=[str(ServiceKind.AZURE), "give_up"],
            description_placeholders={"link": APPROVAL_FORM},
        )

    async def async_step_give_up(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Stores nothing, here or there; an existing service stays as it was."""
        return self.async_abort(reason="given_up")

    async def _access(self, kind: ServiceKind, answer: dict[str, Any] | None) -> SubentryFlowResult:
        self._service[CONF_KIND] = kind
        errors: dict[str, str] = {}
        reason = ""
        if answer is not None and not (errors := self._take(answer)):
            error = await self._check()
            if error is None:
                return await self._go_on()
            if isinstance(error, OpinionNotApprovedError):
                return await self.async_step_not_approved()
            errors, reason = {"base": error.code}, details(error)
        return self._ask_access(answer, errors, reason)

    @callback
    def _ask_access(
        self, answer: dict[str, Any] | None, errors: dict[str, str], reason: str = ""
    ) -> SubentryFlowResult:
        """answer: what the form was given before."""
        suggested = answer if answer is not None else self._service
        shown = {key: suggested[key] for key in (CONF_URL, CONF_AGREED) if key in suggested}
        return self.async_show_form(
            step_id=self._kind,
            data_schema=self.add_suggested_values_to_schema(self._schema(errors), shown),
            errors=errors,
            description_placeholders={"details": reason, "link": PAGES[self._kind]},
        )

    def _addresses(self) -> Selector[Any]:
        """How the address is entered."""
        return ADDRESS

    def _schema(self, errors: dict[str, str]) -> vol.Schema:
        """Asks for consent again only if everything would go to another address."""
        known = self._service.get(CONF_KEY) or self._kind in KEYLESS
        fields: dict[vol.Marker, Any] = {
            vol.Required(CONF_URL): self._addresses(),
            (vol.Optional if known else vol.Required)(CONF_KEY): SECRET,
        }
        if self._adding or CONF_AGREED in errors:
            fields[vol.Required(CONF_AGREED, default=False)] = BooleanSelector()
        return vol.Schema(fields)

    @callback
    def _take(self, answer: dict[str, Any]) -> dict[str, str]:
        """Remember the answer. Returns errors by field."""
        if key := answer.get(CONF_KEY, "").strip():
            self._service[CONF_KEY] = key
        url = _address(answer[CONF_URL])
        if url is None:
            return {CONF_URL: "address_invalid"}
        if self._kind is ServiceKind.AZURE and url.scheme != "https":
            return {CONF_URL: "address_unencrypted"}
        self._service[CONF_URL] = str(url).rstrip("/")
        return self._faults(answer)

    def _faults(self, answer: dict[str, Any]) -> dict[str, str]:
        if self._exists():
            return {CONF_URL: "already_there"}
        if self._kind not in KEYLESS and not self._service.get(CONF_KEY):
            return {CONF_KEY: "key_missing"}
        if self._is_new_address() and not answer.get(CONF_AGREED):
            return {CONF_AGREED: "agreement_missing"}
        return {}

    def _is_new_address(self) -> bool:
        """Whether the owner has not agreed to this address."""
        return self._adding or bool(self._get_reconfigure_subentry().data[CONF_URL] != self._service[CONF_URL])

    def _exists(self) -> bool:
        return any(all(one.data[key] == self._service[key] for key in (CONF_KIND, CONF_URL)) for one in self._others())

    def _others(self) -> list[ConfigSubentry]:
        """The services that there are beside this one."""
        own_id = None if self._adding else self._get_reconfigure_subentry().subentry_id
        return [one for one in subentries_of(self._entry, SUBENTRY_SERVICE) if one.subentry_id != own_id]

    async def _check(self) -> OpinionError | None:
        """Returns the reason why the service cannot be asked."""
        if self._kind is ServiceKind.AZURE:  # made once: Kith later finds its people there by this id
            self._service.setdefault(CONF_GROUP, f"kith-{ulid_hex()}")
        settings = ServiceSettings(
            "",
            "",
            self._kind,
            self._service[CONF_URL],
            self._service.get(CONF_KEY, ""),
            self._service.get(CONF_GROUP, ""),
            certificate=self._service.get(CONF_CERTIFICATE, ""),
        )
        meter, begun = Meter(), dt_util.utcnow()
        failure: OpinionError | None = None
        try:
            await service_of(self.hass, settings).check(meter)
        except OpinionError as error:
            failure = error
        code = failure.code if failure else None
        entry = LedgerEntry(begun, "", self._kind, Purpose.CHECK, sent=meter.sent, calls=meter.calls, error=code)
        self._checks.append(entry)
        if not self._adding:
            self._write_down_checks()
        return failure

    async def _go_on(self) -> SubentryFlowResult:
        if self._adding:
            return await self.async_step_allowed()
        if self._loaded:  # it just answered, whatever stopped it before
            self._entry.runtime_data.opinions.set_up_again(self._get_reconfigure_subentry().subentry_id)
        return self._store("access_changed")


def _address(given: str) -> URL | None:
    """None if it is invalid. An address with a user name is refused: it would be stored and shown."""
    try:
        url = URL(given.strip())
    except ValueError:
        return None
    usable = url.scheme in ("http", "https") and url.host and url.user is None and not url.query and not url.fragment
    return url if usable else None
