"""Watches one camera: looks when it is time, passes the result to the household, and updates the entities."""

import asyncio
from dataclasses import replace
from datetime import datetime
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..engines import Engine
from ..errors import translated
from ..household import Household
from ..kith_engine.analysis import Area, Look, Scope
from ..kith_engine.errors import KithError, SupersededError
from ..settings import CameraSettings
from ..sighting import View
from . import schedule
from .availability import CameraAvailability, appears
from .choice import SourceChoice
from .event_picture import is_image
from .failures import as_failure, camera_failure
from .freshness import RENEWED_WITHIN
from .last_picture import LastPicture
from .namers import Namers
from .turned_look import TurnedLook
from .wake import Wake

_LOGGER = logging.getLogger(__name__)


class CameraCoordinator(DataUpdateCoordinator[View | None]):
    """One camera's view. `data` is None until the first look.

    The base class provides what entities expect of a coordinator: listeners, the last error, one line in the log when a
    camera fails and one when it is back. Its timer is not used: the pause before the next look depends on what the last
    one saw (0.15 s in a burst, seconds at rest), and a wake-up must end a pause at once.

    recognizes: whether faces are looked for; the owner's switch. restless: where a small part of the picture changes
    all the time. turned_look: which way its pictures show faces.
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
        self.last = LastPicture()
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
    def woken_by(self) -> tuple[str, ...]:
        """The entities that wake the camera; without any it is always awake."""
        return (self.camera, *self.settings.wake) if is_image(self.camera) else self.settings.wake

    @property
    def enabled(self) -> bool:
        return self.settings.enabled

    @property
    def awake(self) -> bool:
        """Is the camera looked at now, rather than waiting to be woken?"""
        return self._wake.awake or self._occupied

    @callback
    def start(self) -> None:
        """Watch until `stop`. Does nothing after it, which may come while settings change, or if it watches already."""
        if self.enabled and not self._shutdown_requested and self._watching is None:
            self._availability.listen()
            self.sources.listen(self._wake.call)
            self._wake.listen()
            self._namers.listen()
            self._watch_on()

    async def stop(self) -> None:
        await self.async_shutdown()
        await self._pause_watching()
        self._household.drop_camera(self.camera_id)

    async def change(self, subentry: ConfigSubentry) -> None:
        """Continue with other settings; start afresh if the camera is another one or disabled."""
        await self._pause_watching()
        before = self._availability.key
        self._configure(subentry)
        if self._availability.key != before or not self.enabled:
            self._household.drop_camera(self.camera_id)
            self._wipe()
        self.async_update_listeners()
        self.start()

    async def scan(self) -> View:
        """Look for people now, even if nothing woke the camera. Raises UpdateFailed.

        A call that had to wait shares the result of a look that began meanwhile.
        """
        if not self.enabled:
            raise camera_failure("camera_not_watched", self.name)
        requested = self.hass.loop.time()
        self.sources.hurry()
        async with self._looking:
            if self._looked_at >= requested:
                if self.data is None or not self.last_update_success:
                    raise self.last_exception or UpdateFailed
                return self.data
            try:
                view = await self._look(Look.PEOPLE)
                while not self.sources.fresh or self.sources.early:
                    if self.hass.loop.time() - requested > RENEWED_WITHIN:
                        raise camera_failure("picture_old", self.name)
                    await asyncio.sleep(0 if self.sources.early else schedule.BURST_PAUSE)
                    view = await self._look(Look.PEOPLE)
            except SupersededError as error:
                raise translated(error, UpdateFailed) from error
            finally:
                self._wake.looked()
        if view.detected:
            self._wake.call()
        return view

    @callback
    def forget_picture(self) -> None:
        """Forget the last picture and its analysis."""
        self.sources.stills.forget()
        self.last.forget()

    def _configure(self, subentry: ConfigSubentry) -> None:
        self.name = subentry.title
        self.settings = CameraSettings.of(subentry)
        self.sources = SourceChoice(self.hass, self._engine, self.camera_id, self.settings)
        self._wake = Wake(self.hass, self.settings, self.sources.hurry, self._rest)
        named_by, hearsay = self.settings.named_by, self._household.hearsay
        self._namers = Namers(
            self.hass, self.config_entry, self.camera_id, named_by, hearsay=hearsay, coming=self._wake.call
        )
        self.turned_look = TurnedLook(self.settings.turn)
        self.restless: Area | None = None
        moved, returned = self._existence_changed, self._begin_again
        self._availability = CameraAvailability(
            self.hass, self.camera_id, self.name, self.settings, moved=moved, returned=returned
        )

    def _wipe(self) -> None:
        self.data = None
        self._called = False
        """Was the camera woken since people were last looked for?"""
        self.last_update_success = True
        self.forget_picture()
        self._failures = 0
        self._looked_at = 0.0
        """When the last look for people began, by the loop's clock."""

    @callback
    def _watch_on(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._watching = self.config_entry.async_create_background_task(
            self.hass, self._watch(), f"{DOMAIN} watches {self.camera}"
        )

    async def _pause_watching(self) -> None:
        self._availability.close()
        self._wake.close()
        self._namers.close()
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
            self.async_set_update_error(camera_failure("camera_gone", self.camera))
        else:
            self.sources.listen(self._wake.call)
            self._begin_again()

    @callback
    def _begin_again(self) -> None:
        """Try at once whatever failed: the camera is back."""
        self._failures = 0
        self._watch_on()

    async def _watch(self) -> None:
        await appears(self.hass, self.camera)
        await self.sources.open()
        while True:
            if not self.awake and self.last_update_success:
                if self.data is None:
                    self.async_set_updated_data(View())
                await self._rest()
                await self._wake.called()
            await self._wake.pause(await self._watch_once())

    async def _rest(self) -> None:
        async with self._looking:  # nobody looks through the connection that this may end
            if not self.awake:
                await self.sources.rest()

    @property
    def _occupied(self) -> bool:
        return self.data is not None and self.data.detected

    async def _watch_once(self) -> float:
        """Look once, for people if needed. Returns the seconds to wait before the next look."""
        async with self._looking:
            self._called |= self._wake.answer()
            try:
                view = await self._look(Look.PEOPLE if self._called or self._occupied else Look.MOTION)
            except SupersededError:
                return schedule.BURST_PAUSE
            except UpdateFailed:
                return schedule.pause_after(self._failures, self.settings.interval)
        return self.sources.pause(view, dt_util.utcnow(), woken=self._wake.woken, recognizes=self.recognizes)

    async def _look(self, look: Look) -> View:
        """Look once; callers hold the lock. Raises SupersededError and UpdateFailed, which the base class logs once."""
        if look is Look.PEOPLE:
            self._looked_at = self.hass.loop.time()
        try:
            view = await self._see(look, self._now())
        except SupersededError:
            raise
        except Exception as error:  # watching must not end while the camera is configured
            if self._availability.renamed:
                raise SupersededError(f"{self.camera} has another name now") from error
            if not isinstance(error, (UpdateFailed, KithError)):
                self.logger.debug("Looking at %s failed", self.camera, exc_info=error)
            failure = as_failure(error, self.camera)
            self._failures += 1
            self.async_set_update_error(failure)
            raise failure from error
        self._failures = 0
        if view != self.data:
            self.async_set_updated_data(view)
        return view

    async def _see(self, look: Look, asked: datetime) -> View:
        """asked: from before the camera is asked, so that no still is older than its time."""
        sight = await self.sources.look(look, self._scope(), asked, close=self._occupied)
        if self._availability.camera_gone:  # removed meanwhile
            raise camera_failure("camera_gone", self.camera)
        if not self.last_update_success:  # automations skip what entities tell that were unavailable until then
            self.logger.info("%s can be looked at again", self.name)
            self.async_set_updated_data(None)
        if sight.analysis is None:
            return self._household.observe_repeat(self.camera_id, asked, current=sight.current)
        self._called &= look is not Look.PEOPLE or self.sources.early
        if self._household.avoids(sight.analysis):  # nobody may see it, or hear of what it shows
            self.forget_picture()
        else:
            self.last.keep(sight, sight.analysis)
        view = self._household.observe(self.camera_id, sight.analysis, sight.captured, apart=sight.apart)
        if not sight.close:
            self.restless = sight.analysis.restless
            if self.recognizes:
                await self.turned_look.look(sight, self.hass, self._engine, self.settings, self.camera_id)
        return view

    def _scope(self) -> Scope:
        undecided = self.data is not None and self.data.undecided_since is not None
        bodies = self.recognizes and self._household.wants_bodies(self.camera_id, dt_util.utcnow())
        return replace(self.settings.scope, faces=self.recognizes, second=undecided, bodies=bodies)

    def _now(self) -> datetime:
        """The time. If the clock was set back, the camera starts afresh: its pictures must stay in order."""
        now = dt_util.utcnow()
        if self._newest is not None and now < self._newest:
            self._household.drop_camera(self.camera_id)
        self._newest = now
        return now
