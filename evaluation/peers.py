"""The rivals' rules for naming somebody, on Kith's own probes: who decides better, given the same faces?

Written from what each project publishes about itself, without any of its code. Their other parts (networks, detectors,
sharper pictures fetched later) are left out for all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .probes import Probes

type Likeness = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""(n, d) vectors of n frames → (n, people): how much each frame is like each resident, in the rule's own units."""
type Learn = Callable[[Sequence[NDArray[np.float32]]], Likeness]
"""Each resident's (photos, d) enrolled vectors → a function that compares frames with them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """person: place of the resident that the rule likes best; None if no frame passed its gates, or it refuses to name.

    score: compared with its threshold; minus infinity without a person.
    """

    person: int | None
    score: float


NOBODY = Answer(None, -np.inf)


class Judge(Protocol):
    """A rule that knows one home."""

    def answer(self, track: Probes, gated: bool) -> Answer:
        """Who is it? track: rows in order of time; those without a found face are skipped.

        gated: as shipped; a name is given if the score reaches `shipped`. Otherwise suited to trying other thresholds,
        and lenient: its demands on the face's size and the detector's score are waived (they were chosen for other
        cameras and detectors), and a rule that stops at the first good frame sees all of them: the stop moves with the
        threshold, and the best frame alone decides whether any reaches it.
        """


class Rule(Protocol):
    """A way to decide."""

    @property
    def name(self) -> str: ...

    @property
    def shipped(self) -> float:
        """The threshold as shipped, in the units of the score; an equal score reaches it."""

    def enroll(self, residents: Sequence[Probes]) -> Judge:
        """residents: the enrolled photos of each, at least one, all with a found face.

        Raises ValueError for a resident without photos.
        """


def _vectors(residents: Sequence[Probes]) -> list[NDArray[np.float32]]:
    """The (photos, d) vectors of each resident."""
    if not all(len(photos) for photos in residents):
        raise ValueError("every resident needs an enrolled photo: leave out who has none")
    return [photos.vectors for photos in residents]


# What a frame is compared with


def nearest(people: Sequence[NDArray[np.float32]]) -> Likeness:
    """The cosine to the most similar photo."""
    photos = np.concatenate(people)
    firsts = np.cumsum([0, *map(len, people[:-1])])
    return lambda vectors: np.maximum.reduceat(vectors @ photos.T, firsts, axis=1)


def centroid(people: Sequence[NDArray[np.float32]]) -> Likeness:
    """The cosine to the mean of the photos."""
    means = _unit(np.stack([vectors.mean(axis=0) for vectors in people]))
    return lambda vectors: vectors @ means.T


def mean_of_best(people: Sequence[NDArray[np.float32]], count: int = 3) -> Likeness:
    """The mean of the cosines to the `count` most similar photos, or to all if there are fewer."""
    photos = np.concatenate(people)
    ends = np.cumsum([len(vectors) for vectors in people])[:-1]

    def likeness(vectors: NDArray[np.float32]) -> NDArray[np.floating]:
        of_people = np.split(vectors @ photos.T, ends, axis=1)
        return np.stack([np.sort(cosines, axis=1)[:, -count:].mean(axis=1) for cosines in of_people], axis=1)

    return likeness


_MIDDLE, _STEEPNESS = 1.26538905, 5.552089201
"""CompreFace's constants for its own mobilefacenet plug-in, a relative of the network that Kith ships."""


def similarity(people: Sequence[NDArray[np.float32]]) -> Likeness:
    """CompreFace's similarity in 0…1: a sigmoid of the Euclidean distance to the nearest photo."""
    cosines = nearest(people)

    def likeness(vectors: NDArray[np.float32]) -> NDArray[np.floating]:
        distances = np.sqrt(np.maximum(2 - 2 * cosines(vectors).astype(np.float64), 0))
        similarities: NDArray[np.floating] = (np.tanh((_MIDDLE - distances) * _STEEPNESS) + 1) / 2
        return similarities

    return likeness


# Rules that judge every frame by itself


@dataclass(frozen=True, slots=True)
class FrameRule:
    """Every frame is compared by itself, and one frame names the track.

    detected: least score of the detector. side, area: least size of the face, in pixels and square pixels. tries:
    frames that it looks at, with or without a face. stop: the first frame that reaches this is final; otherwise the
    best one is.
    """

    name: str
    shipped: float
    learn: Learn
    detected: float = 0
    side: float = 0
    area: float = 0
    tries: int | None = None
    stop: float = np.inf

    def enroll(self, residents: Sequence[Probes]) -> Judge:
        return _FrameJudge(self, self.learn(_vectors(residents)))

    def passes(self, track: Probes) -> NDArray[np.bool_]:
        """(n,) whether it would examine each frame."""
        broad, high = track.width >= self.side, track.area >= self.side * track.width
        passed: NDArray[np.bool_] = broad & high & (track.area >= self.area) & (track.score >= self.detected)
        return passed & track.found


@dataclass(frozen=True, slots=True, eq=False)
class _FrameJudge:
    rule: FrameRule
    likeness: Likeness

    def answer(self, track: Probes, gated: bool) -> Answer:
        passed = self.rule.passes(track) if gated else track.found
        vectors = track.vectors[: self.rule.tries][passed[: self.rule.tries]]
        if not len(vectors):
            return NOBODY
        scores = self.likeness(vectors)
        if gated:
            final = np.flatnonzero(scores.max(axis=1) >= self.rule.stop)
            scores = scores[final[:1]] if len(final) else scores
        frame, person = divmod(int(scores.argmax()), scores.shape[1])
        return Answer(person, float(scores[frame, person]))


FACEID = FrameRule("faceid", 0.50, mean_of_best, detected=0.55, side=48, tries=6, stop=0.60)
"""SkyTechNerds/faceid, August 2026. Left out: the ignore list (it is empty), and searching the recorded clip's frames
at the end if no try had a face."""

COMPREFACE = FrameRule("CompreFace", 0.5, similarity, detected=0.8)
"""CompreFace (November 2023) always gives the nearest name and a similarity; its client decides. 0.5 is Viseron's
demand (April 2026); a name in any frame is a name."""

DOUBLE_TAKE = FrameRule("Double Take", 0.60, similarity, detected=0.8, area=10_000, stop=0.60)
"""Double Take (skrashevich, April 2024) with CompreFace; the first match wins. Below 40 % it says "unknown", above that
"miss": neither is a name. Left out: other engines beside it, any of which could win."""

IMMICH = FrameRule("Immich", 0.5, nearest, detected=0.7)
"""A cosine distance of at most 0.5 to somebody's nearest face. Left out: named faces become references for the next,
and three similar unnamed ones become a person."""

RTSP_RECORDER = FrameRule("RTSP-Recorder", 0.35, centroid, detected=0.2)
"""brainAThome/RTSP-Recorder, February 2026. Left out: faces marked as not being somebody (there are none)."""

SFACE = FrameRule("OpenCV SFace", 0.363, nearest)
"""OpenCV's documented threshold for two photos, for another network; any frame names."""


# Frigate


@dataclass(frozen=True, slots=True)
class Frigate:
    """Frigate 0.17, with its large network: averages the frames' confidences, weighting larger and surer ones more.

    It publishes a name after any frame with which the average reaches the threshold, so a track is judged at its best.
    A frame no surer than _UNKNOWN names nobody: lower thresholds change nothing. Left out: its limits of 12 frames, or
    6 after a success (tracks here are shorter, or decided by then), and rounding to hundredths.
    """

    name: str = "Frigate"
    shipped: float = 0.9

    def enroll(self, residents: Sequence[Probes]) -> Judge:
        return _FrigateJudge(_unit(np.stack([trimmed_template(vectors) for vectors in _vectors(residents)])))


_DETECTED, _SMALLEST = 0.7, 750
"""Least detector score, and least area in square pixels."""
_MEDIAN, _SLOPE = 0.30, 20
"""Of the sigmoid from cosine to confidence."""
_UNKNOWN = 0.8
"""A frame no surer than this names nobody and is not averaged."""
_LARGEST = 4000
"""Square pixels above which a face counts no more."""
_BLUR = np.array([120, 160, 200, 250], np.float32)
"""Variances of the Laplacian; a face below one of them loses the confidence listed next:"""
_PENALTIES = np.array([0.06, 0.04, 0.02, 0.01, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class _FrigateJudge:
    """templates: (people, d) of length 1."""

    templates: NDArray[np.float32]

    def answer(self, track: Probes, gated: bool) -> Answer:
        passed = track.found
        if gated:
            passed = passed & (track.score >= _DETECTED) & (track.area >= _SMALLEST)
        cosines = track.vectors[passed] @ self.templates.T
        confidence = 1 / (1 + np.exp(-_SLOPE * (cosines.max(axis=1).astype(np.float64) - _MEDIAN)))
        confidence -= _PENALTIES[np.searchsorted(_BLUR, track.laplacian[passed], side="right")]
        known = confidence > _UNKNOWN
        if not known.any():
            return NOBODY
        return _surest_average(cosines.argmax(axis=1)[known], confidence[known], track.area[passed][known])


def _surest_average(names: NDArray[np.intp], confidence: NDArray[np.float64], area: NDArray[np.float32]) -> Answer:
    """Known frames in order of time, (n,) each → the highest weighted average over any number of first frames.

    It belongs to the name with the highest weighted sum; if another was seen in as many frames, to none. The first
    frame has no rival, so there is always an answer.
    """
    weight = np.minimum(area, _LARGEST) * (confidence - _UNKNOWN) * 10
    people, column = np.unique(names, return_inverse=True)
    votes = np.equal.outer(column, np.arange(len(people)))
    columns = (np.ones(len(names)), weight, confidence * weight)
    counts, weights, sums = (np.cumsum(votes * each[:, None], axis=0) for each in columns)
    frames, leader = np.arange(len(names)), sums.argmax(axis=1)
    rivals = (counts == counts[frames, leader][:, None]).sum(axis=1) > 1
    averages = np.where(rivals, -np.inf, sums[frames, leader] / weights[frames, leader])
    best = int(averages.argmax())
    return Answer(int(people[leader[best]]), float(averages[best]))


_TRIMMED = 0.15
"""Share left out at each end, in each dimension."""
_OUTLIER = 0.30
"""A photo whose cosine to the template is lower is left out."""
_FEW = 5
"""Photos that are always kept."""
_KEPT = 0.7
"""Least share of the photos that is kept."""
_ROUNDS = 3


def trimmed_template(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(photos, d) → (d,) Frigate's template: a trimmed mean of the photos that are similar to it."""
    least, kept = max(_FEW, int(np.ceil(_KEPT * len(vectors)))), vectors
    for _ in range(_ROUNDS):
        cosines = vectors @ _unit(_trimmed_mean(kept))
        count = max(least, int((cosines >= _OUTLIER).sum()))
        kept = vectors[np.argsort(-cosines)[:count]]
    return _trimmed_mean(kept)


def _trimmed_mean(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(photos, d) → (d,)."""
    cut = int(_TRIMMED * len(vectors))
    mean: NDArray[np.float32] = np.sort(vectors, axis=0)[cut : len(vectors) - cut].mean(axis=0)
    return mean


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(…, d) → the same, each of length 1."""
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


RULES: tuple[Rule, ...] = (Frigate(), FACEID, COMPREFACE, DOUBLE_TAKE, IMMICH, RTSP_RECORDER, SFACE)
