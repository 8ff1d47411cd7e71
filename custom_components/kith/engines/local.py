"""Starts, watches, restarts and ends the engine as a child of Home Assistant."""

import asyncio
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
import logging
from pathlib import Path
import shutil
import time
from typing import IO

from homeassistant.core import HomeAssistant

from ..kith_engine.analysis import WHOLE, Analysis, Box, EngineFacts, Look, Scope
from ..kith_engine.client import EngineClient
from ..kith_engine.errors import EngineBusyError, EngineUnavailableError, KithError
from ..kith_engine.streams.clip_protocol import ClipFacts, ClipPicture
from ..kith_engine.streams.protocol import Glimpse, LookRequest, StreamAddress, StreamHealth
from . import ClipEngine, StreamEngine
from .availability import ObservedEngine
from .process import Installation, end, failure, kill, launch, lines, private_folder, says_why

_LOGGER = logging.getLogger(__name__)

START_TIMEOUT = 60
"""Seconds: checking and loading the networks takes one on a PC and about ten on a small ARM board with a slow card."""
HUNG_AFTER = 20
"""Seconds without any answer; the slowest supported board needs about two for a picture."""
FIRST_RESTART_PAUSE = 1.0
LONGEST_RESTART_PAUSE = 60.0
"""Seconds before a restart; the pause doubles while the engine keeps dying."""
HEALTHY_AFTER = 120.0
"""Seconds of life after which the next death counts as the first one."""
WORDS_KEPT = 20
"""Lines of output that are kept to explain a death."""

LEVELS = logging.getLevelNamesMapping()


class ChildState(StrEnum):
    """Whether the child process runs."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"


class LocalEngine(ObservedEngine):
    """One child process with a socket in its own private folder."""

    is_local = True
    trusted = True

    def __init__(self, hass: HomeAssistant, installation: Installation, threads: int = 1) -> None:
        super().__init__("Kith's engine")
        self._hass = hass
        self._installation = installation
        self._threads = threads
        self._folder: Path | None = None
        self._process: Process | None = None
        self._client: EngineClient | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._watcher: asyncio.Task[None] | None = None
        self._words: deque[str] = deque(maxlen=WORDS_KEPT)
        self._answered = 0.0
        self.state = ChildState.STOPPED
        self.skew: timedelta | None = None
        self.packs_changing = asyncio.Lock()
        """Held while packs are brought, tried, or exchanged."""
        self.trying = asyncio.Lock()
        """Held while a pack is tried: the next trial waits for it."""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        self._folder = await self._hass.async_add_executor_job(private_folder)
        try:
            await self._spawn()
        except BaseException:
            await self.stop()
            raise
        self._watcher = self._hass.async_create_background_task(self._watch(), "kith watches its engine")

    async def change_pack(self, pack: Path) -> None:
        """Switch to another pack. If the engine cannot start with it, keep the old one and raise the error."""
        await self._stop_watching()
        if self.state is ChildState.STOPPED:
            raise EngineUnavailableError("it was stopped.")
        done: asyncio.Future[None] = self._hass.loop.create_future()
        # stopping the engine meanwhile stops this too, so no process is left
        self._watcher = self._hass.async_create_background_task(
            self._change_pack(pack, done), "kith gives its engine another pack"
        )
        await done

    async def stop(self) -> None:
        self.state = ChildState.STOPPED  # first, so that nothing new is begun
        await self._stop_watching()
        await self._end()
        self._availability.ended()
        if self._folder is not None:
            await self._hass.async_add_executor_job(shutil.rmtree, self._folder, True)
            self._folder = None

    async def analyze(self, picture: bytes, *, camera: str, look: Look, scope: Scope = WHOLE) -> Analysis:
        analysis = await self._ask(lambda client: client.analyze(picture, camera=camera, look=look, scope=scope))
        self.frames += 1
        return analysis

    async def crop(self, picture: bytes, box: Box) -> bytes:
        return await self._ask(lambda client: client.crop(picture, box))

    @property
    def streams(self) -> StreamEngine | None:
        return self if self._facts is not None and self._facts.streams else None

    async def open_stream(self, camera: str, address: StreamAddress) -> None:
        await self._ask(lambda client: client.open_stream(camera, address))

    async def close_stream(self, camera: str) -> None:
        await self._ask(lambda client: client.close_stream(camera))

    async def stream_health(self, camera: str) -> StreamHealth:
        return await self._ask(lambda client: client.stream_health(camera))

    async def look(self, camera: str, request: LookRequest) -> Glimpse:
        glimpse = await self._ask(lambda client: client.look(camera, request))
        self.frames += glimpse.glances
        return glimpse

    @property
    def clips(self) -> ClipEngine | None:
        return self if self._facts is not None and self._facts.streams else None

    async def open_clip(self, clip: str, recording: IO[bytes], orientation: int = 1) -> ClipFacts:
        return await self._ask(lambda client: client.open_clip(clip, recording, orientation))

    async def look_on(self, clip: str, scope: Scope = WHOLE) -> ClipPicture | None:
        seen = await self._ask(lambda client: client.look_on(clip, scope))
        self.frames += seen is not None
        return seen

    async def close_clip(self, clip: str) -> None:
        await self._ask(lambda client: client.close_clip(clip))

    async def _ask[T](self, question: Callable[[EngineClient], Awaitable[T]]) -> T:
        client, process = self._client, self._process
        if client is None or process is None or self.state is not ChildState.RUNNING:
            raise EngineUnavailableError("it is being restarted.")
        asked = time.monotonic()
        try:
            async with asyncio.timeout(HUNG_AFTER):
                answer = await question(client)
        except TimeoutError:
            if self._answered > asked:
                raise EngineBusyError("other cameras' pictures took all of its time.") from None
            await kill(process)  # the watcher starts it again
            raise EngineUnavailableError(f"it did not respond for {HUNG_AFTER} s and is being restarted.") from None
        self._answered = time.monotonic()
        return answer

    async def _stop_watching(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
            self._watcher = None

    async def _change_pack(self, pack: Path, done: asyncio.Future[None]) -> None:
        before = self._installation
        self.state = ChildState.STARTING
        self._availability.ended()
        try:
            await self._end()
            self._installation = replace(before, pack=pack)
            await self._spawn()
        except KithError as error:
            self._installation = before
            _settle(done, error)
        except BaseException:
            _settle(done, EngineUnavailableError("it was stopped."))
            raise
        _settle(done, None)
        await self._watch()

    async def _spawn(self) -> None:
        """Start the child and connect to it. Raises the error that ended it."""
        assert self._folder is not None
        self.state = ChildState.STARTING
        socket = str(self._folder / "engine")
        process = self._process = await launch(
            self._installation.runtime,
            *("serve", "--unix", socket, "--pack", str(self._installation.pack)),
            *("--threads", str(self._threads), "--follow-stdin"),
        )
        self._words.clear()
        ready = asyncio.Event()
        self._readers = [
            asyncio.create_task(self._read_log(process)),
            asyncio.create_task(_read_ready(process, ready)),
        ]
        try:
            async with asyncio.timeout(START_TIMEOUT):
                self._facts = await self._meet(socket, ready)
        except BaseException as error:
            await self._end()
            if isinstance(error, TimeoutError):
                raise EngineUnavailableError(f"it was not ready after {START_TIMEOUT} s.") from error
            raise
        self.state = ChildState.RUNNING
        self._availability.came()

    async def _meet(self, socket: str, ready: asyncio.Event) -> EngineFacts:
        """Wait until the child listens, or until its log and it have ended."""
        listens = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait([listens, self._readers[0]], return_when=asyncio.FIRST_COMPLETED)
        finally:
            listens.cancel()
        if not ready.is_set():
            raise failure(list(self._words))
        self._client = EngineClient.over_unix(socket)
        return await self._client.hello()

    async def _watch(self) -> None:
        """Restart the child whenever it dies, with longer pauses while it keeps dying."""
        pause = FIRST_RESTART_PAUSE
        while True:
            born = time.monotonic()
            if self._process is not None:
                code = await self._process.wait()
                self.state = ChildState.WAITING
                self._availability.went(EngineUnavailableError(f"it ended with code {code} and will be restarted."))
                await self._end()
            if time.monotonic() - born > HEALTHY_AFTER:
                pause = FIRST_RESTART_PAUSE
            while self.state is not ChildState.RUNNING:
                await asyncio.sleep(pause)
                pause = min(LONGEST_RESTART_PAUSE, pause * 2)
                try:
                    await self._spawn()
                except KithError as error:
                    self.state = ChildState.WAITING
                    self._availability.went(error)

    async def _end(self) -> None:
        """End the process, the client and the readers. If this is canceled, it can be called again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        if self._process is not None:
            await end(self._process)
            self._process = None
        readers, self._readers = self._readers, []
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    async def _read_log(self, process: Process) -> None:
        """Copy the child's lines ("LEVEL message") to Home Assistant's log, and keep the newest.

        The error that ends the child is not logged here: it is raised, and logged once instead of at every try.
        """
        number = logging.INFO
        async for line in lines(process.stderr):
            self._words.append(line)
            level, _, message = line.partition(" ")
            if level in LEVELS:
                number = LEVELS[level]
            else:
                message = line  # continues the line before, as in a traceback
            if says_why(line) is None:
                _LOGGER.log(number, "engine: %s", message)


def _settle(done: asyncio.Future[None], error: KithError | None) -> None:
    """Set the result, unless nobody waits for it anymore."""
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


async def _read_ready(process: Process, ready: asyncio.Event) -> None:
    """Set `ready` at the first line on standard output: the child listens."""
    async for _line in lines(process.stdout):
        ready.set()
