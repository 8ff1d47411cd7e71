"""Chooses where a camera's pictures come from: its stream, decoded in the engine, or stills, or its events."""

import asyncio
from collections.abc import Callable
import contextlib
from datetime import datetime, timedelta
from enum import StrEnum
import logging
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..engines import Engine
from ..kith_engine.analysis import Look, Scope
from ..kith_engine.errors import EngineError, KithError, PictureError, StreamError, StreamRefusedError
from ..kith_engine.streams.protocol import Flow, StreamHealth
from ..settings import CameraSettings, PictureSource
from ..sighting import View
from . import schedule
from .battery import connects_on_demand
from .event_picture import EventPictureSource, is_image
from .figures import Measured
from .sight import Sight, Source
from .still import StillSource
from .stream import StreamSource

_LOGGER = logging.getLogger(__name__)

OFFERED_AGAIN = 300.0
"""Seconds until an integration that offers no stream of use is asked again."""
HEALTH_EVERY = 2.0
"""Seconds between two questions whether a stream that failed is back, while stills are taken."""
ASKED_EVERY = timedelta(minutes=1)
"""Time between two questions about streams that may not be looked at: an engine ends those that nobody asks about."""


class SourceKind(StrEnum):
    """Where pictures come from."""

    STREAM = "stream"
    STILLS = "stills"
    EVENTS = "events"
    """An image entity has one picture of each event."""


class Reason(StrEnum):
    """Why they come from there; besides these, the code of the error that keeps a stream from being used."""

    OFFERED = "offered"
    CHOSEN = "chosen"
    NO_STREAM = "no_stream"
    SEGMENTED = "segmented"
    ENGINE_UNPAIRED = "engine_unpaired"
    NO_DECODER = "no_decoder"
    IMAGE_ENTITY = "image_entity"


class SourceChoice:
    """One camera's sources, and which of them is used.

    stills: the source of single pictures. kind, reason: of the last picture. health: what is known about the stream, if
    there is one. measured: its figures.
    """

    def __init__(self, hass: HomeAssistant, engine: Engine, camera_id: str, settings: CameraSettings) -> None:
        self._hass = hass
        self._engine = engine
        self._settings = settings
        single = EventPictureSource if is_image(settings.camera) else StillSource
        self.stills: StillSource | EventPictureSource = single(hass, engine, camera_id, settings)
        self.stream = StreamSource(hass, engine, camera_id, settings)
        self._opened = False
        self._asleep = True
        self._ask_again = float("-inf")
        self._resting = False
        self._warned = False
        self._stops: list[Callable[[], None]] = []
        self._connecting: asyncio.Task[None] | None = None
        self.kind = SourceKind.STILLS
        self.reason: str = Reason.NO_STREAM
        self.health: StreamHealth | None = None
        self.measured = Measured()

    @property
    def live(self) -> bool:
        """Does a look cost little, because the next picture is here already?"""
        return self.kind is SourceKind.STREAM

    @property
    def early(self) -> bool:
        """Was the last picture one from before the camera was woken? Then newer ones can be looked at now."""
        return self.live and self.stream.early

    @property
    def fresh(self) -> bool:
        """Is the newest picture known to be new?"""
        return self.live or self.stills.fresh

    @property
    def unchanged(self) -> float:
        """Seconds for which the camera gave the same still again and again; 0 for a stream."""
        return 0.0 if self.live else self.stills.unchanged

    @property
    def refused(self) -> bool:
        """Does the camera not accept the password that its integration has?"""
        code = self.health.code if self.health is not None else ""
        return not self.live and StreamRefusedError.code in (self.reason, code)

    @callback
    def listen(self, called: Callable[[], None]) -> None:
        """Connect again whenever the engine is back: a stream that is not looked at would stay closed.

        called: when a camera that has only pictures of events has a new one.
        """
        if isinstance(self.stills, EventPictureSource):
            self.stills.listen(called)
        elif not self._stops:
            self._stops = [
                self._engine.subscribe(self._engine_changed),
                async_track_time_interval(self._hass, self.update_health, ASKED_EVERY, cancel_on_shutdown=True),
            ]

    async def open(self) -> None:
        """Connect to the stream, if it is to be used; again, unless pictures come from it now.

        A camera that is asleep then remembers what it sees, unless it connects on demand.
        """
        on_demand = self._asleep and connects_on_demand(self._hass, self._settings)
        if on_demand or (self._opened and (self._asleep or not self.live)):
            await self.stream.close()
        self._opened, self._ask_again = False, float("-inf")
        if on_demand:
            return
        with contextlib.suppress(EngineError):  # the first look says so
            await self._streams()

    async def rest(self) -> None:
        """The camera falls asleep until the next look."""
        self._asleep = True
        if not connects_on_demand(self._hass, self._settings):
            return
        if self._opened:  # one that is not offered is not asked for again at each call
            self._opened, self._ask_again = False, float("-inf")
        await self.stream.close()

    async def close(self) -> None:
        """End the connections, and what connects."""
        while self._stops:
            self._stops.pop()()
        self._connect_no_more()
        self._opened, self._ask_again = False, float("-inf")
        await self.stream.close()  # also one that was being opened, or whose engine was away for a moment
        await self.stills.close()

    @callback
    def hurry(self) -> None:
        """The next look must not wait: one that waits for motion ends with SupersededError."""
        self.stream.hurry()

    async def look(self, look: Look, scope: Scope, asked: datetime, *, close: bool) -> Sight:
        """As `Source.look`, at the source that is to be used now. Raises SupersededError, too."""
        self._asleep = False
        if await self._streams():
            try:
                sight = await self._look_at(self.stream, look, scope, asked, close=close)
            except (StreamError, PictureError) as error:
                self._failed(error)
            else:
                self._worked()
                return sight
        return await self._look_at(self.stills, look, scope, asked, close=close)

    def pause(self, view: View, now: datetime, *, woken: bool, recognizes: bool) -> float:
        """Seconds until the next look, after one that showed this. The rest as in `schedule.pause`."""
        interval = self._settings.interval
        if self.early:
            return 0.0
        if not self.fresh:
            stills = self.stills
            return schedule.pause_for_proof(interval, repeats=stills.repeats, unchanged=stills.unchanged, woken=woken)
        live, burst = self.live, 0.0 if self.live else self.stills.burst_pause
        return schedule.pause(view, now, interval, woken=woken, recognizes=recognizes, live=live, burst=burst)

    async def update_health(self, _now: datetime | None = None) -> None:
        """For people to look at, and so that the engine keeps the stream of a camera that sleeps."""
        if self._opened:
            with contextlib.suppress(EngineError):
                self.health = await self.stream.health()

    def describe(self) -> dict[str, Any]:
        """For people: why pictures come from there, and what was measured; nothing about where a stream is."""
        figures = self.measured.figures
        described: dict[str, Any] = {"reason": str(self.reason)}
        if figures is not None:
            described["pictures_per_second"] = float(f"{figures.rate:.2g}")
            described["delay"] = round(figures.delay, 2)
            if figures.age is not None:
                described["age"] = round(figures.age, 2)
        if (health := self.health) is not None and self.live:
            described["codec"] = health.codec
            described["resolution"] = f"{health.width} x {health.height}"
            described["stream_rate"] = round(health.rate, 1)
            described["keyframe_every"] = round(health.keyframe_every, 1)
        return described

    async def _look_at(self, source: Source, look: Look, scope: Scope, asked: datetime, *, close: bool) -> Sight:
        sight = await source.look(look, scope, asked, close=close)
        if sight.analysis is not None:
            captured = sight.captured.timestamp() if source.dated else None
            self.measured.note(asked.timestamp(), dt_util.utcnow().timestamp(), captured, sight.glances)
        return sight

    async def _streams(self) -> bool:
        """Should the next picture come from the stream? Connects at first. Raises EngineError."""
        if isinstance(self.stills, EventPictureSource):
            return self._chose(SourceKind.EVENTS, Reason.IMAGE_ENTITY)
        if self._settings.source is PictureSource.STILLS:
            return self._chose(SourceKind.STILLS, Reason.CHOSEN)
        return await self._streaming()

    async def _streaming(self) -> bool:
        """The same where a stream is wanted."""
        if self._engine.streams is None:
            reason = Reason.NO_DECODER if self._engine.trusted else Reason.ENGINE_UNPAIRED
            return self._chose(SourceKind.STILLS, reason)
        now = self._hass.loop.time()
        if not self._opened:
            if now >= self._ask_again:
                self._ask_again, self._resting = now + OFFERED_AGAIN, False
                self._opened = await self.stream.open()
            if not self._opened:
                reason = Reason.SEGMENTED if self.stream.segmented else Reason.NO_STREAM
                return self._chose(SourceKind.STILLS, reason)
        if self._resting and now >= self._ask_again:
            self._ask_again = now + HEALTH_EVERY
            self.health = await self.stream.health()
            self._resting = self.health.flow is not Flow.FLOWING
        if self._resting:
            return False
        chosen = self._settings.source is PictureSource.STREAM
        return self._chose(SourceKind.STREAM, Reason.CHOSEN if chosen else Reason.OFFERED)

    def _failed(self, error: KithError) -> None:
        """Take stills until the stream is back. Raises the error if the owner wants the stream alone."""
        if self._settings.source is PictureSource.STREAM:
            self.reason = error.code
            raise error
        if not self._warned:
            _LOGGER.warning("Stills of %s are taken instead of its stream: %s", self._settings.camera, error)
        self._resting = self._warned = True
        self._ask_again = self._hass.loop.time() + HEALTH_EVERY
        self._chose(SourceKind.STILLS, error.code)

    def _worked(self) -> None:
        if self._warned:
            _LOGGER.info("The stream of %s is used again", self._settings.camera)
            self._warned = False

    def _chose(self, kind: SourceKind, reason: str) -> bool:
        if kind is not self.kind:
            self.measured = Measured()
        self.kind, self.reason = kind, reason
        return kind is SourceKind.STREAM

    @callback
    def _engine_changed(self) -> None:
        self._opened, self._ask_again = False, float("-inf")
        self._connect_no_more()
        if self._engine.available:
            self._connecting = self._hass.async_create_background_task(self.open(), "kith connects to a stream again")

    @callback
    def _connect_no_more(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
