"""Whose picture is next: one thread computes, the newest frame of a camera wins, and every camera gets its turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from .errors import EngineBusy, Superseded

MOST_WAITING = 64
"""Requests; beyond that, waiting would last longer than what is waited for."""


class Turns:
    """Runs jobs one at a time in a thread of its own. All methods belong to the event loop."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, tuple[Callable[[], Any], asyncio.Future[Any]]] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "kith-engine")
        self._runner: asyncio.Task[None] | None = None
        self._keys = count()

    async def take[T](self, job: Callable[[], T], camera: str | None) -> T:
        """Run `job` when it is this camera's turn; None stands for a request that nobody may supersede.

        Raises Superseded when a newer frame of the camera comes first, EngineBusy when too many wait, and what the job
        raises. When the caller goes away before its turn, the job never runs.
        """
        key = f"frame {camera}" if camera is not None else f"portrait {next(self._keys)}"
        place: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if (older := self._waiting.get(key)) is not None and not older[1].done():
            older[1].set_exception(Superseded("a newer picture of this camera came first"))
        elif len(self._waiting) >= MOST_WAITING:
            raise EngineBusy(f"{MOST_WAITING} requests are waiting already")
        # a key that is there keeps its place in the queue: a camera that hurries does not fall behind
        self._waiting[key] = job, place
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return await place

    async def close(self) -> None:
        """The job that runs is waited for; the others are told that nobody will run them."""
        waiting, self._waiting = self._waiting, OrderedDict()
        for _, place in waiting.values():
            place.cancel()
        if self._runner is not None:
            await self._runner
        self._thread.shutdown()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            _, (job, place) = self._waiting.popitem(last=False)
            if place.done():  # cancelled: the client went away
                continue
            try:
                result = await loop.run_in_executor(self._thread, job)
            except Exception as error:  # belongs to the one who asked, whatever it is
                if not place.done():
                    place.set_exception(error)
            else:
                if not place.done():
                    place.set_result(result)
        self._runner = None
