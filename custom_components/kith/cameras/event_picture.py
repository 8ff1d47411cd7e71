"""An image entity's pictures: one of each event, as doorbells and battery cameras have them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from homeassistant.components.image import DOMAIN as IMAGE_DOMAIN
from homeassistant.const import ATTR_RESTORED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback, split_entity_id
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..engines import Engine
from ..identity.presence import HERE_FOR
from ..kith_engine.analysis import Look, Scope
from ..kith_engine.errors import PictureError
from ..settings import CameraSettings
from . import schedule
from .availability import is_available
from .entity_listener import EntityListener, event_time
from .failures import camera_failure
from .freshness import fingerprint
from .orientation import orientation_of, turned
from .sight import Sight
from .source import CAMERA_TIMEOUT, take_picture

NEW_FOR = HERE_FOR
"""Some clouds take a minute to hand a picture out. After this, whoever is in it no longer counts as here."""

UNKNOWN_FOR = timedelta(minutes=1)
"""An MQTT broker sends the last picture again within seconds of the entity's set-up. A first event comes later."""


def is_image(entity_id: str) -> bool:
    return split_entity_id(entity_id)[0] == IMAGE_DOMAIN


def taken_at(old: State | None, new: State | None, now: datetime) -> datetime | None:
    """When the picture was taken that this change of an image entity is about; None if it is about no new one.

    An entity that was set up, restored or unreachable a moment ago shows its last picture again, some as of now.
    """
    if old is None or old.state == STATE_UNAVAILABLE or old.attributes.get(ATTR_RESTORED):
        return None
    if old.state == STATE_UNKNOWN and now - old.last_changed < UNKNOWN_FOR:
        return None
    return _said_now(new, now) if new is not None and new.state != old.state else None


def _said_now(state: State | None, now: datetime) -> datetime | None:
    """When the picture was taken, if the entity says that it was a moment ago."""
    taken = event_time(state) if state is not None else None
    return taken if taken is not None and abs(now - taken) <= NEW_FOR else None


class EventPictureSource:
    """The pictures of one image entity. Each is looked at once, and begins a visit of its own.

    A broker that is back sends the last one again, and the entity says that it is of now.

    fresh: whether the last look was at a new one.
    """

    dated = True
    repeats = True
    """Until the next event, the entity gives the picture of the last one."""
    unchanged = 0.0
    """It says nothing of whether the camera works."""

    def __init__(self, hass: HomeAssistant, engine: Engine, camera_id: str, settings: CameraSettings) -> None:
        self._hass = hass
        self._engine = engine
        self._camera_id = camera_id
        self._settings = settings
        self._taken: datetime | None = None
        """When the picture was taken that was not looked at yet."""
        self._last: tuple[int, int] | None = None
        """The fingerprint of the newest picture that was looked at, or is known to be old."""
        self._noting: asyncio.Task[None] | None = None
        self._changes: EntityListener | None = None
        self.fresh = False

    @callback
    def listen(self, called: Callable[[], None]) -> None:
        """called: when there is a new picture, or the entity became available or unavailable."""

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            old, new = event.data["old_state"], event.data["new_state"]
            if (taken := taken_at(old, new, dt_util.utcnow())) is not None:
                self._stop_noting()
                self._taken = taken
            elif new is not None and (old is None or old.state != new.state):
                self._note_if_of_now(new)
            if taken is not None or is_available(old) is not is_available(new):
                called()

        if self._changes is None:
            self._changes = EntityListener(self._hass, (self._settings.camera,), changed)
            self._changes.listen()
            self._note_if_of_now(self._hass.states.get(self._settings.camera))

    @callback
    def _note_if_of_now(self, shown: State | None) -> None:
        """This picture is an old one; if the entity says that it is of now, it may say so again."""
        if _said_now(shown, dt_util.utcnow()) is not None:
            self._stop_noting()
            name = f"{DOMAIN} notes the picture of {self._settings.camera}"
            self._noting = self._hass.async_create_background_task(self._note(), name)

    async def _note(self) -> None:
        with suppress(UpdateFailed):  # it is looked at if it is shown again as of now
            self._last = fingerprint(await take_picture(self._hass, self._settings.camera, CAMERA_TIMEOUT))

    @callback
    def _stop_noting(self) -> None:
        if self._noting is not None:
            self._noting.cancel()
            self._noting = None

    @property
    def burst_pause(self) -> float:
        return schedule.BURST_PAUSE

    @callback
    def forget(self) -> None:
        """No picture is kept."""

    async def open(self) -> bool:
        return True

    async def close(self) -> None:
        if self._changes is not None:
            self._changes.close()
            self._changes = None
        self._stop_noting()
        self._taken = None

    async def look(self, look: Look, scope: Scope, asked: datetime, *, close: bool) -> Sight:
        """As `Source.look`, but always for people: an event's picture has no background to move before."""
        camera = self._settings.camera
        if not is_available(self._hass.states.get(camera)):
            raise camera_failure("camera_unavailable", camera, details=STATE_UNAVAILABLE)
        taken = self._taken
        self.fresh = False
        if taken is None or asked - taken > NEW_FOR:
            return Sight(asked, None, current=False)
        raw = await take_picture(self._hass, camera, CAMERA_TIMEOUT)
        if fingerprint(raw) == self._last:
            self._done(taken, raw)
            return Sight(asked, None, current=False)
        picture = turned(raw, await orientation_of(self._hass, camera, self._settings.turn))
        try:
            analysis = await self._engine.analyze(picture, camera=self._camera_id, look=Look.PEOPLE, scope=scope)
        except PictureError:
            self._done(taken, raw)  # the next one may be readable
            raise
        self._done(taken, raw)
        self.fresh = True
        return Sight(min(taken, asked), analysis, picture=picture, raw=raw, apart=True)

    def _done(self, taken: datetime, raw: bytes) -> None:
        self._last = fingerprint(raw)
        if self._taken == taken:  # no newer one came meanwhile
            self._taken = None
