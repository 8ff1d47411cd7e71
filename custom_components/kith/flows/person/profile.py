"""Other facts about a person: the linked Home Assistant person, how long a sighting counts, and the year of birth."""

from typing import Any

from homeassistant.components.person import DOMAIN as PERSON_DOMAIN
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ...const import CONF_BORN, CONF_HERE_FOR, CONF_PERSON
from ...identity.presence import HERE_FOR
from ...registry_sync import rename
from .base import PersonSteps

MINUTE = 60
A_DAY = 24 * 60
"""Minutes; for people who are seen in the morning and stay in."""
FIRST_YEAR = 1900


class ProfileSteps(PersonSteps):
    """One form."""

    async def async_step_settings(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if gone := self._gone():
            return gone
        errors: dict[str, str] = {}
        if user_input is not None:
            name = user_input[CONF_NAME].strip()
            if not (errors := self._name_fault(name)):
                return self._change(name, user_input)
        stored = {
            CONF_NAME: self._name,
            CONF_PERSON: self._person.get(CONF_PERSON),
            CONF_HERE_FOR: self._person.get(CONF_HERE_FOR, HERE_FOR.total_seconds() / MINUTE),
            CONF_BORN: self._person.get(CONF_BORN),
        }
        suggested = {key: value for key, value in (user_input or stored).items() if value is not None}
        schema = self.add_suggested_values_to_schema(_schema(dt_util.now().year), suggested)
        return self.async_show_form(
            step_id="settings", data_schema=schema, errors=errors, description_placeholders={"name": self._name}
        )

    def _change(self, name: str, answer: dict[str, Any]) -> SubentryFlowResult:
        changes = {CONF_PERSON: answer.get(CONF_PERSON), CONF_HERE_FOR: answer[CONF_HERE_FOR]}
        if answer.get(CONF_BORN):
            changes[CONF_BORN] = int(answer[CONF_BORN])
        self._store(changes, CONF_BORN)
        if name != self._name:
            rename(self.hass, self._entry, self._get_reconfigure_subentry(), name)
            self._name = name
        return self._done("settings_changed")


def _schema(year: int) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_NAME): TextSelector(),
            vol.Optional(CONF_PERSON): EntitySelector(EntitySelectorConfig(domain=PERSON_DOMAIN)),
            vol.Required(CONF_HERE_FOR): NumberSelector(
                NumberSelectorConfig(
                    min=0.5, max=A_DAY, step=0.5, mode=NumberSelectorMode.BOX, unit_of_measurement="min"
                )
            ),
            vol.Optional(CONF_BORN): NumberSelector(
                NumberSelectorConfig(min=FIRST_YEAR, max=year, step=1, mode=NumberSelectorMode.BOX)
            ),
        }
    )
