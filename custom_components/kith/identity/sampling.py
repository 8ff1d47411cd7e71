"""Which frames of a track count. Cameras show up to fifteen a second, but one moment says little more than once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .evidence import Frame

NEWEST = timedelta(seconds=1)
"""How much of a track counts whole."""
BEST_OF_A_SECOND = 2
"""Once a second is over, its best faces stand for it: then the evidence is of many moments, not of the last one. In
visits of eight moments that lasted a second each, this named as many residents and half as many strangers."""
SECONDS_KEPT = 12
"""Seconds with a face that are remembered, however long ago they were: people who turn away keep their name, and errors
fade."""
MOST_AT_ONCE = 8
"""Frames of the newest second: more are copies of each other."""
OTHERS_KEPT = 40
"""Frames without a face to compare: enough to say why nobody could be named."""


def sampled(frames: Sequence[Frame]) -> list[Frame]:
    """What a track must remember, oldest first: the frames that count, and the newest of those without a face."""
    compared = [frame for frame in frames if frame.probe is not None]
    others = [frame for frame in frames if frame.probe is None][-OTHERS_KEPT:]
    now = [frame for frame in compared[-MOST_AT_ONCE:] if compared[-1].captured - frame.captured < NEWEST]
    seconds: dict[int, list[Frame]] = {}
    for frame in compared[: len(compared) - len(now)]:
        seconds.setdefault(_second(frame.captured), []).append(frame)
    best = [frame for second in [*seconds.values()][1 - SECONDS_KEPT :] for frame in _best(second)]
    return sorted([*others, *best, *now], key=lambda frame: frame.captured)


def _best(frames: Iterable[Frame]) -> list[Frame]:
    return sorted(frames, key=lambda frame: frame.probe.quality if frame.probe else 0.0)[-BEST_OF_A_SECOND:]


def _second(captured: datetime) -> int:
    return int(captured.timestamp())


@dataclass(slots=True)
class Tally:
    """How many frames of a track have counted so far, also those that have been forgotten since."""

    count: int = 0
    _earlier: int = 0
    _second: int = 0
    _now: int = 0

    def add(self, captured: datetime) -> None:
        """One more face that can be compared."""
        if (second := _second(captured)) != self._second:
            self._earlier, self._second, self._now = self._earlier + min(self._now, BEST_OF_A_SECOND), second, 0
        self._now += 1
        self.count = max(self.count, self._earlier + min(self._now, MOST_AT_ONCE))
