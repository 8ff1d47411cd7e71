"""May this photo become a template? Refused with a reason that a person can act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..kith_engine.analysis import Analysis, Face
from ..kith_engine.calibration import Calibration
from .gallery import EnrolledEmbedding, Gallery, Template
from .scores import quality_of, second_quality_of

SECOND_FACE = 0.5
"""A face at least this wide, against the largest, makes it unclear whose photo it is; smaller ones stand behind."""
GOOD_ENOUGH = 0.55
"""Quality (scores.py) of a template. Of photos that people take of people, nineteen of twenty are better; a frame of a
camera at the door may do, a smear never: every later comparison would suffer from it."""
GOOD, FAIR = 0.75, 0.65
"""Quality from which a template is good, and fair: what photos that people take of people usually have, and what the
worse fifth of them has."""
LOOKALIKE = "photo_like_other"
"""The code of a refusal that somebody may overrule who knows that the photo is right."""
SAME_PHOTO = 0.92
"""Cosine of two vectors from which they are the same photo, or its neighbor in a burst: nothing is learned from it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a stable code (a translation key) and what belongs to it. like: the person whom it looks more like."""

    code: str
    width: int | None = None
    like: str | None = None


def choose_face(analysis: Analysis, calibration: Calibration) -> Face | Refusal:
    """The one face that the photo is of, good enough to compare with."""
    faces = sorted(analysis.faces, key=lambda face: -face.box.width)
    if not faces:
        return Refusal("no_face")
    face = faces[0]
    width = round(face.quality.width)
    if len(faces) > 1 and faces[1].box.width >= SECOND_FACE * face.box.width:
        return Refusal("several_faces", width)
    if not face.quality.usable:
        return Refusal(f"face_{face.quality.flaws[0]}", width)
    if face.embedding is None:
        return Refusal("no_face")
    if quality_of(face, calibration) < GOOD_ENOUGH:
        return Refusal("face_poor", width)
    return face


def enrolled_embeddings(face: Face, network: str, calibration: Calibration) -> tuple[EnrolledEmbedding, ...]:
    """What the pack's networks made of a face, to be kept in a template. network: the name of the first."""
    found = [EnrolledEmbedding(face.embeddings[0].vector, network, quality_of(face, calibration))]
    if (second := calibration.second) is not None and len(face.embeddings) > 1:
        quality = second_quality_of(face, second)
        found.append(EnrolledEmbedding(face.embeddings[1].vector, second.embedding, quality))
    return tuple(found)


class Grade(StrEnum):
    """How good a template is, in one word."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


def grade_of(quality: float) -> Grade:
    """quality: of a template (scores.py)."""
    return Grade.GOOD if quality >= GOOD else Grade.FAIR if quality >= FAIR else Grade.POOR


def refuse(photo: Template, person_id: str, gallery: Gallery, calibration: Calibration) -> Refusal | None:
    """Why this must not become one of the person's templates; None if it may. The one policy of all doors.

    gallery: with what was accepted just now, too.
    """
    width = round(photo.width)
    if photo.quality < GOOD_ENOUGH:
        return Refusal("face_poor", width)
    if is_double(photo, gallery.templates.get(person_id, ())):
        return Refusal("photo_double", width)
    if other := looks_more_like(photo, person_id, gallery, calibration):
        return Refusal(LOOKALIKE, width, other)
    return None


def is_double(photo: Template, taken: Sequence[Template]) -> bool:
    """Is it all but one of those that were taken already?"""
    return any(
        float(photo.vector @ other.vector) >= SAME_PHOTO for other in taken if other.embedding == photo.embedding
    )


def looks_more_like(photo: Template, person_id: str, gallery: Gallery, calibration: Calibration) -> str | None:
    """Somebody else of the household, if this photo looks more like them than like the person it is to be of."""
    weights = gallery.index(photo.embedding, calibration).weigh(photo.direction(calibration))
    if not weights.people or (likest := weights.people[0][0]) == person_id:
        return None
    return likest if weights.stranger < 0 else None
