"""A service's limits: how much doubt is worth a question, how often, at which cameras, and about whom."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol
from yarl import URL

from ...const import (
    CONF_BAND,
    CONF_ENABLED,
    CONF_NOT_ABOUT,
    CONF_NOT_AT,
    CONF_PER_DAY,
    CONF_PER_MINUTE,
    CONF_PERSON_ID,
    CONF_URL,
    SUBENTRY_CAMERA,
    SUBENTRY_PERSON,
    SUBENTRY_SERVICE,
)
from ...descriptions.sentences import say
from ...settings import DEFAULT_PER_DAY, DEFAULT_PER_MINUTE, Band
from ...subentries import subentries_of
from .base import ServiceSteps

MOST_PER_MINUTE = 20
"""Opinions. No home has more doubtful visits; Azure's free accounts allow 20 calls, half as many opinions."""
MOST_PER_DAY = 1000
BANDS = SelectSelector(
    SelectSelectorConfig(options=list(Band), mode=SelectSelectorMode.LIST, translation_key=CONF_BAND)
)


class AllowedSteps(ServiceSteps):
    """One form, the last one when adding."""

    async def async_step_allowed(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if user_input is not None:
            self._service |= {CONF_NOT_AT: [], CONF_NOT_ABOUT: [], **user_input}
            return self._add() if self._adding else self._store("allowed_changed")
        choices = self._choices()
        schema = self.add_suggested_values_to_schema(_schema(choices), _offered(self._service, choices))
        return self.async_show_form(step_id="allowed", data_schema=schema)

    @callback
    def _choices(self) -> dict[str, list[SelectOptionDict]]:
        """The cameras and people that can be excluded."""
        cameras = [
            SelectOptionDict(value=camera.subentry_id, label=camera.title)
            for camera in subentries_of(self._entry, SUBENTRY_CAMERA)
        ]
        people = [
            SelectOptionDict(value=person.data[CONF_PERSON_ID], label=person.title)
            for person in subentries_of(self._entry, SUBENTRY_PERSON)
        ]
        return {CONF_NOT_AT: cameras, CONF_NOT_ABOUT: people}

    @callback
    def _add(self) -> SubentryFlowResult:
        title = say(self.hass, f"service_{self._kind}")
        if any(one.title == title for one in subentries_of(self._entry, SUBENTRY_SERVICE)):
            title = f"{title} ({URL(self._service[CONF_URL]).host})"
        self.hass.loop.call_soon(self._write_down_checks)  # once it exists and has an id
        return self.async_create_entry(title=title, data=self._service)


def _schema(choices: Mapping[str, list[SelectOptionDict]]) -> vol.Schema:
    left_out = {
        vol.Optional(field): SelectSelector(
            SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.DROPDOWN)
        )
        for field, options in choices.items()
        if options
    }
    return vol.Schema(
        {
            vol.Required(CONF_ENABLED, default=True): BooleanSelector(),
            vol.Required(CONF_BAND, default=Band.NORMAL): BANDS,
            vol.Required(CONF_PER_MINUTE, default=DEFAULT_PER_MINUTE): _at_most(MOST_PER_MINUTE),
            vol.Required(CONF_PER_DAY, default=DEFAULT_PER_DAY): _at_most(MOST_PER_DAY),
            **left_out,
        }
    )


def _at_most(most: int) -> vol.All:
    box = NumberSelector(NumberSelectorConfig(min=1, max=most, step=1, mode=NumberSelectorMode.BOX))
    return vol.All(box, vol.Coerce(int))


def _offered(stored: Mapping[str, Any], choices: Mapping[str, list[SelectOptionDict]]) -> dict[str, Any]:
    """What was removed is neither offered nor suggested."""
    left_out = {
        field: [one for one in stored.get(field, ()) if any(one == option["value"] for option in options)]
        for field, options in choices.items()
    }
    return {**stored, **left_out}
