"""Tells the household in time that a person no longer counts as present, even if every camera is still."""

from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..household import Household


class Departures:
    """A timer for the next departure, reset whenever presence changes."""

    def __init__(self, hass: HomeAssistant, household: Household) -> None:
        self._hass = hass
        self._household = household
        self._timer: CALLBACK_TYPE | None = None
        self._ended = False

    @callback
    def reschedule(self) -> None:
        self._cancel()
        now = dt_util.utcnow()
        if not self._ended and (when := self._household.presence.next_change(now)) is not None:
            # not at a point in time: a clock set back by an hour would delay the departure by one
            self._timer = async_call_later(self._hass, when - now, self._left)

    @callback
    def stop(self) -> None:
        self._ended = True
        self._cancel()

    @callback
    def _left(self, _now: datetime) -> None:
        self._timer = None
        self._household.notify_presence()

    @callback
    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None
