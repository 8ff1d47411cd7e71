"""A camera's stream, which the engine decodes: where it is, and looking at it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
import logging

from homeassistant.components.camera import async_get_stream_source, get_camera_from_entity_id
from homeassistant.const import CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..engines import Engine, StreamEngine
from ..engines.pairing import is_loopback
from ..kith_engine.analysis import Look, Scope
from ..kith_engine.errors import (
    EngineError,
    EngineUnavailableError,
    KithError,
    PictureError,
    StreamClosedError,
    StreamError,
    SupersededError,
)
from ..kith_engine.streams.protocol import Flow, Glimpse, LookRequest, StreamAddress, StreamHealth, Transport
from ..settings import CameraSettings, PictureSource
from .close_up import CloseUpTrust
from .orientation import stream_orientation
from .sight import Sight

_LOGGER = logging.getLogger(__name__)

PRE_ROLL = 3.0
"""Seconds: what was seen before the camera was woken is looked at first. Sensors notice people up to 2 s late."""
WATCH_FOR = 2.0
"""Seconds for which the engine looks for motion before it says that there was none: each answer costs both sides about
as much as a look.
"""
SOURCE_TIMEOUT = 10
"""Seconds for an integration to say where the stream is; some ask their cloud."""
RENEW_AFTER = 30.0
"""Seconds between two questions where the stream of a camera that fails is: addresses expire, clouds count calls."""
_TRANSPORT = "rtsp_transport"
"""In a camera's `stream_options`."""


async def find_stream(hass: HomeAssistant, camera: str) -> StreamAddress | None:
    """Where the camera's stream is; None if it offers none, or its integration cannot say so now."""
    try:
        async with asyncio.timeout(SOURCE_TIMEOUT):
            url = await async_get_stream_source(hass, camera)
        options = get_camera_from_entity_id(hass, camera).stream_options
    except Exception as error:  # a camera's own code may raise anything; its message may name the address
        _LOGGER.debug("%s does not say where its stream is (%s)", camera, type(error).__name__)
        return None
    if not url:
        return None
    wanted = options.get(_TRANSPORT)
    transport = Transport(wanted) if wanted in set(Transport) else Transport.TCP
    return StreamAddress(url, transport, bool(options.get(CONF_VERIFY_SSL)))


def _leads_elsewhere(address: StreamAddress) -> bool:
    """An address of Home Assistant's own machine, such as go2rtc's, means another machine to an engine elsewhere."""
    return not is_loopback(address.url)


def _is_segmented(address: StreamAddress) -> bool:
    """Is it HLS (RFC 8216)? Its pictures come by the segment: seconds late, and all at once."""
    return address.url.partition("?")[0].lower().endswith(".m3u8")


class EntityStream:
    """One entity's stream. camera_id: the engine's name for it; camera: the entity.

    accepts_segments: whether a stream in segments is to be used. keyframes: whether motion is looked for in keyframes
    alone. segmented: whether the camera offered a stream in segments that is not used.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        engine: Engine,
        camera_id: str,
        camera: str,
        *,
        accepts_segments: bool = False,
        keyframes: bool = False,
    ) -> None:
        self._hass = hass
        self._engine = engine
        self._camera_id = camera_id
        self._camera = camera
        self._asked = float("-inf")
        """When the integration was asked for the address, by the loop's clock."""
        self._keyframes = keyframes
        self._wanted = False
        """Is there to be a connection? While the address is asked for, the answer may become no."""
        self._accepts_segments = accepts_segments
        self.segmented = False

    async def open(self) -> bool:
        """Connect, or connect to another address if there is one now. False if the camera offers no stream of use.

        Raises EngineError.
        """
        self._wanted = True
        return await self._connect()

    async def close(self) -> None:
        """End the connection, if the engine is there and was ever asked for one."""
        wanted, self._wanted = self._wanted, False
        if wanted and self._engine.streams is not None:
            try:
                await self._engine.streams.close_stream(self._camera_id)
            except KithError as error:
                _LOGGER.debug("The stream of %s was not closed: %s", self._camera, error)

    async def look(self, look: Look, scope: Scope, orientation: int, last: float) -> Glimpse:
        """Look at the next picture: after a pause, at those from just before it first.

        last: when the last one was taken, in seconds since the epoch, by the engine's clock. Raises EngineError.
        """
        try:
            return await self._ask(lambda: self._look(look, scope, orientation, last))
        except StreamError:
            await self._renew()
            raise

    async def health(self) -> StreamHealth:
        """Asks the integration for another address now and then while the stream fails. Raises EngineError."""
        health = await self._ask(lambda: self._streams.stream_health(self._camera_id))
        if health.flow is Flow.FAILED:
            await self._renew()
        return health

    async def _ask[T](self, question: Callable[[], Awaitable[T]]) -> T:
        """Ask the engine. It may have been started again, or heard nothing of this stream for minutes: then connect."""
        try:
            return await question()
        except StreamClosedError:
            if not await self._connect():
                raise
            return await question()

    async def _connect(self) -> bool:
        self._asked = self._hass.loop.time()
        address = await find_stream(self._hass, self._camera)
        self.segmented = address is not None and not self._accepts_segments and _is_segmented(address)
        if not self._wanted or address is None or self.segmented:
            return False
        if not (self._engine.is_local or _leads_elsewhere(address)):
            return False
        await self._streams.open_stream(self._camera_id, address)
        return True

    @property
    def _streams(self) -> StreamEngine:
        if self._engine.streams is None:
            raise EngineUnavailableError("it decodes no streams.")
        return self._engine.streams

    async def _look(self, look: Look, scope: Scope, orientation: int, last: float) -> Glimpse:
        watch = WATCH_FOR if look is Look.MOTION else 0.0
        request = LookRequest(look, last, scope, orientation, watch, self._keyframes, PRE_ROLL)
        return await self._streams.look(self._camera_id, request)

    async def _renew(self) -> None:
        if self._hass.loop.time() - self._asked >= RENEW_AFTER:
            await self._connect()


class StreamSource:
    """The stream of one camera, and that of its close-up, which is decoded only while somebody is in view.

    early: whether the last picture was one from before it was asked for.
    """

    dated = True

    def __init__(self, hass: HomeAssistant, engine: Engine, camera_id: str, settings: CameraSettings) -> None:
        self._hass = hass
        self._settings = settings
        stream = partial(
            EntityStream,
            hass,
            engine,
            accepts_segments=settings.source is PictureSource.STREAM,
            keyframes=settings.saves_power,
        )
        self._stream = stream(camera_id, settings.camera)
        self._close_up = stream(f"{camera_id}.close_up", settings.close_up) if settings.close_up else None
        self._closer: EntityStream | None = None
        """The close-up's, if that has one."""
        self._trust = CloseUpTrust(hass, settings.camera)
        self._watching: asyncio.Timeout | None = None
        """The look for motion that is under way."""
        self._last = 0.0
        self.early = False

    @property
    def fresh(self) -> bool:
        return True

    @property
    def segmented(self) -> bool:
        """Does the camera offer a stream that is not used because it comes in segments?"""
        return self._stream.segmented

    async def open(self) -> bool:
        self._closer = None
        offered = await self._stream.open()
        if offered and self._close_up is not None and await self._close_up.open():
            self._closer = self._close_up
        return offered

    async def close(self) -> None:
        await self._stream.close()
        if self._close_up is not None:
            await self._close_up.close()

    @callback
    def hurry(self) -> None:
        """End the look for motion that is under way, if any, with SupersededError."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.reschedule(self._hass.loop.time())

    async def look(self, look: Look, scope: Scope, asked: datetime, *, close: bool) -> Sight:
        self.early = False
        orientation = await stream_orientation(self._hass, self._settings.camera, self._settings.turn)
        glimpse, near = None, False
        if close and self._closer is not None and self._trust.usable:
            try:
                glimpse, near = await self._closer.look(look, scope, orientation, self._last), True
                self._trust.praise()
            except StreamError:
                pass  # the small picture can replace it
            except PictureError as error:  # its pictures are too large, and to decode them costs most
                self._trust.refuse(str(error))
        if glimpse is None:
            glimpse = await self._look(look, scope, orientation)
        self._last, self.early = glimpse.captured, glimpse.early
        return Sight(
            dt_util.utc_from_timestamp(glimpse.captured),
            glimpse.analysis,
            picture=glimpse.picture,
            raw=glimpse.picture,
            done=orientation,
            close=near,
            glances=glimpse.glances,
        )

    async def _look(self, look: Look, scope: Scope, orientation: int) -> Glimpse:
        """At the camera's own stream. Raises SupersededError if it waited for motion when it had to hurry."""
        if look is not Look.MOTION:
            return await self._stream.look(look, scope, orientation, self._last)
        try:
            async with asyncio.timeout(None) as self._watching:
                return await self._stream.look(look, scope, orientation, self._last)
        except TimeoutError as error:
            raise SupersededError("people are to be looked for now.") from error
        finally:
            self._watching = None

    async def health(self) -> StreamHealth:
        """Of the camera's own stream. Raises EngineError.

        The engine learns that both are still needed: it ends a stream that nobody asks about.
        """
        if self._closer is not None:
            with suppress(EngineError):
                await self._closer.health()
        return await self._stream.health()
