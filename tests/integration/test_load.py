"""Many cameras, fast cameras, slow cameras: each gets its turn, and Home Assistant's loop stays free."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import time
from typing import Any

from homeassistant.components.camera.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import schedule, source
from custom_components.kith.cameras.coordinator import CameraCoordinator
from custom_components.kith.kith_engine.analysis import Analysis, Look
from tests.identity.faces import EMPTY, shown

from .conftest import Scripted, Shown, camera_subentry, eventually, face_of, person_subentry, remote_entry

pytestmark = pytest.mark.one_release

MANY = 30
ANALYSIS = 0.01
"""Seconds that the engine needs for one picture: a machine that is just fast enough."""


def detected(hass: HomeAssistant, name: str = "hall") -> str:
    return hass.states.get(f"binary_sensor.{name}_person_detected").state


@asynccontextmanager
async def turns_of_another_task() -> AsyncIterator[list[float]]:
    """A task that only wants its turn, and counts how often it gets it."""
    turns: list[float] = []

    async def go_round() -> None:
        while True:
            turns.append(time.perf_counter())
            await asyncio.sleep(0)

    task = asyncio.create_task(go_round())
    try:
        yield turns
    finally:
        task.cancel()


def busy(engine: Scripted, monkeypatch: pytest.MonkeyPatch, answer: Analysis) -> Counter[str]:
    """The engine takes its time. Returns how many pictures of each camera it looked at."""
    looked: Counter[str] = Counter()

    def analyze(_encoded: bytes, camera: str, *_: Any) -> Analysis:
        time.sleep(ANALYSIS)
        looked[camera] += 1
        return answer

    monkeypatch.setattr(engine, "analyze", analyze)
    return looked


async def test_thirty_cameras_share_one_engine_fairly(
    hass: HomeAssistant, hall: Shown, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = busy(engine, monkeypatch, shown(face_of(0)))
    monkeypatch.setattr(schedule, "BURST_PAUSE", 0.0)  # everybody hurries: somebody is at each door
    cameras = [Shown(f"Door {n}") for n in range(MANY)]
    await hass.data[DATA_COMPONENT].async_add_entities(cameras)
    doors = [
        {**camera_subentry(camera=f"camera.door_{n}"), "title": f"Door {n}", "unique_id": f"camera.door_{n}"}
        for n in range(MANY)
    ]
    entry = remote_entry(engine, *doors, person_subentry("Ada"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    async with turns_of_another_task() as turns:
        await eventually(lambda: len(looked) == MANY)
        await eventually(lambda: all(detected(hass, f"door_{n}") == "on" for n in range(MANY)))
        start = Counter(looked)
        await eventually(lambda: (looked - start).total() >= 10 * MANY)
        since = looked - start
    assert max(since.values()) <= 3 * min(since.values()), "each gets its turn"
    assert len(turns) > 10 * looked.total(), "the loop is free"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_camera_that_pushes_25_frames_a_second_gets_no_more_than_is_needed(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await eventually(lambda: detected(hass) == "off")
    monkeypatch.setattr(schedule, "BURST_PAUSE", 3600)
    looked = busy(engine, monkeypatch, shown(face_of(0)))
    await eventually(lambda: detected(hass) == "on")
    before = looked.total()
    for n in range(250):  # ten seconds' worth, as fast as the loop takes them
        hall.picture = b"frame %d" % n
        hall.async_write_ha_state()
        hass.states.async_set("camera.hall", "recording" if n % 2 else "idle", {"frame": n})
        await asyncio.sleep(0)
    assert looked.total() <= before + 1


async def test_looks_that_are_asked_for_all_at_once_are_shared(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by an automation that scans for every frame of a clip at 25 frames per second."""
    [camera] = entry.runtime_data.cameras.values()
    await eventually(lambda: detected(hass) == "off")
    looked = busy(engine, monkeypatch, shown(face_of(0)))
    async with turns_of_another_task() as turns:
        views = await asyncio.gather(*(camera.scan() for _ in range(250)))
        count = looked.total()
    assert all(view.detected for view in views)
    assert count < 10
    assert len(turns) > 10


async def test_a_look_that_is_asked_for_fails_for_all_who_asked(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(width: int | None = None, height: int | None = None) -> None:
        hall.taken += 1
        await asyncio.sleep(0.01)

    [camera] = entry.runtime_data.cameras.values()
    await eventually(lambda: detected(hass) == "off")
    monkeypatch.setattr(hall, "async_camera_image", fail)
    taken = hall.taken
    answers = await asyncio.gather(*(camera.scan() for _ in range(50)), return_exceptions=True)
    assert all(isinstance(answer, UpdateFailed) for answer in answers)
    assert hall.taken < taken + 10


async def test_a_camera_that_is_not_watched_is_not_scanned_either(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown
) -> None:
    [camera] = entry.runtime_data.cameras.values()
    [subentry] = [one for one in entry.subentries.values() if one.subentry_type == "camera"]
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "enabled": False})
    await hass.async_block_till_done()
    taken = hall.taken
    with pytest.raises(UpdateFailed) as failure:
        await camera.scan()
    assert failure.value.translation_key == "camera_not_watched"
    assert hall.taken == taken


async def test_a_scan_looks_for_people_in_a_picture_that_nothing_moved_in(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, engine: Scripted
) -> None:
    """For example a still from a file that was only checked for motion so far."""
    [camera] = entry.runtime_data.cameras.values()
    await eventually(lambda: engine.asked)
    hall.frozen = True
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)
    assert EMPTY.looked is False
    engine.answer = shown(face_of(0))
    assert (await camera.scan()).detected
    assert engine.asked[-1][1] is Look.PEOPLE
    asked = len(engine.asked)
    await camera.scan()
    assert len(engine.asked) == asked, "the very same picture says nothing new"


async def test_a_slow_camera_holds_up_no_other_and_shows_what_was_when_it_was_asked(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    from .conftest import as_subentry

    slow = Shown("Slow")
    go_on = asyncio.Event()

    async def wait(width: int | None = None, height: int | None = None) -> bytes:
        slow.taken += 1
        if slow.taken == 2:  # the first one shows only that the second is new
            await go_on.wait()
        return b"picture %d" % slow.taken

    monkeypatch.setattr(slow, "async_camera_image", wait)
    monkeypatch.setattr(source, "CAMERA_TIMEOUT", 60)
    await hass.data[DATA_COMPONENT].async_add_entities([slow])
    found = {**camera_subentry(camera="camera.slow"), "title": "Slow", "unique_id": "camera.slow"}
    hass.config_entries.async_add_subentry(entry, as_subentry(found))
    await eventually(lambda: slow.taken == 2)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 5)
    engine.answer = shown(face_of(0))
    released = time.time()
    go_on.set()
    await eventually(lambda: detected(hass, "slow") == "on")
    camera: CameraCoordinator = next(one for one in entry.runtime_data.cameras.values() if one.camera == "camera.slow")
    assert camera.last.captured is not None
    assert camera.last.captured.timestamp() < released or slow.taken > 2


async def test_nothing_that_is_done_for_a_camera_blocks_the_loop(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, engine: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    """asyncio reports every slow step, and Home Assistant reports blocking calls."""
    loop = asyncio.get_running_loop()
    hall.picture = bytes(1_000_000)  # a large picture, a different one each time
    loop.set_debug(True)
    loop.slow_callback_duration = 0.25
    try:
        asked = len(engine.asked)
        await eventually(lambda: len(engine.asked) > asked + 50)
    finally:
        loop.set_debug(False)
    assert not [line for line in caplog.messages if line.startswith("Executing") and "kith" in line]
    assert "blocking call" not in caplog.text
