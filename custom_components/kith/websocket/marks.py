"""The faces that the owner marked as not somebody: a list of all of them, and how to take one back."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import callback
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..descriptions.photo import describe_photo
from ..identity.gallery import Template
from ..review.marks import contradicted, remove
from ..runtime import Home
from ..subentries import name_of
from .command import ID, UNDO, Command, RefusedError, iso_time, undo

SURE = {vol.Optional("sure", default=False): bool}
"""Set once the owner was asked whether the face is really not the person that it looks like."""


async def demand_plausible(
    home: Home, face: Template | None, person_id: str | None, request: Mapping[str, Any]
) -> None:
    """Raises RefusedError for a mark that somebody's own photos contradict, unless the owner is sure."""
    if not request["sure"] and (like := await contradicted(home, face, person_id)) is not None:
        raise RefusedError("mark_contradicts", other=name_of(home.entry, like) or "")


async def _list(home: Home, _request: dict[str, Any]) -> JsonObjectType:
    """Newest first."""
    gallery = home.stores.gallery.gallery
    against = [(who, face) for who, faces in gallery.negatives.items() for face in faces]
    found = [*against, *((None, face) for face in gallery.strangers)]
    marks: list[JsonValueType] = [
        _mark(home, who, face, await contradicted(home, face, who))
        for who, face in sorted(found, key=lambda mark: mark[1].added, reverse=True)
    ]
    return {"marks": marks}


@callback
def _mark(home: Home, who: str | None, face: Template, like: str | None) -> JsonObjectType:
    """like: the person whose own photos contradict the mark."""
    return {
        "mark_id": face.template_id,
        "person_id": who,
        "name": name_of(home.entry, who),
        "added": iso_time(face.added),
        "words": describe_photo(home.hass, face),
        "looks_like": name_of(home.entry, like),
    }


async def _remove(home: Home, request: dict[str, Any]) -> JsonObjectType:
    if (gone := await remove(home, request["mark_id"])) is None:
        raise RefusedError("mark_unknown")

    async def take_back() -> None:
        if gone.person_id is None or home.person(gone.person_id) is not None:
            await home.change(gone.back_into)

    token, until = home.undos.offer(take_back)
    return {"undo": token, "until": iso_time(until)}


COMMANDS = (
    Command("marks/list", _list),
    Command("marks/remove", _remove, {vol.Required("mark_id"): ID}),
    Command("marks/undo", undo, UNDO),
)
