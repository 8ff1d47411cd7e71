"""Many cameras on one engine, and on two; the cost of an inference server; faces in batches."""

import asyncio
from collections.abc import Sequence
from contextlib import contextmanager
import os
from pathlib import Path
from statistics import median
import time
from typing import Any

import aiohttp
import numpy as np

from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.client import EngineClient
from custom_components.kith.kith_engine.conversion import to_onnx
from custom_components.kith.kith_engine.conversion.batch import with_any_batch
from custom_components.kith.kith_engine.network import Network, Role
from custom_components.kith.kith_engine.packs import Pack, place_of
from custom_components.kith.kith_engine.pipeline import Pipeline
from custom_components.kith.kith_engine.runtimes import SERVER
from custom_components.kith.kith_engine.runtimes.published import read_published

from . import frames, growth
from .crowd import Camera
from .effort import Effort
from .engine import milliseconds
from .pinned import core_of, pinned, processor

RATES = (1.0, 5.0)
"""Pictures a camera takes in a second: Kith's usual pace, and while somebody is there."""
LOADS = (0.7, 2.6)
"""How many pictures there are, in times what an engine can look at: once with time to spare, then more than enough."""
SECONDS = 12.0
MEGABYTE = 1024 * 1024


def measure(pack: Pack, effort: Effort) -> dict[str, Any]:
    """The figures of each section."""
    pictures = frames.with_face(effort.rounds(4))
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    found["picture_kb"] = len(pictures[0]) // 1024
    found["looks"] = asyncio.run(_looks(pack, pictures, effort))
    found["cameras"] = asyncio.run(_cameras(pack.folder, pictures, found["looks"]["person_ms"], effort))
    found["second_engine"] = asyncio.run(growth.measure(pack.folder, pictures, found["looks"]["person_ms"], effort))
    found["batches"] = _batches(pack, effort)
    found["oip"] = _oip(pack, pictures, effort)
    found["load_after"] = os.getloadavg()[0]
    return found


async def _looks(pack: Pack, pictures: Sequence[bytes], effort: Effort) -> dict[str, float]:
    """What one look costs an engine: its processor's milliseconds, and memory."""
    rounds, cameras = effort.rounds(40), effort.rounds(64)
    async with pinned(pack.folder, core_of(0)) as (url, process), aiohttp.ClientSession() as session:
        engine = EngineClient(session, str(url))
        memory = process.memory_info().rss
        for number in range(cameras):
            await engine.analyze(pictures[0], camera=f"first {number}", look=Look.PEOPLE)
        grown = process.memory_info().rss - memory
        still, found = frames.still(4), {}
        for name, film, look in (("still", still, Look.MOTION), ("person", pictures, Look.PEOPLE)):
            await engine.analyze(film[0], camera=name, look=Look.MOTION)
            before = processor(process)
            for number in range(rounds):
                await engine.analyze(film[number % len(film)], camera=name, look=look)
            found[f"{name}_ms"] = round((processor(process) - before) * 1000 / rounds, 2)
        return {**found, "start_mb": round(memory / MEGABYTE), f"{cameras}_cameras_mb": round(grown / MEGABYTE)}


async def _cameras(pack: Path, pictures: Sequence[bytes], look_ms: float, effort: Effort) -> list[dict[str, Any]]:
    """At each rate, cameras for which one engine has time, and too many."""
    rates, seconds = (RATES, SECONDS) if effort is Effort.FULL else (RATES[1:], 0.3)
    rows = []
    for rate in rates:
        for load in LOADS:
            count = max(2, round(load * 1000 / look_ms / rate)) if effort is Effort.FULL else 2
            rows.append(await _crowd(pack, pictures, rate, count, seconds))
    return rows


async def _crowd(pack: Path, pictures: Sequence[bytes], rate: float, count: int, seconds: float) -> dict[str, Any]:
    async with pinned(pack, core_of(0)) as (url, process):
        cameras = [Camera(f"camera{number}", url.port or 0) for number in range(count)]
        asking, before, began = time.process_time(), processor(process), time.perf_counter()
        await asyncio.gather(*(camera.watch(pictures, rate, began + seconds) for camera in cameras))
        took, asking, busy = time.perf_counter() - began, time.process_time() - asking, processor(process) - before
    looks = sum(len(camera.ages) for camera in cameras)
    gaps = [float(np.mean(camera.gaps)) if camera.gaps else took for camera in cameras]
    ages = [age for camera in cameras for age in camera.ages]
    return {
        "rate": rate,
        "cameras": count,
        "looks_a_second": round(looks / took, 1),
        "looks_a_processor_second": round(looks / max(busy, 0.01), 1),
        "processors_used": round(busy / took, 2),
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
