"""Tells the household in time who no longer counts as present, even if every camera is still and the clock is set."""

from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..household import Household

CHECK_EVERY = timedelta(minutes=1)
"""A clock that is set makes people present or absent at once: many small machines start with a wrong one."""


class Departures:
    """A timer for the next departure, reset whenever presence changes."""

    def __init__(self, hass: HomeAssistant, household: Household) -> None:
        self._hass = hass
        self._household = household
        self._timer: CALLBACK_TYPE | None = None
        self._here: tuple[set[str], bool] = (set(), False)
        """Who is here, and whether a stranger is."""
        self._due: datetime | None = None
        self._ended = False

    @callback
    def reschedule(self) -> None:
        """Presence was told as it is now."""
        self._cancel()
        if self._ended:
            return
        now = dt_util.utcnow()
        self._here = self._present(now)
        self._due = self._household.presence.next_change(now)
        # not at a point in time: a clock set back by an hour would delay the departure by one
        wait = CHECK_EVERY if self._due is None else min(self._due - now, CHECK_EVERY)
        self._timer = async_call_later(self._hass, wait, self._check)

    @callback
    def stop(self) -> None:
        self._ended = True
        self._cancel()

    @callback
    def _check(self, _now: datetime) -> None:
        self._timer = None
        now = dt_util.utcnow()
        left = self._due is not None and now >= self._due
        if left or self._present(now) != self._here:
            self._household.notify_presence()
        else:
            self.reschedule()

    @callback
    def _present(self, now: datetime) -> tuple[set[str], bool]:
        presence = self._household.presence
        return presence.everybody_here(now), presence.stranger_here(now)

    @callback
    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None
