"""Randomly drawn tracks of faces shown to enrolled people, for fitting a calibration."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.identity.evidence import FRAMES_FOR_A_NAME
from custom_components.kith.identity.scores import Direction, Probe, crowd_around, direction_of
from custom_components.kith.kith_engine.analysis import Face
from custom_components.kith.kith_engine.calibration import Calibration

from .kith import probes_of
from .probes import CAMERA, CLEAN

TRIALS = 8000
STRANGERS = 12
"""Tracks of other people for each track of one person."""
LONGEST = 8
"""Frames of a track."""
REPEATED = 0.2
"""Share of tracks whose frames are all of one photo: cameras repeat themselves."""
NEIGHBOURS = 0.2
"""Share of all people, those most similar to each person, from whom the tail is learned: a household's strangers are
from its own town, not from the whole world."""
_RNG = 20261123


@dataclass(frozen=True, slots=True, eq=False)
class Wild:
    """Faces by look, with the person of each row. people: each one's rows."""

    faces: dict[str, list[Face | None]]
    people: dict[str, NDArray[np.intp]]


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Comparisons of tracks with people. same: (n,) whether it is them. terms: (n, 2) for each network in turn: the
    factors of gain and cost, see identity/scores.py; (n, 4) for two networks.
    """

    same: NDArray[np.bool_]
    terms: NDArray[np.float64]


def draw(known: Wild, calibration: Calibration, *, running: bool = False) -> Trials:
    """Uses both networks if the calibration knows a second.

    running: takes each track at the moment when it was likest to them, as the sequential test does; with similar
    strangers.
    """
    rng = np.random.default_rng(_RNG + running)
    measured = {look: probes_of(faces, calibration) for look, faces in known.faces.items()}
    everybody = sorted(known.people)
    near = _neighbors([measured[CLEAN][known.people[person][0]] for person in everybody])
    often = [place for place, person in enumerate(everybody) if len(known.people[person]) > 1]
    weights = weights_of(calibration)
    same, terms = [], []
    for _ in range(TRIALS):
        place = often[rng.integers(len(often))]
        mine = rng.permutation(known.people[everybody[place]])
        enrolled = mine[: min(int(rng.integers(1, 6)), len(mine) - 1)]
        them = direction_of([probe for row in enrolled if (probe := measured[CLEAN][row])])
        length, looks = int(rng.integers(1, LONGEST + 1)), (CAMERA if rng.random() < 0.5 else (CLEAN,))
        repeated = rng.random() < REPEATED
        others = rng.choice(near[place] if running else np.delete(np.arange(len(everybody)), place), STRANGERS)
        tracks = [(True, mine[len(enrolled) :]), *((False, known.people[everybody[other]]) for other in others)]
        crowds = _crowds(them, calibration)
        for its_them, theirs in tracks:
            seen = _track(measured, rng.permutation(theirs), looks, length, repeated)
            steps = [_terms(direction_of(seen[:end]), them, crowds) for end in _ends(len(seen), running=running)]
            if steps:
                same.append(its_them)
                terms.append(max(steps, key=lambda step: float(step @ weights)))
    return Trials(np.array(same), np.array(terms))


def weights_of(calibration: Calibration) -> NDArray[np.float64]:
    """(2,) or (4,): the weights of the terms."""
    if calibration.second is None:
        return np.array([calibration.gain, calibration.cost])
    (gain, other_gain), (cost, other_cost) = calibration.second.gains, calibration.second.costs
    return np.array([gain, cost, other_gain, other_cost])


def _crowds(them: Direction, calibration: Calibration) -> tuple[float, ...]:
    crowds = [crowd_around(them.vector[None], calibration)]
    if calibration.second is not None:
        assert them.second is not None  # every measured face has both
        crowds.append(crowd_around(them.second.vector[None], calibration.second.calibration))
    return tuple(float(crowd[0]) for crowd in crowds)


def _terms(seen: Direction, them: Direction, crowds: Sequence[float]) -> NDArray[np.float64]:
    pairs = [(seen, them), (seen.second, them.second)][: len(crowds)]
    found: list[float] = []
    for (ours, theirs), crowd in zip(pairs, crowds, strict=True):
        assert ours is not None
        assert theirs is not None
        certainty = ours.certainty * theirs.certainty
        found += [certainty * (float(ours.vector @ theirs.vector) - crowd), -(certainty**2)]
    return np.array(found)


def _neighbors(probes: Sequence[Probe | None]) -> list[NDArray[np.intp]]:
    """For each person those who are most similar, by one photo each."""
    size = next(len(probe.vector) for probe in probes if probe is not None)
    vectors = np.stack([np.zeros(size, np.float32) if probe is None else probe.vector for probe in probes])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    return list(np.argsort(-alike, axis=1)[:, : int(NEIGHBOURS * len(vectors))])


def _ends(length: int, *, running: bool) -> Sequence[int]:
    return range(min(FRAMES_FOR_A_NAME, length), length + 1) if running and length else [length] * bool(length)


def _track(
    measured: dict[str, list[Probe | None]], rows: NDArray[np.intp], looks: Sequence[str], length: int, repeated: bool
) -> list[Probe]:
    chosen = rows[:1].repeat(2) if repeated else rows
    # twice, each photo in another look the second time: few people have many photos
    order = [(looks[(place + turn) % len(looks)], row) for turn in range(2) for place, row in enumerate(chosen)]
    return [probe for look, row in order if (probe := measured[look][row])][:length]
