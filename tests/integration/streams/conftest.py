"""A camera with a stream: a real RTSP server, and the real engine as Home Assistant's child."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, setup_test_component_platform
import pytest_socket

from custom_components.kith.cameras import choice, stream, wake
from custom_components.kith.const import DOMAIN
from custom_components.kith.engines import local
from custom_components.kith.kith_engine.streams.protocol import Glimpse, LookRequest
from demo.figure import Pose, with_person
from demo.rtsp import Channel, RtspServer
from demo.scenes import empty
from demo.video import AccessUnit, encoded
from tests.engine.streams.filming import RATE
from tests.pictures import astronaut, encoded as still

from ..conftest import camera_subentry
from .streaming import Answers, Load, Spied, Streaming

SIZE = (640, 360)


def noisy(picture: Any, count: int) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    return [np.clip(np.asarray(picture) + random.normal(0, 2, (SIZE[1], SIZE[0], 1)), 0, 255) for _ in range(count)]


def filmed(picture: Any) -> list[AccessUnit]:
    """Two seconds of it, with a keyframe in each."""
    return list(encoded((frame.astype(np.uint8) for frame in noisy(picture, 2 * RATE)), RATE, 1.0))


@pytest.fixture(scope="session")
def nobody() -> list[AccessUnit]:
    return filmed(empty("hall", SIZE))


@pytest.fixture(scope="session")
def somebody() -> list[AccessUnit]:
    return filmed(with_person(empty("hall", SIZE), Pose(middle=0.5, eyes=0.39, height=1.0)))


@pytest.fixture
def upside_down() -> list[AccessUnit]:
    """Somebody, from a camera that hangs from the ceiling."""
    return filmed(with_person(empty("hall", SIZE), Pose(middle=0.5, eyes=0.39, height=1.0)).rotate(180))


@pytest.fixture
async def hall(hass: HomeAssistant) -> Streaming:
    camera = Streaming("Hall")
    camera.picture = still(astronaut())
    setup_test_component_platform(hass, "camera", [camera])
    for component in ("homeassistant", "file_upload"):
        assert await async_setup_component(hass, component, {})
    assert await async_setup_component(hass, "camera", {"camera": {"platform": "test"}})
    await hass.async_block_till_done()
    return camera


@pytest.fixture
def loopback(socket_enabled: None) -> None:
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)  # enabling took the engine's socket away


@pytest.fixture
async def server(hall: Streaming, loopback: None) -> AsyncIterator[RtspServer]:
    async with RtspServer({"hall": Channel()}).running() as running:
        hall.url = running.url("hall")
        yield running


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "FIRST_RESTART_PAUSE", 0.01)
    monkeypatch.setattr(choice, "HEALTH_EVERY", 0.05)
    monkeypatch.setattr(stream, "RENEW_AFTER", 0.05)


@pytest.fixture
async def load(
    hass: HomeAssistant, hall: Streaming, brought: Callable[[str, HomeAssistant], None], soon: None
) -> AsyncIterator[Load]:
    """Loads Kith with a local engine, watching the hall with these settings; unloads it afterwards."""
    loaded: list[MockConfigEntry] = []

    async def set_up(**settings: Any) -> MockConfigEntry:
        await hass.async_add_executor_job(brought, "compact", hass)
        watched = camera_subentry(**settings)
        entry = MockConfigEntry(domain=DOMAIN, title="Kith", data={"engine": "local"}, subentries_data=[watched])
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
        loaded.append(entry)
        return entry

    yield set_up
    for entry in loaded:
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def spied(monkeypatch: pytest.MonkeyPatch) -> Spied:
    def spy(entry: MockConfigEntry, **instead: Any) -> Answers:
        answers, engine = Answers(), entry.runtime_data.engine
        look = engine.look

        async def noted(camera: str, asked: LookRequest) -> Glimpse:
            answers.asked.append(asked)
            try:
                glimpse: Glimpse = await look(camera, replace(asked, **instead))
            except asyncio.CancelledError:
                answers.cut.append(asked.look)
                raise
            answers.given.append(glimpse)
            return glimpse

        monkeypatch.setattr(engine, "look", noted)
        return answers

    return spy


@pytest.fixture
def drowsy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that was woken sleeps again soon."""
    monkeypatch.setattr(wake, "AWAKE_FOR", 0.2)
