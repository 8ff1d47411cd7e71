"""Is there when somebody has been away for long enough: no picture tells of that."""

from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .household import Household


class Departures:
    """A timer for the next one, set anew whenever presence moves."""

    def __init__(self, hass: HomeAssistant, household: Household) -> None:
        self._hass = hass
        self._household = household
        self._timer: CALLBACK_TYPE | None = None
        self._ended = False

    @callback
    def moved(self) -> None:
        self._cancel()
        now = dt_util.utcnow()
        if not self._ended and (when := self._household.presence.next_change(now)) is not None:
            # not at a point in time: who is gone would stay for an hour after the clock was set back by one
            self._timer = async_call_later(self._hass, when - now, self._left)

    @callback
    def stop(self) -> None:
        self._ended = True
        self._cancel()

    @callback
    def _left(self, _now: datetime) -> None:
        self._timer = None
        self._household.tell_presence()

    @callback
    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None
