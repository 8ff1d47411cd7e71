"""What Kith makes of one track: the sequential test, frame by frame, at every setting of the knob."""

from collections.abc import Sequence
from dataclasses import dataclass

from custom_components.kith.identity.demand import Demand, Sureness, demand_of
from custom_components.kith.identity.evidence import Conclusion, conclude
from custom_components.kith.identity.gallery import Index, Weights
from custom_components.kith.identity.scores import Direction, Probe, direction_of
from custom_components.kith.kith_engine.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Step:
    """The evidence after this many frames, of which so many could be compared."""

    length: int
    compared: int
    weights: Weights

    @property
    def likeliest(self) -> tuple[str, float]:
        """Whom the evidence is for, and how much: less where few frames make a name take more."""
        name, evidence = self.weights.people[0]
        return name, evidence / asked_after(self.compared)


def asked_after(frames: int) -> float:
    """How many times as much a name takes after so many frames as in the end."""
    return Demand(name=1.0, stranger=0.0, likely=0.0).after(frames)


def followed(probes: Sequence[Probe | None]) -> list[tuple[int, Direction]]:
    """After each frame that can be compared: how many frames there were, and where they point."""
    so_far: list[Probe] = []
    found = []
    for length, probe in enumerate(probes, 1):
        if probe is not None:
            so_far.append(probe)
            found.append((length, direction_of(so_far)))
    return found


def weigh(index: Index, tracks: Sequence[Sequence[tuple[int, Direction]]]) -> list[list[Step]]:
    """The steps of many tracks at once, which is far faster than one by one."""
    weights = iter(index.weigh_all([direction for track in tracks for _, direction in track]))
    return [
        [Step(length, compared, next(weights)) for compared, (length, _) in enumerate(track, 1)] for track in tracks
    ]


def conclusions(steps: Sequence[Step], sureness: Sureness, people: int, calibration: Calibration) -> list[Conclusion]:
    """Where the test stands after each step, in a home of so many people."""
    demand = demand_of(sureness, people, calibration)
    ends: list[Conclusion] = []
    for step in steps:
        ends.append(conclude(step.weights, step.compared, demand, ends[-1] if ends else None))
    return ends
