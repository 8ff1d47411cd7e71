"""Engines as processes of their own, each on one core."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import sys

import psutil
from yarl import URL

from custom_components.kith.engines.process import _FOLDER

_LAUNCH = """
import os, runpy, sys
os.sched_setaffinity(0, {int(sys.argv.pop(1))})
sys.path.append(sys.argv.pop(1))
runpy.run_module("kith_engine", run_name="__main__")
"""


@asynccontextmanager
async def pinned(pack: Path, core: int) -> AsyncIterator[tuple[URL, psutil.Process]]:
    """An engine as a process of its own, on this core only."""
    command = (sys.executable, "-c", _LAUNCH, str(core), str(_FOLDER), "serve", "--listen", "127.0.0.1:0")
    process = await asyncio.create_subprocess_exec(*command, "--pack", str(pack), stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().removeprefix("ready at ").strip()
        yield URL(url), psutil.Process(process.pid)
    finally:
        process.terminate()
        await process.wait()


def core_of(number: int) -> int:
    cores = sorted(os.sched_getaffinity(0))
    return cores[number % len(cores)]


def processor(process: psutil.Process) -> float:
    """Seconds of processor time."""
    times = process.cpu_times()
    return float(times.user + times.system)
