"""Visits shown to enrolled people, drawn at random: what a calibration is fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.identity.embedding_rows import EmbeddingRows
from custom_components.kith.identity.evidence import FRAMES_FOR_A_NAME, FRAMES_FOR_A_STRANGER
from custom_components.kith.identity.scores import Direction, Probe, direction_of, in_proportion, probe_of
from custom_components.kith.kith_engine.analysis import Face
from custom_components.kith.kith_engine.calibration import Calibration

from .doorman import asked_after
from .known import Person
from .moments import PROFILES, ROOM

ROUNDS = 4
"""Draws of everybody's photos for each condition."""
LONGEST = 8
"""Frames of a visit."""
_RNG = 20261123


class Moment(Enum):
    """Of a visit, as the sequential test meets it: when it was likest to a person, least like them, or its end."""

    LIKEST = auto()
    UNLIKEST = auto()
    END = auto()


_FIRST = {Moment.LIKEST: FRAMES_FOR_A_NAME, Moment.UNLIKEST: FRAMES_FOR_A_STRANGER}
"""The frame from which the test may end so."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How somebody is seen, and by how many photos known; photos is 0 for one frame of a camera across the room."""

    profile: str
    moments: int
    photos: int


CONDITIONS = tuple(
    Condition(str(profile), moments, photos) for profile in PROFILES for moments in (1, 2, 4) for photos in (0, 1, 3, 5)
)


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Comparisons of visits with people under one condition, a row each, at one moment of each visit.

    same: is it them? terms: (n, 2) for each network in turn: what gain and cost are multiplied with, see
    identity/scores.py; (n, 4) for two networks. certainty: the first network's, of both sides. looks: independent ones
    of the visit. asked: how many times as much evidence a name takes there as in the end; 1 where names are not the
    question.
    """

    condition: Condition
    same: NDArray[np.bool_]
    terms: NDArray[np.float64]
    certainty: NDArray[np.float64]
    looks: NDArray[np.float64]
    asked: NDArray[np.float64]

    def rows(self, chosen: NDArray[np.bool_]) -> Trials:
        return replace(
            self,
            same=self.same[chosen],
            terms=self.terms[chosen],
            certainty=self.certainty[chosen],
            looks=self.looks[chosen],
            asked=self.asked[chosen],
        )


def draw(people: Sequence[Person], calibration: Calibration, moment: Moment) -> list[Trials]:
    probes = [_Probes.of(person, calibration) for person in people]
    rng = np.random.default_rng(_RNG)
    return [_trials(condition, probes, calibration, rng, moment=moment) for condition in CONDITIONS]


@dataclass(frozen=True, slots=True, eq=False)
class _Probes:
    """A person's faces, ready to be compared; frames that nothing is found in are left out."""

    photos: list[Probe]
    moments: dict[str, list[list[Probe]]]

    @classmethod
    def of(cls, person: Person, calibration: Calibration) -> _Probes:
        return cls(
            _probes(person.photos, calibration),
            {look: [_probes(frames, calibration) for frames in films] for look, films in person.moments.items()},
        )


def _probes(faces: Sequence[Face | None], calibration: Calibration) -> list[Probe]:
    return [probe for face in faces if face is not None and (probe := probe_of(face, calibration)) is not None]


def _trials(
    condition: Condition,
    people: Sequence[_Probes],
    calibration: Calibration,
    rng: np.random.Generator,
    *,
    moment: Moment,
) -> Trials:
    parts = [_round(condition, people, calibration, rng, moment=moment) for _ in range(ROUNDS)]
    return Trials(condition, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def _round(
    condition: Condition,
    people: Sequence[_Probes],
    calibration: Calibration,
    rng: np.random.Generator,
    *,
    moment: Moment,
) -> tuple[NDArray[np.generic], ...]:
    """One draw of everybody's photos: the columns of Trials."""
    shown, known, apart, asked = [], [], [], list[float]()
    for place, person in enumerate(people):
        order = rng.permutation(len(person.moments[condition.profile]))
        visit = _visit(person, order[: condition.moments], condition)
        enrolled, disjoint = _enrolled(person, order[condition.moments :], condition, rng)
        steps = range(min(_FIRST.get(moment, len(visit)), len(visit)), len(visit) + 1)
        if len(visit) and len(order) >= condition.moments:
            shown.append((place, [direction_of(visit[:end]) for end in steps]))
            asked += [asked_after(end) if moment is Moment.LIKEST else 1.0 for end in steps]
        if enrolled:
            known.append((place, direction_of(enrolled)))
            apart.append(disjoint)
    who, whom = (np.array([place for place, _ in found], np.intp) for found in (shown, known))
    terms, certainty, looks = _compared([steps for _, steps in shown], [one for _, one in known], calibration)
    steps_asked = np.repeat(np.array(asked)[:, None], len(known), axis=1)
    found = reached(terms, certainty, looks, calibration) / steps_asked
    ends = np.cumsum([len(steps) for _, steps in shown])
    visits = [slice(end - len(steps), end) for end, (_, steps) in zip(ends, shown, strict=True)]
    chosen_step = np.argmin if moment is Moment.UNLIKEST else np.argmax
    best = np.stack([visit.start + chosen_step(found[visit], axis=0) for visit in visits])
    columns = np.arange(len(known))
    terms, certainty, looks, asked_there = (rows[best, columns] for rows in (terms, certainty, looks, steps_asked))
    same = who[:, None] == whom
    chosen = ~same | np.array(apart, np.bool_)
    return tuple(column[chosen] for column in (same, terms, certainty, looks, asked_there))


def _visit(person: _Probes, photos: NDArray[np.intp], condition: Condition) -> list[Probe]:
    films = person.moments[condition.profile]
    each = max(1, LONGEST // condition.moments)
    return [probe for photo in photos for probe in films[photo][:each]]


def _enrolled(
    person: _Probes, left: NDArray[np.intp], condition: Condition, rng: np.random.Generator
) -> tuple[list[Probe], bool]:
    """Of other photos than the visit's if there are enough of them, which is told, too."""
    if not condition.photos:
        films = person.moments[str(ROOM)]
        frames = [films[photo][0] for photo in (*left, *range(len(films))) if films[photo]]
        return frames[:1], len(left) > 0 and bool(films[left[0]])
    filmed = len(person.moments[condition.profile])
    others = rng.permutation([*left, *range(filmed, len(person.photos))]).astype(int)
    if len(others) >= condition.photos:
        return [person.photos[photo] for photo in others[: condition.photos]], True
    enough = len(person.photos) >= condition.photos
    return person.photos[: condition.photos] if enough else [], False


def _compared(
    visits: Sequence[Sequence[Direction]], known: Sequence[Direction], calibration: Calibration
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(rows, known, 2 or 4) terms, (rows, known) certainties, and (rows, known) looks; a row for each step."""
    rows = [step for steps in visits for step in steps]
    layers = [(EmbeddingRows.of(rows, calibration), EmbeddingRows.of(known, calibration))]
    if calibration.second is not None:
        alone = calibration.second.calibration
        layers.append(
            (
                EmbeddingRows.of([row.second for row in rows], alone),
                EmbeddingRows.of([one.second for one in known], alone),
            )
        )
    terms: list[NDArray[np.float64]] = []
    for seen, enrolled in layers:
        cosines, certainties = enrolled.compare(seen)
        certainty = certainties.astype(np.float64)
        terms += [certainty * cosines, -(certainty**2)]
    certainty = np.sqrt(-terms[1])
    looks = np.repeat([[row.looks] for row in rows], len(known), axis=1)
    return np.stack(terms, axis=-1), certainty, looks


def reached(
    terms: NDArray[np.float64], certainty: NDArray[np.float64], looks: NDArray[np.float64], calibration: Calibration
) -> NDArray[np.float32]:
    """The evidence, as identity/gallery.py has it."""
    bias = calibration.second.bias if calibration.second else 0.0
    ratios = (terms @ weights_of(calibration) + bias).astype(np.float32)
    return in_proportion(ratios, certainty.astype(np.float32), calibration, looks.astype(np.float32))


def weights_of(calibration: Calibration) -> NDArray[np.float64]:
    """(2,) or (4,): the weights of the terms."""
    if calibration.second is None:
        return np.array([calibration.gain, calibration.cost])
    (gain, other_gain), (cost, other_cost) = calibration.second.gains, calibration.second.costs
    return np.array([gain, cost, other_gain, other_cost])
