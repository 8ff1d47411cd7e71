"""May this photo become a template? If not, the refusal gives a reason that a person can act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..kith_engine.analysis import Analysis, Face
from ..kith_engine.calibration import Calibration
from .gallery import EnrolledEmbedding, Gallery, Template
from .scores import quality_of, second_quality_of

SECOND_FACE = 0.5
"""Share of the largest face's width at which a second face makes the photo ambiguous; smaller ones are background."""
GOOD_ENOUGH = 0.55
"""Least quality (scores.py) of a template. Nineteen of twenty photos that people take of people are better; a frame
from a door camera may pass, a smear never does: every later comparison would suffer from it."""
GOOD, FAIR = 0.75, 0.65
"""Least quality of a good and of a fair template: what photos that people take of people usually have, and what the
worst fifth of them has."""
LOOKALIKE = "photo_like_other"
"""Code of the refusal that somebody who knows that the photo is right may overrule."""
SAME_PHOTO = 0.92
"""Cosine at which two vectors are of the same photo, or of two in a burst: the second adds nothing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a photo is refused: a stable code (a translation key) and its details. like: who it looks more like."""

    code: str
    width: int | None = None
    like: str | None = None


def choose_face(analysis: Analysis, calibration: Calibration) -> Face | Refusal:
    """The face that the photo is of, if it is good enough to compare with."""
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
    """What the pack's networks made of a face, for a template. network: the first one's name."""
    embeddings = [EnrolledEmbedding(face.embeddings[0].vector, network, quality_of(face, calibration))]
    if (second := calibration.second) is not None and len(face.embeddings) > 1:
        quality = second_quality_of(face, second)
        embeddings.append(EnrolledEmbedding(face.embeddings[1].vector, second.embedding, quality))
    return tuple(embeddings)


class Grade(StrEnum):
    """How good a template is, in one word."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


def grade_of(quality: float) -> Grade:
    """quality: a template's (scores.py)."""
    return Grade.GOOD if quality >= GOOD else Grade.FAIR if quality >= FAIR else Grade.POOR


def refuse(photo: Template, person_id: str, gallery: Gallery, calibration: Calibration) -> Refusal | None:
    """Why this must not become one of the person's templates; None if it may. Every way to enroll uses this policy.

    gallery: includes photos accepted just now.
    """
    if (refusal := refuse_alone(photo)) is not None:
        return refusal
    width = round(photo.width)
    if is_double(photo, gallery.templates.get(person_id, ())):
        return Refusal("photo_double", width)
    if other := looks_more_like(photo, person_id, gallery, calibration):
        return Refusal(LOOKALIKE, width, other)
    return None


def refuse_alone(photo: Template) -> Refusal | None:
    """Why this must not become a template, whoever else is enrolled; None if nothing in the photo itself forbids it."""
    width = round(photo.width)
    if photo.covered:
        return Refusal("face_covered", width)
    if photo.quality < GOOD_ENOUGH:
        return Refusal("face_poor", width)
    return None


def is_double(photo: Template, taken: Sequence[Template]) -> bool:
    """Is this photo nearly the same as one that was already taken?"""
    return any(
        float(photo.vector @ other.vector) >= SAME_PHOTO for other in taken if other.embedding == photo.embedding
    )


def looks_more_like(photo: Template, person_id: str, gallery: Gallery, calibration: Calibration) -> str | None:
    """The household member, other than this person, that the photo resembles more; None if there is none."""
    weights = gallery.index(photo.embedding, calibration).weigh(photo.direction(calibration))
    if not weights.people or (likeliest := weights.people[0][0]) == person_id:
        return None
    return likeliest if weights.stranger < 0 else None
