"""Wakes a sleeping camera: by a motion sensor, a doorbell, or any other entity."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from homeassistant.const import ATTR_RESTORED, STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HassJob,
    HomeAssistant,
    State,
    callback,
    split_entity_id,
)
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..settings import CameraSettings
from . import schedule
from .availability import is_available
from .battery import connects_on_demand
from .entity_listener import EntityListener, event_time
from .event_picture import is_image

AWAKE_FOR = 30.0
"""Seconds awake after a call: longer than the walk from the garden gate to the door."""
LOOKED_AT_FOR = 10.0
"""Seconds for which a sleeping camera stays connected after a look that somebody asked for: a live view asks again."""
FRESH = timedelta(seconds=AWAKE_FOR)
"""An older event was restored, or comes from a device that was offline: the person has left."""
HAPPENING = {"button", "event", "image", "input_button", "scene"}
"""Domains whose state is the time of their last event."""
SAYS_NOTHING = (STATE_UNKNOWN, STATE_UNAVAILABLE)


def wakes(old: State | None, new: State | None, now: datetime) -> bool:
    """Does this change of an entity mean that somebody may be coming?

    Unknown, unavailable, and restored states never do. A device that comes back with "on" does, because battery sensors
    wake up to report it; one that comes back with any other state does not.
    """
    if new is None or new.state in (*SAYS_NOTHING, STATE_OFF) or (old is not None and old.state == new.state):
        return False
    if split_entity_id(new.entity_id)[0] in HAPPENING:
        happened = event_time(new)
        return happened is not None and abs(now - happened) <= FRESH
    if old is None or _is_restored(old):
        return False
    return new.state == STATE_ON or old.state not in SAYS_NOTHING


def _is_restored(state: State | None) -> bool:
    return state is not None and bool(state.attributes.get(ATTR_RESTORED))


def _is_on(state: State | None) -> bool:
    return state is not None and state.state == STATE_ON and not _is_restored(state)


class Wake(EntityListener):
    """Keeps one camera awake for AWAKE_FOR after a call, and while an entity that called is on.

    A camera that nothing can wake, because it has no such entities or all are unavailable, is always awake, unless it
    waits for the pictures of events or that would empty its battery. called: at each call. rest: soon after the last
    look at a sleeping camera that somebody asked for.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        settings: CameraSettings,
        called: Callable[[], None],
        rest: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        super().__init__(hass, settings.wake, self._happened)
        self._settings = settings
        self._waits = is_image(settings.camera)
        self._on: set[str] = set()
        self._until = 0.0
        self._called = asyncio.Event()
        self._tell = called
        self._rest = rest
        self._resting: CALLBACK_TYPE | None = None
        """Puts the rest off that is due soon."""

    @callback
    def listen(self) -> None:
        """What is on already keeps the camera awake, unless nobody knows whether it still is."""
        super().listen()
        self._on = {entity for entity in self._settings.wake if _is_on(self._hass.states.get(entity))}
        if self._on:
            self.call()

    @callback
    def close(self) -> None:
        super().close()
        self._put_off()
        self._on.clear()
        self._until = 0.0

    @property
    def awake(self) -> bool:
        return self.woken or self._needs_no_call

    @property
    def woken(self) -> bool:
        """Was the camera called recently?"""
        return bool(self._on) or self._hass.loop.time() < self._until

    @property
    def _needs_no_call(self) -> bool:
        """Is the camera awake because nothing could wake it?"""
        if self._waits or any(is_available(self._hass.states.get(entity)) for entity in self._settings.wake):
            return False
        return not connects_on_demand(self._hass, self._settings)

    @callback
    def call(self) -> None:
        self._until = self._hass.loop.time() + AWAKE_FOR
        self._called.set()
        self._tell()

    @callback
    def looked(self) -> None:
        """Somebody asked for a look, whether or not the camera sleeps."""
        self._put_off()
        if self._stop is not None:  # it was not closed meanwhile
            again = HassJob(self._looked_long_ago, cancel_on_shutdown=True)
            self._resting = async_call_later(self._hass, LOOKED_AT_FOR, again)

    async def _looked_long_ago(self, _now: datetime) -> None:
        self._resting = None
        await self._rest()

    @callback
    def _put_off(self) -> None:
        if self._resting is not None:
            self._resting()
            self._resting = None

    @callback
    def answer(self) -> bool:
        """Was the camera called since the last `answer`?"""
        called = self._called.is_set()
        self._called.clear()
        return called

    async def called(self) -> None:
        """Sleep until the next call."""
        await self._called.wait()

    async def pause(self, seconds: float) -> None:
        """Pause for these seconds. A call shortens it to a burst's pause, but no further: some sensors flutter."""
        short = min(schedule.BURST_PAUSE, seconds)
        await asyncio.sleep(short)
        if seconds > short:
            try:
                async with asyncio.timeout(seconds - short):
                    await self._called.wait()
            except TimeoutError:
                pass

    @callback
    def _happened(self, event: Event[EventStateChangedData]) -> None:
        entity, new = event.data["entity_id"], event.data["new_state"]
        if wakes(event.data["old_state"], new, dt_util.utcnow()):
            if new is not None and new.state == STATE_ON:
                self._on.add(entity)
            self.call()
        elif _is_restored(event.data["old_state"]) and _is_on(new):  # it may have been on since before the restart
            self._on.add(entity)
            self.call()
        elif entity in self._on and (new is None or new.state != STATE_ON):
            self._on.discard(entity)
            self._until = self._hass.loop.time() + AWAKE_FOR
        elif not is_available(new) and self._needs_no_call:
            self.call()
