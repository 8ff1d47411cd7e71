"""A person who is added with the answer to "Who is this?": a name that is free, and their consent."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
import voluptuous as vol

from ..review.answers import newcomer
from ..runtime import Home
from ..subentries import person_called
from .command import RefusedError

NAME = vol.All(str, vol.Length(max=100))
CONSENT = {vol.Required("by"): NAME, vol.Required("photos"): bool}
NEWCOMER = {vol.Required("name"): NAME, vol.Required("consent"): CONSENT}


@callback
def demand_newcomer(home: Home, request: Mapping[str, Any]) -> ConfigSubentry:
    """The person, not added yet. Raises RefusedError without a name, or if somebody has it already."""
    name, consent = request["name"].strip(), request["consent"]
    if not name:
        raise RefusedError("name_missing")
    if (taken := person_called(home.entry, name)) is not None:
        raise RefusedError("name_taken", person=taken.title)
    return newcomer(name, consent["by"].strip(), photos=consent["photos"])
