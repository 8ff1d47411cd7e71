"""Does a picture show what is there now? Cameras and integrations keep old pictures, and repeat them."""

from collections import deque
from datetime import datetime
import math

SILENCE = 20.0
"""Seconds without a picture after which the next one may be old: a stream that nobody watched hands out its last
keyframe first, and some cameras their last visitor.
"""
FROZEN_AFTER = 15.0
"""Seconds: however slowly a camera renews its still, an older one says nothing about now."""
RENEWED_WITHIN = 12.0
"""Seconds in which a camera that somebody asks for a picture must give a new one: longer than between most streams'
keyframes.
"""
_RENEWALS = 5
"""Renewals by which a camera's pace is judged."""
_SURELY = 0.75
"""Share of the shortest of them for which the next picture is the same for sure: cameras are not that exact."""


def fingerprint(picture: bytes) -> tuple[int, int]:
    """Tells pictures from each other, and nothing about them: its key is lost when Home Assistant stops."""
    return len(picture), hash(picture)


class Freshness:
    """What one camera entity's pictures are worth. It keeps no picture, only a keyed hash.

    fresh: whether the newest picture is known to be new. After a silence that takes a second, different one: however
    much the first differs from what was there before, nobody knows when it was taken.
    captured: when the newest picture first came, by the clock.
    """

    def __init__(self) -> None:
        self.fresh = False
        self.captured: datetime | None = None
        self._digest: tuple[int, int] | None = None
        self._since = 0.0
        self._given = -math.inf
        self._renewals: deque[float] = deque(maxlen=_RENEWALS)

    def note(self, picture: bytes, at: float, captured: datetime) -> None:
        """The camera gave this picture. at: seconds by a steady clock; captured: from before it was asked."""
        silent, self._given, before = at - self._given > SILENCE, at, self._given
        digest = fingerprint(picture)
        if digest != self._digest:
            self.fresh = not silent
            if self.fresh and before - self._since <= FROZEN_AFTER:
                self._renewals.append(before - self._since)
            self._digest, self._since, self.captured = digest, at, captured
        elif silent:
            self.fresh = False

    @property
    def unchanged(self) -> float:
        """Seconds for which the camera gave the newest picture again and again."""
        return self._given - self._since

    @property
    def current(self) -> bool:
        """Does the newest picture still show who is there? Only for as long as this camera takes to renew it."""
        return self.unchanged <= min(FROZEN_AFTER, max(self._renewals, default=0.0))

    @property
    def due(self) -> float:
        """When there can be another picture at the earliest, by the steady clock; in the past if nobody knows."""
        shortest = min(self._renewals) if len(self._renewals) == _RENEWALS else 0.0
        return self._since + _SURELY * shortest

    @property
    def repeats(self) -> bool:
        """Did the camera give the newest picture before?"""
        return self.unchanged > 0
