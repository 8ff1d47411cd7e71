"""A camera that sleeps until something reports that somebody comes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from homeassistant.components.camera import Camera, CameraEntityFeature
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.kith.cameras import wake
from custom_components.kith.cameras.wake import wakes
from custom_components.kith.engines.remote import RemoteEngine
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.streams.protocol import Glimpse, LookRequest, StreamAddress
from tests.identity.faces import EMPTY, shown

from .conftest import Scripted, Shown, camera_subentry, eventually, face_of, person_subentry, remote_entry

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MOTION, BELL, DOOR = "binary_sensor.motion", "event.bell", "lock.door"
DETECTED = "binary_sensor.hall_person_detected"


def at(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


WAKE = [
    (State(MOTION, "off"), State(MOTION, "on")),
    (State(MOTION, "unknown"), State(MOTION, "on")),
    (State(MOTION, "unavailable"), State(MOTION, "on")),  # a battery sensor woke up to report this
    (State(BELL, at(-900)), State(BELL, at(0))),
    (State(BELL, "unknown"), State(BELL, at(-1))),
    (State(BELL, "unavailable"), State(BELL, at(-1))),
    (None, State(BELL, at(-1))),
    (State("input_button.come", "unknown"), State("input_button.come", at(0))),
    (State(DOOR, "locked"), State(DOOR, "unlocked")),
    (State("sensor.mat", "0"), State("sensor.mat", "71")),
]
SLEEP_ON = [
    (State(MOTION, "on"), State(MOTION, "off")),
    (State(MOTION, "on"), State(MOTION, "on", {"battery": 3})),  # only attributes
    (State(MOTION, "on"), State(MOTION, "unavailable")),
    (State(MOTION, "off"), State(MOTION, "unknown")),
    (State(MOTION, "on"), None),
    (None, State(MOTION, "on")),  # set up a moment ago, perhaps with its state from before a restart
    (State(MOTION, "unavailable", {"restored": True}), State(MOTION, "on")),
    (State(BELL, "unavailable", {"restored": True}), State(BELL, at(-900))),
    (State(BELL, "unavailable"), State(BELL, at(-900))),  # rang while it was offline
    (State(BELL, "unavailable"), State(BELL, "unknown")),
    (State(BELL, at(0)), State(BELL, at(0), {"event_type": "ring"})),
    (State(BELL, at(-900)), State(BELL, "no time")),
    (State(DOOR, "unavailable"), State(DOOR, "locked")),
    (None, State("sensor.mat", "71")),
]


@pytest.mark.parametrize(("old", "new"), WAKE)
def test_what_happens_wakes(old: State | None, new: State | None) -> None:
    assert wakes(old, new, NOW)


def test_a_time_without_a_zone_is_in_home_assistants(hass: HomeAssistant) -> None:
    def rang(seconds: float) -> State:
        when = dt_util.as_local(NOW + timedelta(seconds=seconds))
        assert when.utcoffset()
        return State("image.bell", when.replace(tzinfo=None).isoformat())

    assert wakes(rang(-900), rang(-1), NOW)
    assert not wakes(rang(-900), rang(-600), NOW)


@pytest.mark.parametrize(("old", "new"), SLEEP_ON)
def test_what_is_restored_unknown_or_no_news_does_not_wake(old: State | None, new: State | None) -> None:
    assert not wakes(old, new, NOW)


@pytest.fixture
async def sleeping(
    hass: HomeAssistant, hall: Shown, engine: Scripted, quick: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Awaitable[MockConfigEntry]]:
    """Start Kith with camera.hall asleep."""
    monkeypatch.setattr(wake, "AWAKE_FOR", 0.1)

    async def start(*entities: str) -> MockConfigEntry:
        for entity in entities:
            hass.states.async_set(entity, "off")
        entry = remote_entry(engine, camera_subentry(wake=list(entities)), person_subentry("Ada"))
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await eventually(lambda: state(hass) == "off")
        return entry

    return start


def state(hass: HomeAssistant) -> str:
    return hass.states.get(DETECTED).state


async def rest(hass: HomeAssistant, hall: Camera) -> None:
    """Wait until it is not looked at any more."""

    def still(before: list[int]) -> bool:
        before.append(hall.taken)
        return len(before) > 40 and len(set(before[-40:])) == 1

    seen: list[int] = []
    await eventually(lambda: still(seen))


async def test_a_sleeping_camera_costs_nothing_and_says_that_nobody_is_there(
    hass: HomeAssistant, sleeping: Callable[..., Awaitable[MockConfigEntry]], engine: Scripted, hall: Shown
) -> None:
    await sleeping(MOTION)
    await rest(hass, hall)
    assert (hall.taken, engine.asked) == (0, [])
    assert state(hass) == "off"


async def test_motion_wakes_it_and_it_is_looked_at_for_people_at_once(
    hass: HomeAssistant, sleeping: Callable[..., Awaitable[MockConfigEntry]], engine: Scripted, hall: Shown
) -> None:
    await sleeping(MOTION)
    hass.states.async_set(MOTION, "on")
    hass.states.async_set(MOTION, "off")
    await eventually(lambda: engine.asked)
    assert engine.asked[0][1] is Look.PEOPLE
    await rest(hass, hall)
    assert hall.taken > 1, "it looked on for a while"
    assert state(hass) == "off"


async def test_it_looks_on_while_the_sensor_stays_on(
    hass: HomeAssistant, sleeping: Callable[..., Awaitable[MockConfigEntry]], hall: Shown
) -> None:
    entry = await sleeping(MOTION)
    [camera] = entry.runtime_data.cameras.values()
    hass.states.async_set(MOTION, "on")
    woken = hass.loop.time()
    await eventually(lambda: hass.loop.time() > woken + 3 * wake.AWAKE_FOR)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)
    hass.states.async_set(MOTION, "unknown")
    await rest(hass, hall)
    assert not camera._wake.awake


async def reload(hass: HomeAssistant, entry: MockConfigEntry, motion: str, *, restored: bool) -> None:
    """Returns once the camera is there again. motion, restored: of the sensor meanwhile."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass.states.async_set(MOTION, motion, {"restored": restored})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: state(hass) == "off")


@pytest.mark.parametrize("restored", [False, True])
async def test_a_sensor_that_is_on_already_keeps_it_awake(
    hass: HomeAssistant,
    sleeping: Callable[..., Awaitable[MockConfigEntry]],
    hall: Shown,
    engine: Scripted,
    *,
    restored: bool,
) -> None:
    await reload(hass, await sleeping(MOTION), "on", restored=restored)
    if restored:
        await rest(hass, hall)
        assert not engine.asked
        return
    await eventually(lambda: engine.asked)
    assert engine.asked[0][1] is Look.PEOPLE
    asked = hass.loop.time()
    await eventually(lambda: hass.loop.time() > asked + 3 * wake.AWAKE_FOR)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)
    hass.states.async_set(MOTION, "off")
    await rest(hass, hall)


async def test_a_sensor_that_is_on_again_after_a_restart_keeps_it_awake(
    hass: HomeAssistant, sleeping: Callable[..., Awaitable[MockConfigEntry]], hall: Shown
) -> None:
    """Nobody knows since when it is on: somebody may be there."""
    entry = await sleeping(MOTION)
    await reload(hass, entry, "unavailable", restored=True)
    hass.states.async_set(MOTION, "on")
    on_since = hass.loop.time()
    await eventually(lambda: hass.loop.time() > on_since + 3 * wake.AWAKE_FOR)
    [camera] = entry.runtime_data.cameras.values()
    assert camera._wake.awake
    hass.states.async_set(MOTION, "off")
    await rest(hass, hall)


async def test_it_stays_awake_while_nothing_that_could_wake_it_is_available(
    hass: HomeAssistant, sleeping: Callable[..., Awaitable[MockConfigEntry]], hall: Shown
) -> None:
    entry = await sleeping(MOTION, BELL)
    [camera] = entry.runtime_data.cameras.values()
    hass.states.async_set(MOTION, "unavailable")
    await rest(hass, hall)
    assert hall.taken == 0, "the bell can wake it"
    hass.states.async_set(BELL, "unavailable")
    await eventually(lambda: hall.taken)
    woken = hass.loop.time()
    await eventually(lambda: hass.loop.time() > woken + 3 * wake.AWAKE_FOR)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)
    assert camera.awake
    hass.states.async_set(BELL, "unknown")
    await rest(hass, hall)
    assert not camera.awake


async def test_a_battery_camera_sleeps_even_if_nothing_can_wake_it(
    hass: HomeAssistant, hall: Shown, engine: Scripted, quick: None
) -> None:
    entry = remote_entry(engine, camera_subentry(wake=[MOTION], connected="awake"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: state(hass) == "off")
    await rest(hass, hall)
    assert hall.taken == 0
    await hass.config_entries.async_unload(entry.entry_id)


async def test_it_looks_on_while_somebody_is_there(
    hass: HomeAssistant, sleeping: Callable[..., Awaitable[MockConfigEntry]], engine: Scripted, hall: Shown
) -> None:
    await sleeping(BELL)
    engine.answer = shown(face_of(0))
    hass.states.async_set(BELL, dt_util.utcnow().isoformat(timespec="milliseconds"))
    await eventually(lambda: state(hass) == "on")
    woken = hass.loop.time()
    await eventually(lambda: hass.loop.time() > woken + 3 * wake.AWAKE_FOR)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)
    engine.answer = EMPTY
    await eventually(lambda: state(hass) == "off")
    await rest(hass, hall)


async def test_it_does_not_fall_asleep_over_a_fault(
    hass: HomeAssistant, sleeping: Callable[..., Awaitable[MockConfigEntry]], hall: Shown
) -> None:
    await sleeping(MOTION)
    hall.picture = None
    hass.states.async_set(MOTION, "on")
    hass.states.async_set(MOTION, "off")
    await eventually(lambda: state(hass) == "unavailable")
    failed = hass.loop.time()
    await eventually(lambda: hass.loop.time() > failed + 3 * wake.AWAKE_FOR)
    hall.picture = b"a picture"
    await eventually(lambda: state(hass) == "off")
    await rest(hass, hall)


async def test_a_sensor_that_flutters_is_no_reason_to_look_without_end(
    hass: HomeAssistant,
    sleeping: Callable[..., Awaitable[MockConfigEntry]],
    hall: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from custom_components.kith.cameras import schedule

    await sleeping(MOTION)
    monkeypatch.setattr(schedule, "BURST_PAUSE", 3600)
    for _ in range(100):
        hass.states.async_set(MOTION, "on")
        hass.states.async_set(MOTION, "off")
        await eventually(lambda: hall.taken)
    assert hall.taken == 1


class Battery:
    """An engine that says when a stream is opened and closed; nobody is in it."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def open_stream(self, _camera: str, _address: StreamAddress) -> None:
        self.log.append("open")

    async def close_stream(self, _camera: str) -> None:
        self.log.append("close")

    async def look(self, _camera: str, _request: LookRequest) -> Glimpse:
        return Glimpse(replace(EMPTY, looked=True), dt_util.utcnow().timestamp(), False, b"")


async def test_a_battery_camera_stays_connected_only_while_somebody_asks_for_looks(
    hass: HomeAssistant, hall: Shown, engine: Scripted, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def source() -> str:
        return "rtsp://192.0.2.1/hall"

    monkeypatch.setattr(hall, "stream_source", source)
    monkeypatch.setattr(hall, "_attr_supported_features", CameraEntityFeature.STREAM)
    battery = Battery()
    monkeypatch.setattr(RemoteEngine, "streams", battery)
    hass.states.async_set(MOTION, "off")
    entry = remote_entry(engine, camera_subentry(wake=[MOTION], connected="awake"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    [camera] = entry.runtime_data.cameras.values()
    await eventually(lambda: state(hass) == "off")
    for count in (1, 2):
        for _ in range(5):
            assert not (await camera.scan()).detected
            await hass.async_block_till_done()
        assert battery.log == ["open", "close"] * (count - 1) + ["open"]
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=wake.LOOKED_AT_FOR))
        await eventually(lambda count=count: battery.log == ["open", "close"] * count)
        await camera.sources.open()  # as when the engine was restarted
        assert battery.log[-1] == "close"
        assert not camera.awake
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_scan_looks_at_a_sleeping_camera_and_goes_on_if_somebody_is_there(
    hass: HomeAssistant, sleeping: Callable[..., Awaitable[MockConfigEntry]], engine: Scripted, hall: Shown
) -> None:
    entry = await sleeping(MOTION)
    [camera] = entry.runtime_data.cameras.values()
    assert (await camera.scan()).detected is False
    await rest(hass, hall)
    assert hall.taken == 2, "the first one may be old"
    engine.answer = shown(face_of(0))
    assert (await camera.scan()).detected is True
    await eventually(lambda: hall.taken > 4)
