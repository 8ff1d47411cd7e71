"""What a reader does when something is wrong that nobody thought of, and how long it waits."""

from collections.abc import Iterator
from contextlib import contextmanager
import threading
from typing import Any

import pytest

pytest.importorskip("av")

from kith_engine.errors import StreamError, StreamRefusedError, StreamUnreachableError
from kith_engine.streams import reader
from kith_engine.streams.decoder import Appetite
from kith_engine.streams.protocol import Flow, StreamAddress
from kith_engine.streams.reader import HEALTHY_AFTER, StreamReader

SECRET = "hunter2"


def test_an_error_that_nobody_thought_of_is_logged_without_its_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    changed = threading.Event()

    @contextmanager
    def broken(address: StreamAddress) -> Iterator[Any]:
        raise RuntimeError(f"{address.url} is odd")
        yield

    monkeypatch.setattr(reader, "opened", broken)
    reading = StreamReader(StreamAddress(f"rtsp://kith:{SECRET}@camera/1"), changed.set)
    reading.start()
    assert changed.wait(30)
    assert (reading.health.flow, reading.health.code) == (Flow.FAILED, StreamError.code)
    reading.stop()
    assert reading.join(30)
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("error", "before", "lasted", "pause"),
    [
        (StreamUnreachableError(), 1.0, 0.0, 2.0),
        (StreamUnreachableError(), 50.0, 0.0, reader.LONGEST_RETRY),
        (StreamUnreachableError(), 50.0, HEALTHY_AFTER + 1, reader.FIRST_RETRY),
        (StreamRefusedError(), 1.0, 0.0, reader.REFUSED_RETRY),
        (StreamRefusedError(), 60.0, 0.0, 120.0),
        (StreamRefusedError(), 800.0, 0.0, reader.LONGEST_REFUSED_RETRY),
    ],
)
def test_pauses_grow_and_are_long_after_a_refusal(
    error: StreamError, before: float, lasted: float, pause: float
) -> None:
    assert StreamReader._pause(error, before, lasted) == pause


def test_what_is_decoded_depends_on_who_asked_last_and_on_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(reader.time, "monotonic", lambda: now)
    reading = StreamReader(StreamAddress("rtsp://camera/1"), lambda: None)
    assert reading._appetite(0.0) is Appetite.NOTHING
    reading.want(Appetite.MOTION)
    assert reading._appetite(0.0) is Appetite.MOTION
    reading._format = ("hevc", 3840, 2160)
    assert reading._appetite(0.0) is Appetite.KEYFRAMES
    reading._format = ("h264", 640, 360)
    reading.want(Appetite.EVERYTHING)
    assert reading._appetite(0.0) is Appetite.EVERYTHING
    now += reader.WANTED_FOR
    assert reading._appetite(0.0) is Appetite.NOTHING


def test_one_camera_that_saves_power_slows_no_other_down(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(reader.time, "monotonic", lambda: now)
    reading = StreamReader(StreamAddress("rtsp://camera/1"), lambda: None)
    reading._format = ("h264", 640, 360)
    reading.want(Appetite.KEYFRAMES)
    assert reading._appetite(0.0) is Appetite.KEYFRAMES
    reading.want(Appetite.MOTION)
    now += reader.WANTED_FOR / 2
    reading.want(Appetite.KEYFRAMES)
    assert reading._appetite(0.0) is Appetite.MOTION
    now += reader.WANTED_FOR / 2
    assert reading._appetite(0.0) is Appetite.KEYFRAMES


@pytest.mark.parametrize(
    ("keyframes", "at", "expected"),
    [
        ((), 100.0, Appetite.KEYFRAMES),
        ((100.0,), 104.0, Appetite.KEYFRAMES),
        ((100.0,), 105.0, Appetite.MOTION),
        ((96.0, 100.0), 104.0, Appetite.KEYFRAMES),
        ((90.0, 100.0), 100.1, Appetite.MOTION),
    ],
)
@pytest.mark.parametrize(
    ("size", "appetite"), [((3840, 2160), Appetite.MOTION), ((640, 360), Appetite.KEYFRAMES)], ids=["large", "sparing"]
)
def test_an_idle_stream_is_decoded_whole_where_keyframes_are_rare(
    size: tuple[int, int], appetite: Appetite, keyframes: tuple[float, ...], at: float, expected: Appetite
) -> None:
    reading = StreamReader(StreamAddress("rtsp://camera/1"), lambda: None)
    reading._format = ("hevc", *size)
    reading._keyframes.extend(keyframes)
    reading.want(appetite)
    assert reading._appetite(at) is expected
