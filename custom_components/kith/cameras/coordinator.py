"""Watches one camera: looks when it is time, passes the result to the household, and updates the entities."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..engines import Engine
from ..errors import translated
from ..household import Household
from ..kith_engine.analysis import Analysis, Look, Scope
from ..kith_engine.errors import KithError, PictureError, StreamError, SupersededError
from ..settings import CameraSettings
from ..sighting import View
from . import schedule
from .availability import CameraAvailability, appears
from .choice import SourceChoice
from .source import CameraSource, Shot
from .wake import Wake

_LOGGER = logging.getLogger(__name__)

FROZEN_AFTER = 15.0
"""Seconds: some cameras renew their still only now and then; an older one says nothing about now."""
NOTHING = Analysis(0, 0, motion=0.0, looked=False)


class CameraCoordinator(DataUpdateCoordinator[View | None]):
    """One camera's view. `data` is None until the first look.

    The base class provides what entities expect of a coordinator: listeners, the last error, one line in the log when a
    camera fails and one when it is back. Its timer is not used: the pause before the next look depends on what the last
    one saw (0.15 s in a burst, seconds at rest), and a wake-up must end a pause at once.

    picture, captured: the last picture that was searched for people, and its time; empty if it showed somebody who must
    not be recognized. analysis: the last one. recognizes: whether faces are looked for; the owner's switch.
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
        self.recognizes = True
        self._engine = engine
        self._household = household
        self._newest: datetime | None = None
        self._looking = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None
        self._configure(subentry)
        self._wipe()

    @property
    def camera(self) -> str:
        return self.settings.camera

    @property
    def enabled(self) -> bool:
        return self.settings.enabled

    @property
    def awake(self) -> bool:
        """Is the camera looked at now, rather than waiting to be woken?"""
        return self._wake.awake or self._occupied

    @callback
    def start(self) -> None:
        """Watch until `stop`. Does nothing after it: it may come while settings change."""
        if self.enabled and not self._shutdown_requested:
            self._availability.listen()
            self.sources.listen()
            self._wake.listen()
            self._watch_on()

    async def stop(self) -> None:
        await self.async_shutdown()
        await self._pause_watching()
        self._household.drop_camera(self.camera_id)

    async def change(self, subentry: ConfigSubentry) -> None:
        """Continue with other settings; start afresh if the camera is another one or disabled."""
        await self._pause_watching()
        before = self._camera_key
        self._configure(subentry)
        if self._camera_key != before or not self.enabled:
            self._household.drop_camera(self.camera_id)
            self._wipe()
        self.async_update_listeners()
        self.start()

    async def scan(self) -> View:
        """Look for people now, even if nothing woke the camera. Raises UpdateFailed.

        A call that had to wait shares the result of a look that began meanwhile.
        """
        if not self.enabled:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="camera_not_watched",
                translation_placeholders={"camera": self.name},
            )
        requested = self.hass.loop.time()
        async with self._looking:
            if self._looked_at >= requested:
                if self.data is None or not self.last_update_success:
                    raise self.last_exception or UpdateFailed
                return self.data
            try:
                view = await self._look(Look.PEOPLE)
                while self.sources.early:
                    view = await self._look(Look.PEOPLE)
            except SupersededError as error:
                raise translated(error, UpdateFailed) from error
        if view.detected:
            self._wake.call()
        return view

    @callback
    def forget_picture(self) -> None:
        """Forget the last picture and its analysis."""
        self._source.forget()
        self.picture = b""
        self.captured: datetime | None = None
        self.analysis: Analysis | None = None

    def _configure(self, subentry: ConfigSubentry) -> None:
        self.name = subentry.title
        self.settings = CameraSettings.of(subentry)
        self._wake = Wake(self.hass, self.settings.wake)
        self._source = CameraSource(self.hass, self.camera, self.settings.close_up)
        self.sources = SourceChoice(self.hass, self._engine, self.camera_id, self.settings)
        self._availability = CameraAvailability(
            self.hass, self.camera_id, self.name, self.settings, self._existence_changed
        )
        registered = er.async_get(self.hass).async_get(self.camera)
        self._camera_key = registered.id if registered else self.camera  # the same after the entity is renamed

    def _wipe(self) -> None:
        self.data = None
        self.last_update_success = True
        self.forget_picture()
        self._failures = 0
        self._looked_at = 0.0
        """When the last look for people began, by the loop's clock."""

    @callback
    def _watch_on(self) -> None:
        self._watching = self.config_entry.async_create_background_task(
            self.hass, self._watch(), f"{DOMAIN} watches {self.camera}"
        )

    async def _pause_watching(self) -> None:
        self._availability.close()
        self._wake.close()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        await self.sources.close()

    @callback
    def _existence_changed(self) -> None:
        """The camera's entity was removed, or is back."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        self.hass.async_create_task(self.sources.close(), f"{DOMAIN} disconnects {self.camera}")
        self._household.drop_camera(self.camera_id)
        if self._availability.camera_gone:
            self.data = None
            self.async_set_update_error(self._gone())
        else:
            self._failures = 0
            self.sources.listen()
            self._watch_on()

    def _gone(self) -> UpdateFailed:
        return UpdateFailed(
            translation_domain=DOMAIN, translation_key="camera_gone", translation_placeholders={"camera": self.camera}
        )

    async def _watch(self) -> None:
        await appears(self.hass, self.camera)
        with suppress(KithError):  # the first look says so; one that is asleep begins to remember what it sees
            await self.sources.streams()
        while True:
            if not self._wake.awake and self.last_update_success and not self._occupied:
                if self.data is None:
                    self.async_set_updated_data(View())
                await self._wake.called()
            await self._wake.pause(await self._watch_once())

    @property
    def _occupied(self) -> bool:
        return self.data is not None and self.data.detected

    async def _watch_once(self) -> float:
        """Look once, for people if needed. Returns the seconds to wait before the next look."""
        async with self._looking:
            called = self._wake.answer()
            try:
                view = await self._look(Look.PEOPLE if called or self._occupied else Look.MOTION)
            except SupersededError:
                return schedule.BURST_PAUSE
            except UpdateFailed:
                return schedule.pause_after(self._failures, self.settings.interval)
        if self.sources.early:
            return 0.0
        return schedule.pause(
            view,
            dt_util.utcnow(),
            self.settings.interval,
            woken=self._wake.woken,
            recognizes=self.recognizes,
            live=self.sources.live,
        )

    async def _look(self, look: Look) -> View:
        """Look once; callers hold the lock. Raises SupersededError and UpdateFailed, which the base class logs once."""
        if look is Look.PEOPLE:
            self._looked_at = self.hass.loop.time()
        try:
            view = await self._see(look, self._now())
        except SupersededError:
            raise
        except Exception as error:  # watching must not end while the camera is configured
            if self._renamed:
                raise SupersededError(f"{self.camera} has another name now") from error
            raise self._failed(self._as_failure(error)) from error
        if not self.last_update_success:
            self.logger.info("%s can be looked at again", self.name)
        self._failures = 0
        if view != self.data or not self.last_update_success:
            self.async_set_updated_data(view)
        return view

    @property
    def _renamed(self) -> bool:
        """Was the camera's entity renamed a moment ago?"""
        registered = er.async_get(self.hass).async_get(self._camera_key)
        return registered is not None and registered.entity_id != self.camera

    def _as_failure(self, error: Exception) -> UpdateFailed:
        match error:
            case UpdateFailed():
                return error
            case KithError():
                return translated(error, UpdateFailed)
        self.logger.debug("Looking at %s failed", self.camera, exc_info=error)
        placeholders = {"camera": self.camera, "details": str(error) or type(error).__name__}
        return UpdateFailed(
            translation_domain=DOMAIN, translation_key="look_failed", translation_placeholders=placeholders
        )

    def _failed(self, error: UpdateFailed) -> UpdateFailed:
        self._failures += 1
        self.async_set_update_error(error)
        return error

    async def _see(self, look: Look, captured: datetime) -> View:
        """captured: from before the camera is asked, so that no still is older than its time."""
        if await self.sources.streams():
            try:
                return await self._see_stream(look)
            except (StreamError, PictureError) as error:
                self.sources.failed(error)
        return await self._see_still(look, captured)

    async def _see_stream(self, look: Look) -> View:
        glimpse = await self.sources.look(look, self._scope(), close=self._occupied)
        if self._availability.camera_gone:  # removed meanwhile
            raise self._gone()
        captured = dt_util.utc_from_timestamp(glimpse.captured)
        self._keep(glimpse.picture, glimpse.analysis, captured)
        return self._household.observe(self.camera_id, glimpse.analysis, captured)

    async def _see_still(self, look: Look, captured: datetime) -> View:
        shot = await self._source.take(close=self._occupied)
        if shot.looked is not None and (shot.looked or look is Look.MOTION):  # there is nothing more to learn from it
            if shot.unchanged < FROZEN_AFTER:
                return self._household.observe_repeat(self.camera_id, captured)
            return self._household.observe(self.camera_id, NOTHING, captured)
        try:
            analysis = await self._analyze(shot, look)
        except PictureError as error:
            if not shot.close:
                raise
            self._source.refuse_close_up(str(error))
            return await self._see_still(look, captured)
        if self._availability.camera_gone:  # removed meanwhile
            raise self._gone()
        shot.looked = analysis.looked
        if shot.close:
            self._source.praise_close_up()
        self._keep(shot.picture, analysis, captured)
        self.sources.note_still(captured)
        return self._household.observe(self.camera_id, analysis, captured)

    async def _analyze(self, shot: Shot, look: Look) -> Analysis:
        # the camera and its close-up each have their own background in the engine
        camera = f"{self.camera_id}.close_up" if shot.close else self.camera_id
        return await self._engine.analyze(shot.picture, camera=camera, look=look, scope=self._scope())

    def _scope(self) -> Scope:
        undecided = self.data is not None and self.data.undecided_since is not None
        return replace(self.settings.scope, faces=self.recognizes, second=undecided)

    def _keep(self, picture: bytes, analysis: Analysis, captured: datetime) -> None:
        """Keep a picture to show, before anybody hears of its content. Others may show somebody to avoid."""
        if self._household.avoids(analysis):
            self.forget_picture()
            return
        self.analysis = analysis
        if analysis.looked:
            self.picture, self.captured = picture, captured

    def _now(self) -> datetime:
        """The time. If the clock was set back, the camera starts afresh: its pictures must stay in order."""
        now = dt_util.utcnow()
        if self._newest is not None and now < self._newest:
            self._household.drop_camera(self.camera_id)
        self._newest = now
        return now
