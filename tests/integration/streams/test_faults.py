"""What goes wrong with cameras and their integrations, from a real RTSP server to what the owner sees."""

import json
from pathlib import Path

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import psutil
import pytest

from custom_components.kith.const import DOMAIN
from custom_components.kith.diagnostics import async_get_config_entry_diagnostics
from custom_components.kith.health.monitor import HealthMonitor
from demo.rtsp import Channel, RtspServer
from demo.video import AccessUnit
from tests.browser.certificates import loopback_server
from tests.engine.streams.filming import playing

from ..conftest import eventually
from .streaming import DETECTED, SECRET, SOURCE, Load, Streaming, coordinator_of, state

pytestmark = [pytest.mark.one_release, pytest.mark.slow]


async def test_a_wrong_password_is_told_with_the_integration_that_has_it(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load, nobody: list[AccessUnit]
) -> None:
    """Its owner mends it there, that integration loads again, and the stream is tried at once."""
    channel = server.channels["hall"]
    channel.password = SECRET
    hall.url = server.url("hall", "wrong")
    entry = await load()
    coordinator = coordinator_of(entry)
    await eventually(lambda: coordinator.sources.reason == "stream_refused")
    await HealthMonitor(entry.runtime_data).look()
    issue_id = f"camera_refused_{coordinator.camera_id}"
    told = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert told is not None
    assert told.translation_placeholders == {
        "name": "Hall",
        "integration": "test",
        "link": "/config/integrations/integration/test",
    }
    async with playing(channel, nobody):
        hass.states.async_set("camera.hall", STATE_UNAVAILABLE)
        hall.url = server.url("hall", SECRET)
        hall.async_write_ha_state()
        await eventually(lambda: coordinator.sources.kind == "stream")
    await HealthMonitor(entry.runtime_data).look()
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None


async def test_privacy_mode_is_quiet_and_over_at_once(
    hass: HomeAssistant,
    hall: Streaming,
    server: RtspServer,
    load: Load,
    nobody: list[AccessUnit],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The camera gives neither a stream nor stills; when it is back, nobody waits for the next try."""
    channel, picture = server.channels["hall"], hall.picture
    async with playing(channel, nobody):
        coordinator = coordinator_of(await load())
        await eventually(lambda: coordinator.sources.kind == "stream")
        caplog.clear()
        hall.picture, server.refusal = RuntimeError("the lens is covered"), "503 Service Unavailable"
        hall._attr_available = False
        hall.async_write_ha_state()
        for viewer in tuple(channel.viewers):
            viewer.hang_up()
        await eventually(lambda: state(hass, DETECTED) == STATE_UNAVAILABLE)
        coordinator._failures = 1000
        await eventually(lambda: coordinator._failures > 1000)  # the next try is a minute away
        warnings = [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
        assert len(warnings) == 2, "one when the stream failed, and one when the stills did"
        hall.picture, server.refusal = picture, None
        hall._attr_available = True
        hall.async_write_ha_state()
        await eventually(lambda: coordinator.sources.kind == "stream" and state(hass, DETECTED) == "off")


async def test_a_close_up_that_is_off_at_start_is_used_when_it_comes(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load, somebody: list[AccessUnit]
) -> None:
    server.channels["big"] = Channel()
    closer = Streaming("Hall big")
    await hass.data["camera"].async_add_entities([closer])
    closer._attr_available = False
    closer.async_write_ha_state()
    async with playing(server.channels["hall"], somebody), playing(server.channels["big"], somebody):
        await load(close_up=closer.entity_id)
        await eventually(lambda: state(hass, DETECTED) == "on")
        closer.url, closer._attr_available = server.url("big"), True
        closer.async_write_ha_state()
        await eventually(lambda: server.channels["big"].served == 1)


async def test_over_tls_two_reloads_leave_one_connection_and_nobody_learns_the_password(
    hass: HomeAssistant,
    hall: Streaming,
    load: Load,
    nobody: list[AccessUnit],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    loopback: None,
) -> None:
    """A camera's certificate is its own work; who asks for a proper one, gets no picture from it."""
    caplog.set_level("DEBUG")
    tls, _ = await hass.async_add_executor_job(loopback_server, tmp_path)
    channel = Channel(password=SECRET)
    async with RtspServer({"hall": channel}).running(tls=tls) as server, playing(channel, nobody):
        hall.url = server.url("hall", SECRET, "rtsps")
        entry = await load()
        for _ in range(2):
            await eventually(lambda: coordinator_of(entry).sources.kind == "stream")
            assert await hass.config_entries.async_reload(entry.entry_id)
        await eventually(lambda: coordinator_of(entry).sources.kind == "stream" and server.connections == 1)
        said = json.dumps(await async_get_config_entry_diagnostics(hass, entry), default=str)
        running = [process.cmdline() for process in psutil.Process().children(recursive=True)]
        for text in (caplog.text, said, str(running), str(hass.states.get(SOURCE))):
            assert SECRET not in text
        hall.stream_options["verify_ssl"] = True
        assert await hass.config_entries.async_reload(entry.entry_id)
        await eventually(lambda: hall.taken and coordinator_of(entry).sources.kind == "stills")
        await eventually(lambda: server.connections == 0)


async def test_a_camera_on_battery_is_connected_only_while_it_is_awake(
    hass: HomeAssistant, hall: Streaming, server: RtspServer, load: Load, nobody: list[AccessUnit], drowsy: None
) -> None:
    motion, hall.picture = "binary_sensor.motion", None  # stills would be an error
    hass.states.async_set(motion, "off")
    async with playing(server.channels["hall"], nobody):
        entry = await load(wake=[motion], connected="awake")
        await eventually(lambda: state(hass, DETECTED) == "off")
        assert (server.connections, hall.asked) == (0, 0)
        hass.states.async_set(motion, "on")
        await eventually(lambda: coordinator_of(entry).sources.measured.figures and server.connections == 1)
        hass.states.async_set(motion, "off")
        await eventually(lambda: server.connections == 0)
        assert coordinator_of(entry).last_update_success
