"""How sure must Kith be? The evidence that each answer takes."""

from dataclasses import dataclass
from enum import StrEnum
import math

from ..kith_engine.calibration import Calibration

HASTE = 1.0
"""How many times as much more a name takes after one frame; after two it is half of that, and so on. Each frame is a
chance for a stranger, and the first ones, which show least, would be the best: O'Brien & Fleming 1979 ("A multiple
testing procedure for clinical trials") let a test end early only on strong evidence. Of 0, 0.5, 1, 2, and 4, tried on
the evaluation's visits, this misses fewest residents and makes them wait for a fifth of a frame."""
HASTE_OF_A_STRANGER = 0.5
"""The same for the answer "stranger": whoever comes into view is seen worst at first. Of 0, 0.5, 1, and 2, tried on the
evaluation's visits, this calls a quarter to three quarters fewer residents strangers across the room, and misses 1 to 4
of 100 strangers."""

FRAMES_CALIBRATED = 8
"""Frames of the visits that the calibration knows. Whoever stays longer shows more moments and has more chances to look
like somebody by accident."""
FRAMES_MEASURED = 80
"""Frames of the longest stays that were measured: nobody knows how much more an even longer one should take."""
PATIENCE = 1.5
"""The power of the number of chances by which an answer must be less likely by accident: each new set of frames is
another try (Bonferroni's inequality gives 1), and tries pile up on the few who look like a resident. Without this,
1.2 % of strangers who stayed for forty seconds got a name at the usual setting, where 0.1 % may; with it, 0.3 %. Of 1,
1.5, and 2, tried on the evaluation's people, the second let fewer through than the first, and the third no fewer.
Residents are named as often."""

LEAST = math.log(2)
"""What a name takes in any home: that the faces are at least twice as likely the person's as a stranger's."""


class Sureness(StrEnum):
    """The owner's one knob: how sure must Kith be?"""

    RELAXED = "relaxed"
    NORMAL = "normal"
    STRICT = "strict"

    @property
    def false_names(self) -> float:
        """The share of strangers' visits that may get a name (FPIR, ISO/IEC 19795-1)."""
        return _RATES[self][0]

    @property
    def false_strangers(self) -> float:
        """The share of the household's visits that may be called a stranger's."""
        return _RATES[self][1]

    @property
    def false_likely(self) -> float:
        """The share of strangers' single pictures that may be called likely somebody's."""
        return _RATES[self][2]


_RATES = {
    Sureness.RELAXED: (1 / 100, 1 / 50, 1 / 100),
    Sureness.NORMAL: (1 / 1000, 1 / 200, 1 / 400),
    Sureness.STRICT: (1 / 5000, 1 / 500, 1 / 1000),
}


@dataclass(frozen=True, slots=True)
class Demand:
    """The evidence that an answer needs in a visit, as natural logarithms of likelihood ratios.

    name_again, stranger_again: how much more it takes for each factor of e in the number of chances.
    """

    name: float
    stranger: float
    likely: float
    name_again: float = 0.0
    stranger_again: float = 0.0

    def after(self, frames: int) -> float:
        """What a name needs after so many frames that counted."""
        return self.name * (1 + HASTE / max(frames, 1)) + self.name_again * _more_chances(frames)

    def of_a_stranger_after(self, frames: int) -> float:
        """What the answer "stranger" needs after so many."""
        return self.stranger * (1 + HASTE_OF_A_STRANGER / max(frames, 1)) + self.stranger_again * _more_chances(frames)


def _more_chances(frames: int) -> float:
    return math.log(max(1.0, min(frames, FRAMES_MEASURED) / FRAMES_CALIBRATED))


def demand_of(sureness: Sureness, people: int, calibration: Calibration) -> Demand:
    """The more people are enrolled, the more often a stranger resembles one of them, and the more is demanded."""
    offset, slope = calibration.tail

    def reached_by(rate: float) -> float:
        return max((math.log(max(people, 1) / rate) - offset) / slope, LEAST)

    return Demand(
        reached_by(sureness.false_names),
        _demand_of_a_stranger(sureness, people, calibration),
        reached_by(sureness.false_likely),
        PATIENCE / slope,
        PATIENCE / (calibration.stranger[1] if calibration.stranger is not None else 1.0),
    )


def _demand_of_a_stranger(sureness: Sureness, people: int, calibration: Calibration) -> float:
    """The evidence is weighed against the mean of all people: with many, it is strong before it speaks against each."""
    rare = math.log(1 / sureness.false_strangers)
    if calibration.stranger is None:
        return rare
    offset, slope = calibration.stranger
    return max((rare - offset) / slope, 0.0) + math.log(max(people, 1))
