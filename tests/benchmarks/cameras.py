"""Visits seen in a camera's stream, from a real RTSP server to the event. Run by pytest for its `hass`."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from statistics import median
import sys
import time
from typing import Any

from homeassistant.components.camera import CameraEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import psutil
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, setup_test_component_platform

from custom_components.kith.const import DOMAIN, EVENT_RECOGNIZED
from demo.figure import portrait
from demo.video import Codec
from tests.integration.conftest import Shown, camera_subentry, person_subentry
from tests.pictures import encoded

from .effort import EFFORT, Effort, write
from .filmed import RATE, Film, number_in

WHOLE = EFFORT is Effort.FULL

SIZE = (1920, 1080) if WHOLE else (640, 360)
SETTLES = 11.0 if WHOLE else 4.0
"""Seconds of every film before anything happens: one keyframe comes at least."""
STAYS, AWAY = 4.0, 6.7
"""Seconds of a visit, and between two. Visits begin at all distances from a keyframe."""
VISITS = EFFORT.rounds(3)
KEYFRAMES = (2, 4, 10) if WHOLE else (2,)
CODECS = list(Codec) if WHOLE else [Codec.H264]
IDLE = 20.0 if WHOLE else 2.0
"""Seconds over which processor time is measured while nobody is there."""
LATE = 2.0
"""Seconds by which a motion sensor is late."""
MOTION = "binary_sensor.motion"


class Streaming(Shown):
    """A camera whose stream the test chooses; its still is a portrait, for enrolling.

    through_home_assistant: stills are keyframes of the stream that Home Assistant itself decodes.
    """

    url: str | None = None
    through_home_assistant = False
    _attr_supported_features = CameraEntityFeature.STREAM

    @property
    def use_stream_for_stills(self) -> bool:
        return self.through_home_assistant

    async def stream_source(self) -> str | None:
        return self.url


@asynccontextmanager
async def filming(film: Film) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """The address of a camera that is ready to play the film."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.filmed", film.as_argument()), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())["url"], process
    finally:
        process.stdin.close()
        await process.wait()


async def play(process: asyncio.subprocess.Process) -> float:
    """Begin the film; returns when that was, in seconds since the epoch."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n")
    return float(json.loads(await process.stdout.readline())["began"])


@pytest.fixture
async def hall(hass: HomeAssistant) -> Streaming:
    camera = Streaming("Hall")
    camera.picture = encoded(portrait())
    setup_test_component_platform(hass, "camera", [camera])
    for component in ("homeassistant", "file_upload", "stream"):
        assert await async_setup_component(hass, component, {})
    assert await async_setup_component(hass, "camera", {"camera": {"platform": "test"}})
    await hass.async_block_till_done()
    hass.states.async_set(MOTION, "off")
    return camera


@asynccontextmanager
async def watching(hass: HomeAssistant, **settings: Any) -> AsyncIterator[MockConfigEntry]:
    """Kith, which knows Eileen, watching the hall."""
    watched = camera_subentry(**{"interval": 1.0, **settings})
    entry = MockConfigEntry(
        domain=DOMAIN, title="Kith", data={"engine": "local"}, subentries_data=[watched, person_subentry("Eileen")]
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    fields = {"person": "binary_sensor.eileen_presence", "camera": "camera.hall"}
    answer = await hass.services.async_call(DOMAIN, "enroll", fields, blocking=True, return_response=True)
    assert answer["accepted"] or answer.get("reason") == "same_photo", answer
    yield entry
    await hass.config_entries.async_remove(entry.entry_id)


def engine_of(entry: MockConfigEntry) -> psutil.Process:
    return psutil.Process(entry.runtime_data.engine.pid)


def coordinator_of(entry: MockConfigEntry) -> Any:
    [found] = entry.runtime_data.cameras.values()
    return found


def visits() -> list[tuple[float, float]]:
    begins = [SETTLES + number * (STAYS + AWAY) for number in range(VISITS)]
    return [(begin, begin + STAYS) for begin in begins]


async def until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.time()))


async def seen(hass: HomeAssistant, entry: MockConfigEntry, film: Film, began: float, late: float | None) -> Any:
    """What was named of each visit, and how soon. late: seconds after which the sensor says so, if one does."""
    told: list[float] = []
    stop = hass.bus.async_listen(EVENT_RECOGNIZED, lambda _event: told.append(time.time()))
    coordinator, took, drifts, ages, looks = coordinator_of(entry), [], [], [], []
    for begin, end in film.visits:
        told.clear()
        entry.runtime_data.household.drop_camera(coordinator.camera_id)
        entry.runtime_data.household.presence.visits.clear()  # a new visit, without waiting for it
        visible = began + begin
        if late is not None:
            await until(visible + late)
            hass.states.async_set(MOTION, "on")
        frames, asked = entry.runtime_data.engine.frames, time.time()
        while not told and time.time() < began + end + 2.0:
            await asyncio.sleep(0.005)
        if told:
            took.append(told[0] - visible - (late or 0.0))
            number = number_in(coordinator.picture)
            drifts.append(coordinator.captured.timestamp() - began - number / RATE)
            figures = coordinator.sources.measured.figures
            ages.append(figures.age if figures and figures.age is not None else None)
        looks.append((entry.runtime_data.engine.frames - frames) / max(time.time() - asked, 0.1))
        hass.states.async_set(MOTION, "off")
        await until(began + end + 3.5)
    stop()
    return {
        "named": f"{len(took)} of {len(film.visits)}",
        "seconds": [round(one, 2) for one in took],
        "median": round(median(took), 2) if took else None,
        "captured_off_by": [round(one, 3) for one in drifts],
        "age": [round(one, 3) for one in ages if one is not None],
        "source": str(coordinator.sources.kind),
    }


@pytest.mark.parametrize("every", KEYFRAMES)
@pytest.mark.parametrize("codec", CODECS)
async def test_visits(hass: HomeAssistant, hall: Streaming, codec: Codec, every: int) -> None:
    """From coming into view to the event on the bus."""
    film = Film(visits(), SETTLES + VISITS * (STAYS + AWAY), every, codec, SIZE)
    async with filming(film) as (url, process):
        hall.url = url
        async with watching(hass) as entry:
            began = await play(process)
            write(f"visits, {codec}, keyframe every {every} s", await seen(hass, entry, film, began, None))


async def test_late_sensor(hass: HomeAssistant, hall: Streaming) -> None:
    """A camera that sleeps until a sensor wakes it, which is late: from the sensor to the event."""
    film = Film(visits(), SETTLES + VISITS * (STAYS + AWAY), KEYFRAMES[-1], Codec.H264, SIZE)
    async with filming(film) as (url, process):
        hall.url = url
        async with watching(hass, wake=[MOTION]) as entry:
            began = await play(process)
            found = await seen(hass, entry, film, began, LATE)
            write(f"sensor {LATE:.0f} s late, keyframe every {KEYFRAMES[-1]} s, after the sensor", found)


async def test_undecided(hass: HomeAssistant, hall: Streaming) -> None:
    """Somebody without a face, about whom nothing can be decided."""
    film = Film([(SETTLES, SETTLES + 8)], SETTLES + 9, 4, Codec.H264, SIZE, faceless=True)
    async with filming(film) as (url, process):
        hall.url = url
        async with watching(hass) as entry:
            began = await play(process)
            await until(began + SETTLES + 1.5)
            frames = entry.runtime_data.engine.frames
            await asyncio.sleep(5)
            looked = (entry.runtime_data.engine.frames - frames) / 5
            detected = hass.states.get("binary_sensor.hall_person_detected").state
            figures = coordinator_of(entry).sources.measured.figures
            age = round(figures.age, 3) if figures and figures.age is not None else None
            write("pictures a second while undecided", {"looked": looked, "detected": detected, "age": age})


IDLE_STATES = {
    "asleep": {"wake": [MOTION]},
    "watching": {},
    "Home Assistant's own stills every 2 s": {"source": "stills", "interval": 2.0},
}


@pytest.mark.parametrize("state", IDLE_STATES)
async def test_idle(hass: HomeAssistant, hall: Streaming, state: str) -> None:
    """The engine's and Home Assistant's processor time while nobody is there, and the engine's memory."""
    film = Film([], SETTLES + IDLE + 8, 2, Codec.H264, SIZE)
    async with filming(film) as (url, process):
        async with watching(hass, source="stills", wake=[MOTION]) as entry:
            await asyncio.sleep(1)
            without = engine_of(entry).memory_info().rss
        hall.url = url
        async with watching(hass, **IDLE_STATES[state]) as entry:
            hall.through_home_assistant = "source" in IDLE_STATES[state]
            began = await play(process)
            await until(began + SETTLES)
            engine, home = engine_of(entry), psutil.Process()
            before = sum(engine.cpu_times()[:2]), sum(home.cpu_times()[:2])
            await asyncio.sleep(IDLE)
            shares = [(sum(one.cpu_times()[:2]) - was) / IDLE for one, was in zip((engine, home), before, strict=True)]
            figures = {
                "engine_share_of_a_core": round(shares[0], 4),
                "home_assistant_share": round(shares[1], 4),
                "memory_mb": round((engine.memory_info().rss - without) / 1e6, 1),
                "source": str(coordinator_of(entry).sources.kind),
            }
            write(f"nobody there, {state}", figures)
