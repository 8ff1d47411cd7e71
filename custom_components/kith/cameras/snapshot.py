"""One picture of any camera, for actions and enrollment: upright, and known to be new; or an event's picture."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..const import SUBENTRY_CAMERA
from ..settings import CameraSettings, Turn
from ..subentries import subentries_of
from . import schedule
from .event_picture import is_image
from .failures import camera_failure
from .freshness import RENEWED_WITHIN, Freshness
from .orientation import orientation_of, turned
from .source import CAMERA_TIMEOUT, take_picture


class Snapshots:
    """One camera's pictures, taken now and then. It may be one that Kith does not watch."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], camera: str) -> None:
        self._hass = hass
        self._camera = camera
        settings = map(CameraSettings.of, subentries_of(entry, SUBENTRY_CAMERA))
        self._turn = next((one.turn for one in settings if camera in (one.camera, one.close_up)), Turn.AUTOMATIC)
        self._freshness = Freshness()

    async def take(self) -> bytes | None:
        """The next picture; None if it may be an old one. Raises UpdateFailed."""
        captured = dt_util.utcnow()
        picture = await take_picture(self._hass, self._camera, CAMERA_TIMEOUT)
        self._freshness.note(picture, self._hass.loop.time(), captured)
        if not self._freshness.fresh and not is_image(self._camera):  # an image entity has only the last event's
            return None
        return turned(picture, await orientation_of(self._hass, self._camera, self._turn))

    async def take_new(self) -> bytes:
        """The first picture that is known to be new. Raises UpdateFailed if the camera gives none."""
        until = self._hass.loop.time() + RENEWED_WITHIN
        while (picture := await self.take()) is None:
            if self._hass.loop.time() > until:
                raise camera_failure("picture_old", self._camera)
            await asyncio.sleep(schedule.BURST_PAUSE)
        return picture
