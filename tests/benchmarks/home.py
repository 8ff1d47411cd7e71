"""Latency from a usable face to the event, and Kith's share of Home Assistant's loop. Run by pytest for its `hass`."""

import asyncio
from asyncio import base_events, events
from collections.abc import Iterator
from contextlib import contextmanager
import gc
import time

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import numpy as np
from pytest_homeassistant_custom_component.common import MockConfigEntry, setup_test_component_platform

from custom_components.kith.const import DOMAIN, EVENT_RECOGNIZED
from demo.figure import portrait
from tests.benchmarks import frames
from tests.integration.conftest import Shown, camera_subentry, person_subentry
from tests.pictures import encoded

from .effort import EFFORT, write

CAMERAS = 8
SECONDS = EFFORT.rounds(20)
VISITS = EFFORT.rounds(10)
CAMERA_ANSWERS_IN = 0.1


class Timed(Shown):
    """Returns its pictures in turn after 100 ms each, and records when it returned the first one with a face."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.film: list[bytes] = []
        self.first_face: float | None = None
        self.shows_face = False

    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes:
        face, picture = self.shows_face, self.film[self.taken % len(self.film)]
        self.taken += 1
        await asyncio.sleep(CAMERA_ANSWERS_IN)
        if face and self.first_face is None:
            self.first_face = time.perf_counter()
        return picture


@contextmanager
def probe() -> Iterator[list[tuple[float, str]]]:
    """Durations in ms and names of all of Kith's callbacks in the loop."""
    found: list[tuple[float, str]] = []
    run = events.Handle._run
    sweeps = 0

    def swept(phase: str, _info: dict[str, int]) -> None:
        nonlocal sweeps
        sweeps += phase == "stop"

    def timed(handle: events.Handle) -> None:
        before, started = sweeps, time.thread_time()  # processor time: a callback is not to blame for waiting
        run(handle)
        took = (time.thread_time() - started) * 1000
        if took > 0.2:
            what = base_events._format_handle(handle)
            if "kith" in what:
                found.append((took, f"{'with a sweep of the garbage collector: ' * (sweeps > before)}{what[:160]}"))

    events.Handle._run = timed
    gc.callbacks.append(swept)
    try:
        yield found
    finally:
        events.Handle._run = run
        gc.callbacks.remove(swept)


async def start(hass: HomeAssistant, names: list[str]) -> tuple[MockConfigEntry, list[Timed]]:
    cameras = [Timed(name) for name in names]
    setup_test_component_platform(hass, "camera", cameras)
    for component in ("homeassistant", "file_upload"):
        assert await async_setup_component(hass, component, {})
    assert await async_setup_component(hass, "camera", {"camera": {"platform": "test"}})
    await hass.async_block_till_done()
    for camera in cameras:
        camera.film = frames.still(4)
    watched = [
        {**camera_subentry(interval=0.9, camera=camera.entity_id), "title": camera.name, "unique_id": camera.entity_id}
        for camera in cameras
    ]
    entry = MockConfigEntry(
        domain=DOMAIN, title="Kith", data={"engine": "local"}, subentries_data=[*watched, person_subentry("Eileen")]
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    # two, since a picture that never changes may be an old one
    cameras[0].film, still = [encoded(portrait(), quality=quality) for quality in (90, 89)], cameras[0].film
    fields = {"person": "binary_sensor.eileen_presence", "camera": cameras[0].entity_id}
    answer = await hass.services.async_call(DOMAIN, "enroll", fields, blocking=True, return_response=True)
    assert answer["accepted"], answer
    cameras[0].film = still
    return entry, cameras


async def test_latency(hass: HomeAssistant) -> None:
    """From the first still with a usable face to the event on the bus, with a camera that answers in 100 ms."""
    entry, [camera] = await start(hass, ["Hall"])
    told: list[float] = []
    hass.bus.async_listen(EVENT_RECOGNIZED, lambda _event: told.append(time.perf_counter()))
    empty, arrived, took = camera.film, frames.with_face(8), []
    for _ in range(VISITS):
        told.clear()
        camera.film, camera.shows_face, camera.first_face = arrived, True, None
        async with asyncio.timeout(30):
            while not told:
                await asyncio.sleep(0.002)
        took.append((told[0] - camera.first_face) * 1000)
        camera.film, camera.shows_face = empty, False
        await asyncio.sleep(1.5)
        for coordinator in entry.runtime_data.cameras.values():
            household = entry.runtime_data.household
            household.drop_camera(coordinator.camera_id)
            household.presence.visits.clear()  # starts a new visit without waiting for it
    write("face_to_event_ms", {"median": round(float(np.median(took))), "all": [round(ms) for ms in took]})
    await hass.config_entries.async_unload(entry.entry_id)


async def test_loop(hass: HomeAssistant) -> None:
    """Eight cameras at one frame per second, with somebody at one of them."""
    entry, cameras = await start(hass, [f"Camera {n}" for n in range(CAMERAS)])
    cameras[0].film = frames.with_face(8)
    taken = sum(camera.taken for camera in cameras)
    used = time.thread_time()
    with probe() as callbacks:
        await asyncio.sleep(SECONDS)
    used = time.thread_time() - used
    looks = sum(camera.taken for camera in cameras) - taken
    longest = max(callbacks, default=(0.0, ""))
    figures = {
        "cameras": CAMERAS,
        "frames_a_second": round(looks / SECONDS, 1),
        "loop_ms_a_frame": round(used * 1000 / max(looks, 1), 2),
        "longest_ms": round(longest[0], 2),
        "longest": longest[1],
        "over_5_ms": [f"{took:.1f} {what}" for took, what in callbacks if took > 5],
    }
    write("loop", figures)
    await hass.config_entries.async_unload(entry.entry_id)
