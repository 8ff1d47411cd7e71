"""How much does a face speak for a person? From vectors to log-likelihood ratios.

A face that is seen badly still points toward its person, only less surely. `quality` predicts how surely: the cosine
between its vector and the person's true one. Several faces of one person add up to a direction that is surer than any
of them: if their errors are independent, the sum is short and the mean direction good; frames that repeat one another
leave the sum long and the certainty where it was.

With s the cosine between two directions and z the product of their certainties, s is about z for one person, about 0
for two, and scatters alike for both; the log-likelihood ratio of two normal distributions of one variance is then
z * (gain * s - cost * z). After Brümmer & du Preez 2006 ("Application-independent evaluation of speaker detection")
the two numbers are fitted by logistic regression, see evaluation/calibrate.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.analysis import Face
from ..kith_engine.calibration import CERTAINTIES, Calibration, Second

WORST, BEST = 0.05, 0.9
"""Limits of quality: no face is worth nothing, and no photo equals its person."""
_TINY = 1e-6
"""Shorter sums point nowhere."""
LEAST_CERTAINTY = 0.65
"""Certainty that somebody's photos together need for a name: one picture across the room claims nobody. In homes that
enroll one such picture of each, those below this are named in one visit of three anyway."""
MISTAKEN = math.log(1000)
"""Natural logarithm: a face marked as somebody else is taken to be the person after all once that is so many times
likelier. About one tap in a thousand goes wrong."""
NEAREST = 5
"""Rows of the crowd that say how close together people are around a face."""


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A face that can be compared. vector: (d,) of length 1, without what all faces share. quality: see above.

    second: the same face as a second network sees it, if one was asked. covered: by a mask or a scarf.
    """

    vector: NDArray[np.float32]
    quality: float
    second: Probe | None = None
    covered: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """Where several faces of one person point. vector: (d,) of length 1. certainty: expected cosine to the true one.

    second: the direction of those that a second network has seen, in its own space. looks: as how many independent ones
    the faces count. covered: share of them that a mask or a scarf covers.
    """

    vector: NDArray[np.float32]
    certainty: float
    second: Direction | None = None
    looks: float = 1.0
    covered: float = 0.0


def quality_terms(face: Face, clarity: float) -> NDArray[np.float64]:
    """(QUALITY_TERMS,) measurements of one face, as the calibration's polynomial takes them. clarity: the network's."""
    seen = face.quality
    width = math.log(min(max(seen.width, 10.0), 200.0) / 40)
    sharp = min(max(seen.sharpness, 0.0), 1.5)
    light, clarity = seen.light / 128, math.log(max(clarity, 1e-3))
    size = (1.0, width, width**2, sharp, sharp**2, width * sharp)
    return np.array([*size, face.score, face.score**2, light, light**2, seen.yaw**2, clarity, clarity**2])


def quality_of(face: Face, calibration: Calibration) -> float:
    return _quality(face, face.embeddings[0].clarity if face.embeddings else 0.0, calibration)


def second_quality_of(face: Face, second: Second) -> float:
    """face: one that the second network was asked about."""
    return _quality(face, face.embeddings[1].clarity, second.calibration)


def _quality(face: Face, clarity: float, calibration: Calibration) -> float:
    return float(np.clip(quality_terms(face, clarity) @ np.array(calibration.quality), WORST, BEST))


def centered(vector: NDArray[np.float32], quality: float, calibration: Calibration) -> NDArray[np.float32]:
    """(d,) without what all vectors of this quality have in common: the less is seen of a face, the more that is."""
    offset, slope = calibration.common
    rest: NDArray[np.float32] = (vector - (offset + quality * slope)).astype(np.float32)
    return rest / np.float32(max(float(np.linalg.norm(rest)), _TINY))


def probe_of(face: Face, calibration: Calibration) -> Probe | None:
    """None for a face that could not be compared."""
    if face.embedding is None:
        return None
    quality = quality_of(face, calibration)
    second = _second_probe_of(face, calibration.second)
    return Probe(centered(face.embedding, quality, calibration), quality, second, face.quality.covered)


def _second_probe_of(face: Face, second: Second | None) -> Probe | None:
    if second is None or len(face.embeddings) < 2:
        return None
    quality = second_quality_of(face, second)
    return Probe(centered(face.embeddings[1].vector, quality, second.calibration), quality)


def direction_of(probes: Sequence[Probe]) -> Direction:
    """At least one probe. Each counts by its certainty: a vector of quality q scatters like q / sqrt(1 - q²)."""
    seconds = [probe.second for probe in probes if probe.second is not None]
    vector, certainty = _sum(probes)
    second = Direction(*_sum(seconds)) if seconds else None
    covered = sum(probe.covered for probe in probes) / len(probes)
    return Direction(vector, certainty, second, independent_looks(probes), covered)


def independent_looks(probes: Sequence[Probe]) -> float:
    """From 1, if all faces repeat one another, to their number, if they have nothing in common.

    The effective sample size n / (1 + (n - 1) * correlation) of Kish 1965 ("Survey Sampling"); the correlation is the
    mean cosine between two faces. That of their errors alone, without what they share because they are of one person,
    scatters more and orders visits worse.
    """
    others = len(probes) - 1
    if not others:
        return 1.0
    vectors = np.stack([probe.vector for probe in probes])
    alike = float((vectors @ vectors.T).sum() - len(probes)) / (len(probes) * others)
    return len(probes) / (1 + others * min(max(alike, 0.0), 1.0))


def _sum(probes: Sequence[Probe]) -> tuple[NDArray[np.float32], float]:
    qualities = np.array([probe.quality for probe in probes])
    weights = qualities / np.sqrt(1 - qualities**2)
    total = weights @ np.stack([probe.vector for probe in probes])
    length = max(float(np.linalg.norm(total)), _TINY)
    return (total / length).astype(np.float32), min(1.0, float(weights @ qualities) / length)


def crowd_around(directions: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float32]:
    """(n, d) → (n,): how close together people are around each of them, as a cosine."""
    near: NDArray[np.float32] = np.sort(directions @ calibration.crowd.T, axis=1)[:, -NEAREST:].mean(axis=1)
    return near


def above_crowds(
    cosines: NDArray[np.float32], seen: NDArray[np.float32], known: NDArray[np.float32], calibration: Calibration
) -> NDArray[np.float32]:
    """(m, n) cosines, what is left of them where many people look alike. seen, known: (m,), (n,), see crowd_around.

    One bar for the whole world would let in strangers from groups of people that a network tells apart badly. Both
    sides count: without its scale, this is the adaptive symmetric normalization of Matějka et al. 2017 ("Analysis of
    score normalization in multilingual speaker recognition").
    """
    left: NDArray[np.float32] = cosines - np.float32(calibration.crowding) * known
    return left - np.float32(calibration.crowding_seen) * seen[:, None]


def likelihood_ratios(
    cosines: NDArray[np.float32], certainties: NDArray[np.float32], calibration: Calibration
) -> NDArray[np.float32]:
    """Natural logarithms: how many times likelier these cosines are if it is one person than if it is two."""
    ratios: NDArray[np.float32] = certainties * (calibration.gain * cosines - calibration.cost * certainties)
    return ratios


def belief(ratios: NDArray[np.float32]) -> NDArray[np.float64]:
    """How likely marked faces are not these people, from how much they look like them: between 0 and 1.

    Bayes' rule, with the owner's slips as the prior: one mark cannot outweigh several photos that it contradicts.
    """
    believed: NDArray[np.float64] = 1 / (1 + np.exp(ratios.astype(np.float64) - MISTAKEN))
    return believed


def joint_ratios(
    first: tuple[NDArray[np.float32], NDArray[np.float32]],
    other: tuple[NDArray[np.float32], NDArray[np.float32]],
    second: Second,
) -> NDArray[np.float32]:
    """The same from the cosines and certainties of two networks, whose errors are partly the same."""
    ratios = np.full_like(first[0], second.bias)
    for (cosines, certainties), gain, cost in zip((first, other), second.gains, second.costs, strict=True):
        ratios += certainties * (np.float32(gain) * cosines - np.float32(cost) * certainties)
    return ratios


def in_proportion(
    ratios: NDArray[np.float32],
    certainties: NDArray[np.float32],
    calibration: Calibration,
    looks: NDArray[np.float32] | float = 1.0,
    covered: NDArray[np.float32] | float = 0.0,
) -> NDArray[np.float32]:
    """The same, what speaks for a person changed until strangers reach it equally often, however much was seen.

    A demand that holds for every likelihood ratio is stricter than it says where little can be seen: one moment across
    the room hardly reaches it by right, and a stranger never by chance. And a stranger who shows many different
    moments has many chances. looks: independent ones; covered: share of the faces that are; see Direction. Both are
    broadcast against the others.
    """
    more, less = (1 + covered * (factor - 1) for factor in calibration.covered)
    if calibration.stretch:
        more = more * np.interp(certainties, CERTAINTIES, calibration.stretch) / looks**calibration.chances
    changed: NDArray[np.float32] = (ratios * np.where(ratios > 0, more, less)).astype(np.float32)
    return changed
