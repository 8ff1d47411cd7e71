"""Things that look like people: a coat, a statue. What never moves and shows no face becomes scenery."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..kith_engine.analysis import Box

SCENERY_AFTER = timedelta(minutes=5)
"""Hardly anybody awake keeps so still for so long that their box does not change."""
MOTIONLESS = 0.85
"""Intersection over union of a thing's boxes while it does not move at all: a detector's are not quite the same."""
SAME_SPOT = 0.7
"""The same at which a box is that thing later: light changes what detectors see of it."""
MOVED = 0.3
"""The same below which it is something else beside it."""
FORGOTTEN_AFTER = timedelta(days=1)
"""Without being seen: somebody took it away."""
MOST = 16
"""Things for each camera: a shop window with more is a wrong place for it."""


@dataclass(slots=True)
class Stillness:
    """For how long one thing has been in one spot."""

    box: Box
    since: datetime

    def follow(self, box: Box, captured: datetime) -> None:
        if box.overlap(self.box) < MOTIONLESS:
            self.box, self.since = box, captured

    def lasts(self, now: datetime) -> bool:
        """Has it been long enough for scenery?"""
        return now - self.since >= SCENERY_AFTER


@dataclass(slots=True)
class _Thing:
    box: Box
    seen: datetime


@dataclass(slots=True)
class Scenery:
    """The motionless things of one camera's view."""

    things: list[_Thing] = field(default_factory=list)

    def add(self, box: Box, captured: datetime) -> None:
        self.things = [*self.things, _Thing(box, captured)][-MOST:]

    def sift(self, boxes: list[Box], captured: datetime) -> list[bool]:
        """Which of the people without a face in this picture are scenery. What has moved is not any more."""
        self.things = [thing for thing in self.things if captured - thing.seen <= FORGOTTEN_AFTER]
        still = [False] * len(boxes)
        gone: list[_Thing] = []
        for thing in self.things:
            overlaps = [box.overlap(thing.box) for box in boxes]
            best = max(overlaps, default=0.0)
            if best >= SAME_SPOT:
                thing.seen = captured
                still[overlaps.index(best)] = True
            elif best >= MOVED:
                gone.append(thing)
        self.things = [thing for thing in self.things if thing not in gone]
        return still

    def resize(self, across: float, down: float) -> None:
        """The same view comes in another size."""
        for thing in self.things:
            thing.box = thing.box.scaled(across, down)
