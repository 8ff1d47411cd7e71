"""Whose picture is next: one thread computes, the newest frame of a camera wins, and every camera gets its turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from .errors import EngineBusyError, EngineUnavailableError, SupersededError

type _Key = str | int
"""A camera, or a portrait's number."""

MOST_CAMERAS = 64
"""That have a frame waiting; beyond that, waiting would last longer than what is waited for."""
MOST_PORTRAITS = 8
"""That wait: each keeps up to 16 MiB, and delays every camera."""


class Scheduler:
    """Runs jobs one at a time in a thread of its own. All methods belong to the event loop."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[_Key, tuple[Callable[[], Any], asyncio.Future[Any]]] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "kith-engine")
        self._runner: asyncio.Task[None] | None = None
        self._portraits = count()
        self._closed = False

    async def take[T](self, job: Callable[[], T], camera: str | None) -> T:
        """Run `job` when it is this camera's turn; None stands for a request that nobody may supersede.

        Raises SupersededError when a newer frame of the camera comes first, EngineBusyError when too many wait,
        EngineUnavailableError
        when the engine ends, and what the job raises. When the caller goes away before its turn, the job never runs.
        """
        if self._closed:
            raise EngineUnavailableError("the engine is ending")
        key: _Key = camera if camera is not None else next(self._portraits)
        if (older := self._waiting.get(key)) is not None:
            _settle(older[1], SupersededError("a newer picture of this camera came first"))
        else:
            self._refuse_too_many(key)
        # a key that is there keeps its place in the queue: a camera that hurries does not fall behind
        place: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting[key] = mine = (job, place)
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        try:
            return await place
        finally:
            if self._waiting.get(key) is mine:  # the caller went away: others may have its place
                del self._waiting[key]

    async def close(self) -> None:
        """The job that runs is waited for; the others are told that nobody will run them."""
        self._closed = True
        for _, place in self._waiting.values():
            _settle(place, EngineUnavailableError("the engine is ending"))
        self._waiting.clear()
        if self._runner is not None:
            await self._runner
        self._thread.shutdown()

    def _refuse_too_many(self, key: _Key) -> None:
        most = MOST_CAMERAS if isinstance(key, str) else MOST_PORTRAITS
        if sum(type(waiting) is type(key) for waiting in self._waiting) >= most:
            raise EngineBusyError(f"{most} requests are waiting already")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            _, (job, place) = self._waiting.popitem(last=False)
            if place.done():  # its caller went away a moment ago
                continue
            try:
                result = await loop.run_in_executor(self._thread, job)
            except Exception as error:  # belongs to the one who asked, whatever it is
                _settle(place, error)
            else:
                if not place.done():
                    place.set_result(result)
        self._runner = None


def _settle(place: asyncio.Future[Any], error: Exception) -> None:
    if not place.done():
        place.set_exception(error)
