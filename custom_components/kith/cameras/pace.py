"""How often a camera bears to be asked for a still: some fail after three requests in a second."""

import math

from . import schedule

REMEMBERED = 3600.0
"""Seconds for which a camera that failed is asked less often: it may just have lost its connection."""


class Pace:
    """One camera's. All times are seconds by a steady clock."""

    def __init__(self) -> None:
        self._asked = -math.inf
        self._failed = -math.inf
        self._pause = schedule.BURST_PAUSE

    def note(self, asked: float, *, failed: bool) -> None:
        """The camera was asked at that time. It is asked less often from then on if it failed in a hurry."""
        hurried, self._asked = asked - self._asked < schedule.STAY_PAUSE, asked
        if hurried and failed:
            self._pause, self._failed = min(schedule.STAY_PAUSE, 2 * self.pause(asked)), asked

    def pause(self, now: float) -> float:
        """The shortest pause between two questions."""
        return self._pause if now - self._failed < REMEMBERED else schedule.BURST_PAUSE
