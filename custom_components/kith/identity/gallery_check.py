"""How well can Kith tell this household apart? Each photo is taken out once and treated as if a camera had sent it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
import math

from ..kith_engine.calibration import Calibration
from .demand import Sureness, demand_of
from .gallery import Gallery, Template, Weights
from .leave_one_out import shown_to_the_others
from .scores import direction_of

ENOUGH_PHOTOS = 3
"""With fewer photos, recognizing a person's other looks is luck."""
ENOUGH_TRIALS = 10
"""Photos tried: with fewer, a share could be nearly anything."""
CONFIDENCE = 1.96
"""Standard deviations on both sides of 95 % of a normal distribution."""


class Advice(StrEnum):
    """What to do about a person's photos."""

    ADD_PHOTOS = "add_photos"
    REPLACE_OUTLIERS = "replace_outliers"
    TELL_APART = "tell_apart"


@dataclass(frozen=True, slots=True)
class Odd:
    """A photo that is not like the person's others. likest: another person it could show, if there is one."""

    person_id: str
    template_id: str
    likest: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """At one sureness: photos tried, photos not named as their person, and of those, photos named as somebody else.

    Photos are tried one by one; a visit has several frames. strangers: share of strangers' visits that may get a name.
    """

    photos: int
    missed: int
    mixed_up: int
    strangers: float

    @property
    def share_missed(self) -> tuple[float, float] | None:
        """Between which shares of photos would be missed, with a confidence of 95 %; None if too few were tried.

        The score interval of Wilson 1927 ("Probable inference, the law of succession, and statistical inference").
        """
        if self.photos < ENOUGH_TRIALS:
            return None
        share, spread = self.missed / self.photos, CONFIDENCE**2 / self.photos
        middle = share + spread / 2
        reach = math.sqrt(spread * (share * (1 - share) + spread / 4))
        return (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people. alike: natural logarithm of the likelihood ratio that their photos show one person."""

    first: str
    second: str
    alike: float


@dataclass(frozen=True, slots=True)
class Check:
    """The result. closest: the two people who look most alike; None in a home of one."""

    expected: Mapping[Sureness, Expected]
    odd: tuple[Odd, ...] = ()
    closest: Pair | None = None
    advice: Mapping[str, tuple[Advice, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One photo compared with the rest of the gallery."""

    person_id: str
    photo: Template
    weights: Weights

    @property
    def likest(self) -> str:
        return self.weights.people[0][0]

    @property
    def own(self) -> float:
        """The evidence for the photo's own person, whoever else is enrolled."""
        return next(
            alone
            for (who, _), alone in zip(self.weights.people, self.weights.alone, strict=True)
            if who == self.person_id
        )


def check(gallery: Gallery, embedding: str, calibration: Calibration) -> Check:
    """Leave-one-out over all templates of this network. People with a single photo cannot be tried, only advised."""
    known = {
        who: [photo for photo in found if photo.embedding == embedding] for who, found in gallery.templates.items()
    }
    trials = [
        _Trial(who, photo, shown_to_the_others(photo, gallery, calibration))
        for who, photos in known.items()
        for photo in photos
        if len(photos) > 1
    ]
    expected = {sureness: _expect(trials, len(known), sureness, calibration) for sureness in Sureness}
    odd = tuple(
        Odd(trial.person_id, trial.photo.template_id, _somebody_else(trial)) for trial in trials if trial.own < 0
    )
    closest = _closest(known, calibration)
    return Check(expected, odd, closest, _advise(known, odd, closest))


def _expect(trials: Sequence[_Trial], people: int, sureness: Sureness, calibration: Calibration) -> Expected:
    demanded = demand_of(sureness, people, calibration).name
    named = [
        trial for trial in trials if trial.weights.people[0][1] >= demanded and trial.likest not in trial.weights.weak
    ]
    right = sum(trial.likest == trial.person_id for trial in named)
    return Expected(len(trials), len(trials) - right, len(named) - right, sureness.false_names)


def _somebody_else(trial: _Trial) -> str | None:
    return trial.likest if trial.likest != trial.person_id and trial.weights.stranger < 0 else None


def _closest(known: Mapping[str, Sequence[Template]], calibration: Calibration) -> Pair | None:
    """Compares each person's photos, taken together, with everybody else's."""
    pairs = []
    for who, photos in known.items():
        others = Gallery({other: tuple(found) for other, found in known.items() if other != who})
        if not photos or not others.templates:
            continue
        seen = direction_of([photo.probe(calibration) for photo in photos])
        weights = others.index(photos[0].embedding, calibration).weigh(seen)
        if weights.people:
            first, second = sorted((who, weights.people[0][0]))
            pairs.append(Pair(first, second, max(weights.alone)))
    return max(pairs, key=lambda pair: pair.alike, default=None)


def _advise(
    known: Mapping[str, Sequence[Template]], odd: Sequence[Odd], closest: Pair | None
) -> dict[str, tuple[Advice, ...]]:
    alike = {closest.first, closest.second} if closest and closest.alike > 0 else set()
    advice = {
        who: tuple(
            kind
            for kind, wanted in (
                (Advice.ADD_PHOTOS, len(photos) < ENOUGH_PHOTOS),
                (Advice.REPLACE_OUTLIERS, any(photo.person_id == who for photo in odd)),
                (Advice.TELL_APART, who in alike),
            )
            if wanted
        )
        for who, photos in known.items()
    }
    return {who: kinds for who, kinds in advice.items() if kinds}
