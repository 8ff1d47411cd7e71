"""Faces that the owner marked as not somebody: whom they contradict, and what a later answer takes back."""

from collections.abc import Sequence

import numpy as np

from ..kith_engine.calibration import Calibration
from .gallery import Gallery, Source, Template
from .grouping import is_one_of
from .scores import MISTAKEN


def contradicted(face: Template, person_id: str | None, gallery: Gallery, calibration: Calibration) -> str | None:
    """The person whose own photos say that this face is theirs; None if a mark is plausible. For an executor.

    person_id: who the face is said not to be; None for a stranger, who is nobody of the household.
    """
    weights = gallery.index(face.embedding, calibration).weigh(face.direction(calibration))
    alike = {who: ratio for (who, _), ratio in zip(weights.people, weights.alone, strict=True)}
    if person_id is not None:
        alike = {who: ratio for who, ratio in alike.items() if who == person_id}
    likest = max(alike, key=lambda who: alike[who], default=None)
    return likest if likest is not None and alike[likest] > MISTAKEN else None


def refuted(faces: Sequence[Template], person_id: str, gallery: Gallery, calibration: Calibration) -> list[str]:
    """The ids of the marks that cannot be right if these faces are this person's. For an executor."""
    comparable = [face for face in faces if face.embedding == faces[0].embedding]
    marks = [*gallery.negatives.get(person_id, ()), *gallery.strangers]
    return [mark.template_id for mark in marks if comparable and is_one_of(comparable, [mark], calibration)]


def learned_by_others(
    faces: Sequence[Template], person_id: str | None, gallery: Gallery
) -> dict[str, tuple[Template, ...]]:
    """By person, the templates of others that are these very faces, by an earlier answer. For an executor."""

    def is_same(template: Template) -> bool:
        return template.source is Source.CAMERA and any(
            face.embedding == template.embedding and np.array_equal(face.vector, template.vector) for face in faces
        )

    others = {who: tuple(filter(is_same, found)) for who, found in gallery.templates.items() if who != person_id}
    return {who: found for who, found in others.items() if found}
