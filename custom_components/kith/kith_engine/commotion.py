"""Motion in which nobody is ever found, such as rain, snow, or leaves: then people are looked for less often."""

from collections import deque
import math
from statistics import median

_TRIES = 8
"""Looks in a row that found nobody, until they become rarer: somebody who walks up is usually found by then."""
_PAUSE = 1.0
"""Seconds between two looks then: somebody in the rain is noticed that much later at most."""
_MORE = 2.0
"""Times the usual motion of those looks: so much is worth a look at once, as something else has come."""
_CALM = 10.0
"""Seconds without a look, because nothing moved, after which all begins anew."""


class Commotion:
    """What came of the looks at one camera. All times are seconds by a steady clock."""

    def __init__(self) -> None:
        self._looked = -math.inf
        self._in_vain: deque[float] = deque(maxlen=_TRIES)
        """The changed share of each of the last pictures in which nobody was found."""
        self._usual = math.inf

    def excuses(self, share: float, at: float) -> bool:
        """Is it too soon to look for people again, although that share of the picture has changed?"""
        return len(self._in_vain) == _TRIES and at - self._looked < _PAUSE and share < _MORE * self._usual

    def note(self, share: float, at: float, *, found: bool) -> None:
        """That share of the picture had changed, and people were looked for."""
        if found or at - self._looked > _CALM:
            self._in_vain.clear()
        if not found:
            self._in_vain.append(share)
            self._usual = median(self._in_vain)
        self._looked = at
