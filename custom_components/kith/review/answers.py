"""The owner's answers to "Who is this?": they hold at once, and can be undone for a moment."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from uuid import uuid4

from homeassistant.config_entries import ConfigSubentry
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now

from ..const import CONF_CONSENT, CONF_HERE_FOR, CONF_PERSON, CONF_PERSON_ID, SUBENTRY_PERSON
from ..errors import QuestionGoneError
from ..identity.gallery import Gallery, Template
from ..identity.photo_policy import LOOKALIKE, is_double, refuse
from ..identity.presence import PresenceUse, Seen
from ..identity.visit_record import Correction
from ..kith_engine.analysis import EngineFacts
from ..runtime import Home
from ..settings import Agreement, Consent, PersonSettings
from ..storage.faces import Kept
from .inbox import erase_faces
from .marks import lifted_by

MOST_LEARNED = 3
"""Most pictures that one answer enrolls: more of the same evening make the gallery worse, not better."""
WHY = {"face_covered": "covered", "face_poor": "poor", "photo_double": "double", LOOKALIKE: "like_other"}
"""Translation keys by the code of a refusal."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Why a face was enrolled or not: a translation key (`answer_<why>`)."""

    face_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Answered:
    """undo: the token, valid until `until`. learned, left: the faces that were enrolled, and the others."""

    undo: str
    until: datetime
    learned: tuple[Judged, ...] = ()
    left: tuple[Judged, ...] = ()


async def assign(
    home: Home,
    faces: Sequence[Kept],
    person_id: str,
    *,
    added: ConfigSubentry | None = None,
    left_out: Sequence[Kept] = (),
) -> Answered:
    """Give these faces to a person who agrees.

    added: a person to add for this; undo removes them again. left_out: similar faces that the owner left out. Raises
    QuestionGoneError, and what `Home.change` raises; then nothing has changed.
    """
    async with home.answering:
        faces = _still_open(home, faces)
        facts = home.engine.facts
        lifted = await lifted_by(home, [face.template for face in faces], person_id)
        gallery = lifted.out_of(home.stores.gallery.gallery)
        chosen = await home.hass.async_add_executor_job(choose, faces, person_id, gallery, facts)
        templates = {judged.face_id: ulid_now() for judged in chosen[0]}
        enrolled = [
            replace(face.template, template_id=templates[face.face_id]) for face in faces if face.face_id in templates
        ]
        face_ids = [face.face_id for face in faces]
        corrected: list[str] = []
        forget_sighting = _nothing

        def answer() -> None:
            nonlocal forget_sighting
            if added is not None:
                home.hass.config_entries.async_add_subentry(home.entry, added)
            home.stores.faces.answer(face_ids)
            corrected.extend(_correct(home, face_ids, person_id))
            forget_sighting = _see(home, faces, person_id)

        if enrolled or lifted:
            photos = await _photos(home, templates)
            with home.agreements.joining(person_id, PersonSettings.of(added).consent) if added else nullcontext():
                await home.change(
                    lambda gallery: _with(enrolled, person_id, lifted.out_of(gallery)),
                    person_id,
                    photos=photos,
                    then=answer,
                )
        else:
            if added is None:
                home.agreements.demand(person_id)
            answer()
        take_in = await _set_apart(home, left_out)

    async def take_back() -> None:
        if templates or lifted:
            learned = list(templates.values())
            await home.change(
                lambda gallery: lifted.back_into(gallery.without_templates(learned)), photos=lifted.photos
            )
        if added is not None and added.subentry_id in home.entry.subentries:
            home.hass.config_entries.async_remove_subentry(home.entry, added.subentry_id)
        home.stores.faces.reopen(face_ids)
        forget_sighting()
        for visit_id in corrected:
            home.stores.visits.correct(visit_id, None)
        await take_in()

    async def finish() -> None:
        await erase_faces(home, face_ids)

    return Answered(*home.undos.offer(take_back, finish), *map(tuple, chosen))


def _still_open(home: Home, faces: Sequence[Kept]) -> list[Kept]:
    """These faces as they are kept now. Raises QuestionGoneError if one is not asked about any more."""
    unanswered = {face.face_id: face for face in home.stores.faces.unanswered}
    if not unanswered.keys() >= {face.face_id for face in faces}:
        raise QuestionGoneError("somebody else answered it, or its faces were erased.")
    return [unanswered[face.face_id] for face in faces]


def _with(enrolled: Sequence[Template], person_id: str, gallery: Gallery) -> Gallery:
    return gallery.with_templates(person_id, enrolled) if enrolled else gallery


def _nothing() -> None:
    """Nobody was seen."""


async def _set_apart(home: Home, left_out: Sequence[Kept]) -> Callable[[], Awaitable[None]]:
    """Ask about these faces on their own from now on. Returns how to undo that."""
    before = {face.face_id: face.apart for face in left_out}
    await home.stores.faces.set_apart(dict.fromkeys(before, ulid_now()))

    async def take_in() -> None:
        await home.stores.faces.set_apart(before)

    return take_in


def _see(home: Home, faces: Sequence[Kept], person_id: str) -> Callable[[], None]:
    """The person was there when the newest face was seen, unless they were seen later. Returns how to undo that."""
    presence, newest = home.household.presence, max(faces, key=lambda face: face.captured)
    before = presence.whereabouts(person_id)
    presence.see(person_id, Seen(newest.captured, newest.camera), dt_util.utcnow())
    after = presence.whereabouts(person_id)
    home.household.notify_presence()

    def undo() -> None:
        presence.undo(person_id, before, after)
        home.household.notify_presence()

    return undo


def choose(
    faces: Sequence[Kept], person_id: str, gallery: Gallery, facts: EngineFacts | None
) -> tuple[list[Judged], list[Judged]]:
    """The faces to learn from, best first, and the others; for an executor."""
    learned: list[Judged] = []
    left: list[Judged] = []
    for face in sorted(faces, key=lambda face: -face.template.quality):
        why = why_not(face.template, person_id, gallery, facts)
        if why is None and len(learned) >= MOST_LEARNED:
            why = "enough"
        if why is not None:
            left.append(Judged(face.face_id, why))
            continue
        learned.append(Judged(face.face_id, "another" if learned else "best"))
        gallery = gallery.with_templates(person_id, [face.template])
    return learned, left


def why_not(face: Template, person_id: str, gallery: Gallery, facts: EngineFacts | None) -> str | None:
    """Why a face may not be enrolled, as a translation key (`answer_<why>`); None if it may."""
    if facts is None:
        return "engine_away"
    if face.embedding != facts.embedding:
        return "other_network"
    refusal = refuse(face, person_id, gallery, facts.calibration)
    return WHY[refusal.code] if refusal else None


async def _photos(home: Home, templates: dict[str, str]) -> dict[str, bytes]:
    """The pictures of the faces that templates are made of. templates: their ids by that of the face."""
    found = {template: await home.stores.photos.stranger(face_id) for face_id, template in templates.items()}
    return {template: jpeg for template, jpeg in found.items() if jpeg is not None}


def _correct(home: Home, face_ids: Sequence[str], person_id: str | None) -> list[str]:
    """Log whose visits these were. Returns their ids."""
    visit_ids = [entry.visit_id for entry in home.stores.visits.newest_first if entry.face_id in face_ids]
    for visit_id in visit_ids:
        home.stores.visits.correct(visit_id, Correction(person_id, dt_util.utcnow()))
    return visit_ids


def newcomer(name: str, by: str, *, photos: bool, present: PresenceUse) -> ConfigSubentry:
    """A person who agrees to be recognized, to be added. by: who said so, if not they themselves."""
    to = frozenset({Agreement.RECOGNIZE, *([Agreement.PHOTOS] if photos else [])})
    person_id = uuid4().hex
    data = {
        CONF_PERSON_ID: person_id,
        CONF_PERSON: None,
        CONF_CONSENT: Consent(to, by or name, dt_util.utcnow()).stored(),
        CONF_HERE_FOR: present.minutes,
    }
    return ConfigSubentry(data=MappingProxyType(data), subentry_type=SUBENTRY_PERSON, title=name, unique_id=person_id)


def best_of(faces: Sequence[Kept]) -> Kept:
    """The face that shows most; it stands for the others."""
    return max(faces, key=lambda face: face.template.quality)


async def dismiss(home: Home, faces: Sequence[Kept], *, never: bool, left_out: Sequence[Kept] = ()) -> Answered:
    """Stop asking about these faces. never: also about similar ones, which are a stranger's from now on.

    left_out: similar faces that the owner left out. Raises QuestionGoneError and GalleryNotSavedError; then nothing has
    changed.
    """
    async with home.answering:
        faces = _still_open(home, faces)
        known = replace(best_of(faces).template, template_id=ulid_now())
        if never:
            await home.change(lambda gallery: gallery.with_stranger(known))
        face_ids = [face.face_id for face in faces]
        home.stores.faces.answer(face_ids)
        take_in = await _set_apart(home, left_out)

    async def take_back() -> None:
        if never:
            await home.change(lambda gallery: gallery.without_templates([known.template_id]))
        home.stores.faces.reopen(face_ids)
        await take_in()

    async def finish() -> None:
        await erase_faces(home, face_ids)

    return Answered(*home.undos.offer(take_back, finish))


async def deny(home: Home, faces: Sequence[Kept], person_id: str, *, left_out: Sequence[Kept] = ()) -> Answered:
    """Note that none of these faces is this person; the best one is evidence against them from now on.

    left_out: similar faces that the owner left out. Raises QuestionGoneError, and what `Home.change` raises.
    """
    async with home.answering:
        faces = _still_open(home, faces)
        best, marks = best_of(faces).template, home.stores.gallery.gallery.negatives.get(person_id, ())
        known = next((mark for mark in marks if is_double(best, [mark])), None)
        mark = known or replace(best, template_id=ulid_now())
        if known is None:
            await home.change(lambda gallery: gallery.with_negative(person_id, mark), person_id)
        home.agreements.demand(person_id)
        face_ids = [face.face_id for face in faces if face.not_of.get(person_id) != mark.template_id]
        await home.stores.faces.mark_not(face_ids, person_id, mark.template_id)
        take_in = await _set_apart(home, left_out)

    async def take_back() -> None:
        if known is None:
            await home.change(lambda gallery: gallery.without_templates([mark.template_id]))
        await home.stores.faces.unmark(face_ids, person_id)
        await take_in()

    return Answered(*home.undos.offer(take_back))
