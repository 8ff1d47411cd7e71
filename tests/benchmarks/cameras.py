"""Visits seen in a camera's stream, from a real RTSP server to the event. Run by pytest for its `hass`."""

import asyncio
from dataclasses import replace
import itertools
from statistics import median
import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from PIL import Image
import psutil
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, setup_test_component_platform

from custom_components.kith.cameras import stream, wake
from custom_components.kith.cameras.stream import PRE_ROLL
from custom_components.kith.const import EVENT_RECOGNIZED
from custom_components.kith.kith_engine.streams.reader import OFTEN_ENOUGH
from demo.figure import portrait
from demo.video import Codec
from tests.pictures import encoded

from .effort import EFFORT, Effort, write
from .filmed import RATE, Film, number_in
from .halls import Streaming, coordinator_of, engine_of, filming, play, spent, until, watching
from .home import probe

WHOLE = EFFORT is Effort.FULL

SIZE = (1920, 1080) if WHOLE else (640, 360)
SMALL = (640, 360)
LARGEST = (3840, 2160) if WHOLE else (1280, 720)
SETTLES = 11.0 if WHOLE else 4.0
"""Seconds of every film before anything happens: one keyframe comes at least."""
STAYS, AWAY, LONG_AWAY = 4.0, 6.7, 14.7
"""Seconds of a visit, and between two. Visits begin at all distances from a keyframe."""
VISITS = EFFORT.rounds(3)
KEYFRAMES = (2, 4, 10) if WHOLE else (2,)
CODECS = list(Codec) if WHOLE else [Codec.H264]
VARIABLE = (False, True) if WHOLE else (True,)
"""Whether the bit rate is variable; where it is constant, a camera spends all of it on noise."""
IDLE = 20.0 if WHOLE else 2.0
"""Seconds over which processor time is measured while nobody is there."""
LATE = 2.0
"""Seconds by which a motion sensor is late."""
MOTION = "binary_sensor.motion"
FURTHER = 3 if WHOLE else 1
"""Streams beside the first one, for what each takes of the memory."""
EMPTY_STREAMS, BUSY_STREAMS = (6, 2) if WHOLE else (1, 1)


@pytest.fixture
async def halls(hass: HomeAssistant) -> list[Streaming]:
    """camera.hall_0 and so on, as many as any test needs."""
    cameras = [Streaming(f"Hall {number}") for number in range(EMPTY_STREAMS + BUSY_STREAMS)]
    for camera in cameras:
        camera.picture = encoded(portrait())
    setup_test_component_platform(hass, "camera", cameras)
    for component in ("homeassistant", "file_upload", "stream"):
        assert await async_setup_component(hass, component, {})
    assert await async_setup_component(hass, "camera", {"camera": {"platform": "test"}})
    await hass.async_block_till_done()
    hass.states.async_set(MOTION, "off")
    return cameras


@pytest.fixture
def hall(halls: list[Streaming]) -> Streaming:
    return halls[0]


def visits(away: float = AWAY) -> list[tuple[float, float]]:
    begins = [SETTLES + number * (STAYS + away) for number in range(VISITS)]
    return [(begin, begin + STAYS) for begin in begins]


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
            if coordinator.sources.live:
                number = number_in(coordinator.last.picture)
                drifts.append(coordinator.last.captured.timestamp() - began - number / RATE)
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
    async with filming(film) as ([hall.url], process), watching(hass) as entry:
        began = await play(process)
        write(f"visits, {codec}, keyframe every {every} s", await seen(hass, entry, film, began, None))


@pytest.mark.parametrize("every", [every for every in KEYFRAMES if every <= OFTEN_ENOUGH])
async def test_visits_while_power_is_saved(hass: HomeAssistant, hall: Streaming, every: int) -> None:
    """The same where somebody is noticed at the next keyframe, long after all was decoded for the visit before."""
    film = Film(visits(LONG_AWAY), SETTLES + VISITS * (STAYS + LONG_AWAY), every, Codec.H264, SIZE)
    async with filming(film) as ([hall.url], process), watching(hass, save_power=True) as entry:
        began = await play(process)
        found = await seen(hass, entry, film, began, None)
    write(f"visits, {Codec.H264}, keyframe every {every} s, saving power", found)


async def test_instant_stills(hass: HomeAssistant, hall: Streaming) -> None:
    """The same from a camera that answers with a new still at once, whenever it is asked."""
    film = Film(visits(), SETTLES + VISITS * (STAYS + AWAY), size=SIZE)
    nobody, somebody = ([encoded(Image.fromarray(one)) for one in poses] for poses in film.poses())
    async with watching(hass, source="stills") as entry:
        hall.film, began = itertools.cycle(nobody), time.time()

        async def show() -> None:
            for begin, end in film.visits:
                await until(began + begin)
                hall.film = itertools.cycle(somebody)
                await until(began + end)
                hall.film = itertools.cycle(nobody)

        showing = asyncio.create_task(show())
        write("visits, instant stills", await seen(hass, entry, film, began, None))
        await showing


@pytest.mark.parametrize("pre_roll", [PRE_ROLL, 0.0])
async def test_late_sensor(
    hass: HomeAssistant, hall: Streaming, monkeypatch: pytest.MonkeyPatch, pre_roll: float
) -> None:
    """A camera that sleeps until a sensor wakes it, which is late: from the sensor to the event.

    Without pre-roll, the newest picture is looked at first: nothing else can be sooner for somebody who is still there.
    """
    monkeypatch.setattr(stream, "PRE_ROLL", pre_roll)
    monkeypatch.setattr(wake, "AWAKE_FOR", 1.0)  # it sleeps again before the next visit
    film = Film(visits(), SETTLES + VISITS * (STAYS + AWAY), KEYFRAMES[-1], Codec.H264, SIZE)
    async with filming(film) as ([hall.url], process), watching(hass, wake=[MOTION]) as entry:
        began = await play(process)
        found = await seen(hass, entry, film, began, LATE)
    write(f"sensor {LATE:.0f} s late, keyframe every {KEYFRAMES[-1]} s, pre-roll of {pre_roll:.0f} s", found)


async def test_undecided(hass: HomeAssistant, hall: Streaming) -> None:
    """Somebody without a face, about whom nothing can be decided."""
    film = Film([(SETTLES, SETTLES + 8)], SETTLES + 9, 4, Codec.H264, SIZE, faceless=True)
    async with filming(film) as ([hall.url], process), watching(hass) as entry:
        began = await play(process)
        await until(began + SETTLES + 1.5)
        frames = entry.runtime_data.engine.frames
        await asyncio.sleep(5)
        looked = (entry.runtime_data.engine.frames - frames) / 5
        detected = hass.states.get("binary_sensor.hall_0_person_detected").state
        figures = coordinator_of(entry).sources.measured.figures
        age = round(figures.age, 3) if figures and figures.age is not None else None
        write("pictures a second while undecided", {"looked": looked, "detected": detected, "age": age})


IDLE_STATES = {
    "asleep": {"wake": [MOTION]},
    "small and large stream": {"close_up": "camera.hall_1"},
    "small and large stream, saving power": {"close_up": "camera.hall_1", "save_power": True},
    "large stream": {},
    "large stream, saving power": {"save_power": True},
    "Home Assistant's own stills every 2 s": {"source": "stills", "interval": 2.0},
}


async def engine_alone(hass: HomeAssistant) -> int:
    """Bytes that the engine needs without any stream."""
    async with watching(hass, source="stills", wake=[MOTION]) as entry:
        await asyncio.sleep(1)
        return int(engine_of(entry).memory_info().rss)


@pytest.mark.parametrize("variable", VARIABLE)
@pytest.mark.parametrize("state", IDLE_STATES)
async def test_idle(hass: HomeAssistant, halls: list[Streaming], state: str, *, variable: bool) -> None:
    """The engine's and Home Assistant's processor time while nobody is there, and the engine's memory."""
    settings = IDLE_STATES[state]
    film = Film([], SETTLES + IDLE + 8, 2, Codec.H264, SIZE, variable=variable)
    hall, closer = halls[:2]
    without = await engine_alone(hass)
    async with filming(film) as ([large], process), filming(replace(film, size=SMALL)) as ([small], beside):
        hall.url, closer.url = (small, large) if "close_up" in settings else (large, None)
        async with watching(hass, **settings) as entry:
            hall.through_home_assistant = "source" in settings
            began = await play(process)
            await play(beside)
            await until(began + SETTLES)
            engine = engine_of(entry)
            async with spent(engine, psutil.Process()) as shares:
                await asyncio.sleep(IDLE)
            figures = {
                "engine_share_of_a_core": shares[0],
                "home_assistant_share": shares[1],
                "memory_mb": round((engine.memory_info().rss - without) / 1e6, 1),
                "source": str(coordinator_of(entry).sources.kind),
            }
            write(f"nobody there, {'variable' if variable else 'constant'} bit rate, {state}", figures)


async def test_memory(hass: HomeAssistant, halls: list[Streaming]) -> None:
    """What the engine needs for the first stream, with the decoder's own code, and for each further one."""
    film = Film([], 2 * SETTLES, 2, Codec.H264, SIZE, variable=True, cameras=FURTHER + 1)
    needed = [await engine_alone(hass)]
    for count in (1, FURTHER + 1):
        async with filming(film) as (urls, process):
            for hall, url in zip(halls, urls, strict=False):
                hall.url = url
            async with watching(hass, count) as entry:
                began = await play(process)
                await until(began + SETTLES + IDLE / 4)
                needed.append(int(engine_of(entry).memory_info().rss))
    alone, one, several = (bytes_ / 1e6 for bytes_ in needed)
    figures = {"alone": round(alone, 1), "first": round(one - alone, 1), "further": round((several - one) / FURTHER, 1)}
    write("memory of streams in MB", figures)


@pytest.mark.parametrize("codec", CODECS)
async def test_largest(hass: HomeAssistant, hall: Streaming, codec: Codec) -> None:
    """A 4K camera alone: its keyframes are looked at until somebody comes, and then all of it."""
    film = Film([(SETTLES + 6, SETTLES + 10)], SETTLES + 12, 2, codec, LARGEST)
    without = await engine_alone(hass)
    async with filming(film) as ([hall.url], process), watching(hass) as entry:
        began = await play(process)
        await until(began + SETTLES)
        async with spent(engine_of(entry)) as shares:
            await asyncio.sleep(5)
        found = await seen(hass, entry, film, began, None)
        memory = round((engine_of(entry).memory_info().rss - without) / 1e6, 1)
        write(f"4K, {codec}", {**found, "idle_share_of_a_core": shares[0], "memory_mb": memory})


async def test_many(hass: HomeAssistant, halls: list[Streaming]) -> None:
    """Small streams, two of which show somebody about whom nothing can be decided: as much work as there can be."""
    empty = Film([], SETTLES + IDLE, 2, Codec.H264, SMALL, cameras=EMPTY_STREAMS)
    busy = replace(empty, visits=[(SETTLES, SETTLES + IDLE)], faceless=True, cameras=BUSY_STREAMS)
    async with filming(busy) as (shown, process), filming(empty) as (others, beside):
        for hall, url in zip(halls, shown + others, strict=True):
            hall.url = url
        async with watching(hass, len(halls)) as entry:
            began = await play(process)
            await play(beside)
            await until(began + SETTLES + 1.0)
            frames, since, ages = entry.runtime_data.engine.frames, time.time(), []
            with probe() as callbacks:
                while time.time() < began + SETTLES + IDLE:
                    await asyncio.sleep(0.25)
                    found = [one.sources.measured.figures for one in entry.runtime_data.cameras.values()]
                    ages += [figures.age for figures in found if figures is not None and figures.age is not None]
            longest = max(callbacks, default=(0.0, ""))
            figures = {
                "streams": len(halls),
                "with_somebody": sum(one.data.detected for one in entry.runtime_data.cameras.values()),
                "pictures_a_second": round((entry.runtime_data.engine.frames - frames) / (time.time() - since), 1),
                "age": {"median": round(median(ages), 3), "worst": round(max(ages), 3)},
                "longest_in_the_loop_ms": round(longest[0], 2),
                "longest": longest[1],
            }
            write("small streams", figures)
