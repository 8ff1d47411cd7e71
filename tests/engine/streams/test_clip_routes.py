"""Recordings over the socket: handed over, looked at picture by picture, and dropped."""

import asyncio
from collections.abc import AsyncIterator
import io
from pathlib import Path
import time

import aiohttp
import pytest

pytest.importorskip("av")

from kith_engine import client as client_module
from kith_engine.analysis import Analysis, EngineFacts, Look, Scope
from kith_engine.client import EngineClient
from kith_engine.errors import ClipError, ClipTooLargeError, EngineBusyError, EngineError, EngineUnavailableError
from kith_engine.picture import Picture
from kith_engine.server import Address, create_app, listening
from kith_engine.streams import clip_routes
from kith_engine.streams.clip_protocol import ClipFacts, decode_clip_facts, decode_clip_picture
from kith_engine.streams.clip_routes import add_clip_routes

from ..analyses import FACTS, Obedient
from .filming import SIZE
from .recording import recorded


class Looking:
    """Finds nobody, and notes what it was asked."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, Look, Scope, tuple[int, int]]] = []

    def facts(self) -> EngineFacts:
        return FACTS

    def look(self, picture: Picture, camera: str, look: Look, scope: Scope) -> Analysis:
        self.looks.append((camera, look, scope, picture.size))
        return Analysis(*picture.size, motion=0.0, looked=True)


@pytest.fixture(scope="module")
def film() -> bytes:
    return recorded(1)


@pytest.fixture
def looking() -> Looking:
    return Looking()


@pytest.fixture
async def client(looking: Looking, tmp_path: Path) -> AsyncIterator[EngineClient]:
    app = create_app(Obedient(), more=lambda app, scheduler: add_clip_routes(app, looking, scheduler))
    async with listening(app, Address(unix=tmp_path / "engine")) as path:
        client = EngineClient.over_unix(path)
        yield client
        await client.close()


async def test_a_recording_is_looked_at_picture_by_picture(
    client: EngineClient, looking: Looking, film: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(film)
    facts = await client.open_clip("one", file.open("rb"), orientation=3)
    assert facts.length == pytest.approx(1, abs=0.2)
    seen = []
    while (picture := await client.look_on("one", Scope(second=True))) is not None:
        seen.append(picture.at)
    assert seen == sorted(seen)
    assert len(seen) == len(looking.looks) >= 3
    assert set(looking.looks) == {("clip", Look.PEOPLE, Scope(second=True), SIZE)}
    await client.close_clip("one")
    await client.close_clip("one")
    with pytest.raises(ClipError, match="nobody asked"):
        await client.look_on("one")


async def test_what_is_no_recording_is_refused(client: EngineClient) -> None:
    with pytest.raises(ClipError, match="neither"):
        await client.open_clip("one", io.BytesIO(b"no recording at all"))


async def test_a_recording_over_the_cap_is_refused(
    client: EngineClient, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_routes, "LARGEST_CLIP", 100)
    with pytest.raises(ClipTooLargeError):
        await client.open_clip("one", io.BytesIO(film))


async def test_only_a_few_are_looked_at_at_once(client: EngineClient, film: bytes) -> None:
    for name in ("one", "two", "two"):  # the third takes the place of the second
        await client.open_clip(name, io.BytesIO(film))
    with pytest.raises(EngineBusyError):
        await client.open_clip("three", io.BytesIO(film))


class Slow(io.BufferedReader):
    """A recording that comes over a slow network."""

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0.1)
        return super().read(1000)


async def test_a_recording_may_take_longer_than_an_answer(
    client: EngineClient, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ENGINE_TIMEOUT", aiohttp.ClientTimeout(total=0.1))
    assert (await client.open_clip("one", Slow(io.BytesIO(film)))).length > 0


async def test_a_recording_that_takes_too_long_does_not_take_the_engine_away(
    client: EngineClient, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_routes, "ARRIVES_WITHIN", 0.1)
    with pytest.raises(EngineError) as raised:
        await client.open_clip("one", Slow(io.BytesIO(film)))
    assert not isinstance(raised.value, EngineUnavailableError)


async def test_one_that_nobody_asks_about_is_dropped(
    client: EngineClient, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_routes, "FORGOTTEN_AFTER", 0.5)
    await client.open_clip("one", io.BytesIO(film))
    await client.open_clip("two", io.BytesIO(film))
    async with asyncio.timeout(20):
        while True:
            try:
                await client.open_clip("three", io.BytesIO(film))
            except EngineBusyError:
                await asyncio.sleep(0.01)
            else:
                break


@pytest.mark.parametrize("answer", [{}, {"length": "long"}, {"length": 1, "created": "then"}, [], None])
def test_facts_that_are_none_are_not_understood(answer: object) -> None:
    with pytest.raises(EngineError):
        decode_clip_facts(answer)
    assert decode_clip_facts({"length": 2}) == ClipFacts(2.0)


def test_a_picture_outside_the_recording_is_not_understood() -> None:
    assert decode_clip_picture({}) is None
    with pytest.raises(EngineError):
        decode_clip_picture({"at": 1e9})
