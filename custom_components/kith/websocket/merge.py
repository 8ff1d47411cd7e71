"""Two people who are one, and the way back."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import CONF_PERSON_ID, SUBENTRY_PERSON
from ..review.inbox import nameable
from ..review.merging import merge, unmerge
from ..runtime import Home
from ..subentries import subentries_of
from .command import ID, Command, RefusedError


async def _merge(home: Home, asked: dict[str, Any]) -> JsonObjectType:
    person, into = person_of(home, asked["person_id"]), person_of(home, asked["into"])
    if person is into:
        raise RefusedError("same_person")
    # what somebody agreed to is not what somebody else agreed to
    for one in (person, into):
        if one.data[CONF_PERSON_ID] not in nameable(home):
            raise RefusedError("not_agreed", person=one.title)
    return {"merge_id": await merge(home, person, into)}


async def _unmerge(home: Home, asked: dict[str, Any]) -> JsonObjectType:
    if (person_id := await unmerge(home, asked["merge_id"])) is None:
        raise RefusedError("merge_unknown")
    return {"person_id": person_id}


def person_of(home: Home, person_id: str) -> ConfigSubentry:
    """Raises Refused."""
    people = subentries_of(home.entry, SUBENTRY_PERSON)
    found = next((person for person in people if person.data[CONF_PERSON_ID] == person_id), None)
    if found is None:
        raise RefusedError("person_unknown")
    return found


COMMANDS = (
    Command("people/merge", _merge, {vol.Required("person_id"): ID, vol.Required("into"): ID}),
    Command("people/unmerge", _unmerge, {vol.Required("merge_id"): ID}),
)
