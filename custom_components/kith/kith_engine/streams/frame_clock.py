"""When a picture was taken: the camera counts the time between pictures, and this machine knows what time it is."""

MOST_BEHIND = 3.0
"""Seconds: a picture that seems to be older has a timestamp from another count."""
DRIFT = 0.001
"""Share by which a camera's clock may run slow: the estimate follows it, or pictures would seem ever older."""
STEP = 0.001
"""Seconds between two pictures whose times are in doubt."""
SET_BACK = 1.0
"""Seconds: a picture that arrives this long before the last one shows that the clock was set back."""


class FrameClock:
    """Maps a stream's timestamps to this machine's time, in seconds since the epoch.

    The picture that arrived with the least delay so far says where the camera's count begins (as in Mills 1991,
    "Internet time synchronization", the least delayed sample is the best one). Times increase unless this machine's
    clock is set back.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._stamp: float | None = None
        self._captured = 0.0

    def captured(self, stamp: float | None, arrived: float) -> float:
        """stamp: seconds by the camera's count; None if it gave none."""
        if arrived < self._captured - SET_BACK:
            self._offset, self._captured = None, 0.0
        self._captured = max(min(self._estimate(stamp, arrived), arrived), self._captured + STEP)
        return self._captured

    def _estimate(self, stamp: float | None, arrived: float) -> float:
        before, self._stamp = self._stamp, stamp
        if stamp is None or (before is not None and stamp <= before):  # it stands still or jumped back
            self._offset = None
            return arrived
        offset = arrived - stamp
        if self._offset is None or before is None:
            self._offset = offset
        else:
            self._offset = min(offset, self._offset + DRIFT * (stamp - before))
        if offset - self._offset > MOST_BEHIND:
            self._offset = offset
        return stamp + self._offset
