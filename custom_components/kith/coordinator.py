"""Looks at one camera as often as needed: seldom while nothing moves, in a burst while somebody there is undecided."""

import asyncio
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.components.camera import async_get_image
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .engines import Engine
from .errors import translated
from .household import Household, View
from .kith_engine.analysis import Analysis, Look
from .kith_engine.errors import KithError, Superseded
from .settings import CameraSettings

_LOGGER = logging.getLogger(__name__)

CAMERA_TIMEOUT = 10
"""Seconds; a camera that is slower shows a door that is empty again."""
BURST_PAUSE = 0.15
"""Seconds between an answer and the next look while somebody is undecided: three agreeing frames within a second."""
BURST_FOR = timedelta(seconds=20)
"""From a person's first frame. Who could not be decided by then stands turned away; looking harder does not help."""
STAY_PAUSE = 1.0
"""Seconds between two looks at somebody who is there and decided."""
LONGEST_PAUSE = 60.0
"""Seconds, at most, until a failing camera is tried again; the pause doubles from the usual interval up to this."""
FROZEN_AFTER = timedelta(seconds=15)
"""Some cameras renew their still only every few seconds; the same one for longer says nothing about now."""


class CameraCoordinator(DataUpdateCoordinator[View | None]):
    """One camera's view. `data` is None until the first look.

    picture, captured: the one that was analysed last, and when it was taken. analysis: of it. recognizes: whether faces
    are looked for; the owner's switch.
    """

    config_entry: ConfigEntry[Any]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        subentry: ConfigSubentry,
        engine: Engine,
        household: Household,
    ) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=subentry.title)
        self.camera_id = subentry.subentry_id
        self.settings = CameraSettings.of(subentry)
        self.recognizes = True
        self.picture = b""
        self.captured: datetime | None = None
        self.analysis: Analysis | None = None
        self._engine = engine
        self._household = household
        self._failures = 0
        self._watching: asyncio.Task[None] | None = None

    @callback
    def start(self) -> None:
        """Watch until `stop`."""
        if self.enabled:
            self._watching = self.config_entry.async_create_background_task(
                self.hass, self._watch(), f"{DOMAIN} watches {self.camera}"
            )

    async def stop(self) -> None:
        await self._pause_watching()
        await self.async_shutdown()

    async def change(self, subentry: ConfigSubentry) -> None:
        """Go on with other settings, from a clean slate: it may be another camera now."""
        await self._pause_watching()
        self.settings = CameraSettings.of(subentry)
        self.data = None
        self.async_update_listeners()
        self.start()

    @property
    def camera(self) -> str:
        return self.settings.camera

    @property
    def enabled(self) -> bool:
        return self.settings.enabled

    async def _pause_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        self._household.leave(self.camera_id)

    async def _watch(self) -> None:
        while True:
            pause = await self._look()
            await asyncio.sleep(pause)

    async def _look(self) -> float:
        """Look once. Returns the seconds to wait before the next look."""
        captured = dt_util.utcnow()  # before the camera is asked: a picture is never older than it says
        try:
            view = await self._see(await self._picture_now(), captured)
        except Superseded:
            return BURST_PAUSE
        except KithError as error:
            return self._failed(translated(error, UpdateFailed))
        except UpdateFailed as error:
            return self._failed(error)
        except Exception as error:  # the outermost loop of this camera: it must not end while the camera is configured
            self.logger.debug("Looking at %s failed", self.camera, exc_info=True)
            return self._failed(UpdateFailed(str(error)))
        self._failures = 0
        if view != self.data or not self.last_update_success:
            self.async_set_updated_data(view)
        return self._pause(view, captured)

    async def _picture_now(self) -> bytes:
        try:
            image = await async_get_image(self.hass, self.camera, timeout=CAMERA_TIMEOUT)
        except Exception as error:  # a camera's own code raises what it likes
            reason = str(error) if isinstance(error, HomeAssistantError) else type(error).__name__
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="camera_unavailable",
                translation_placeholders={"camera": self.camera, "details": reason},
            ) from error
        return image.content

    async def _see(self, picture: bytes, captured: datetime) -> View:
        if picture == self.picture and self.captured is not None:
            if captured - self.captured < FROZEN_AFTER:
                return self._household.stay(self.camera_id, captured)
            return self._household.observe(self.camera_id, Analysis(0, 0, motion=0.0, looked=False), captured)
        look = Look.PEOPLE if self.data is not None and self.data.detected else Look.MOTION
        analysis = await self._engine.analyze(picture, camera=self.camera_id, look=look)
        self.picture, self.captured, self.analysis = picture, captured, analysis
        return self._household.observe(self.camera_id, analysis, captured)

    def _pause(self, view: View, now: datetime) -> float:
        if not view.detected:
            return self.settings.interval
        if view.undecided_since is not None and now - view.undecided_since < BURST_FOR:
            return BURST_PAUSE
        return min(STAY_PAUSE, self.settings.interval)

    def _failed(self, error: UpdateFailed) -> float:
        """Logged once by the base class; tried again ever less often."""
        self.async_set_update_error(error)
        pause: float = min(LONGEST_PAUSE, self.settings.interval * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        return pause
