"""The scores behind a home's error rates: every photo against its own person's others, and against everybody else's."""

from dataclasses import dataclass

from ..kith_engine.calibration import Calibration
from .gallery import Gallery, Template, Weights


@dataclass(frozen=True, slots=True)
class Score:
    """A photo of one person, compared with a person's templates.

    llr: natural logarithm of how much likelier it is one person than two, whoever else is enrolled.
    """

    shown: str
    against: str
    llr: float

    @property
    def genuine(self) -> bool:
        return self.shown == self.against


def scores(gallery: Gallery, embedding: str, calibration: Calibration) -> tuple[Score, ...]:
    """Leave-one-out over all templates of this network; somebody with one photo has no genuine scores.

    Genuine and impostor scores as ISO/IEC 19795-1 names them.
    """
    return tuple(
        score
        for person_id, photos in gallery.templates.items()
        for photo in photos
        if photo.embedding == embedding
        for score in _show(photo, person_id, gallery, calibration)
    )


def shown_to_the_others(photo: Template, gallery: Gallery, calibration: Calibration) -> Weights:
    """Take a photo out of the gallery, and compare it with the rest as if it came from a camera."""
    others = gallery.without_templates({photo.template_id})
    return others.index(photo.embedding, calibration).weigh(photo.direction(calibration))


def _show(photo: Template, person_id: str, gallery: Gallery, calibration: Calibration) -> list[Score]:
    weights = shown_to_the_others(photo, gallery, calibration)
    people = (who for who, _ in weights.people)
    return [Score(person_id, against, llr) for against, llr in zip(people, weights.alone, strict=True)]
