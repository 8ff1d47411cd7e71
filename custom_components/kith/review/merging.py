"""Merges two people who turn out to be one, and separates them again.

What undoing needs is stored with the person who stays, and is erased with them.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Self
from uuid import uuid4

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..const import CONF_CONSENT, CONF_MERGED, CONF_PERSON_ID, SUBENTRY_PERSON
from ..errors import ConsentsDifferError
from ..identity.gallery import Gallery
from ..people_lists import listing, put_beside, put_in_place
from ..runtime import Home
from ..settings import Agreement, Consent, PersonSettings


@dataclass(frozen=True, slots=True)
class Merge:
    """name, person: the merged person's name and settings. at: when. faces: the templates that were theirs.

    alone, beside: the cameras and services whose lists named the merged person, without and with the one who stayed.
    given: what the one who stayed agreed to then.
    """

    merge_id: str
    name: str
    at: str
    person: dict[str, Any]
    faces: tuple[str, ...]
    alone: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        lists: dict[str, Any] = {key: tuple(value) for key, value in stored.items() if isinstance(value, list)}
        return cls(**{**stored, **lists})

    def stored(self) -> dict[str, Any]:
        return {
            "merge_id": self.merge_id,
            "name": self.name,
            "at": self.at,
            "person": self.person,
            "faces": list(self.faces),
            "alone": list(self.alone),
            "beside": list(self.beside),
            "given": list(self.given),
        }


async def merge(home: Home, person: ConfigSubentry, into: ConfigSubentry) -> str:
    """Merge a person into another; both agree. Returns the id to undo it by.

    Raises ConsentsDifferError, and what `Home.change` raises; then nothing has changed.
    """
    before, after = person.data[CONF_PERSON_ID], into.data[CONF_PERSON_ID]
    lists = {one.subentry_id for one in listing(home.entry, before)}
    both = lists & {one.subentry_id for one in listing(home.entry, after)}
    gallery = home.stores.gallery.gallery
    faces = [*gallery.templates.get(before, ()), *gallery.negatives.get(before, ())]
    made = Merge(
        uuid4().hex,
        person.title,
        dt_util.utcnow().isoformat(),
        {key: value for key, value in person.data.items() if key != CONF_MERGED},
        tuple(face.template_id for face in faces),
        tuple(sorted(lists - both)),
        tuple(sorted(both)),
        tuple(sorted(home.agreements.agreed(after))),
    )
    photos = await _photos(home, before, made.faces)
    if photos and not home.agreements.agreed(after) <= home.agreements.agreed(before):
        raise ConsentsDifferError("photos may go only where all was agreed to that may be done with them.")
    visits = await _visit_pictures(home, before)

    def give() -> None:
        home.stores.visits.rename(before, after)
        for subentry_id in lists:
            put_in_place(home.hass, home.entry, subentry_id, before, after)
        merged = [*into.data.get(CONF_MERGED, ()), *person.data.get(CONF_MERGED, ()), made.stored()]
        home.hass.config_entries.async_update_subentry(home.entry, into, data={**into.data, CONF_MERGED: merged})
        home.hass.config_entries.async_remove_subentry(home.entry, person.subentry_id)

    await home.change(lambda now: moved(now, before, after, made.faces), before, after, photos=photos, then=give)
    for visit_id, jpeg in visits.items():
        await home.stores.visit_pictures.keep(after, visit_id, jpeg, home.keeps_pictures)
    return made.merge_id


async def unmerge(home: Home, merge_id: str) -> str | None:
    """Undo a merge. Returns the id of the person who is back; None if there is no such merge.

    Logged visits stay with the person they were given to, and what either took back since counts for both. Raises what
    `Home.change` raises.
    """
    if (found := find(home, merge_id)) is None:
        return None
    into, made = found
    before, after = str(made.person[CONF_PERSON_ID]), into.data[CONF_PERSON_ID]
    consent = _still_given(made, PersonSettings.of(into).consent)
    person = ConfigSubentry(
        data=MappingProxyType({**made.person, CONF_CONSENT: consent.stored()}),
        subentry_type=SUBENTRY_PERSON,
        title=made.name,
        unique_id=before,
    )
    photos = await _photos(home, after, made.faces)

    def give_back() -> None:
        home.hass.config_entries.async_add_subentry(home.entry, person)
        left = [one for one in into.data[CONF_MERGED] if one["merge_id"] != merge_id]
        home.hass.config_entries.async_update_subentry(home.entry, into, data={**into.data, CONF_MERGED: left})
        for subentry_id in made.alone:
            put_in_place(home.hass, home.entry, subentry_id, after, before)
        for subentry_id in made.beside:
            put_beside(home.hass, home.entry, subentry_id, after, before)

    with home.agreements.joining(before, consent):
        await home.change(
            lambda now: moved(now, after, before, made.faces), before, after, photos=photos, then=give_back
        )
    return before


def _still_given(made: Merge, now: Consent) -> Consent:
    """What the merged person agrees to again: not what the one who stayed took back since."""
    then = Consent.of(made.person.get(CONF_CONSENT))
    taken_back = set(made.given) - now.to
    return replace(then, to=(then.to - taken_back) | (now.to & {Agreement.NEVER}))


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
