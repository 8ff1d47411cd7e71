"""How often to look at a camera: seldom while nothing moves, in a burst while somebody there is undecided."""

from datetime import datetime, timedelta

from ..sighting import View

BURST_PAUSE = 0.15
"""Seconds between an answer and the next look while somebody is undecided: three agreeing frames within a second."""
BURST_FOR = timedelta(seconds=20)
"""From a person's first frame. Who could not be decided by then stands turned away; looking harder does not help."""
STAY_PAUSE = 1.0
"""Seconds between two looks at somebody who is there and decided, or who a sensor says is coming."""
LONGEST_PAUSE = 60.0
"""Seconds, at most, until a failing camera is tried again; the pause doubles from the usual interval up to this."""
_MOST_DOUBLINGS = 10


def pause(view: View, now: datetime, interval: float, *, woken: bool = False, recognizes: bool = True) -> float:
    """Seconds until the next look. woken: something said that somebody is coming. recognizes: faces are looked for."""
    if recognizes and view.undecided_since is not None and now - view.undecided_since < BURST_FOR:
        return BURST_PAUSE
    return min(STAY_PAUSE, interval) if view.detected or woken else interval


def pause_after(failures: int, interval: float) -> float:
    """Seconds until a camera that failed so many times in a row is tried again."""
    return min(LONGEST_PAUSE, float(interval * 2 ** min(failures - 1, _MOST_DOUBLINGS)))
