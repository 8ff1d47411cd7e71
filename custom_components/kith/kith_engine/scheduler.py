"""Decides whose picture is next: one thread computes, the newest frame of a camera wins, every camera gets its turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from .errors import EngineBusyError, EngineUnavailableError, SupersededError

type _Key = str | int
"""A camera, or a portrait's number."""

MOST_WAITING_CAMERAS = 64
"""Cameras with a waiting frame; with more, the wait would outlast the frame's use."""
MOST_WAITING_PORTRAITS = 8
"""Waiting portraits: each delays every camera. Their bytes are limited where they are received (request.Admission)."""
JOB_DEADLINE = 15.0
"""Seconds for one picture; the slowest supported board needs about two. Home Assistant gives up after 20."""


def _wait_on() -> None:
    """However long it takes."""


class Scheduler:
    """Runs jobs one at a time in its own thread. Call all methods in the event loop."""

    def __init__(self, overdue: Callable[[], None] = _wait_on) -> None:
        """overdue: called if a job takes longer than JOB_DEADLINE, which nothing in this process can end."""
        self._overdue = overdue
        self._waiting: OrderedDict[_Key, tuple[Callable[[], Any], asyncio.Future[Any]]] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "kith-engine")
        self._runner: asyncio.Task[None] | None = None
        self._portraits = count()
        self._closed = False

    async def take[T](self, job: Callable[[], T], camera: str | None) -> T:
        """Run `job` when it is this camera's turn; without a camera, nothing supersedes it.

        Raises SupersededError if a newer frame of the camera comes first, EngineBusyError if too many wait,
        EngineUnavailableError if the engine ends, and what the job raises. If the caller is canceled before its turn,
        the job never runs.
        """
        if self._closed:
            raise EngineUnavailableError("the engine is ending")
        key: _Key = camera if camera is not None else next(self._portraits)
        if (older := self._waiting.get(key)) is not None:
            _settle(older[1], SupersededError("a newer picture of this camera came first"))
        else:
            self._refuse_too_many(key)
        # a waiting key keeps its place in the queue, so that a fast camera does not fall behind
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting[key] = entry = (job, future)
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        try:
            return await future
        finally:
            if self._waiting.get(key) is entry:  # the caller was canceled: others may have its place
                del self._waiting[key]

    async def close(self) -> None:
        """Wait for the running job; the others raise EngineUnavailableError."""
        self._closed = True
        for _, future in self._waiting.values():
            _settle(future, EngineUnavailableError("the engine is ending"))
        self._waiting.clear()
        if self._runner is not None:
            await self._runner
        self._thread.shutdown()

    def _refuse_too_many(self, key: _Key) -> None:
        most = MOST_WAITING_CAMERAS if isinstance(key, str) else MOST_WAITING_PORTRAITS
        if sum(type(waiting) is type(key) for waiting in self._waiting) >= most:
            raise EngineBusyError(f"{most} requests are waiting already")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            _, (job, future) = self._waiting.popitem(last=False)
            if future.done():  # its caller was canceled a moment ago
                continue
            deadline = loop.call_later(JOB_DEADLINE, self._overdue)
            try:
                result = await loop.run_in_executor(self._thread, job)
            except Exception as error:  # the caller gets it, whatever it is
                _settle(future, error)
            else:
                if not future.done():
                    future.set_result(result)
            finally:
                deadline.cancel()
        self._runner = None


def _settle(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
