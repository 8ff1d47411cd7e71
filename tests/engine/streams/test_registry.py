"""Streams from a real RTSP server: what arrives, what fails and how, and that no connection stays."""

import asyncio
import io
import itertools
import threading
import time

from aiohttp import web
import numpy as np
from numpy.typing import NDArray
from PIL import Image
import pytest

pytest.importorskip("av")

from demo.rtsp import RtspServer
from demo.video import Codec
from kith_engine.errors import StreamClosedError
from kith_engine.server import Address, listening
from kith_engine.streams import reader, registry
from kith_engine.streams.decoder import MOTION_STEP, PRE_ROLL, PRE_ROLL_STEP, Appetite, Shown
from kith_engine.streams.protocol import UNASKED_FOR, Flow, StreamAddress
from kith_engine.streams.registry import Streams, Watch

from .filming import RATE, SIZE, film, pictures, playing
from .viewer import DOOR, HALL, PATIENCE, eventually, pictures_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("soon")]


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


async def test_while_only_motion_matters_a_few_pictures_a_second_are_shown(
    server: RtspServer, streams: Streams
) -> None:
    async with playing(server.channels[HALL], film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        await pictures_of(streams, HALL, 1, Appetite.MOTION)
        found = [shown for shown in await pictures_of(streams, HALL, 8, Appetite.MOTION) if not shown.early]
        steps = [later.captured - sooner.captured for sooner, later in itertools.pairwise(found)]
        assert all(step >= MOTION_STEP for step in steps)
        assert len({shown.captured for shown in await pictures_of(streams, HALL, 20)}) == 20, "and then all of them"


async def test_a_watch_passes_over_pictures_until_something_moves(server: RtspServer, streams: Streams) -> None:
    seen: list[Shown] = []

    def still(shown: Shown) -> bool:
        assert threading.current_thread() is not threading.main_thread()
        seen.append(shown)
        return len(seen) < 4

    async with playing(server.channels[HALL], film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        [first, *_] = await pictures_of(streams, HALL, 3, Appetite.MOTION)
        watch = Watch(still, time.monotonic() + PATIENCE)
        found = await streams.picture(HALL, time.time() - 0.1, Appetite.MOTION, watch)
        assert found.captured >= seen[3].captured > seen[0].captured > first.captured
        assert watch.glances == len(seen)


async def test_a_watch_ends_with_the_next_picture(server: RtspServer, streams: Streams) -> None:
    async with playing(server.channels[HALL], film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        last = (await pictures_of(streams, HALL, 3))[-1]
        watch = Watch(lambda _shown: True, time.monotonic() + 0.5)
        found = await streams.picture(HALL, last.captured, Appetite.MOTION, watch)
        assert time.monotonic() >= watch.until, "nothing moved before"
        assert found.captured > last.captured
        assert watch.glances > 1
        assert not streams._line(HALL)._waiters


async def test_a_watch_that_takes_too_long_ends_with_what_it_saw(
    server: RtspServer, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with playing(server.channels[HALL], film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        last = (await pictures_of(streams, HALL, 3))[-1]
        monkeypatch.setattr(registry, "PICTURE_TIMEOUT", 1.0)
        watch = Watch(lambda _shown: True, time.monotonic() + PATIENCE)
        found = await streams.picture(HALL, last.captured, Appetite.MOTION, watch)
        assert found.captured > last.captured
        assert watch.glances


async def test_who_gives_up_is_told_of_no_more_pictures(server: RtspServer, streams: Streams) -> None:
    glanced = threading.Event()

    def still(_shown: Shown) -> bool:
        glanced.set()
        return True

    async with playing(server.channels[HALL], film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        last = (await pictures_of(streams, HALL, 3))[-1]
        watching = asyncio.create_task(
            streams.picture(HALL, last.captured, Appetite.MOTION, Watch(still, time.monotonic() + PATIENCE))
        )
        assert await asyncio.to_thread(glanced.wait, PATIENCE)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert not streams._line(HALL)._waiters


async def test_a_new_picture_counts_although_the_clock_was_set_back(server: RtspServer, streams: Streams) -> None:
    async with playing(server.channels[HALL], film()):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        await pictures_of(streams, HALL, 1)
        for watch in (None, Watch(lambda _shown: True, time.monotonic() + PATIENCE)):
            found = await streams.picture(HALL, time.time() + 3600, Appetite.EVERYTHING, watch)
            assert found.captured <= time.time()


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
            await streams.picture(HALL, 0.0, Appetite.EVERYTHING)
        streams.close(DOOR)
        streams.close(DOOR)
        await eventually(lambda: server.connections == 0)


async def test_a_stream_that_nobody_asks_about_ends(server: RtspServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its home was switched off, or the engine has forgotten it."""
    monkeypatch.setattr(registry, "SWEEP_EVERY", 0.02)
    now = 0.0
    streams, hall, door = Streams(lambda: now), server.channels[HALL], server.channels[DOOR]
    async with playing(hall, film()), playing(door, film(size=(160, 120))):
        for camera in (HALL, DOOR):
            streams.open(camera, StreamAddress(server.url(camera)))
        await eventually(lambda: hall.viewers and door.viewers)
        now = UNASKED_FOR / 2
        assert streams.health(DOOR).flow is not Flow.FAILED
        now = UNASKED_FOR
        await eventually(lambda: not hall.viewers)
        with pytest.raises(StreamClosedError):
            await streams.picture(HALL, 0.0, Appetite.MOTION)
        await pictures_of(streams, DOOR, 1)
        streams.open(HALL, StreamAddress(server.url(HALL)))
        await pictures_of(streams, HALL, 1)
        now *= 2
        await eventually(lambda: server.connections == 0)
        await streams.stop()


async def test_another_address_replaces_the_first(server: RtspServer, streams: Streams) -> None:
    async with playing(server.channels[HALL], film()), playing(server.channels[DOOR], film(size=(160, 120))):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        await pictures_of(streams, HALL, 1)
        streams.open(HALL, StreamAddress(server.url(DOOR)))
        assert [shown.frame.width for shown in await pictures_of(streams, HALL, 2)] == [160, 160]
        await eventually(lambda: not server.channels[HALL].viewers)


@pytest.mark.parametrize(("largest_idle", "appetite"), [(100, Appetite.MOTION), (10_000_000, Appetite.KEYFRAMES)])
async def test_a_large_idle_stream_and_one_that_saves_power_are_decoded_at_their_keyframes_only(
    server: RtspServer, streams: Streams, monkeypatch: pytest.MonkeyPatch, largest_idle: int, appetite: Appetite
) -> None:
    monkeypatch.setattr(reader, "LARGEST_IDLE", largest_idle)
    async with playing(server.channels[HALL], film(keyframe_every=0.4)):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        found = await pictures_of(streams, HALL, 4, appetite)
        steps = [later.captured - sooner.captured for sooner, later in itertools.pairwise(found)]
        assert all(step > 0.3 for step in steps)


async def test_a_large_idle_stream_whose_keyframes_are_rare_is_not_taken_for_silent(
    server: RtspServer, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LARGEST_IDLE", 100)
    monkeypatch.setattr(reader, "OFTEN_ENOUGH", 0.5)
    async with playing(server.channels[HALL], film(4, keyframe_every=4)):
        streams.open(HALL, StreamAddress(server.url(HALL)))
        await pictures_of(streams, HALL, 1, Appetite.MOTION)
        monkeypatch.setattr(registry, "PICTURE_TIMEOUT", 2.0)
        assert len(await pictures_of(streams, HALL, 8, Appetite.MOTION)) == 8


async def test_pictures_one_by_one_over_http_are_a_stream_too(streams: Streams) -> None:
    """Motion JPEG, as old cameras have it: slower than the 25 a second that FFmpeg dates them by."""
    frames = [as_jpeg(picture) for picture in pictures(1)]

    async def film_of_jpegs(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=picture"})
        await response.prepare(request)
        for frame in itertools.cycle(frames):
            await response.write(b"--picture\r\nContent-Type: image/jpeg\r\n\r\n" + frame + b"\r\n")
            await asyncio.sleep(2 / RATE)
        return response

    app = web.Application()
    app.router.add_get("/", film_of_jpegs)
    async with listening(app, Address()) as url:
        streams.open(HALL, StreamAddress(url))
        found = await pictures_of(streams, HALL, 15)
        assert (found[-1].frame.width, found[-1].frame.height) == SIZE
        assert streams.health(HALL).codec == "mjpeg"
        assert time.time() - found[-1].captured < 1.0
        await streams.stop()


def as_jpeg(picture: NDArray[np.uint8]) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, "JPEG")
    return encoded.getvalue()
