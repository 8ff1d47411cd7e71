"""The owner's corrections: they change the log and presence, and are evidence from then on."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from homeassistant.config_entries import ConfigSubentry
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now

from ..identity.evidence import Outcome
from ..identity.gallery import Gallery, Template
from ..identity.photo_policy import is_double
from ..identity.presence import Seen, Whereabouts
from ..identity.visit_record import Correction, VisitRecord, previous
from ..runtime import NO_PHOTOS, Home
from ..settings import Agreement, PersonSettings
from .answers import why_not
from .inbox import erase_faces
from .marks import Lifted, lifted_by


@dataclass(frozen=True, slots=True)
class Corrected:
    """undo: the token, valid until `until`. learned: the gallery changed. named: whose visit it was until now, by face,
    by appearance, or by the owner's word.
    """

    undo: str
    until: datetime
    learned: bool
    named: str | None


async def correct(home: Home, entry: VisitRecord, to: str | None, *, added: ConfigSubentry | None = None) -> Corrected:
    """Say that it was this person, who agrees, or a stranger. added: the person, to be added for this.

    Raises what `Home.change` raises; then nothing has changed.
    """
    async with home.answering:
        entry = home.stores.visits.get(entry.visit_id) or entry
        named = entry.verdict.person_id if entry.verdict.outcome is Outcome.KNOWN else None
        named = named if named != to else None
        told = entry.named if entry.named != to else None
        face, before = face_of(home, entry), entry.correction
        face_ids = [entry.face_id] if entry.face_id else []
        restore_presence = _nothing

        def note() -> None:
            nonlocal restore_presence
            if added is not None:
                home.hass.config_entries.async_add_subentry(home.entry, added)
            restore_presence = _move_presence(home, entry, told, to)
            home.stores.visits.correct(entry.visit_id, Correction(to, dt_util.utcnow()))
            home.stores.faces.answer(face_ids)

        people = [to] if to is not None else []
        lifted = await lifted_by(home, [face], to) if face is not None else Lifted(to)
        additions = await _additions(home, face, named, to, lifted) if face is not None else {}
        photos = await _photos(home, entry, additions) if to is not None else NO_PHOTOS
        with home.agreements.joining(to, PersonSettings.of(added).consent) if added and to else nullcontext():
            if additions or lifted:
                change = partial(_changed, additions, lifted)
                await home.change(change, *people, photos=photos, then=note)
            else:
                home.agreements.demand(*people)
                note()

    async def take_back() -> None:
        if additions or lifted:
            await home.change(
                lambda gallery: lifted.back_into(gallery.without_templates(additions)), photos=lifted.photos
            )
        restore_presence()
        if added is not None and added.subentry_id in home.entry.subentries:
            home.hass.config_entries.async_remove_subentry(home.entry, added.subentry_id)
        forgotten = before is not None and before.to is not None and not home.agreements.agreed(before.to)
        home.stores.visits.correct(entry.visit_id, None if forgotten else before)
        home.stores.faces.reopen(face_ids)

    async def finish() -> None:
        if told is not None and to is not None:
            await _move_picture(home, entry.visit_id, told, to)
        await erase_faces(home, face_ids)
        await home.prune()

    followed = entry.followed if entry.followed != to else None
    return Corrected(*home.undos.offer(take_back, finish), bool(additions or lifted), told or followed)


async def _move_picture(home: Home, visit_id: str, before: str, after: str) -> None:
    if (jpeg := await home.stores.visit_pictures.find(before, visit_id)) is not None:
        await home.stores.visit_pictures.keep(after, visit_id, jpeg, home.keeps_pictures)


def face_of(home: Home, entry: VisitRecord) -> Template | None:
    """The visit's best face, kept or still in memory."""
    kept = home.stores.faces.get(entry.face_id) if entry.face_id else None
    return kept.template if kept else home.stores.visits.faces.get(entry.visit_id)


type _Additions = dict[str, Callable[[Gallery], Gallery]]
"""What a correction adds to the gallery, by the new template's id."""


async def _additions(home: Home, face: Template, named: str | None, to: str | None, lifted: Lifted) -> _Additions:
    facts, gallery = home.engine.facts, lifted.out_of(home.stores.gallery.gallery)
    if facts is None or face.embedding != facts.embedding:
        return {}
    additions: _Additions = {}
    if named is not None and named in gallery.templates and not is_double(face, gallery.negatives.get(named, ())):
        against = replace(face, template_id=ulid_now())
        additions[against.template_id] = lambda current: current.with_negative(named, against)
    if to is not None:
        # the likeness to the wrong person was the mistake, so it does not count
        others = gallery.without(named) if named else gallery
        if await home.hass.async_add_executor_job(why_not, face, to, others, facts) is None:
            learned = replace(face, template_id=ulid_now())
            additions[learned.template_id] = lambda current: current.with_templates(to, [learned])
    return additions


def _changed(additions: _Additions, lifted: Lifted, gallery: Gallery) -> Gallery:
    gallery = lifted.out_of(gallery)
    for add in additions.values():
        gallery = add(gallery)
    return gallery


async def _photos(home: Home, entry: VisitRecord, additions: _Additions) -> dict[str, bytes]:
    """The visit's picture, as far as it is kept, for what is learned from it."""
    jpeg = await home.stores.photos.stranger(entry.face_id) if entry.face_id else None
    if jpeg is None and entry.named is not None:
        jpeg = await home.stores.visit_pictures.find(entry.named, entry.visit_id)
    return dict.fromkeys(additions, jpeg) if jpeg is not None else {}


def _nothing() -> None:
    """Nobody's presence was moved."""


def _take_presence(home: Home, entry: VisitRecord, named: str | None) -> dict[str, Whereabouts]:
    """It was not this person, named by a face or the owner, here or, by appearance, since. Returns where they were, if
    moved.
    """
    presence = home.household.presence
    if named is None:
        return {}
    home.household.unfollow(named)
    last = presence.last.get(named)
    face = last.root or last if last is not None else None
    if face is None or face.camera != entry.camera:
        return {}
    if visit := presence.visits.get(entry.camera):
        visit.named.discard(named)
    if not entry.begin <= face.captured <= entry.end:  # their face was seen since
        return {}
    earlier = previous(home.stores.visits.newest_first, named, entry.begin)
    before = presence.whereabouts(named)
    presence.take_back(named, entry.begin, entry.end, Seen(earlier.end, earlier.camera) if earlier else None)
    return {named: before}


def _unfollow(home: Home, entry: VisitRecord, to: str | None) -> dict[str, Whereabouts]:
    """It was not this person who was followed to here. Returns where they were, if moved."""
    follows = entry.verdict.follows
    if follows is None or follows.person_id == to:
        return {}
    home.household.unfollow(follows.person_id)
    presence = home.household.presence
    before, last = presence.whereabouts(follows.person_id), presence.last.get(follows.person_id)
    if last is None or last.root is None or last.camera != entry.camera:
        return {}
    presence.take_back(follows.person_id, entry.begin, entry.end, last.root)
    return {follows.person_id: before}


def _move_presence(home: Home, entry: VisitRecord, named: str | None, to: str | None) -> Callable[[], None]:
    """Move the presence from the named person to the right one. Returns how to undo it."""
    presence = home.household.presence
    moved = _take_presence(home, entry, named) | _unfollow(home, entry, to)
    if to is not None:
        moved[to] = presence.whereabouts(to)
        presence.see(to, Seen(entry.end, entry.camera), dt_util.utcnow())
    after = {person_id: presence.whereabouts(person_id) for person_id in moved}
    if moved:
        home.household.notify_presence()

    def restore_presence() -> None:
        for person_id, before in moved.items():
            if Agreement.RECOGNIZE in home.agreements.agreed(person_id):  # the person may have been forgotten meanwhile
                presence.undo(person_id, before, after[person_id])
        if moved:
            home.household.notify_presence()

    return restore_presence
