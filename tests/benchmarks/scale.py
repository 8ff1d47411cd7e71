"""Many cameras on one engine and on two, one core each; the cost of an inference server; faces in batches."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
import os
from pathlib import Path
import re
from statistics import median
import sys
import time
from typing import Any

import aiohttp
import numpy as np
import psutil
from yarl import URL

from custom_components.kith.engines.process import _FOLDER
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.client import EngineClient
from custom_components.kith.kith_engine.conversion import to_onnx
from custom_components.kith.kith_engine.conversion.batch import with_any_batch
from custom_components.kith.kith_engine.network import Network, Role
from custom_components.kith.kith_engine.packs import Pack, place_of
from custom_components.kith.kith_engine.pipeline import Pipeline
from custom_components.kith.kith_engine.runtimes import SERVER
from custom_components.kith.kith_engine.runtimes.published import read_published
from custom_components.kith.kith_engine.wire import ANALYZE, PROTOCOL, PROTOCOL_HEADER

from . import frames
from .effort import Effort
from .engine import milliseconds

RATES = (1.0, 5.0)
"""Pictures a camera takes in a second: Kith's usual pace, and while somebody is there."""
LOADS = ((0.7, 1), (2.6, 1), (2.6, 2))
"""How many pictures there are, in times what one engine can look at, and engines: once with time to spare, then with
always something to do for both.
"""
SECONDS = 12.0
_LAUNCH = """
import os, runpy, sys
os.sched_setaffinity(0, {int(sys.argv.pop(1))})
sys.path.append(sys.argv.pop(1))
runpy.run_module("kith_engine", run_name="__main__")
"""
MEGABYTE = 1024 * 1024


@dataclass
class Camera:
    """Asks over a connection of its own, with as little effort as possible: it runs on the engines' cores.

    ages: seconds from when a picture was taken until its answer. gaps: between two answers.
    """

    name: str
    port: int
    ages: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)

    async def watch(self, pictures: Sequence[bytes], rate: float, until: float) -> None:
        """Take a picture at each tick, unless the last one has no answer yet, as Kith does."""
        questions = [self._question(picture) for picture in pictures]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        start = tick = answered = time.perf_counter()
        number = 0
        while tick < until:
            await asyncio.sleep(max(0.0, tick - time.perf_counter()))
            taken = time.perf_counter()
            writer.write(questions[number % len(questions)])
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.findall(rb"Content-Length: (\d+)", head)[0]))
            assert head.startswith(b"HTTP/1.1 200"), head
            now = time.perf_counter()
            self.ages.append(now - taken)
            self.gaps.append(now - answered)
            answered = now
            number += 1
            tick = start + max(number, int((now - start) * rate)) / rate
        writer.close()

    def _question(self, picture: bytes) -> bytes:
        lines = (
            f"POST {ANALYZE}/{self.name}?look={Look.PEOPLE} HTTP/1.1",
            "Host: localhost",
            f"{PROTOCOL_HEADER}: {PROTOCOL}",
            f"Content-Length: {len(picture)}",
        )
        return "\r\n".join((*lines, "", "")).encode() + picture


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


def measure(pack: Pack, effort: Effort) -> dict[str, Any]:
    """The figures of each section."""
    pictures = frames.with_face(effort.rounds(4))
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    found["picture_kb"] = len(pictures[0]) // 1024
    found["looks"] = asyncio.run(_looks(pack, pictures, effort))
    found["cameras"] = asyncio.run(_cameras(pack.folder, pictures, found["looks"]["person_ms"], effort))
    found["batches"] = _batches(pack, effort)
    found["oip"] = _oip(pack, pictures, effort)
    found["load_after"] = os.getloadavg()[0]
    return found


async def _looks(pack: Pack, pictures: Sequence[bytes], effort: Effort) -> dict[str, float]:
    """What one look costs an engine: its processor's milliseconds, and memory."""
    rounds, cameras = effort.rounds(40), effort.rounds(64)
    async with pinned(pack.folder, _core(0)) as (url, process), aiohttp.ClientSession() as session:
        engine = EngineClient(session, str(url))
        memory = process.memory_info().rss
        for number in range(cameras):
            await engine.analyze(pictures[0], camera=f"first {number}", look=Look.PEOPLE)
        grown = process.memory_info().rss - memory
        still, found = frames.still(4), {}
        for name, film, look in (("still", still, Look.MOTION), ("person", pictures, Look.PEOPLE)):
            await engine.analyze(film[0], camera=name, look=Look.MOTION)
            before = _processor(process)
            for number in range(rounds):
                await engine.analyze(film[number % len(film)], camera=name, look=look)
            found[f"{name}_ms"] = round((_processor(process) - before) * 1000 / rounds, 2)
        return {**found, "start_mb": round(memory / MEGABYTE), f"{cameras}_cameras_mb": round(grown / MEGABYTE)}


async def _cameras(pack: Path, pictures: Sequence[bytes], look_ms: float, effort: Effort) -> list[dict[str, Any]]:
    """At each rate, cameras for one engine, and too many for two, on one and on two."""
    rates, seconds = (RATES, SECONDS) if effort is Effort.FULL else (RATES[1:], 0.3)
    rows = []
    for rate in rates:
        for load, engines in LOADS:
            count = max(2, round(load * 1000 / look_ms / rate)) if effort is Effort.FULL else 2
            rows.append(await _crowd(pack, pictures, rate, count, engines, seconds))
        one, two = rows[-2:]
        for what in ("looks_a_second", "looks_a_processor_second"):
            two[f"{what}_times_one"] = round(two[what] / max(one[what], 0.1), 2)
    return rows


async def _crowd(
    pack: Path, pictures: Sequence[bytes], rate: float, count: int, engines: int, seconds: float
) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        pairs = [await stack.enter_async_context(pinned(pack, _core(number))) for number in range(engines)]
        cameras = [Camera(f"camera{number}", pairs[number % engines][0].port or 0) for number in range(count)]
        asking = time.process_time()
        before, began = [_processor(process) for _, process in pairs], time.perf_counter()
        await asyncio.gather(*(camera.watch(pictures, rate, began + seconds) for camera in cameras))
        took, asking = time.perf_counter() - began, time.process_time() - asking
        busy = [_processor(process) - earlier for (_, process), earlier in zip(pairs, before, strict=True)]
    looks = sum(len(camera.ages) for camera in cameras)
    gaps = [float(np.mean(camera.gaps)) if camera.gaps else took for camera in cameras]
    ages = [age for camera in cameras for age in camera.ages]
    return {
        "rate": rate,
        "cameras": count,
        "engines": engines,
        "looks_a_second": round(looks / took, 1),
        "looks_a_processor_second": round(looks / max(sum(busy), 0.01), 1),
        "processors_used": round(sum(busy) / took, 2),
        "processors_asking": round(asking / took, 2),
        "age_s": {f"p{share}": round(float(np.percentile(ages or [took], share)), 2) for share in (50, 95)},
        "wait_longest_to_median": round(max(gaps) / median(gaps), 2),
    }


def _batches(pack: Pack, effort: Effort) -> dict[str, dict[int, float]]:
    """Milliseconds for each face when so many are computed at once, in one thread."""
    networks = [pack.manifest.network(Role.EMBEDDING), *([pack.manifest.landmarks] if pack.manifest.landmarks else [])]
    return {network.role: _in_batches(place_of(pack.folder, network), network, effort) for network in networks}


def _in_batches(path: Path, network: Network, effort: Effort) -> dict[int, float]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(with_any_batch(to_onnx(read_published(path))), options)
    name, side = session.get_inputs()[0].name, network.input.side
    faces = np.random.default_rng(1).normal(0, 1, (16, 3, side, side)).astype(np.float32)
    found = {}
    for size in (1, 2, 4, 8, 16):
        session.run(None, {name: faces[:size]})
        took = [milliseconds(lambda: session.run(None, {name: faces[:size]})) / size for _ in range(effort.rounds(30))]  # noqa: B023
        found[size] = round(median(took), 2)
    return found


def _oip(pack: Pack, pictures: Sequence[bytes], effort: Effort) -> dict[str, Any]:
    """One whole look with the networks here, and with the same networks on a server on this machine, in turn."""
    if (url := os.environ.get("KITH_BENCHMARK_OIP")) is None:
        return {"skipped": "set KITH_BENCHMARK_OIP to an inference server that has this pack (`export --oip`)"}
    here = Pipeline(pack)
    with _environment(SERVER, url):
        there = Pipeline(pack)
    took: dict[str, list[float]] = {"here": [], "there": []}
    for number in range(effort.rounds(30)):
        for name, pipeline in (("here", here), ("there", there)):
            picture = pictures[number % len(pictures)]
            took[name].append(milliseconds(lambda: pipeline.analyze(picture, "hall", Look.PEOPLE)))  # noqa: B023
    medians = {f"{name}_ms": round(median(values), 1) for name, values in took.items()}
    return {**medians, "ratio": round(median(took["there"]) / median(took["here"]), 2)}


@contextmanager
def _environment(name: str, value: str) -> Any:
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def _core(number: int) -> int:
    cores = sorted(os.sched_getaffinity(0))
    return cores[number % len(cores)]


def _processor(process: psutil.Process) -> float:
    """Seconds of processor time."""
    times = process.cpu_times()
    return float(times.user + times.system)
