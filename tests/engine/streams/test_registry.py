"""Streams from a real RTSP server: what arrives, what fails and how, and that no connection stays."""

import asyncio
from collections.abc import AsyncIterator, Callable
import io
import itertools
import time

from aiohttp import web
import numpy as np
from numpy.typing import NDArray
from PIL import Image
import pytest

pytest.importorskip("av")

from demo.rtsp import Channel, RtspServer
from demo.video import AccessUnit, Codec
from kith_engine.errors import (
    StreamClosedError,
    StreamError,
    StreamNotFoundError,
    StreamRefusedError,
    StreamUnreachableError,
    StreamWithoutVideoError,
)
from kith_engine.server import Address, listening
from kith_engine.streams import connection, reader, registry
from kith_engine.streams.decoder import PRE_ROLL, PRE_ROLL_STEP, Shown
from kith_engine.streams.protocol import Flow, StreamAddress
from kith_engine.streams.registry import Streams

from .filming import RATE, SIZE, film, pictures, playing

pytestmark = pytest.mark.slow

PATIENCE = 30
HALL, DOOR = "hall", "door"
SECRET = "hunter2"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
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


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.02)


async def pictures_of(streams: Streams, camera: str, count: int, *, idle: bool = False) -> list[Shown]:
    found: list[Shown] = []
    while len(found) < count:
        found.append(await streams.picture(camera, found[-1].captured if found else 0.0, idle=idle))
    return found


async def failure_of(streams: Streams, camera: str) -> StreamError:
    """The first error that is not about the wait for a first answer."""
    with pytest.raises(StreamError) as caught:
        await streams.picture(camera, 0.0, idle=False)
    return caught.value


@pytest.mark.parametrize("codec", list(Codec))
async def test_each_picture_comes_with_its_own_time(server: RtspServer, streams: Streams, codec: Codec) -> None:
    server.channels[HALL].codec = codec
    async with playing(server.channels[HALL], film(codec=codec)):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        found = await pictures_of(streams, HALL, 20)
    assert {(shown.frame.width, shown.frame.height) for shown in found} == {SIZE}
    times = [shown.captured for shown in found]
    assert times == sorted(set(times))
    assert all(0 <= time.time() - moment < PATIENCE for moment in times)
    health = streams.health(HALL)
    assert (health.flow, health.codec) == (Flow.FLOWING, {Codec.H264: "h264", Codec.H265: "hevc"}[codec])
    assert (health.width, health.height) == SIZE


async def test_what_was_before_somebody_asked_is_seen_first(server: RtspServer, streams: Streams) -> None:
    async with playing(server.channels[HALL], film(keyframe_every=4)):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        line = streams._line(HALL)
        await eventually(lambda: len(line.reader._ring) > RATE * (PRE_ROLL + 1))
        assert line.reader._pictures == (), "nothing was decoded: nobody asked"
        asked = time.time()
        found = await pictures_of(streams, HALL, 9)
    early = [shown for shown in found if shown.early]
    assert asked - PRE_ROLL - 0.2 < early[0].captured < asked - PRE_ROLL + 1.0
    steps = [later.captured - sooner.captured for sooner, later in itertools.pairwise(early)]
    assert len(steps) >= 3
    assert all(PRE_ROLL_STEP - 0.01 <= step < PRE_ROLL_STEP + 0.2 for step in steps)
    assert not found[-1].early


async def test_two_cameras_share_a_connection_until_the_last_leaves(server: RtspServer, streams: Streams) -> None:
    async with playing(server.channels[HALL], film()):
        for camera in (HALL, DOOR):
            streams.open(camera, StreamAddress(server.url(HALL)))
            streams.open(camera, StreamAddress(server.url(HALL)))  # again: nothing changes
            await pictures_of(streams, camera, 2)
        assert (server.connections, server.channels[HALL].served) == (1, 1)
        streams.close(HALL)
        await pictures_of(streams, DOOR, 2)
        with pytest.raises(StreamClosedError):
            await streams.picture(HALL, 0.0, idle=False)
        streams.close(DOOR)
        streams.close(DOOR)
        await eventually(lambda: server.connections == 0)


async def test_another_address_replaces_the_first(server: RtspServer, streams: Streams) -> None:
    async with playing(server.channels[HALL], film()), playing(server.channels[DOOR], film(size=(160, 120))):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        await pictures_of(streams, HALL, 1)
        streams.open(HALL, StreamAddress(server.url(DOOR)))
        assert [shown.frame.width for shown in await pictures_of(streams, HALL, 2)] == [160, 160]
        await eventually(lambda: not server.channels[HALL].viewers)


async def test_a_camera_that_is_off_at_first_and_for_a_while_is_found_again(streams: Streams) -> None:
    server, units = RtspServer({HALL: Channel()}), film()
    async with server.running():
        address = StreamAddress(server.url(HALL))
    streams.open(HALL, address)
    assert isinstance(await failure_of(streams, HALL), StreamUnreachableError)
    for _ in range(2):  # on, off, and on again
        async with server.running(port=server.port), playing(server.channels[HALL], units):
            await eventually(lambda: streams.health(HALL).flow is Flow.FLOWING)
            assert await pictures_of(streams, HALL, 2)
        await eventually(lambda: streams.health(HALL).flow is Flow.FAILED)
    assert streams.health(HALL).code == StreamUnreachableError.code


async def test_a_wrong_password_is_told_apart_never_shown_and_not_tried_again(
    server: RtspServer, streams: Streams, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    server.channels[HALL].password = "another"
    streams.open(HALL, StreamAddress(server.url(HALL, SECRET)))
    error = await failure_of(streams, HALL)
    assert isinstance(error, StreamRefusedError)
    asked = server.asked
    for _ in range(10):
        assert isinstance(await failure_of(streams, HALL), StreamRefusedError)
    assert server.asked == asked
    shown = f"{error} {error!r} {error.__cause__} {error.__context__} {caplog.text} {capfd.readouterr()}"
    assert SECRET not in shown
    assert SECRET not in str(streams.health(HALL))


async def test_the_right_password_opens_the_stream(server: RtspServer, streams: Streams) -> None:
    server.channels[HALL].password = SECRET
    async with playing(server.channels[HALL], film()):
        streams.open(HALL, StreamAddress(server.url(HALL, SECRET)))
        assert await pictures_of(streams, HALL, 1)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ("404 Not Found", StreamNotFoundError),
        ("453 Not Enough Bandwidth", StreamError),
        ("500 Internal Server Error", StreamError),
    ],
)
async def test_a_camera_that_refuses_a_session_is_asked_again(
    server: RtspServer, streams: Streams, refusal: str, kind: type[StreamError]
) -> None:
    server.refusal = refusal
    streams.open(HALL, StreamAddress(server.url(HALL)))
    assert isinstance(await failure_of(streams, HALL), kind)
    server.refusal = None
    async with playing(server.channels[HALL], film()):
        await eventually(lambda: streams.health(HALL).flow is Flow.FLOWING)


async def test_sound_alone_is_no_picture(server: RtspServer, streams: Streams) -> None:
    server.channels[HALL].sound_only = True
    streams.open(HALL, StreamAddress(server.url(HALL)))
    assert isinstance(await failure_of(streams, HALL), StreamWithoutVideoError)


async def test_another_size_is_followed(server: RtspServer, streams: Streams) -> None:
    channel = server.channels[HALL]
    async with playing(channel, film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        await pictures_of(streams, HALL, 2)
    async with playing(channel, film(size=(640, 480))):
        found = (await pictures_of(streams, HALL, 2))[-1]
        async with asyncio.timeout(PATIENCE):
            while found.frame.width != 640:
                found = await streams.picture(HALL, found.captured, idle=False)


async def test_lost_packets_do_not_end_the_pictures(server: RtspServer, streams: Streams) -> None:
    server.channels[HALL].loses_every = 7
    async with playing(server.channels[HALL], film(size=(640, 480))):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        assert await pictures_of(streams, HALL, 5)


async def test_timestamps_that_stand_still_or_jump_do_not_age_the_pictures(
    server: RtspServer, streams: Streams
) -> None:
    units = film()
    still = [AccessUnit(unit.at, 7.0 if number < 30 else 9000.0, *rest(unit)) for number, unit in enumerate(units)]
    async with playing(server.channels[HALL], still):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        for shown in await pictures_of(streams, HALL, 3):
            assert time.time() - shown.captured < PRE_ROLL


def rest(unit: AccessUnit) -> tuple[bool, tuple[bytes, ...]]:
    return unit.keyframe, unit.nals


async def test_a_large_idle_stream_is_decoded_at_its_keyframes_only(
    server: RtspServer, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LARGEST_IDLE", 100)
    async with playing(server.channels[HALL], film(keyframe_every=0.4)):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        found = await pictures_of(streams, HALL, 4, idle=True)
        steps = [later.captured - sooner.captured for sooner, later in itertools.pairwise(found)]
        assert all(step > 0.3 for step in steps)


async def test_silence_is_an_error_and_the_stream_is_opened_again(
    server: RtspServer, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = server.channels[HALL]
    async with playing(channel, film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        last = (await pictures_of(streams, HALL, 1))[0].captured
    await eventually(lambda: channel.served > 1)
    monkeypatch.setattr(registry, "PICTURE_TIMEOUT", 0.05)
    with pytest.raises(StreamUnreachableError):
        await streams.picture(HALL, max(last, time.time()), idle=False)


async def test_pictures_one_by_one_over_http_are_a_stream_too(streams: Streams) -> None:
    """Motion JPEG, as old cameras have it."""
    frames = [as_jpeg(picture) for picture in pictures(1)]

    async def film_of_jpegs(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=picture"})
        await response.prepare(request)
        for frame in itertools.cycle(frames):
            await response.write(b"--picture\r\nContent-Type: image/jpeg\r\n\r\n" + frame + b"\r\n")
            await asyncio.sleep(1 / RATE)
        return response

    app = web.Application()
    app.router.add_get("/", film_of_jpegs)
    async with listening(app, Address()) as url:
        streams.open(HALL, StreamAddress(url))
        found = await pictures_of(streams, HALL, 5)
        assert (found[-1].frame.width, found[-1].frame.height) == SIZE
        assert streams.health(HALL).codec == "mjpeg"
        await streams.stop()


def as_jpeg(picture: NDArray[np.uint8]) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, "JPEG")
    return encoded.getvalue()
