"""Cameras watched by their streams: a real RTSP server, and the real engine as Home Assistant's child."""

import json
import os
import signal

from homeassistant.components.camera import get_dynamic_camera_stream_settings
from homeassistant.components.stream import Orientation
from homeassistant.core import HomeAssistant
import psutil
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, setup_test_component_platform

from custom_components.kith.cameras import stream
from custom_components.kith.diagnostics import async_get_config_entry_diagnostics
from custom_components.kith.engines import local
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.errors import EngineUnavailableError
from custom_components.kith.kith_engine.streams.protocol import LONGEST_WATCH
from demo.rtsp import Channel, RtspServer
from demo.video import AccessUnit
from tests.engine.streams.filming import playing

from ..conftest import eventually
from .streaming import DETECTED, SECRET, SOURCE, Load, Spied, Streaming, coordinator_of, state

pytestmark = pytest.mark.one_release


async def test_a_visit_is_seen_in_the_stream_and_unloading_ends_the_connection(
    hass: HomeAssistant,
    hall: Streaming,
    server: RtspServer,
    load: Load,
    nobody: list[AccessUnit],
    somebody: list[AccessUnit],
) -> None:
    hall.picture = None  # stills would be an error
    async with playing(server.channels["hall"], nobody):
        entry = await load()
        await eventually(lambda: state(hass, DETECTED) == "off")
        coordinator = coordinator_of(entry)
        await eventually(lambda: coordinator.sources.kind == "stream")
    async with playing(server.channels["hall"], somebody):
        await eventually(lambda: state(hass, DETECTED) == "on")
        assert coordinator.last.picture.startswith(b"\xff\xd8")
        assert hall.taken == 0
    async with playing(server.channels["hall"], nobody):
        await eventually(lambda: state(hass, DETECTED) == "off")
        await coordinator.sources.update_health()
        described = coordinator.sources.describe()
        assert described["reason"] == "offered"
        assert (described["codec"], described["resolution"]) == ("h264", "640 x 360")
        assert 0 <= described["age"] < 5
        assert state(hass, SOURCE) == "stream"
        assert (server.connections, server.channels["hall"].served) == (1, 1)
        await hass.config_entries.async_unload(entry.entry_id)
        await eventually(lambda: server.connections == 0)


async def test_while_nobody_is_there_one_answer_is_about_many_pictures(
    hass: HomeAssistant, server: RtspServer, load: Load, nobody: list[AccessUnit], spied: Spied
) -> None:
    async with playing(server.channels["hall"], nobody):
        entry = await load()
        coordinator, answers = coordinator_of(entry), spied(entry)
        # A look that began before it was spied on may still be counted until the next has its answer.
        await eventually(lambda: answers.given)
        uncounted = entry.runtime_data.engine.frames - sum(seen.glances for seen in answers.given)
        await eventually(lambda: any(seen.glances > 3 for seen in answers.given))
        assert entry.runtime_data.engine.frames - uncounted == sum(seen.glances for seen in answers.given)
        await eventually(lambda: (figures := coordinator.sources.measured.figures) is not None and figures.rate > 2)
        assert state(hass, DETECTED) == "off"


async def test_an_engine_of_another_version_may_answer_at_once(
    hass: HomeAssistant, server: RtspServer, load: Load, nobody: list[AccessUnit], spied: Spied
) -> None:
    async with playing(server.channels["hall"], nobody):
        answers = spied(await load(), watch=0.0)
        await eventually(lambda: len(answers.given) > 4)
        assert {seen.glances for seen in answers.given} == {1}
        assert state(hass, DETECTED) == "off"


async def test_a_camera_that_saves_power_is_watched_by_its_keyframes(
    hass: HomeAssistant,
    server: RtspServer,
    load: Load,
    nobody: list[AccessUnit],
    somebody: list[AccessUnit],
    spied: Spied,
) -> None:
    """The stream has one each second."""
    async with playing(server.channels["hall"], nobody):
        answers = spied(await load(save_power=True))
        await eventually(lambda: len(answers.given) > 2)
        assert all(asked.keyframes for asked in answers.asked)
        assert answers.given[-1].glances <= 3
        assert state(hass, DETECTED) == "off"
    async with playing(server.channels["hall"], somebody):
        await eventually(lambda: state(hass, DETECTED) == "on")


@pytest.mark.parametrize("reason", ["sensor", "scan", "switch", "unload"])
async def test_a_watch_keeps_nobody_waiting(
    hass: HomeAssistant,
    server: RtspServer,
    load: Load,
    nobody: list[AccessUnit],
    spied: Spied,
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
) -> None:
    monkeypatch.setattr(stream, "WATCH_FOR", LONGEST_WATCH)
    motion, bell = "binary_sensor.motion", "binary_sensor.bell"
    for sensor in (motion, bell):
        hass.states.async_set(sensor, "off")
    async with playing(server.channels["hall"], nobody):
        entry = await load(wake=[motion, bell])
        coordinator, answers = coordinator_of(entry), spied(entry)
        hass.states.async_set(motion, "on")
        await eventually(lambda: coordinator.sources.stream._watching is not None)
        looked = coordinator._looked_at
        match reason:
            case "sensor":
                hass.states.async_set(bell, "on")
                await eventually(lambda: coordinator._looked_at > looked)
            case "scan":
                assert not (await coordinator.scan()).detected
            case "switch":
                told = {"entity_id": "switch.hall_recognition"}
                await hass.services.async_call("switch", "turn_off", told, blocking=True)
                await eventually(lambda: answers.asked and not answers.asked[-1].scope.faces)
            case "unload":
                assert await hass.config_entries.async_unload(entry.entry_id)
                await eventually(lambda: server.connections == 0)
        assert answers.cut == [Look.MOTION]


async def test_a_stream_is_turned_as_home_assistant_shows_it(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load, upside_down: list[AccessUnit]
) -> None:
    (await get_dynamic_camera_stream_settings(hass, "camera.hall")).orientation = Orientation.ROTATE_180
    async with playing(server.channels["hall"], upside_down):
        coordinator = coordinator_of(await load())
        await eventually(lambda: state(hass, DETECTED) == "on")
        assert coordinator.sources.live
        [person] = coordinator.last.analysis.persons
        assert person.box.bottom > 0.9 * coordinator.last.analysis.height, "somebody who stands on the ground"


async def test_a_killed_engine_leaves_no_connection_and_the_next_one_connects(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load, nobody: list[AccessUnit]
) -> None:
    async with playing(server.channels["hall"], nobody):
        entry = await load()
        coordinator = coordinator_of(entry)
        await eventually(lambda: server.channels["hall"].served == 1)
        os.kill(entry.runtime_data.engine.pid, signal.SIGKILL)
        await eventually(lambda: server.channels["hall"].served == 2 and server.connections == 1)
        await eventually(lambda: coordinator.last_update_success and coordinator.sources.kind == "stream")


async def test_a_camera_that_sleeps_is_connected_so_that_it_remembers(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load, nobody: list[AccessUnit]
) -> None:
    async with playing(server.channels["hall"], nobody):
        hass.states.async_set("binary_sensor.motion", "off")
        entry = await load(wake=["binary_sensor.motion"])
        await eventually(lambda: server.channels["hall"].served == 1)
        os.kill(entry.runtime_data.engine.pid, signal.SIGKILL)
        await eventually(lambda: server.channels["hall"].served == 2)


async def test_with_a_wrong_password_stills_are_taken_and_nobody_learns_it(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.channels["hall"].password = "another"
    hall.url = server.url("hall", SECRET)
    entry = await load()
    coordinator = coordinator_of(entry)
    await eventually(lambda: coordinator.sources.reason == "stream_refused" and hall.taken > 2)
    assert coordinator.sources.kind == "stills"
    asked, refused = hall.asked, server.asked
    await eventually(lambda: hall.asked > asked)
    assert server.asked == refused, "the same wrong password is not tried again"
    said = json.dumps(await async_get_config_entry_diagnostics(hass, entry), default=str)
    running = [process.cmdline() for process in psutil.Process().children(recursive=True)]
    for text in (caplog.text, said, str(running), str(hass.states.get(SOURCE))):
        assert SECRET not in text
    assert "Stills of camera.hall are taken instead of its stream" in caplog.text


async def test_a_new_address_is_used_when_the_old_one_fails(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load, nobody: list[AccessUnit]
) -> None:
    async with playing(server.channels["hall"], nobody):
        hall.url = server.url("expired")
        coordinator = coordinator_of(await load())
        await eventually(lambda: coordinator.sources.reason == "stream_not_found")
        hall.url = server.url("hall")
        await eventually(lambda: coordinator.sources.kind == "stream")


async def test_the_owner_may_choose_stills(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load
) -> None:
    coordinator = coordinator_of(await load(source="stills"))
    await eventually(lambda: hall.taken > 2)
    assert (coordinator.sources.kind, coordinator.sources.reason) == ("stills", "chosen")
    assert (hall.asked, server.connections) == (0, 0)


async def test_the_owner_may_choose_the_stream_alone(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load
) -> None:
    server.channels["hall"].sound_only = True
    coordinator = coordinator_of(await load(source="stream"))
    await eventually(lambda: coordinator.sources.reason == "stream_without_video")
    await eventually(lambda: state(hass, DETECTED) == "unavailable")
    assert hall.taken == 0


async def test_a_camera_without_a_stream_is_watched_by_stills(hass: HomeAssistant, hall: Streaming, load: Load) -> None:
    coordinator = coordinator_of(await load())
    await eventually(lambda: hall.taken > 2)
    assert (coordinator.sources.kind, coordinator.sources.reason) == ("stills", "no_stream")
    assert hall.asked == 1
    await eventually(lambda: coordinator.sources.describe().keys() >= {"reason", "pictures_per_second", "delay"})


@pytest.mark.parametrize("url", ["", RuntimeError(f"rtsp://kith:{SECRET}@camera is away")])
async def test_an_integration_that_cannot_say_where_the_stream_is(
    hass: HomeAssistant, hall: Streaming, caplog: pytest.LogCaptureFixture, url: str | Exception
) -> None:
    async def stream_source() -> str:
        if isinstance(url, Exception):
            raise url
        return url

    caplog.set_level("DEBUG")
    hall.stream_source = stream_source
    assert await stream.find_stream(hass, "camera.hall") is None
    assert SECRET not in caplog.text


async def test_the_close_up_s_stream_shows_who_is_there(
    hass: HomeAssistant,
    hall: Streaming,
    server: RtspServer,
    load: Load,
    somebody: list[AccessUnit],
) -> None:
    """Its own packets are kept from the start, and it is decoded only while somebody is in view."""
    closer = Streaming("Hall big")
    setup_test_component_platform(hass, "camera", [closer])
    await hass.data["camera"].async_add_entities([closer])
    server.channels["big"] = Channel()
    closer.url = server.url("big")
    async with playing(server.channels["hall"], somebody), playing(server.channels["big"], somebody):
        coordinator = coordinator_of(await load(close_up=closer.entity_id))
        await eventually(lambda: server.channels["big"].served == 1)
        await eventually(lambda: state(hass, DETECTED) == "on")
        assert coordinator.sources.kind == "stream"


async def test_an_engine_that_was_not_paired_gets_no_addresses(
    hass: HomeAssistant, hall: Streaming, entry: MockConfigEntry
) -> None:
    hall.url = f"rtsp://kith:{SECRET}@127.0.0.1:9/1"
    coordinator = coordinator_of(entry)
    await eventually(lambda: hall.taken > 2)
    assert (coordinator.sources.kind, coordinator.sources.reason) == ("stills", "engine_unpaired")
    assert hall.asked == 0


async def test_without_pyav_stills_are_taken(
    hass: HomeAssistant, hall: Streaming, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.url = "rtsp://127.0.0.1:9/1"
    monkeypatch.setattr(local.LocalEngine, "streams", None)
    coordinator = coordinator_of(await load())
    await eventually(lambda: hall.taken > 2)
    assert coordinator.sources.reason == "no_decoder"
    with pytest.raises(EngineUnavailableError):
        await coordinator.sources.stream.open()
