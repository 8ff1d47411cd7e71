"""The action that erases a person everywhere, verifies that, and says what it cannot reach."""

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..const import CONF_PERSON
from ..privacy.erasure import forget
from .call import person_of, running_entry

FORGET_SCHEMA = vol.Schema({vol.Required(CONF_PERSON): cv.string})


async def forget_person(call: ServiceCall) -> ServiceResponse:
    """Called by automations or from the developer tools."""
    entry = running_entry(call.hass)
    person = person_of(call.hass, entry, call.data[CONF_PERSON])
    found = await forget(entry.runtime_data, person)
    return {
        "person": person.title,
        "erased": found.erased,
        "proved": True,
        "may_still_hold": {
            "backups": [{**backup} for backup in found.backups],
            "history": found.history,
            "history_days": found.history_days,
            "entities": [*found.entities],
            "advice": [*found.advice],
        },
    }
