"""Forget somebody, with proof: as the action does."""

from typing import Any

from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..privacy import forget
from ..runtime import Home
from .command import ID, Command
from .merge import person_of


async def _forget(home: Home, asked: dict[str, Any]) -> JsonObjectType:
    found = await forget(home, person_of(home, asked["person_id"]))
    return {
        "erased": found.erased,
        "left": [],  # else it would have been an error that names them
        "backups": [backup["name"] for backup in found.backups],
        "words": ". ".join(found.advice),
    }


COMMANDS = (Command("people/forget", _forget, {vol.Required("person_id"): ID}),)
