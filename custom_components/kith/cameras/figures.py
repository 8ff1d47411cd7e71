"""What a camera's pictures are like: how many there are, how old they are, and how long they take."""

from collections import deque
from dataclasses import dataclass
import itertools
from statistics import median

WINDOW = 30.0
"""Seconds: what happened before says little about now, unless the camera has a new picture less often."""


@dataclass(frozen=True, slots=True)
class Figures:
    """rate: different pictures in a second. age: their seconds when they were looked at, None where nobody knows it.

    delay: seconds from asking for a picture, or from its being taken after that, to knowing what is in it.
    """

    rate: float
    age: float | None
    delay: float


@dataclass(frozen=True, slots=True)
class _Look:
    asked: float
    answered: float
    captured: float | None
    pictures: int


class Measured:
    """Collects one source's figures."""

    def __init__(self) -> None:
        self._looks: deque[_Look] = deque()

    def note(self, asked: float, answered: float, captured: float | None = None, pictures: int = 1) -> None:
        """A new picture was looked at, or the last of several. All times in seconds by one clock.

        captured: if its source says so.
        """
        if self._looks and answered < self._looks[-1].answered:  # the clock was set back
            self._looks.clear()
        asked = asked if captured is None else max(asked, min(captured, answered))
        self._looks.append(_Look(asked, answered, captured, pictures))
        while len(self._looks) > 2 and answered - self._looks[0].answered > WINDOW:
            self._looks.popleft()

    @property
    def figures(self) -> Figures | None:
        """None before the second picture."""
        if len(self._looks) < 2:
            return None
        ages = [look.answered - look.captured for look in self._looks if look.captured is not None]
        over = self._looks[-1].answered - self._looks[0].answered
        return Figures(
            sum(look.pictures for look in itertools.islice(self._looks, 1, None)) / over if over > 0 else 0.0,
            median(ages) if ages else None,
            median(look.answered - look.asked for look in self._looks),
        )
