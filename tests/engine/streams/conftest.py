"""A real RTSP server, and streams that connect again soon."""

from collections.abc import AsyncIterator

import pytest

pytest.importorskip("av")

from demo.rtsp import Channel, RtspServer
from kith_engine.streams import connection, reader, registry
from kith_engine.streams.registry import Streams

from .viewer import DOOR, HALL, PATIENCE


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connects again without long pauses, and gives up soon."""
    monkeypatch.setattr(reader, "FIRST_RETRY", 0.05)
    monkeypatch.setattr(reader, "LONGEST_RETRY", 0.05)
    monkeypatch.setattr(connection, "OPEN_TIMEOUT", 5.0)
    monkeypatch.setattr(connection, "READ_TIMEOUT", 1.0)
    monkeypatch.setattr(registry, "PICTURE_TIMEOUT", PATIENCE)


@pytest.fixture
async def server() -> AsyncIterator[RtspServer]:
    async with RtspServer({HALL: Channel(), DOOR: Channel()}).running() as running:
        yield running


@pytest.fixture
async def streams() -> AsyncIterator[Streams]:
    """All connections have ended afterwards."""
    all_streams = Streams()
    yield all_streams
    await all_streams.stop()
