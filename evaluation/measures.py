"""Error rates as the field defines them (ISO/IEC 19795-1), with the uncertainty from few homes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLED = 100
"""Draws for a bootstrap interval."""
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """What a rule made of many tracks, one row each, on its own scale.

    home: the home that the track was shown in. resident: whether it is somebody enrolled there. right: whether the rule
    likes the right person best. score: compared with the rule's threshold; minus infinity without an answer.
    """

    home: NDArray[np.intp]
    resident: NDArray[np.bool_]
    right: NDArray[np.bool_]
    score: NDArray[np.float64]

    def rows(self, rows: NDArray[np.intp]) -> Trials:
        return Trials(self.home[rows], self.resident[rows], self.right[rows], self.score[rows])

    def threshold(self, fpir: float) -> float:
        """The lowest score that at most this share of strangers' tracks exceeds."""
        scores = np.sort(self.score[~self.resident])[::-1]
        return float(scores[min(int(fpir * len(scores)), len(scores) - 1)])

    def fnir(self, threshold: float) -> float:
        """Share of residents' tracks that do not get the right name above the threshold (FNIR)."""
        named = self.right & (self.score > threshold)
        return float(1 - named[self.resident].mean())

    def fpir(self, threshold: float, *, reached: bool = False) -> float:
        """Share of strangers' tracks that get a name. reached: a score equal to the threshold counts as above."""
        strangers = self.score[~self.resident]
        return float((strangers >= threshold if reached else strangers > threshold).mean())

    def fnir_at(self, fpir: float) -> float:
        return self.fnir(self.threshold(fpir))

    def wrong(self, threshold: float) -> float:
        """Share of residents' tracks that get somebody else's name."""
        return float((~self.right & (self.score > threshold))[self.resident].mean())


def interval(trials: Trials, measure: Callable[[Trials], float], seed: int = 0) -> tuple[float, float]:
    """Bootstrap over homes (Efron 1979), not tracks, because the tracks of one home share its people."""
    rng = np.random.default_rng(seed)
    homes = [np.flatnonzero(trials.home == home) for home in np.unique(trials.home)]
    draws = (rng.integers(len(homes), size=len(homes)) for _ in range(RESAMPLED))
    drawn = [measure(trials.rows(np.concatenate([homes[home] for home in draw]))) for draw in draws]
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def curve(trials: Trials, points: int = 40) -> list[list[float]]:
    """[FPIR, FNIR] along the trade-off, for a DET plot (Martin et al. 1997)."""
    count = int((~trials.resident).sum())
    return [[rate, trials.fnir_at(rate)] for rate in np.geomspace(max(1e-4, 2 / count), 0.5, points).tolist()]


def share(values: Sequence[bool] | NDArray[np.bool_]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
