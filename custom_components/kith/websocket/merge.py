"""Merges two entries of the same person, and undoes that."""

from typing import Any

from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import CONF_PERSON_ID
from ..review.inbox import nameable
from ..review.merging import merge, unmerge
from ..runtime import Home
from .command import ID, Command, RefusedError
from .serialize import demand_person


async def _merge(home: Home, request: dict[str, Any]) -> JsonObjectType:
    person, into = demand_person(home, request["person_id"]), demand_person(home, request["into"])
    if person is into:
        raise RefusedError("same_person")
    # one's consent is not the other's
    for one in (person, into):
        if one.data[CONF_PERSON_ID] not in nameable(home):
            raise RefusedError("not_agreed", person=one.title)
    return {"merge_id": await merge(home, person, into)}


async def _unmerge(home: Home, request: dict[str, Any]) -> JsonObjectType:
    if (person_id := await unmerge(home, request["merge_id"])) is None:
        raise RefusedError("merge_unknown")
    return {"person_id": person_id}


COMMANDS = (
    Command("people/merge", _merge, {vol.Required("person_id"): ID, vol.Required("into"): ID}),
    Command("people/unmerge", _unmerge, {vol.Required("merge_id"): ID}),
)
