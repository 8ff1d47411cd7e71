"""How often to look at a camera: rarely while nothing moves, in a burst while a person is undecided."""

from datetime import datetime, timedelta

from ..sighting import View
from .freshness import RENEWED_WITHIN

BURST_PAUSE = 0.15
"""Seconds from an answer to the next look while a person is undecided: three frames can agree in a second."""
LIVE_PAUSE = 0.25
"""Seconds between two requests to look for motion at a stream: an engine that answers each at once looks this often."""
BURST_FOR = timedelta(seconds=20)
"""From a person's first frame. By then an undecided person has probably turned away; looking harder does not help."""
STAY_PAUSE = 1.0
"""Seconds between two looks at a decided person, or after a sensor said that somebody is coming."""
LONGEST_RETRY_PAUSE = 60.0
"""Most seconds until a failing camera is tried again; the pause doubles from the usual interval up to this."""
_MOST_DOUBLINGS = 10


def pause(
    view: View,
    now: datetime,
    interval: float,
    *,
    woken: bool = False,
    recognizes: bool = True,
    live: bool = False,
    burst: float = BURST_PAUSE,
) -> float:
    """Seconds until the next look.

    woken: an entity woke the camera. recognizes: faces are looked for. live: pictures come from a stream. burst: the
    least pause that is of use at this source; none at a stream, which has a new picture once the last one is analyzed.
    """
    if recognizes and view.undecided_since is not None and now - view.undecided_since < BURST_FOR:
        return min(burst, interval)
    if live and not view.detected:
        return min(LIVE_PAUSE, interval)
    return min(STAY_PAUSE, interval) if view.detected or woken else interval


def pause_for_proof(interval: float, *, repeats: bool, unchanged: float = 0.0, woken: bool = False) -> float:
    """Seconds until a picture is taken that can show that the last one was new.

    repeats: it came more than once. unchanged: seconds for which it did. woken: as for `pause`.
    """
    if not repeats:
        return BURST_PAUSE
    return interval if unchanged > RENEWED_WITHIN and not woken else min(STAY_PAUSE, interval)


def pause_after(failures: int, interval: float) -> float:
    """Seconds until a camera is tried again after this many failures in a row."""
    return min(LONGEST_RETRY_PAUSE, float(interval * 2 ** min(failures - 1, _MOST_DOUBLINGS)))
