"""Change consent, or withdraw it with one click, which erases what was made of it."""

from typing import Any

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ...const import CONF_CONSENT, CONF_CONSENT_BY, CONF_MERGED
from ...descriptions.reader import speak_to_reader
from ...descriptions.sentences import say
from ...errors import details
from ...kith_engine.errors import KithError
from ...privacy.erasure import erase, erase_unnamed
from ...settings import Agreement, Consent
from ...storage.photos import PhotoStore
from .base import (
    BY_SERVICES,
    CONF_KEEP_PHOTOS,
    CONF_NEVER,
    PersonSteps,
    agreement_fault,
    agreement_fields,
    agreement_of,
    services_asked,
)


class AgreementSteps(PersonSteps):
    """Both steps work while Kith is not running, so nobody has to wait for an engine to withdraw."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Consent | None = None
        """What the person agreed to when the form was shown."""

    async def async_step_consent(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if gone := self._gone():
            return gone
        await speak_to_reader(self.hass)
        return self.async_show_menu(
            step_id="consent", menu_options=["agreement", "withdraw"], description_placeholders=self._placeholders()
        )

    async def async_step_agreement(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if gone := self._gone():
            return gone
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None and self._consent != self._shown:
            errors, user_input = {"base": "consent_changed_meanwhile"}, None
        if user_input is not None and not (errors := agreement_fault(user_input)):
            self._store({CONF_CONSENT: agreement_of(user_input, self._name, self._consent)})
            if Agreement.PHOTOS not in self._consent.to:
                await PhotoStore(self.hass).forget(self._person_id)
            try:
                if Agreement.NEVER in self._consent.to:
                    await erase_unnamed(self.hass, self._entry)
            except KithError as error:
                errors, reason = {"base": error.code}, details(error)
            else:
                return self._done("consent_changed")
        self._shown = self._consent
        to = self._consent.to
        stored: dict[str, Any] = {
            CONF_CONSENT: Agreement.RECOGNIZE in to,
            CONF_KEEP_PHOTOS: Agreement.PHOTOS in to,
            CONF_NEVER: Agreement.NEVER in to,
            CONF_CONSENT_BY: self._consent.by,
            **{agreement: agreement in to for agreement in BY_SERVICES},
        }
        await speak_to_reader(self.hass)
        fields = vol.Schema(agreement_fields(services_asked(self._entry)))
        schema = self.add_suggested_values_to_schema(fields, user_input or stored)
        return self.async_show_form(
            step_id="agreement",
            data_schema=schema,
            errors=errors,
            description_placeholders={**self._placeholders(), **self._services, "details": reason},
        )

    async def async_step_withdraw(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if gone := self._gone():
            return gone
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            withdrawn = Consent(frozenset(), self._consent.by, dt_util.utcnow()).stored()
            # first: recognition stops now, even if erasing fails. People merged into this one agreed, too
            self._store({CONF_CONSENT: withdrawn}, CONF_MERGED)
            try:
                erased = await erase(self.hass, self._entry, self._person_id)
            except KithError as error:
                errors, reason = {"base": error.code}, details(error)
            else:
                counts: dict[str, Any] = {"templates": erased.templates, "photos": erased.photos}
                if erased.left_at:
                    return self._done("withdrawn_later", **counts, services=", ".join(erased.left_at))
                return self._done("withdrawn", **counts)
        return self.async_show_form(
            step_id="withdraw",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders={"name": self._name, "details": reason},
        )

    @callback
    def _placeholders(self) -> dict[str, str]:
        """What the person agreed to, who said so, and when."""
        consent = self._consent
        to = ", ".join(say(self.hass, f"agreed_{one}") for one in sorted(consent.to)) or say(
            self.hass, "agreed_nothing"
        )
        at = dt_util.as_local(consent.at).strftime("%Y-%m-%d") if consent.at else "–"
        return {"name": self._name, "to": to, "by": consent.by or "–", "at": at}
