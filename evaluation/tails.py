"""How often strangers reach which evidence, and how much speaks against the household: what the knob promises by."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.kith_engine.calibration import CERTAINTIES, Calibration

from .trials import Trials, reached

RARE = 1e-4
"""What a home of ten lets one stranger's comparison with one of them reach, at the usual setting of the knob."""
RATES = (2e-3, 1e-4)
"""The same in small homes that are relaxed, and at the usual setting: there the tail must be right."""
USUAL = 0.6
"""Certainty of a moment across the room with a few photos enrolled."""
SPAN = 0.05
"""Half the distance of two CERTAINTIES."""
ENOUGH = 3
"""Comparisons beyond a level."""
TURNED_AWAY = (1 / 20, 1 / 200)
"""Shares of visits of enrolled people: at the last one, at the usual setting of the knob, they are called strangers."""
_RATES = np.geomspace(*RATES, 12)
_AGAINST = np.geomspace(*TURNED_AWAY, 8)


def fit_stretch(strangers: Sequence[Trials], calibration: Calibration) -> tuple[float, ...]:
    """The level that a share RARE of strangers reaches at USUAL certainty, to that at each smaller one.

    Certainties that hardly any visit has are as their neighbors; above the usual one nothing is taken away: there the
    likelihood ratio orders visits better, and strangers reach it hardly more often.
    """
    ratios = np.concatenate(_evidence(strangers, replace(calibration, stretch=())))
    certainties = np.concatenate([trial.certainty for trial in strangers])
    levels = np.full(len(CERTAINTIES), np.nan)
    for place, certainty in enumerate(CERTAINTIES):
        here = ratios[np.abs(certainties - certainty) < SPAN]
        if len(here) * RARE >= ENOUGH:
            levels[place] = np.quantile(here, 1 - RARE)
    known = np.isfinite(levels)
    levels = np.interp(CERTAINTIES, np.array(CERTAINTIES)[known], levels[known])
    stretch = np.maximum(1.0, np.interp(USUAL, CERTAINTIES, levels) / levels)
    print(f"stretch: {stretch.round(2)}")
    return tuple(round(float(factor), 3) for factor in stretch)


def fit_tail(strangers: Sequence[Trials], calibration: Calibration) -> tuple[float, float]:
    """How often a stranger's visit reaches which evidence: a straight line through the logarithms of the rare ones.

    The levels are means over the conditions, so that none is missed by much: pooled, the rarest would be all of one.
    """
    levels = _levels(strangers, calibration)
    slope, offset = np.polyfit(levels.mean(axis=0), -np.log(_RATES), 1)
    lowest, highest = levels[:, -1].min(), levels[:, -1].max()
    print(f"tail: exp(-({offset:.2f} + {slope:.2f} r)); {RATES[-1]:g} reach {lowest:.1f} to {highest:.1f} by condition")
    return round(float(offset), 3), round(float(slope), 3)


def fit_stranger(trials: Sequence[Trials], calibration: Calibration) -> tuple[float, float]:
    """How often a visit of an enrolled person says how much against them, in the conditions where it does most."""
    levels = _against([trial.rows(trial.same) for trial in trials], calibration)
    slope, offset = np.polyfit(_worst(levels), -np.log(_AGAINST), 1)
    print(f"stranger: exp(-({offset:.2f} + {slope:.2f} r)); {_AGAINST[-1]:g} reach {levels[:, -1].round(1)}")
    return round(float(offset), 3), round(float(slope), 3)


def fit_covered(
    strangers: Sequence[Trials], enrolled: Sequence[Trials], calibration: Calibration
) -> tuple[float, float]:
    """How much more a ratio says if mouth and nose are covered: one that speaks for a person, one that speaks against.

    strangers, enrolled: visits with covered faces, compared with photos; at the likest and the unlikest.
    """
    assert calibration.stranger is not None
    reached_by_strangers = float(_levels(strangers, calibration)[:, -1].mean())
    against = _worst(_against(enrolled, calibration))[-1]
    more = _level(calibration.tail, RARE) / reached_by_strangers
    less = _level(calibration.stranger, TURNED_AWAY[-1]) / against
    print(f"covered: strangers reach {reached_by_strangers:.1f}, {against:.1f} speaks against residents")
    return round(more, 3), round(float(less), 3)


def _level(tail: tuple[float, float], rate: float) -> float:
    """The ratio that so many reach."""
    offset, slope = tail
    return float(-np.log(rate) - offset) / slope


def _worst(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """(conditions, rates) → (rates,): the mean over the quarter of the conditions where most is reached."""
    worst: NDArray[np.float64] = np.sort(levels, axis=0)[-max(1, len(levels) // 4) :].mean(axis=0)
    return worst


def _levels(strangers: Sequence[Trials], calibration: Calibration) -> NDArray[np.float64]:
    """(conditions, rates): the evidence that each of _RATES reaches, where there are strangers enough to tell."""
    evidence = _evidence(strangers, calibration)
    return np.array([np.quantile(one, 1 - _RATES) for one in evidence if len(one) * RATES[-1] >= ENOUGH])


def _against(enrolled: Sequence[Trials], calibration: Calibration) -> NDArray[np.float64]:
    """(conditions, rates): what speaks against enrolled people in each share of _AGAINST of their visits."""
    against = [-one for one in _evidence(enrolled, calibration) if len(one) * _AGAINST[-1] >= ENOUGH]
    return np.array([np.quantile(one, 1 - _AGAINST) for one in against])


def _evidence(trials: Sequence[Trials], calibration: Calibration) -> list[NDArray[np.float64]]:
    return [reached(trial.terms, trial.certainty, trial.looks, calibration) / trial.asked for trial in trials]
