"""Runs a real Home Assistant with four cameras, and measures what grows: python -m tests.attack.soak MINUTES

Somebody comes to one camera after the other, known and unknown; faces of strangers are kept. Resident memory, threads,
and open files of Home Assistant and of the engine are read every quarter of a minute from /proc.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
import sys
import tempfile
import time

import psutil

from demo import setting
from demo.cameras import CameraServer, DemoCamera
from demo.client import Home
from demo.drawing import as_jpeg
from demo.figure import portrait
from demo.home import running_home
from demo.walks import nobody
from tests.benchmarks import frames

CAMERAS = ("front_door", "hall", "garden", "garage")
VISIT, PAUSE = 12.0, 36.0
"""Seconds that somebody is in view, and that nobody is: long enough for a visit to end."""
READ_EVERY = 15.0
WARM_UP = 1 / 6
"""Share of the time after which nothing may grow any more."""
MOST_GROWTH = 1.05
"""Of the median of the last third, against that of the first one after the warm-up."""
IN_FLIGHT = 8
"""Threads and open files more or fewer: each camera's picture is a connection or two while it is under way."""


@dataclass(frozen=True, slots=True)
class Reading:
    """seconds: since the start. memory: resident, in MB. files: open descriptors."""

    seconds: float
    memory: float
    threads: int
    files: int


def read(process: psutil.Process, began: float) -> Reading:
    return Reading(
        time.monotonic() - began, process.memory_info().rss / 2**20, process.num_threads(), process.num_fds()
    )


def film(late: float) -> Callable[[float], bytes]:
    """Somebody comes and leaves, again and again. late: seconds before the first visit."""
    empty, shown = frames.still(8), frames.with_face(8)

    def still(seconds: float) -> bytes:
        at = (seconds - late) % (VISIT + PAUSE)
        return (shown if at < VISIT else empty)[int(seconds * 4) % 8]

    return still


async def soak(minutes: float) -> dict[str, list[Reading]]:
    """The readings of both processes."""
    found: dict[str, list[Reading]] = {"Home Assistant": [], "engine": []}
    server = CameraServer([DemoCamera(name, nobody("hall")) for name in CAMERAS])
    for number, name in enumerate(CAMERAS):
        server[name].play(film(number * VISIT))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kith-soak-")))
        await stack.enter_async_context(server.running())
        running = await stack.enter_async_context(running_home(folder / "home"))
        home = await stack.enter_async_context(Home.connected(running.login))
        entry_id = await setting.install_kith(home)
        for name in CAMERAS:
            camera = await setting.add_camera(home, name.replace("_", " ").title(), server.url(name), "House")
            await setting.watch(home, entry_id, camera)
        await setting.enroll(home, entry_id, "Eileen", [setting.Photo("her.jpg", as_jpeg(portrait(), 95))])
        await setting.set_options(home, entry_id, keep_strangers=7)
        core = psutil.Process(running.pid)
        (engine,) = [one for one in core.children(recursive=True) if "kith_engine" in " ".join(one.cmdline())]
        began = time.monotonic()
        while time.monotonic() - began < minutes * 60:
            await asyncio.sleep(READ_EVERY)
            for name, process in (("Home Assistant", core), ("engine", engine)):
                found[name].append(read(process, began))
    return found


def judge(name: str, readings: list[Reading]) -> bool:
    """Prints what came of it; returns whether nothing grew."""
    settled = readings[round(len(readings) * WARM_UP) :]
    third = max(1, len(settled) // 3)
    held = True
    for what in ("memory", "threads", "files"):
        first, last = (
            sorted(getattr(one, what) for one in part)[len(part) // 2] for part in (settled[:third], settled[-third:])
        )
        flat = last <= (first * MOST_GROWTH if what == "memory" else first + IN_FLIGHT)
        held = held and flat
        print(f"{name:15} {what:8} {first:8.1f} → {last:8.1f}  {'flat' if flat else 'GROWS'}")
    return held


def main() -> int:
    """0 if nothing grew."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    found = asyncio.run(soak(minutes))
    held = [judge(name, readings) for name, readings in found.items()]  # each says its own
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
