"""What a second engine adds: each engine fills one core, together with the cameras that ask it.

Two engines, each with cameras of its own, are asked one after the other and together, several times. As the cores of a
machine may slow each other down, the same is measured without any server: two processes that only look at pictures.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
import json
import os
from pathlib import Path
from statistics import mean, median
import sys
from tempfile import TemporaryDirectory
from typing import Any

from .effort import Effort
from .pinned import core_of, pinned

ROUNDS = 5
SECONDS = {"engines": 5.0, "without servers": 2.0}
RATES = (1.0, 5.0)
"""Pictures a camera takes in a second, by turns."""
LOAD = 1.5
"""Times what an engine can look at: it always has something to do."""


class Crowd:
    """One engine's cameras, in a process on its core.."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def measure(self, task: dict[str, Any]) -> float:
        """Looks a second."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(task).encode() + b"\n")
        return float(await self.answer())

    async def answer(self) -> bytes:
        assert self._process.stdout is not None
        return await self._process.stdout.readline()


@asynccontextmanager
async def crowd(core: int, port: int, pack: Path, pictures: Sequence[Path]) -> AsyncIterator[Crowd]:
    """Ready to ask."""
    command = (sys.executable, "-m", "tests.benchmarks.crowd", str(core), str(port), str(pack), *map(str, pictures))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        found = Crowd(process)
        assert await found.answer() == b"ready\n"
        yield found
    finally:
        process.terminate()
        await process.wait()


async def measure(pack: Path, pictures: Sequence[bytes], look_ms: float, effort: Effort) -> dict[str, Any]:
    """Looks a second of both, in times what each alone reaches on average; medians of all rounds."""
    if len(os.sched_getaffinity(0)) < 2:
        return {"skipped": "there is only one core"}
    async with AsyncExitStack() as stack:
        paths = _written(Path(stack.enter_context(TemporaryDirectory())), pictures)
        crowds = []
        for core in (core_of(0), core_of(1)):
            url, _ = await stack.enter_async_context(pinned(pack, core))
            crowds.append(await stack.enter_async_context(crowd(core, url.port or 0, pack, paths)))
        rounds: dict[str, list[dict[str, float]]] = {what: [] for what in SECONDS}
        for number in range(effort.rounds(ROUNDS)):
            rate = RATES[number % len(RATES)]
            for what, seconds in SECONDS.items():
                task: dict[str, Any] = {"seconds": seconds if effort is Effort.FULL else 0.3}
                if what == "engines":
                    task |= {"rate": rate, "cameras": round(LOAD * 1000 / look_ms / rate) or 1}
                rounds[what].append(await _round(crowds, task))
    return {
        what: {"rounds": found, "times_one": median(one["times_one"] for one in found)}
        for what, found in rounds.items()
    }


async def _round(crowds: Sequence[Crowd], task: dict[str, Any]) -> dict[str, float]:
    alone = [await one.measure(task) for one in crowds]
    together = sum(await asyncio.gather(*(one.measure(task) for one in crowds)))
    return {
        "one": round(mean(alone), 1),
        "two": round(together, 1),
        "times_one": round(together / max(mean(alone), 0.1), 2),
    }


def _written(folder: Path, pictures: Sequence[bytes]) -> list[Path]:
    paths = [folder / f"{number}.jpg" for number in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        path.write_bytes(picture)
    return paths
