"""What goes wrong with real cameras, each on a real RTSP server."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("av")

from demo.rtsp import Channel, RtspServer
from demo.video import AccessUnit
from kith_engine.errors import (
    StreamError,
    StreamNotFoundError,
    StreamRefusedError,
    StreamUndecodableError,
    StreamUnreachableError,
    StreamWithoutVideoError,
)
from kith_engine.streams import reader, registry
from kith_engine.streams.decoder import PRE_ROLL, Appetite
from kith_engine.streams.protocol import Flow, StreamAddress
from kith_engine.streams.reader import LONGEST_RETRY
from kith_engine.streams.registry import Streams

from .filming import RATE, film, playing
from .viewer import HALL, PATIENCE, eventually, failure_of, pictures_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("soon")]

SECRET = "hunter2"
HOUR = 3600.0


class Clock:
    """What the reader has of `threading`, with pauses that pass at once and are counted."""

    Lock, Thread = threading.Lock, threading.Thread

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def Event(self) -> SimpleNamespace:  # noqa: N802  as in `threading`
        event = threading.Event()

        def wait(seconds: float) -> bool:
            self.pauses.append(seconds)
            return event.wait(0.001)

        return SimpleNamespace(set=event.set, is_set=event.is_set, wait=wait)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    hurried = Clock()
    monkeypatch.setattr(reader, "threading", hurried)
    monkeypatch.setattr(reader, "FIRST_RETRY", 1.0)
    monkeypatch.setattr(reader, "LONGEST_RETRY", LONGEST_RETRY)
    return hurried


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


async def test_a_camera_that_is_off_for_an_hour_is_tried_once_a_minute(streams: Streams, clock: Clock) -> None:
    server = RtspServer({HALL: Channel()})
    async with server.running():
        address = StreamAddress(server.url(HALL))
    streams.open(HALL, address)
    await eventually(lambda: sum(clock.pauses) > HOUR)
    assert max(clock.pauses) == LONGEST_RETRY
    assert len([pause for pause in clock.pauses if pause < LONGEST_RETRY]) < 10
    async with server.running(port=server.port), playing(server.channels[HALL], film()):
        await eventually(lambda: streams.health(HALL).flow is Flow.FLOWING)


async def test_25_refused_sessions_are_no_storm(server: RtspServer, streams: Streams, clock: Clock) -> None:
    """Some cameras allow only a few viewers at a time."""
    server.refusal = "453 Not Enough Bandwidth"
    streams.open(HALL, StreamAddress(server.url(HALL)))
    await eventually(lambda: server.asked >= 25)
    server.refusal = None
    assert isinstance(streams._line(HALL).reader.error, StreamUnreachableError)
    assert clock.pauses[:7] == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    async with playing(server.channels[HALL], film()):
        await eventually(lambda: streams.health(HALL).flow is Flow.FLOWING)
        assert server.connections == 1


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
        ("453 Not Enough Bandwidth", StreamUnreachableError),
        ("500 Internal Server Error", StreamUnreachableError),
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


async def test_a_codec_that_nobody_knows_is_told_and_not_logged(
    server: RtspServer, streams: Streams, caplog: pytest.LogCaptureFixture
) -> None:
    server.channels[HALL].claims = "X-SMART"
    async with playing(server.channels[HALL], film(1)):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        assert isinstance(await failure_of(streams, HALL), StreamUndecodableError)
    assert not caplog.text


async def test_another_size_is_followed(server: RtspServer, streams: Streams) -> None:
    channel = server.channels[HALL]
    async with playing(channel, film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        await pictures_of(streams, HALL, 2)
    async with playing(channel, film(size=(640, 480))):
        found = (await pictures_of(streams, HALL, 2))[-1]
        async with asyncio.timeout(PATIENCE):
            while found.frame.width != 640:
                found = await streams.picture(HALL, found.captured, Appetite.EVERYTHING)


@pytest.mark.parametrize("share", [0.1, 0.5])
async def test_lost_packets_do_not_end_the_pictures(server: RtspServer, streams: Streams, share: float) -> None:
    channel = server.channels[HALL]
    channel.loses = share
    async with playing(channel, film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        assert await pictures_of(streams, HALL, 5)
        channel.loses = 0.0
        whole = time.time() + 1.0
        async with asyncio.timeout(PATIENCE):
            shown = await streams.picture(HALL, whole, Appetite.EVERYTHING)
        assert not shown.frame.is_corrupt
        assert channel.served == 1, "the connection stayed"


@pytest.mark.parametrize("later", [7.0, 9000.0, -9000.0])
async def test_timestamps_that_stand_still_or_jump_do_not_age_the_pictures(
    server: RtspServer, streams: Streams, later: float
) -> None:
    """They stand still, or jump by hours after two seconds."""
    stamps = [7.0 if later == 7.0 else 20_000.0 + unit.at + later * (unit.at > 1) for unit in film(2)]
    units = [AccessUnit(unit.at, stamp, unit.keyframe, unit.nals) for unit, stamp in zip(film(2), stamps, strict=True)]
    async with playing(server.channels[HALL], units):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        for shown in await pictures_of(streams, HALL, 2 * RATE):
            assert time.time() - shown.captured < PRE_ROLL


async def test_a_group_of_a_minute_is_kept_and_decoded(server: RtspServer, streams: Streams) -> None:
    """A "smart" codec: somebody asks when the last keyframe is a minute old."""
    channel, units = server.channels[HALL], film(60, keyframe_every=60)
    channel.push(units[0])
    streams.open(HALL, StreamAddress(server.url(HALL)))
    line = streams._line(HALL)
    await eventually(lambda: channel.viewers)
    for unit in units[:-1]:
        channel.push(unit)
        await asyncio.sleep(0.001)
    await eventually(lambda: len(line.reader._ring) >= len(units) - 2)
    asked = asyncio.create_task(streams.picture(HALL, 0.0, Appetite.EVERYTHING))
    await asyncio.sleep(0)
    channel.push(units[-1])
    assert (await asked).frame.width
    await eventually(lambda: line.reader._pictures)
    assert streams.health(HALL).flow is Flow.FLOWING


async def test_4k_is_decoded(server: RtspServer, streams: Streams) -> None:
    async with playing(server.channels[HALL], film(1, size=(3840, 2160))):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        for appetite in (Appetite.MOTION, Appetite.EVERYTHING):
            [shown] = await pictures_of(streams, HALL, 1, appetite)
            assert (shown.frame.width, shown.frame.height) == (3840, 2160)


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
        await streams.picture(HALL, max(last, time.time()), Appetite.EVERYTHING)
