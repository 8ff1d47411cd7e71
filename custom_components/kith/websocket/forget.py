"""Forget a person, with proof, like the action."""

from typing import Any

from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..privacy.erasure import forget
from ..runtime import Home
from .command import ID, Command
from .serialize import demand_person


async def _forget(home: Home, request: dict[str, Any]) -> JsonObjectType:
    found = await forget(home, demand_person(home, request["person_id"]))
    return {
        "erased": found.erased,
        "left": [],  # otherwise forget() would have raised an error with the names
        "entities": [*found.entities],
        "backups": [backup["name"] for backup in found.backups],
        "words": ". ".join(found.advice),
    }


COMMANDS = (Command("people/forget", _forget, {vol.Required("person_id"): ID}),)
