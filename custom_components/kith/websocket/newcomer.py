"""A person who is added on the page: a free name, their consent, and what presence means."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
import voluptuous as vol

from ..const import CONF_PRESENT
from ..identity.presence import PresenceUse
from ..review.answers import newcomer
from ..runtime import Home
from ..subentries import person_called
from .command import RefusedError

NAME = vol.All(str, vol.Length(max=100))
CONSENT = {vol.Required("by"): NAME, vol.Required("photos"): bool}
NEWCOMER = {
    vol.Required("name"): NAME,
    vol.Required("consent"): CONSENT,
    vol.Optional(CONF_PRESENT, default=PresenceUse.CAME): vol.Coerce(PresenceUse),
}


@callback
def demand_newcomer(home: Home, request: Mapping[str, Any]) -> ConfigSubentry:
    """The person, not added yet. Raises RefusedError without a name, or if somebody has it already."""
    name, consent = request["name"].strip(), request["consent"]
    if not name:
        raise RefusedError("name_missing")
    if (taken := person_called(home.entry, name)) is not None:
        raise RefusedError("name_taken", person=taken.title)
    return newcomer(name, consent["by"].strip(), photos=consent["photos"], present=request[CONF_PRESENT])
