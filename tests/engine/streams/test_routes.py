"""Streams over the socket: opened, looked at, and closed by a client."""

import asyncio
from collections.abc import AsyncIterator
import io
import itertools
from pathlib import Path
import time
from typing import Any

import aiohttp
from PIL import Image
import pytest

pytest.importorskip("av")

from demo.rtsp import Channel, RtspServer
from kith_engine.analysis import Analysis, EngineFacts, Look, Scope
from kith_engine.client import EngineClient
from kith_engine.errors import EngineError, PictureError, StreamClosedError
from kith_engine.picture import Picture
from kith_engine.server import Address, create_app, listening
from kith_engine.streams.decoder import Shown
from kith_engine.streams.protocol import LONGEST_WATCH, LOOK, Flow, LookRequest, StreamAddress
from kith_engine.streams.registry import Streams
from kith_engine.streams.routes import add_routes
from kith_engine.wire import PROTOCOL, PROTOCOL_HEADER

from ..analyses import FACTS, Obedient
from .filming import SIZE, film, playing

pytestmark = pytest.mark.slow

HALL = "hall"


class Looking:
    """Finds nobody, and notes what it was asked. moves_at: the glance at which something moves."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, Look, tuple[int, int]]] = []
        self.glances = 0
        self.moves_at: int | None = None
        self.error: Exception | None = None

    def facts(self) -> EngineFacts:
        return FACTS

    def look(self, picture: Picture, camera: str, look: Look, _scope: Scope) -> Analysis:
        self.looks.append((camera, look, picture.size))
        return Analysis(*picture.size, motion=0.0, looked=look is Look.PEOPLE)

    def still(self, _picture: Picture, _camera: str, _scope: Scope) -> bool:
        self.glances += 1
        if self.error is not None:
            raise self.error
        return self.glances != self.moves_at


@pytest.fixture
def looking() -> Looking:
    return Looking()


@pytest.fixture
async def socket(looking: Looking, tmp_path: Path) -> AsyncIterator[str]:
    app = create_app(Obedient(), more=lambda app, scheduler: add_routes(app, Streams(), looking, scheduler))
    async with listening(app, Address(unix=tmp_path / "engine")) as path:
        yield path


@pytest.fixture
async def client(socket: str) -> AsyncIterator[EngineClient]:
    client = EngineClient.over_unix(socket)
    yield client
    await client.close()


async def test_a_stream_is_looked_at_through_the_socket(client: EngineClient, looking: Looking) -> None:
    async with RtspServer({HALL: Channel()}).running() as server, playing(server.channels[HALL], film()):
        with pytest.raises(StreamClosedError):
            await client.look(HALL, LookRequest(Look.PEOPLE, 0))
        await client.open_stream(HALL, StreamAddress(server.url(HALL)))
        seen = await client.look(HALL, LookRequest(Look.PEOPLE, 0))
        assert 0 <= time.time() - seen.captured < 30
        assert Image.open(io.BytesIO(seen.picture)).size == SIZE == (seen.analysis.width, seen.analysis.height)
        again = await client.look(HALL, LookRequest(Look.MOTION, seen.captured, scope=Scope(faces=False)))
        assert again.captured > seen.captured
        turned = await client.look(HALL, LookRequest(Look.PEOPLE, again.captured, orientation=6))
        assert (turned.analysis.width, turned.analysis.height) == SIZE[::-1]
        assert (await client.stream_health(HALL)).flow is Flow.FLOWING
        await client.close_stream(HALL)
        with pytest.raises(StreamClosedError):
            await client.stream_health(HALL)
        async with asyncio.timeout(30):
            while server.connections:
                await asyncio.sleep(0.02)
    assert [look for _, look, _ in looking.looks if look is not Look.MOTION]


async def test_a_quiet_picture_is_not_sent(client: EngineClient) -> None:
    async with RtspServer({HALL: Channel()}).running() as server, playing(server.channels[HALL], film()):
        await client.open_stream(HALL, StreamAddress(server.url(HALL)))
        seen = await client.look(HALL, LookRequest(Look.MOTION, 0))
        while seen.early:
            seen = await client.look(HALL, LookRequest(Look.MOTION, seen.captured))
        assert seen.picture == b""


async def test_who_saves_power_sees_keyframes_alone(client: EngineClient) -> None:
    async with (
        RtspServer({HALL: Channel()}).running() as server,
        playing(server.channels[HALL], film(keyframe_every=0.4)),
    ):
        await client.open_stream(HALL, StreamAddress(server.url(HALL)))
        seen = [await client.look(HALL, LookRequest(Look.MOTION, 0, keyframes=True))]
        while len(seen) < 4:
            seen.append(await client.look(HALL, LookRequest(Look.MOTION, seen[-1].captured, keyframes=True)))
        assert all(later.captured - sooner.captured > 0.3 for sooner, later in itertools.pairwise(seen))


async def test_one_answer_is_about_all_pictures_in_which_nothing_moved(client: EngineClient, looking: Looking) -> None:
    async with RtspServer({HALL: Channel()}).running() as server, playing(server.channels[HALL], film()):
        await client.open_stream(HALL, StreamAddress(server.url(HALL)))
        seen = await client.look(HALL, LookRequest(Look.MOTION, 0))
        while seen.early:
            seen = await client.look(HALL, LookRequest(Look.MOTION, seen.captured))
        looks = len(looking.looks)
        quiet = await client.look(HALL, LookRequest(Look.MOTION, seen.captured, watch=0.8))
        assert quiet.captured > seen.captured
        assert quiet.glances == looking.glances + 1 > 1
        assert len(looking.looks) == looks + 1, "the scene is learned from the last one"
        looking.moves_at = looking.glances + 2
        moved = await client.look(HALL, LookRequest(Look.MOTION, quiet.captured, watch=LONGEST_WATCH))
        assert moved.glances == 2
        people = await client.look(HALL, LookRequest(Look.PEOPLE, moved.captured, watch=LONGEST_WATCH))
        assert (people.glances, looking.glances) == (1, looking.moves_at), "who is looked for is not waited for"


async def test_what_a_glance_cannot_see_is_looked_at(client: EngineClient, looking: Looking) -> None:
    async with RtspServer({HALL: Channel()}).running() as server, playing(server.channels[HALL], film()):
        await client.open_stream(HALL, StreamAddress(server.url(HALL)))
        seen = await client.look(HALL, LookRequest(Look.MOTION, 0))
        looking.error = PictureError("it is damaged")
        assert (await client.look(HALL, LookRequest(Look.MOTION, seen.captured, watch=LONGEST_WATCH))).captured


class Asked(Streams):
    """Shows nothing, and notes what it was asked for."""

    after = 0.0

    async def picture(self, *question: Any) -> Shown:
        self.after = question[1]
        raise StreamClosedError("it has no streams.")


@pytest.mark.parametrize(
    ("last", "pre_roll", "wanted"), [(-100, 0, -100), (-100, 3, -3), (-1, 3, -1), (3600, 3, -3), (3600, 0, None)]
)
async def test_times_are_by_the_engine_s_own_clock(
    looking: Looking, tmp_path: Path, last: float, pre_roll: float, wanted: float | None
) -> None:
    """Seconds from now. A last picture in the future is another engine's, or this clock was set back since."""
    streams, now = Asked(), time.time()
    app = create_app(Obedient(), more=lambda app, scheduler: add_routes(app, streams, looking, scheduler))
    async with listening(app, Address(unix=tmp_path / "engine")) as path:
        client = EngineClient.over_unix(path)
        with pytest.raises(StreamClosedError):
            await client.look(HALL, LookRequest(Look.PEOPLE, now + last, pre_roll=pre_roll))
        await client.close()
    assert streams.after == (pytest.approx(now + wanted, abs=2) if wanted is not None else 0)


@pytest.mark.parametrize(
    "query", ["after=soon", "after=-1", "after=nan", "watch=long", "watch=-1", "watch=99", "pre_roll=99"]
)
async def test_a_time_that_is_none_is_refused(socket: str, query: str) -> None:
    wanted = f"http://engine{LOOK}?camera=hall&{query}"
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(socket)) as session,
        session.post(wanted, headers={PROTOCOL_HEADER: str(PROTOCOL)}) as response,
    ):
        assert response.status == 400


async def test_an_orientation_that_is_none_is_refused(socket: str, client: EngineClient) -> None:
    async with RtspServer({HALL: Channel()}).running() as server, playing(server.channels[HALL], film()):
        await client.open_stream(HALL, StreamAddress(server.url(HALL)))
        with pytest.raises(EngineError, match="orientation"):
            await client.look(HALL, LookRequest(Look.MOTION, 0, orientation=9))


async def test_an_engine_that_others_can_reach_opens_nothing() -> None:
    async with listening(create_app(Obedient()), Address()) as url, aiohttp.ClientSession() as session:
        client = EngineClient(session, url)
        with pytest.raises(EngineError):
            await client.open_stream(HALL, StreamAddress("rtsp://127.0.0.1/1"))
