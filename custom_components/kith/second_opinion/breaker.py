"""Leaves a service alone that fails again and again, and tries it with a single call when it is time."""

from datetime import datetime, timedelta

OPENS_AFTER = 3
"""Failures in a row: one is bad luck, and the next question may be days away."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
"""Twice as long after each failure: a host that reboots is met again soon, one that was switched off asked seldom."""
LONGEST_WISH = timedelta(days=1)
"""For longer than this no service is left alone, whatever it asks for."""


class Breaker:
    """Closed: calls go through. Open: none does, for a while. Half open: one does, and decides."""

    def __init__(self) -> None:
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._opened: datetime | None = None
        self._until: datetime | None = None
        self._trying = False

    @property
    def closed(self) -> bool:
        return self._until is None

    @property
    def until(self) -> datetime | None:
        """From when on one call may go through; None while it is closed."""
        return self._until

    def allows(self, now: datetime) -> bool:
        """May a call go through? Says nothing of who else asks: see `begin`."""
        return not self._trying and not self._open(now)

    def begin(self, now: datetime) -> bool:
        """Is this call let through? What comes of it must be told: `succeeded`, `failed` or `abandoned`."""
        if not self.allows(now):
            return False
        self._trying = self._until is not None
        return True

    def succeeded(self) -> None:
        """As if nothing had ever failed."""
        self._failures, self._pause = 0, FIRST_PAUSE
        self._opened = self._until = None
        self._trying = False

    def abandoned(self) -> None:
        """Nobody knows what would have come of it."""
        self._trying = False

    def failed(self, now: datetime, retry_after: float | None = None) -> None:
        """retry_after: seconds, as the service asked for; then nothing goes out before."""
        self._failures += 1
        half_open, self._trying = self._trying, False
        if not half_open and retry_after is None and self._failures < OPENS_AFTER:
            return
        if half_open:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        wished = min(timedelta(seconds=max(0.0, retry_after or 0.0)), LONGEST_WISH)
        self._opened, self._until = now, now + max(self._pause, wished)

    def _open(self, now: datetime) -> bool:
        """After the clock was set back, it is tried at once: else it would stay open for as long again."""
        return self._until is not None and self._opened is not None and self._opened <= now < self._until
