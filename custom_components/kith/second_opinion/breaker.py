"""Stops calling a service that fails repeatedly, and later tries it with a single call."""

from datetime import datetime, timedelta

OPENS_AFTER = 3
"""Failures in a row: one is bad luck, and the next question may be days away."""
FIRST_BREAK = timedelta(minutes=1)
LONGEST_BREAK = timedelta(hours=1)
"""The pause doubles after each failure: a rebooting host is soon tried again, and one that is switched off rarely."""
LONGEST_WISH = timedelta(days=1)
"""The longest pause that a service can ask for."""


class Breaker:
    """Closed: calls go through. Open: none does, for a while. Half open: a single call decides.

    If that call shows only that something answers, the breaker is closed on probation: the next failure opens it again,
    for longer.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._pause = FIRST_BREAK
        self._opened: datetime | None = None
        self._until: datetime | None = None
        self._trying = False
        self._probation = False

    @property
    def well(self) -> bool:
        """Whether it is closed, and not on probation."""
        return self._until is None and not self._probation

    @property
    def until(self) -> datetime | None:
        """When the next call may go through; None while it is closed, also on probation."""
        return self._until

    def allows(self, now: datetime) -> bool:
        """Whether a call may go through. It reserves nothing; see `begin`."""
        return not self._trying and not self._open(now)

    def begin(self, now: datetime) -> bool:
        """Whether this call may go through. Report how it ended: `succeeded`, `answered`, `failed`, or `abandoned`."""
        if not self.allows(now):
            return False
        self._trying = self._until is not None
        return True

    def succeeded(self) -> None:
        """Forget all failures."""
        self._failures, self._pause = 0, FIRST_BREAK
        self._opened = self._until = None
        self._trying = self._probation = False

    def answered(self) -> None:
        """The call succeeded, but does not show that the calls that failed would. Forgets no failure."""
        self._probation |= self._until is not None
        self._opened = self._until = None
        self._trying = False

    def abandoned(self) -> None:
        """The call ended without a result."""
        self._trying = False

    def failed(self, now: datetime, retry_after: float | None = None) -> None:
        """retry_after: seconds, as the service asked for; until then no call goes through."""
        self._failures += 1
        again, self._trying, self._probation = self._trying or self._probation, False, False
        if not again and retry_after is None and self._failures < OPENS_AFTER:
            return
        if again:
            self._pause = min(2 * self._pause, LONGEST_BREAK)
        wished = min(timedelta(seconds=max(0.0, retry_after or 0.0)), LONGEST_WISH)
        self._opened, self._until = now, now + max(self._pause, wished)

    def _open(self, now: datetime) -> bool:
        """Tries at once if the clock was set back; otherwise it would stay open for longer."""
        return self._until is not None and self._opened is not None and self._opened <= now < self._until
