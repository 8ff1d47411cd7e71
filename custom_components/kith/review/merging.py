"""Merges two people who turn out to be one, and separates them again.

What undoing needs is stored with the person who stays, and is erased with them. Whoever was merged into the merged
person before is stored with that person: each merge can be undone on its own, in any order.
"""

from collections.abc import Iterator, Mapping, Sequence
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
    """name, person: the merged person's name and settings. at: when. faces: the templates that were theirs, with those
    of `merged`, whom that person was merged of.

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

    @property
    def merged(self) -> list[Merge]:
        return _merges_into(self.person)

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
    async with home.answering:
        before, after = person.data[CONF_PERSON_ID], into.data[CONF_PERSON_ID]
        lists = {one.subentry_id for one in listing(home.entry, before)}
        both = lists & {one.subentry_id for one in listing(home.entry, after)}
        gallery = home.stores.gallery.gallery
        faces = [*gallery.templates.get(before, ()), *gallery.negatives.get(before, ())]
        made = Merge(
            uuid4().hex,
            person.title,
            dt_util.utcnow().isoformat(),
            dict(person.data),
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
            merges = [*_merges_into(into.data), made]
            home.hass.config_entries.async_update_subentry(home.entry, into, data=_with(into.data, merges))
            home.hass.config_entries.async_remove_subentry(home.entry, person.subentry_id)
            home.household.rename(before, after)

        await home.change(lambda now: moved(now, before, after, made.faces), before, after, photos=photos, then=give)
        for visit_id, jpeg in visits.items():
            await home.stores.visit_pictures.keep(after, visit_id, jpeg, home.keeps_pictures)
        return made.merge_id


async def unmerge(home: Home, merge_id: str) -> str | None:
    """Undo a merge. Returns the id of the person who is back; None if there is no such merge.

    Logged visits, and where somebody was seen last, stay with the person they were given to, and what either took back
    since counts for both. Raises what `Home.change` raises.
    """
    async with home.answering:
        if (found := _find(home, merge_id)) is None:
            return None
        into, path = found
        made, before, after = path[-1], str(path[-1].person[CONF_PERSON_ID]), into.data[CONF_PERSON_ID]
        consent = PersonSettings.of(into).consent
        for one in path:
            consent = _still_given(one, consent)
        person = ConfigSubentry(
            data=MappingProxyType({**made.person, CONF_CONSENT: consent.stored()}),
            subentry_type=SUBENTRY_PERSON,
            title=made.name,
            unique_id=before,
        )
        photos = await _photos(home, after, made.faces)

        def give_back() -> None:
            home.hass.config_entries.async_add_subentry(home.entry, person)
            alone, beside = _lists(path)
            data = _with(into.data, _without(_merges_into(into.data), path))
            home.hass.config_entries.async_update_subentry(home.entry, into, data=data)
            for subentry_id in alone:
                put_in_place(home.hass, home.entry, subentry_id, after, before)
            for subentry_id in beside:
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


def _lists(path: Sequence[Merge]) -> tuple[set[str], set[str]]:
    """The lists that name only the merged person again, and those that name them beside the one who stayed.

    path: the merge to undo, after those that it is within.
    """
    named = set[str].intersection(*({*one.alone, *one.beside} for one in path))
    alone = set[str].intersection(*(set(one.alone) for one in path))
    return alone, named - alone


def _without(merges: Sequence[Merge], path: Sequence[Merge]) -> list[Merge]:
    """These merges without the last of the path, which begins with one of them."""
    first, *inner = path
    left = {one.merge_id: one for one in merges}
    if not inner:
        del left[first.merge_id]
    else:
        gone, _ = _lists(inner)  # these named the first merged person only for the sake of the last
        left[first.merge_id] = replace(
            first,
            person=_with(first.person, _without(first.merged, inner)),
            faces=tuple(face for face in first.faces if face not in inner[-1].faces),
            alone=tuple(one for one in first.alone if one not in gone),
            beside=tuple(one for one in first.beside if one not in gone),
        )
    return list(left.values())


def _with(data: Mapping[str, Any], merges: Sequence[Merge]) -> dict[str, Any]:
    """A person's data with these merges into them."""
    return {**data, CONF_MERGED: [one.stored() for one in merges]}


def _find(home: Home, merge_id: str) -> tuple[ConfigSubentry, list[Merge]] | None:
    """The person who stayed, and the merge, after those that it is within."""
    for subentry in home.entry.subentries.values():
        for path in _paths(subentry.data):
            if path[-1].merge_id == merge_id:
                return subentry, path
    return None


@callback
def merges_of(data: Mapping[str, Any]) -> list[Merge]:
    """Everybody of whom the person with this data was merged, in one step or several."""
    return [path[-1] for path in _paths(data)]


def _paths(data: Mapping[str, Any]) -> Iterator[list[Merge]]:
    """Each merge into this person, after those that it is within."""
    for made in _merges_into(data):
        yield [made]
        yield from ([made, *path] for path in _paths(made.person))


def _merges_into(data: Mapping[str, Any]) -> list[Merge]:
    """In the order in which they were made.

    Early versions put the merges into a merged person right before that person's own: those faces are not that one's.
    """
    found: list[Merge] = []
    for made in map(Merge.of, data.get(CONF_MERGED, ())):
        others = {face for one in found for face in one.faces}
        found.append(replace(made, faces=tuple(face for face in made.faces if face not in others)))
    return found


def moved(gallery: Gallery, before: str, after: str, faces: tuple[str, ...]) -> Gallery:
    """The gallery with these faces of one person given to the other."""
    templates = [face for face in gallery.templates.get(before, ()) if face.template_id in faces]
    negatives = [face for face in gallery.negatives.get(before, ()) if face.template_id in faces]
    made = gallery.without_templates({face.template_id for face in (*templates, *negatives)})
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
