"""Looks at the clips of events: an integration saves them some seconds after the event's picture."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.util import dt as dt_util

from ..cameras.entity_listener import EntityListener
from ..cameras.event_picture import NEW_FOR, is_image, taken_at
from ..const import DOMAIN, SUBENTRY_CAMERA
from ..kith_engine.errors import EngineBusyError
from ..runtime import Home, KithConfigEntry
from ..settings import CameraSettings
from ..subentries import subentries_of
from .clip_folder import ClipFolder
from .clip_visits import look_at, remember
from .recording import Recording, RecordingSource, fetched

_LOGGER = logging.getLogger(__name__)

LOOK_EVERY = 10.0
"""Seconds between two looks into the folder."""
WAIT = timedelta(minutes=5)
"""For how long after an event clips are looked for: some clouds take minutes."""
SETTLED = timedelta(seconds=5)
"""A file that was written since then may not be complete."""
EARLIER = timedelta(minutes=1)
"""A clip that was complete so long before an event's picture is of another event."""
MOST_TRIES = 3


@dataclass(slots=True)
class _Followed:
    """One camera's clips. place: its entity, and the folder with its clips.

    tries: at clips that could not be looked at. event: when its newest picture was taken.
    """

    camera_id: str
    place: tuple[str, str]
    folder: ClipFolder
    changes: EntityListener
    event: datetime | None = None
    work: asyncio.Task[None] | None = None
    tries: dict[str, int] = field(default_factory=dict)


class EventClips:
    """Follows every image entity whose clips' folder the owner chose, until the entry is unloaded."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._followed: dict[str, _Followed] = {}

    @callback
    def start(self) -> None:
        self._home.entry.async_on_unload(self._home.entry.add_update_listener(self._changed))
        self._home.entry.async_on_unload(self._stop)
        self._follow()

    async def _changed(self, _hass: object, _entry: KithConfigEntry) -> None:
        self._follow()

    @callback
    def _follow(self) -> None:
        """As the settings say now. What other settings change goes on: a clip may be awaited."""
        cameras = subentries_of(self._home.entry, SUBENTRY_CAMERA)
        settings = {subentry.subentry_id: CameraSettings.of(subentry) for subentry in cameras}
        wanted = {
            camera_id: (one.camera, one.clips)
            for camera_id, one in settings.items()
            if one.clips and one.enabled and is_image(one.camera)
        }
        for followed in list(self._followed.values()):
            if wanted.get(followed.camera_id) != followed.place:
                self._end(followed)
        for camera_id, place in wanted.items():
            if camera_id not in self._followed:
                self._followed[camera_id] = self._begin(camera_id, *place)

    @callback
    def _begin(self, camera_id: str, camera: str, clips: str) -> _Followed:
        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            now = dt_util.utcnow()
            if (taken := taken_at(event.data["old_state"], event.data["new_state"], now)) is not None:
                followed.event = min(taken, now)
                if followed.work is None or followed.work.done():
                    followed.work = self._task(self._watch(followed), camera)

        changes = EntityListener(self._home.hass, (camera,), changed)
        followed = _Followed(camera_id, (camera, clips), ClipFolder(self._home.hass, clips), changes)
        changes.listen()
        followed.work = self._task(self._note_and_watch(followed), camera)
        return followed

    def _task(self, work: Coroutine[Any, Any, None], camera: str) -> asyncio.Task[None]:
        return self._home.entry.async_create_background_task(
            self._home.hass, work, f"{DOMAIN} looks for the clips of {camera}"
        )

    @callback
    def _stop(self) -> None:
        for followed in list(self._followed.values()):
            self._end(followed)

    @callback
    def _end(self, followed: _Followed) -> None:
        del self._followed[followed.camera_id]
        followed.changes.close()
        if followed.work is not None:
            followed.work.cancel()

    async def _note_and_watch(self, followed: _Followed) -> None:
        await followed.folder.note()
        await self._watch(followed)

    async def _watch(self, followed: _Followed) -> None:
        """Look at each clip that comes until nothing is to be expected any more."""
        first = True
        while followed.event is not None and dt_util.utcnow() - followed.event <= WAIT:
            for clip in await followed.folder.new():
                if await self._is_done(followed, clip, followed.event, before=first):
                    followed.folder.skip(clip)
            first = False
            await asyncio.sleep(LOOK_EVERY)

    async def _is_done(self, followed: _Followed, clip: str, event: datetime, *, before: bool) -> bool:
        """Look at this clip; False if it should be tried again. before: it was there when the picture was new."""
        camera = self._home.cameras.get(followed.camera_id)
        if camera is None or not camera.recognizes:  # the owner's switch
            return True
        if not before and not self._home.engine.available:  # nobody knows yet what the clip is worth
            return False
        try:
            async with fetched(self._home.hass, RecordingSource(media=clip)) as recording:
                if recording.written is not None and dt_util.utcnow() - recording.written < SETTLED:
                    return False
                if _may_show(recording, event, before=before):
                    await self._look(followed.camera_id, recording, event)
        except EngineBusyError as error:  # nor is it the clip's fault
            _LOGGER.debug("The clip %s cannot be looked at yet: %s", clip, error)
            return False
        except Exception as error:  # an integration's own code may raise anything
            followed.tries[clip] = followed.tries.get(clip, 0) + 1
            _LOGGER.debug("The clip %s cannot be looked at: %s", clip, error)
            return followed.tries[clip] >= MOST_TRIES
        return True

    async def _look(self, camera_id: str, recording: Recording, event: datetime) -> None:
        home = self._home
        found = await look_at(home, recording, camera_id, None, about=event)
        now = dt_util.utcnow()
        remember(home, found, now)
        recent = [visit.verdict for visit in found.visits if now - visit.end <= NEW_FOR]
        home.household.tell_recorded(camera_id, recent, now)


def _may_show(recording: Recording, event: datetime, *, before: bool) -> bool:
    """Can the recording be of this event?"""
    if recording.written is None:
        return not before  # nobody knows of which event it is
    return recording.written >= event - EARLIER
