"""Cameras with streams for a benchmark: each film plays in a process of its own, and Kith watches it."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import itertools
import json
import sys
import time
from typing import Any

from homeassistant.components.camera import CameraEntityFeature
from homeassistant.core import HomeAssistant
import psutil
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import DOMAIN
from tests.integration.conftest import Shown, camera_subentry, person_subentry

from .filmed import Film


class Streaming(Shown):
    """A camera whose stream the test chooses; its still is a portrait, for enrolling.

    through_home_assistant: stills are keyframes of the stream that Home Assistant itself decodes. film: its stills, in
    turn.
    """

    url: str | None = None
    through_home_assistant = False
    film: itertools.cycle[bytes] | None = None
    _attr_supported_features = CameraEntityFeature.STREAM

    @property
    def use_stream_for_stills(self) -> bool:
        return self.through_home_assistant

    async def stream_source(self) -> str | None:
        return self.url

    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes | None:
        return await super().async_camera_image(width, height) if self.film is None else next(self.film)


@asynccontextmanager
async def filming(film: Film) -> AsyncIterator[tuple[list[str], Process]]:
    """The addresses of cameras that are ready to play the film."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.filmed", film.as_argument()), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())["urls"], process
    finally:
        process.stdin.close()
        await process.wait()


async def play(process: Process) -> float:
    """Begin the film; returns when that was, in seconds since the epoch."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n")
    return float(json.loads(await process.stdout.readline())["began"])


@asynccontextmanager
async def watching(hass: HomeAssistant, cameras: int = 1, **settings: Any) -> AsyncIterator[MockConfigEntry]:
    """Kith, which knows Eileen, watching so many halls."""
    ids = [f"camera.hall_{number}" for number in range(cameras)]
    watched = [
        {**camera_subentry(**{"interval": 1.0, **settings}, camera=camera), "title": camera, "unique_id": camera}
        for camera in ids
    ]
    entry = MockConfigEntry(
        domain=DOMAIN, title="Kith", data={"engine": "local"}, subentries_data=[*watched, person_subentry("Eileen")]
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    fields = {"person": "binary_sensor.eileen_presence", "camera": ids[0]}
    answer = await hass.services.async_call(DOMAIN, "enroll", fields, blocking=True, return_response=True)
    assert answer["accepted"] or answer.get("reason") == "same_photo", answer
    yield entry
    await hass.config_entries.async_remove(entry.entry_id)


def engine_of(entry: MockConfigEntry) -> psutil.Process:
    return psutil.Process(entry.runtime_data.engine.pid)


def coordinator_of(entry: MockConfigEntry) -> Any:
    [found] = entry.runtime_data.cameras.values()
    return found


async def until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.time()))


@asynccontextmanager
async def spent(*processes: psutil.Process) -> AsyncIterator[list[float]]:
    """The share of a core that each of them takes; there at the end."""
    shares: list[float] = []
    began, before = time.monotonic(), [sum(process.cpu_times()[:2]) for process in processes]
    yield shares
    took = time.monotonic() - began
    shares += [round((sum(one.cpu_times()[:2]) - was) / took, 4) for one, was in zip(processes, before, strict=True)]
