"""Keeps strangers' faces for as many days as the owner set; none, unless days were set."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .home import Home, days_of
from .household import Kind, Sighting
from .identity.evidence import Outcome
from .kith_engine.analysis import Box
from .kith_engine.errors import KithError

_LOGGER = logging.getLogger(__name__)

PRUNE_EVERY = timedelta(hours=1)
"""So that a day is not two."""


@callback
def keep_strangers(home: Home) -> None:
    """From now on, until the entry is unloaded."""
    keeper = _Keeper(home)
    home.entry.async_on_unload(home.household.listen(keeper.sighted))
    home.entry.async_on_unload(async_track_time_interval(home.hass, keeper.prune, PRUNE_EVERY, cancel_on_shutdown=True))


class _Keeper:
    """Remembers for each camera what it keeps last: who turns out to be known is not kept as a stranger."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._last: dict[str, asyncio.Task[str | None]] = {}

    async def prune(self, _now: datetime) -> None:
        await self._home.photos.prune(days_of(self._home.entry), dt_util.utcnow())

    @callback
    def sighted(self, sighting: Sighting) -> None:
        if sighting.kind is Kind.STRANGER and days_of(self._home.entry):
            self._keep_face(sighting)
        elif sighting.corrects is not None and sighting.corrects.outcome is Outcome.STRANGER:
            self._drop_face(sighting.camera)

    @callback
    def _keep_face(self, sighting: Sighting) -> None:
        camera = self._home.cameras[sighting.camera]
        if camera.picture and sighting.box is not None:
            # the picture of this moment: the camera goes on, and it is here that the face is in the box
            work = self._cut_out(sighting, camera.picture, sighting.box)
            self._last[sighting.camera] = self._begin(work, "keeps a stranger's face")

    @callback
    def _drop_face(self, camera: str) -> None:
        if kept := self._last.pop(camera, None):
            self._begin(self._erase(kept), "erases the face of somebody known")

    async def _cut_out(self, sighting: Sighting, picture: bytes, box: Box) -> str | None:
        try:
            face = await self._home.engine.crop(picture, box)
        except KithError as error:
            _LOGGER.debug("A stranger's face could not be cut out: %s", error)
            return None
        return await self._home.photos.save_stranger(sighting.captured, sighting.camera, face)

    async def _erase(self, kept: asyncio.Task[str | None]) -> None:
        if stranger_id := await kept:
            await self._home.photos.forget_stranger(stranger_id)

    def _begin[T](self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        return self._home.entry.async_create_background_task(self._home.hass, work, f"{DOMAIN} {name}")
