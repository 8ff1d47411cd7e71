"""The questions "Who is this?": kept faces without a name, grouped by person, with likely names."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from homeassistant.util import dt as dt_util

from ..cameras.event_picture import is_image
from ..const import CONF_CAMERA, SUBENTRY_CAMERA
from ..identity.gallery import Gallery
from ..identity.grouping import Clusters, is_one_of
from ..identity.presence import CLIP_AHEAD
from ..identity.scores import direction_of
from ..identity.visit_record import VisitRecord
from ..kith_engine.analysis import EngineFacts
from ..runtime import Home
from ..settings import Agreement
from ..storage.faces import Kept
from ..subentries import agreeing, subentries_of

MOST_LIKELY = 8
"""People to offer for one tap, besides those denied: with the suggestion they have the keys 1 to 9."""


@dataclass(frozen=True, slots=True)
class Group:
    """Faces of one person. faces: best first. suggestion: a person who is likelier than a stranger.

    likely: all others who may be named, likeliest first, then most recently seen; last those whom the owner said it is
    not.
    """

    faces: tuple[Kept, ...]
    suggestion: str | None
    likely: tuple[str, ...]

    @property
    def group_id(self) -> str:
        """The id of its oldest face, which stays the same while more come."""
        return min(self.faces, key=lambda face: face.captured).face_id

    @property
    def last(self) -> datetime:
        return max(face.captured for face in self.faces)

    @property
    def stranger(self) -> bool:
        """Was every face reported as a stranger's?"""
        return all(face.stranger for face in self.faces)


async def groups_of(home: Home) -> list[Group]:
    """All questions, newest first: not about faces whose event's clip named everybody."""
    clips = _clips_of_events(home)
    with_picture = {stranger.stranger_id for stranger in await home.stores.photos.strangers()}
    unanswered = [face for face in home.stores.faces.unanswered if face.face_id in with_picture]
    return await _grouped(home, [face for face in unanswered if not _named_in_clip(face, clips)], nameable(home))


async def _grouped(home: Home, faces: Sequence[Kept], people: set[str]) -> list[Group]:
    """Newest first. people: whose they may be."""
    last = {person_id: seen.captured for person_id, seen in home.household.presence.last.items()}
    work = partial(
        _groups,
        faces,
        clusters=home.clusters,
        facts=home.engine.facts,
        gallery=home.stores.gallery.gallery,
        people=people,
        last=last,
    )
    return await home.hass.async_add_executor_job(work)


def _clips_of_events(home: Home) -> dict[str, list[VisitRecord]]:
    """The visits found in clips, by the image entity's camera."""
    cameras = subentries_of(home.entry, SUBENTRY_CAMERA)
    images = {subentry.subentry_id for subentry in cameras if is_image(subentry.data[CONF_CAMERA])}
    clips: dict[str, list[VisitRecord]] = {}
    for visit in home.stores.visits.recorded:
        if visit.camera in images:
            clips.setdefault(visit.camera, []).append(visit)
    return clips


def _named_in_clip(face: Kept, clips: Mapping[str, Sequence[VisitRecord]]) -> bool:
    """Did the clip of the event whose picture shows this face name everybody who is in it?"""
    if face.stranger:
        return False
    seen = [
        visit
        for visit in clips.get(face.camera, ())
        if visit.begin - CLIP_AHEAD <= face.captured <= visit.end + CLIP_AHEAD
    ]
    return bool(seen) and all(visit.named is not None for visit in seen)


async def group_of(home: Home, wanted: str) -> Group | None:
    """Find a group by its id, or by that of one of its faces or a visit."""
    entry = home.stores.visits.get(wanted)
    face_id = entry.face_id if entry is not None and entry.face_id else wanted
    for group in await groups_of(home):
        if face_id in {one for face in group.faces for one in (face.face_id, face.visit_id)}:
            return group
    return None


def nameable(home: Home) -> set[str]:
    """The ids of people who agreed to be recognized, also while they are erased."""
    return agreeing(home.entry, Agreement.RECOGNIZE) - agreeing(home.entry, Agreement.NEVER)


def _groups(
    faces: Sequence[Kept],
    *,
    clusters: Clusters,
    facts: EngineFacts | None,
    gallery: Gallery,
    people: set[str],
    last: Mapping[str, datetime],
) -> list[Group]:
    """For an executor. Each face from another network is its own group, without a suggestion."""
    of = {face.face_id: face for face in faces}
    seen = [face.template for face in faces if facts is not None and face.template.embedding == facts.embedding]
    alone = {face.face_id for face in faces} - {template.template_id for template in seen}
    sets = [[of[face_id]] for face_id in alone]
    if facts is not None:
        for group in clusters.of(seen, facts.calibration):
            sets += _asked_about([of[template.template_id] for template in group], gallery, facts)
    weigh = _weigher(facts, gallery.only(people))
    marks = gallery.template_ids
    found = [_group(group, weigh(group), marks, people, last) for group in sets]
    return sorted(found, key=lambda group: (group.last, group.group_id), reverse=True)


def _asked_about(alike: Sequence[Kept], gallery: Gallery, facts: EngineFacts) -> list[list[Kept]]:
    """The questions about faces that look like one person's: what the owner left out of an answer is one of its own.

    There is none about somebody whom the owner never wants to be asked about, except about a face that was left out.
    """
    questions: dict[str | None, list[Kept]] = {}
    for face in alike:
        questions.setdefault(face.apart, []).append(face)
    unmarked = [face.template for face in questions.get(None, ())]
    if unmarked and is_one_of(unmarked, gallery.strangers, facts.calibration):
        del questions[None]
    return list(questions.values())


type _Weigh = Callable[[Sequence[Kept]], tuple[list[str], bool]]


def _weigher(facts: EngineFacts | None, gallery: Gallery) -> _Weigh:
    """A function that ranks people by likeness to a group, and says if the first is likelier than a stranger."""
    if facts is None:
        return lambda _faces: ([], False)
    index = gallery.index(facts.embedding, facts.calibration)

    def weigh(faces: Sequence[Kept]) -> tuple[list[str], bool]:
        templates = [face.template for face in faces if face.template.embedding == facts.embedding]
        if not templates or not index.people:
            return [], False
        weights = index.weigh(direction_of([template.probe(facts.calibration) for template in templates]))
        return [who for who, _ in weights.people], weights.people[0][1] > 0 and weights.stranger < 0

    return weigh


def _group(
    faces: Sequence[Kept],
    weighed: tuple[list[str], bool],
    marks: Collection[str],
    people: set[str],
    last: Mapping[str, datetime],
) -> Group:
    order, sure = weighed
    denied = {who for face in faces for who, mark_id in face.not_of.items() if mark_id in marks}
    suggestion = next((who for who in order[:1] if sure and who not in denied), None)
    never = datetime.min.replace(tzinfo=dt_util.UTC)
    others = sorted(people - set(order), key=lambda who: (last.get(who, never), who), reverse=True)
    ranked = [who for who in (*order, *others) if who != suggestion]
    likely = [who for who in ranked if who not in denied][:MOST_LIKELY]
    likely += [who for who in ranked if who in denied]
    best = sorted(faces, key=lambda face: (-face.template.quality, face.face_id))
    return Group(tuple(best), suggestion, tuple(likely))


async def erase_faces(home: Home, face_ids: Sequence[str]) -> None:
    """Erase faces, vectors first: without them a picture cannot be compared.

    If a face turned out to be somebody's who agrees to that, its picture stays with their visit.
    """
    await home.stores.faces.drop(face_ids)
    for face_id in face_ids:
        entry = next((visit for visit in home.stores.visits.newest_first if visit.face_id == face_id), None)
        if entry is not None:
            await _give_to_visit(home, entry, face_id)
            home.stores.visits.keep_face(entry.visit_id, None)
        await home.stores.photos.forget_stranger(face_id)


async def _give_to_visit(home: Home, entry: VisitRecord, face_id: str) -> None:
    jpeg = await home.stores.photos.stranger(face_id)
    if jpeg is not None and entry.named is not None:
        await home.stores.visit_pictures.keep(entry.named, entry.visit_id, jpeg, home.keeps_pictures)


async def erase_faces_like(home: Home, person_id: str) -> None:
    """Erase all unnamed faces that are most likely this person's, and all that cannot be compared with theirs.

    Call it while the person's templates are still there; without any, no face is known to be like theirs.
    """
    theirs = {template.embedding for template in home.stores.gallery.gallery.templates.get(person_id, ())}
    if not theirs:
        return
    await home.undos.finish()  # an answer that is taken back would bring its faces back
    faces, facts = home.stores.faces.unanswered, home.engine.facts
    comparable = {facts.embedding} & theirs if facts is not None else set()
    groups = await _grouped(home, faces, nameable(home) | {person_id})
    alike = {face.face_id for group in groups if group.suggestion == person_id for face in group.faces}
    gone = [face.face_id for face in faces if face.face_id in alike or face.template.embedding not in comparable]
    await erase_faces(home, gone)
