"""An engine that somebody started on another host."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import IO, Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..kith_engine.analysis import WHOLE, Analysis, Box, EngineFacts, Look, Scope
from ..kith_engine.client import EngineClient
from ..kith_engine.errors import (
    EngineError,
    EngineRefusedError,
    EngineReplacedError,
    EngineUnavailableError,
    ProtocolMismatchError,
)
from ..kith_engine.streams.clip_protocol import ClipFacts, ClipPicture
from ..kith_engine.streams.protocol import Glimpse, LookRequest, StreamAddress, StreamHealth
from . import ClipEngine, StreamEngine
from .availability import ObservedEngine
from .pairing import PairedWith, greet

FIRST_RETRY = 1.0
LONGEST_RETRY = 60.0
"""Seconds between two tries to reconnect: it notices a reboot soon and asks a dead host rarely."""
AWAY = (EngineUnavailableError, EngineRefusedError, EngineReplacedError, ProtocolMismatchError)
"""Errors that mean that the engine is of no use now; others are about one picture."""


class RemoteEngine(ObservedEngine):
    """Connects by a handshake, repeated after a failure: the engine may come back as another version."""

    is_local = False

    def __init__(
        self, hass: HomeAssistant, url: str, token: str | None = None, paired: PairedWith | None = None
    ) -> None:
        super().__init__(f"The engine at {url}")
        session = async_get_clientsession(hass)
        self._hass = hass
        self._client = EngineClient(session, url, token, paired.tls if paired else None)
        self._unnamed = EngineClient(session, url, tls=paired.unnamed) if paired else None
        self._retrying: asyncio.Task[None] | None = None
        self._away: EngineError = EngineUnavailableError("it has not been asked yet.")

    @property
    def skew(self) -> timedelta | None:
        return self._client.skew

    @property
    def streams(self) -> StreamEngine | None:
        return self if self.trusted and self._facts is not None and self._facts.streams else None

    @property
    def trusted(self) -> bool:
        return self._unnamed is not None

    async def start(self) -> None:
        self._facts = await greet(self._client, self._unnamed)
        self._availability.came()

    async def stop(self) -> None:
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.gather(self._retrying, return_exceptions=True)
            self._retrying = None
        self._availability.ended()
        await self._client.close()

    async def analyze(self, picture: bytes, *, camera: str, look: Look, scope: Scope = WHOLE) -> Analysis:
        analysis = await self._ask(self._client.analyze(picture, camera=camera, look=look, scope=scope))
        self.frames += 1
        return analysis

    async def crop(self, picture: bytes, box: Box) -> bytes:
        return await self._ask(self._client.crop(picture, box))

    @property
    def clips(self) -> ClipEngine | None:
        return self if self._facts is not None and self._facts.streams else None

    async def open_clip(self, clip: str, recording: IO[bytes], orientation: int = 1) -> ClipFacts:
        return await self._ask(self._client.open_clip(clip, recording, orientation))

    async def look_on(self, clip: str, scope: Scope = WHOLE) -> ClipPicture | None:
        seen = await self._ask(self._client.look_on(clip, scope))
        self.frames += seen is not None
        return seen

    async def close_clip(self, clip: str) -> None:
        await self._ask(self._client.close_clip(clip))

    async def open_stream(self, camera: str, address: StreamAddress) -> None:
        await self._ask(self._client.open_stream(camera, address))

    async def close_stream(self, camera: str) -> None:
        await self._ask(self._client.close_stream(camera))

    async def stream_health(self, camera: str) -> StreamHealth:
        return await self._ask(self._client.stream_health(camera))

    async def look(self, camera: str, request: LookRequest) -> Glimpse:
        glimpse = await self._ask(self._client.look(camera, request))
        self.frames += glimpse.glances
        return glimpse

    async def _ask[T](self, question: Coroutine[Any, Any, T]) -> T:
        if not self.available:
            question.close()
            raise type(self._away)(str(self._away))
        try:
            return await question
        except AWAY as error:
            self._lost(error)
            raise

    def _lost(self, error: EngineError) -> None:
        self._away = error
        self._availability.went(error)
        if self._retrying is None:
            self._retrying = self._hass.async_create_background_task(self._retry(), "kith looks for its engine")

    async def _retry(self) -> None:
        pause = FIRST_RETRY
        while not self.available:
            await asyncio.sleep(pause)
            pause = min(LONGEST_RETRY, pause * 2)
            try:
                await self.start()
            except EngineError as error:
                self._lost(error)
        self._retrying = None


async def meet(hass: HomeAssistant, url: str, token: str | None) -> EngineFacts:
    """Perform one handshake. Raises what prevents it."""
    return await EngineClient(async_get_clientsession(hass), url, token).hello()
