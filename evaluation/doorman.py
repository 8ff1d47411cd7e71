"""What Kith makes of one track: the sequential test, frame by frame, at every setting of the knob."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from custom_components.kith.identity.evidence import Conclusion, Sureness, conclude, demand_of
from custom_components.kith.identity.gallery import Index, Weights
from custom_components.kith.identity.scores import Probe, direction_of
from custom_components.kith.kith_engine.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Step:
    """The evidence after this many frames, of which so many could be compared."""

    length: int
    compared: int
    weights: Weights


def weigh(index: Index, probes: Sequence[Probe | None]) -> Iterator[Step]:
    """A step for each frame that can be compared; the others are None."""
    so_far: list[Probe] = []
    for length, probe in enumerate(probes, 1):
        if probe is not None:
            so_far.append(probe)
            yield Step(length, len(so_far), index.weigh(direction_of(so_far)))


def conclusions(steps: Sequence[Step], sureness: Sureness, people: int, calibration: Calibration) -> list[Conclusion]:
    """Where the test stands after each step, in a home of so many people."""
    demand = demand_of(sureness, people, calibration)
    ends: list[Conclusion] = []
    for step in steps:
        ends.append(conclude(step.weights, step.compared, demand, ends[-1] if ends else None))
    return ends
