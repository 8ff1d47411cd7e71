"""A camera's stills: taken one by one, worth what can be known about their age, and analyzed by the engine."""

from datetime import datetime

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import UpdateFailed

from ..engines import Engine
from ..kith_engine.analysis import Analysis, Look, Scope
from ..kith_engine.errors import PictureError
from ..settings import CameraSettings
from .freshness import Freshness
from .orientation import orientation_of, turned
from .pace import Pace
from .sight import Sight
from .source import CameraSource, Shot


class StillSource:
    """The stills of one camera and of its close-up. camera_id: the engine's name for it."""

    dated = False

    def __init__(self, hass: HomeAssistant, engine: Engine, camera_id: str, settings: CameraSettings) -> None:
        self._hass = hass
        self._engine = engine
        self._camera_id = camera_id
        self._settings = settings
        self._source = CameraSource(hass, settings.camera, settings.close_up)
        self._freshness = Freshness()
        self._close_up_freshness = Freshness()
        self._pace = Pace()

    @property
    def fresh(self) -> bool:
        return self._freshness.fresh

    @property
    def repeats(self) -> bool:
        """Did the camera give the newest picture before?"""
        return self._freshness.repeats

    @property
    def unchanged(self) -> float:
        """Seconds for which the camera gave the same picture again and again."""
        return self._freshness.unchanged

    @property
    def burst_pause(self) -> float:
        """Seconds until it is of use to ask the camera again while somebody is undecided."""
        now = self._hass.loop.time()
        return max(self._pace.pause(now), self._freshness.due - now)

    @callback
    def forget(self) -> None:
        """Forget all pictures. The next one is analyzed, even if it is the same."""
        self._source.forget()

    async def open(self) -> bool:
        return True

    async def close(self) -> None:
        """Nothing is open."""

    async def look(self, look: Look, scope: Scope, asked: datetime, *, close: bool) -> Sight:
        shot, freshness = await self._take(asked, close=close)
        if not freshness.fresh:
            return Sight(asked, None, current=False)
        if shot.looked is not None and (shot.looked or look is Look.MOTION):  # there is nothing more to learn from it
            return Sight(asked, None, current=freshness.current)
        captured = min(asked, freshness.captured or asked)  # it may have been looked at for motion before
        picture = await self._upright(shot)
        try:
            analysis = await self._analyze(picture, look, scope, close=shot.close)
        except PictureError as error:
            if not shot.close:
                raise
            self._source.close_up_trust.refuse(str(error))
            return await self.look(look, scope, asked, close=close)
        shot.looked = analysis.looked or look is Look.PEOPLE
        if shot.close:
            self._source.close_up_trust.praise()
        return Sight(captured, analysis, picture=picture, raw=shot.picture, close=shot.close)

    async def _take(self, asked: datetime, *, close: bool) -> tuple[Shot, Freshness]:
        """The newest picture, and what it is worth. A close-up of which nobody knows how old it is does not count."""
        for closer in (True, False) if close else (False,):
            shot = await self._ask(close=closer)
            freshness = self._close_up_freshness if shot.close else self._freshness
            freshness.note(shot.picture, self._hass.loop.time(), asked)
            if not shot.close or freshness.fresh:
                break
        return shot, freshness

    async def _ask(self, *, close: bool) -> Shot:
        """Raises UpdateFailed."""
        began = self._hass.loop.time()
        try:
            shot = await self._source.take(close=close)
        except UpdateFailed:
            self._pace.note(began, failed=True)
            raise
        self._pace.note(began, failed=False)
        return shot

    async def _upright(self, shot: Shot) -> bytes:
        settings = self._settings
        camera = settings.close_up if shot.close and settings.close_up else settings.camera
        return turned(shot.picture, await orientation_of(self._hass, camera, settings.turn))

    async def _analyze(self, picture: bytes, look: Look, scope: Scope, *, close: bool) -> Analysis:
        # the camera and its close-up each have their own background in the engine
        camera = f"{self._camera_id}.close_up" if close else self._camera_id
        return await self._engine.analyze(picture, camera=camera, look=look, scope=scope)
