"""Merges two people who turn out to be one, and separates them again.

What undoing needs is stored with the person who stays, and is erased with them.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self
from uuid import uuid4

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..const import CONF_MERGED, CONF_PERSON_ID, SUBENTRY_PERSON
from ..identity.gallery import Gallery
from ..runtime import Home
from ..settings import PersonSettings


@dataclass(frozen=True, slots=True)
class Merge:
    """name, person: the merged person's name and settings. at: when. faces: the templates that were theirs."""

    merge_id: str
    name: str
    at: str
    person: dict[str, Any]
    faces: tuple[str, ...]

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        return cls(**{**stored, "faces": tuple(stored["faces"])})

    def stored(self) -> dict[str, Any]:
        return {
            "merge_id": self.merge_id,
            "name": self.name,
            "at": self.at,
            "person": self.person,
            "faces": list(self.faces),
        }


async def merge(home: Home, person: ConfigSubentry, into: ConfigSubentry) -> str:
    """Merge a person into another; both agree. Returns the id to undo it by.

    Raises what `Home.change` raises; then nothing has changed.
    """
    before, after = person.data[CONF_PERSON_ID], into.data[CONF_PERSON_ID]
    gallery = home.stores.gallery.gallery
    faces = [*gallery.templates.get(before, ()), *gallery.negatives.get(before, ())]
    made = Merge(
        uuid4().hex,
        person.title,
        dt_util.utcnow().isoformat(),
        {key: value for key, value in person.data.items() if key != CONF_MERGED},
        tuple(face.template_id for face in faces),
    )
    photos = await _photos(home, before, made.faces)
    visits = await _visit_pictures(home, before)

    def give() -> None:
        home.stores.visits.rename(before, after)
        merged = [*into.data.get(CONF_MERGED, ()), *person.data.get(CONF_MERGED, ()), made.stored()]
        home.hass.config_entries.async_update_subentry(home.entry, into, data={**into.data, CONF_MERGED: merged})
        home.hass.config_entries.async_remove_subentry(home.entry, person.subentry_id)

    await home.change(lambda now: moved(now, before, after, made.faces), before, after, photos=photos, then=give)
    for visit_id, jpeg in visits.items():
        await home.stores.visit_pictures.keep(after, visit_id, jpeg, home.keeps_pictures)
    return made.merge_id


async def unmerge(home: Home, merge_id: str) -> str | None:
    """Undo a merge. Returns the id of the person who is back; None if there is no such merge.

    Logged visits stay with the person they were given to. Raises what `Home.change` raises.
    """
    if (found := find(home, merge_id)) is None:
        return None
    into, made = found
    before, after = str(made.person[CONF_PERSON_ID]), into.data[CONF_PERSON_ID]
    person = ConfigSubentry(
        data=MappingProxyType(made.person), subentry_type=SUBENTRY_PERSON, title=made.name, unique_id=before
    )
    photos = await _photos(home, after, made.faces)

    def give_back() -> None:
        home.hass.config_entries.async_add_subentry(home.entry, person)
        left = [one for one in into.data[CONF_MERGED] if one["merge_id"] != merge_id]
        home.hass.config_entries.async_update_subentry(home.entry, into, data={**into.data, CONF_MERGED: left})

    with home.agreements.joining(before, PersonSettings.of(person).consent):
        await home.change(
            lambda now: moved(now, after, before, made.faces), before, after, photos=photos, then=give_back
        )
    return before


@callback
def find(home: Home, merge_id: str) -> tuple[ConfigSubentry, Merge] | None:
    """The person who stayed, and the merge."""
    for subentry in home.entry.subentries.values():
        for stored in subentry.data.get(CONF_MERGED, ()):
            if stored["merge_id"] == merge_id:
                return subentry, Merge.of(stored)
    return None


def moved(gallery: Gallery, before: str, after: str, faces: tuple[str, ...]) -> Gallery:
    """The gallery with these faces of one person given to the other."""
    templates = [face for face in gallery.templates.get(before, ()) if face.template_id in faces]
    negatives = [face for face in gallery.negatives.get(before, ()) if face.template_id in faces]
    made = gallery.without_templates(set(faces))
    if templates:
        made = made.with_templates(after, templates)
    for face in negatives:
        made = made.with_negative(after, face)
    return made


async def _photos(home: Home, person_id: str, faces: tuple[str, ...]) -> dict[str, bytes]:
    """The kept photos of these templates."""
    found = {face: await home.stores.photos.find(person_id, face) for face in faces}
    return {face: jpeg for face, jpeg in found.items() if jpeg is not None}


async def _visit_pictures(home: Home, person_id: str) -> dict[str, bytes]:
    """The kept pictures of this person's visits."""
    store = home.stores.visit_pictures
    visits = (await store.people()).get(person_id, ())
    found = {visit_id: await store.find(person_id, visit_id) for visit_id in visits}
    return {visit_id: jpeg for visit_id, jpeg in found.items() if jpeg is not None}
