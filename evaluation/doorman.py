"""What Kith makes of one track: the sequential test, frame by frame, at every setting of the knob."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from custom_components.kith.identity.demand import Demand, Sureness, demand_of
from custom_components.kith.identity.evidence import Conclusion, Frame, Outcome, conclude
from custom_components.kith.identity.gallery import Index, Weights
from custom_components.kith.identity.sampling import SECONDS_KEPT, Tally, sampled
from custom_components.kith.identity.scores import Direction, Probe, direction_of
from custom_components.kith.kith_engine.calibration import Calibration

from .measures import share

LOOKS_A_SECOND = 8
"""At somebody undecided, before a camera with a stream."""
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a track points after so many frames, of which so many counted."""

    length: int
    counted: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class Step:
    """The evidence after this many frames, of which so many counted (see identity/sampling.py)."""

    length: int
    counted: int
    weights: Weights

    @property
    def likeliest(self) -> tuple[str, float]:
        """Whom the evidence is for, and how much: less where few frames make a name take more."""
        name, evidence = self.weights.people[0]
        return name, evidence / asked_after(self.counted)


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said of one track. named: the places of the people that were named at any time, stranger: was one told?
    Both at each setting of the knob. decided: frames until the first answer at the usual one, 0 for none.
    """

    named: dict[Sureness, frozenset[int]]
    stranger: dict[Sureness, bool]
    decided: int

    @classmethod
    def of(cls, steps: Sequence[Step], ends: dict[Sureness, list[Conclusion]]) -> Self:
        """ends: where the test stood after each of the steps."""
        usual = zip(steps, ends[Sureness.NORMAL], strict=True)
        return cls(
            {sure: frozenset(int(end.person_id) for end in found if end.person_id) for sure, found in ends.items()},
            {sure: any(end.outcome is Outcome.STRANGER for end in found) for sure, found in ends.items()},
            next((step.length for step, end in usual if end.outcome in (Outcome.KNOWN, Outcome.STRANGER)), 0),
        )


def at_the_knob(said: Sequence[tuple[int, Answers]], sureness: Sureness) -> dict[str, float]:
    """Of tracks of residents, by their places, and of strangers, who have negative ones: shares of either kind."""
    residents, strangers = ([one for one in said if (one[0] >= 0) == living] for living in (True, False))
    return {
        "fpir": share([bool(answers.named[sureness]) for _, answers in strangers]),
        "fnir": share([who not in answers.named[sureness] for who, answers in residents]),
        "wrong_name": share([bool(answers.named[sureness] - {who}) for who, answers in residents]),
        "false_stranger": share([answers.stranger[sureness] for _, answers in residents]),
        "stranger_told": share([answers.stranger[sureness] for _, answers in strangers]),
    }


def asked_after(frames: int) -> float:
    """How many times as much a name takes after so many frames as in the end."""
    return Demand(name=1.0, stranger=0.0, likely=0.0).after(frames)


def followed(probes: Sequence[Probe | None]) -> list[Followed]:
    """Where a track points after each frame that can be compared."""
    kept: list[Frame] = []
    tally, found = Tally(), list[Followed]()
    for length, probe in enumerate(probes, 1):
        if probe is not None:
            captured = _BEGAN + timedelta(seconds=(length - 1) / LOOKS_A_SECOND)
            kept = sampled([*kept, Frame(captured, probe)])
            tally.add(captured)
            so_far = direction_of([frame.probe for frame in kept if frame.probe is not None])
            found.append(Followed(length, tally.count, so_far))
    return found


def weigh(index: Index, tracks: Sequence[Sequence[Followed]]) -> list[list[Step]]:
    """The steps of many tracks at once, which is far faster than one by one."""
    weights = iter(index.weigh_all([one.direction for track in tracks for one in track]))
    return [[Step(one.length, one.counted, next(weights)) for one in track] for track in tracks]


def conclusions(steps: Sequence[Step], people: int, calibration: Calibration) -> dict[Sureness, list[Conclusion]]:
    """Where the test stands after each step, at each setting of the knob, in a home of so many people."""
    return {sureness: _concluded(steps, demand_of(sureness, people, calibration)) for sureness in Sureness}


def _concluded(steps: Sequence[Step], demand: Demand) -> list[Conclusion]:
    ends: list[Conclusion] = []
    named: int | None = None
    for step in steps:
        lately = named is not None and step.length - named < SECONDS_KEPT * LOOKS_A_SECOND
        ends.append(conclude(step.weights, step.counted, demand, ends[-1] if ends else None, named=lately))
        named = step.length if ends[-1].outcome is Outcome.KNOWN else named
    return ends
