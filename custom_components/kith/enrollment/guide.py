"""Guides a person at a camera through enrollment, and stores each useful picture at once.

The person's forms and the page show its instructions.
"""

import asyncio

from homeassistant.core import callback
from homeassistant.helpers.update_coordinator import UpdateFailed

from ..cameras.snapshot import Snapshots
from ..const import SUBENTRY_CAMERA
from ..identity.gallery import Source
from ..identity.photo_policy import Refusal
from ..kith_engine.errors import EngineBusyError
from ..runtime import Home
from ..settings import Agreement, CameraSettings
from ..subentries import subentries_of
from .acceptance import enroll, refusal_of
from .portrait import Portrait, look_at, portrait_in, with_photo
from .session import EnrollmentSession

LOOK_EVERY = 0.5
"""Seconds between two pictures: faster than a head turns, and other cameras get their turns."""
MOST_FAILURES = 3
"""Failures in a row that a camera may have."""


class Guide:
    """One person at one camera."""

    def __init__(self, home: Home, person_id: str, camera: str) -> None:
        """camera: an entity; its close-up is used if it is watched and has one."""
        self._home = home
        self._person_id = person_id
        self._failures = 0
        self.camera = _best_view(home, camera)
        self._snapshots = Snapshots(home.hass, home.entry, self.camera)
        self.session = EnrollmentSession(home.hass.loop.time())

    @property
    def over(self) -> bool:
        """True if there are enough pictures, nobody comes, or the person was removed or no longer agrees."""
        return self.session.over(self._home.hass.loop.time()) or not self._agreed

    async def look_once(self) -> None:
        """Raises KithError, and UpdateFailed if the camera keeps failing."""
        try:
            picture = await self._snapshots.take()
        except UpdateFailed:
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                raise
            return
        self._failures = 0
        if picture is None:  # it may show somebody else
            return
        try:
            portrait = await self._portrait_in(picture)
        except EngineBusyError:
            return  # other cameras go first; the next picture comes soon
        if isinstance(portrait, Refusal):
            self.session.refuse(portrait.code)
        elif self.session.wants(portrait, self._home.hass.loop.time()):
            await self._enroll(portrait, picture)

    @property
    def _agreed(self) -> frozenset[Agreement]:
        return self._home.agreements.agreed(self._person_id)

    async def _portrait_in(self, picture: bytes) -> Portrait | Refusal:
        seen = await look_at(self._home.engine, picture)
        if isinstance(seen, Refusal):
            return seen
        analysis, facts = seen
        if Agreement.NEVER not in self._agreed and self._home.household.avoids(analysis):
            return Refusal("avoided")
        return portrait_in(analysis, facts, Source.CAMERA)

    async def _enroll(self, portrait: Portrait, picture: bytes) -> None:
        """Enroll the picture, unless there is one like it or it looks like somebody else."""
        home, session = self._home, self.session
        refusal = await refusal_of(home, self._person_id, portrait.template)
        if refusal is None:
            if Agreement.PHOTOS in self._agreed:
                portrait = await with_photo(home.engine, portrait, picture)
            # finish storing even if the caller is canceled
            await asyncio.shield(home.hass.async_create_task(enroll(home, self._person_id, [portrait])))
            session.take(portrait, home.hass.loop.time())
        elif refusal.code == "photo_double":
            session.know(portrait, home.hass.loop.time())
        else:
            session.refuse(refusal.code)


@callback
def _best_view(home: Home, camera: str) -> str:
    watched = map(CameraSettings.of, subentries_of(home.entry, SUBENTRY_CAMERA))
    return next((one.close_up for one in watched if one.camera == camera and one.close_up), camera)
