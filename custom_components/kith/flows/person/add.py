"""Add a person: who it is, and what they agreed to."""

from typing import Any
from uuid import uuid4

from homeassistant.components.person import DOMAIN as PERSON_DOMAIN
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import ATTR_FRIENDLY_NAME, CONF_NAME
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from ...const import CONF_CONSENT, CONF_HERE_FOR, CONF_PERSON, CONF_PERSON_ID, CONF_PRESENT
from ...identity.presence import PresenceUse
from ...settings import Agreement
from .base import agreement_fault, agreement_fields, agreement_of, services_asked
from .photos import PhotoSteps

WHO = {
    vol.Optional(CONF_PERSON): EntitySelector(EntitySelectorConfig(domain=PERSON_DOMAIN)),
    vol.Optional(CONF_NAME): TextSelector(),
}
HOW_LONG = {
    vol.Required(CONF_PRESENT, default=PresenceUse.CAME): SelectSelector(
        SelectSelectorConfig(options=list(PresenceUse), mode=SelectSelectorMode.LIST, translation_key=CONF_PRESENT)
    )
}


class AddingSteps(PhotoSteps):
    """One form, then photo after photo."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if not self._loaded:
            return self._done("not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            self._name = self._name_of(user_input)
            errors = self._name_fault(self._name)
            errors |= agreement_fault(user_input)
            if not errors:
                self._person = {
                    CONF_PERSON_ID: uuid4().hex,
                    CONF_PERSON: user_input.get(CONF_PERSON),
                    CONF_CONSENT: agreement_of(user_input, self._name),
                    CONF_HERE_FOR: PresenceUse(user_input[CONF_PRESENT]).minutes,
                }
                avoided = Agreement.NEVER in self._consent.to
                return await (self.async_step_avoid() if avoided else self.async_step_photos())
        fields = vol.Schema({**WHO, **agreement_fields(services_asked(self._entry)), **HOW_LONG})
        schema = self.add_suggested_values_to_schema(fields, user_input)
        return self.async_show_form(
            step_id="user", data_schema=schema, errors=errors, description_placeholders=self._services
        )

    def _name_of(self, answer: dict[str, Any]) -> str:
        """The name entered here, or else the linked person's."""
        if name := answer.get(CONF_NAME, "").strip():
            return str(name)
        state = self.hass.states.get(answer.get(CONF_PERSON, ""))
        return str(state.attributes.get(ATTR_FRIENDLY_NAME, "")) if state else ""
