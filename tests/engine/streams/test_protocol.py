"""What goes over the socket about streams comes back as it was, and nothing else is accepted."""

import json
from typing import Any

import pytest

from kith_engine.errors import EngineError
from kith_engine.streams.protocol import (
    LONGEST_URL,
    Flow,
    Glimpse,
    StreamAddress,
    StreamHealth,
    Transport,
    decode_address,
    decode_glimpse,
    decode_health,
    encode_address,
    encode_glimpse,
    encode_health,
)

from ..analyses import NOTHING

SECRET = StreamAddress("rtsp://kith:hunter2@10.0.0.7/1", Transport.UDP)


def test_an_address_comes_back_and_does_not_show_its_password() -> None:
    assert decode_address(json.dumps(encode_address(SECRET)).encode()) == SECRET
    assert "hunter2" not in repr(SECRET) + str(SECRET)


@pytest.mark.parametrize(
    "change",
    [
        {"url": "file:///etc/passwd"},
        {"url": "/etc/passwd"},
        {"url": "concat:rtsp://a|file:///b"},
        {"url": 7},
        {"url": "rtsp://" + "a" * LONGEST_URL},
        {"transport": "pigeon"},
        {"transport": None},
        {"verify": "yes"},
    ],
)
def test_only_addresses_of_a_network_are_taken(change: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        decode_address(json.dumps(encode_address(SECRET) | change).encode())


def test_health_comes_back() -> None:
    health = StreamHealth(Flow.FAILED, "stream_refused", "hevc", 1920, 1080, 14.9, 4.0)
    assert decode_health(json.loads(json.dumps(encode_health(health)))) == health
    for change in ({"flow": "down"}, {"width": -1}, {"rate": "fast"}):
        with pytest.raises(EngineError):
            decode_health(encode_health(health) | change)


def test_a_glimpse_comes_back_with_its_picture() -> None:
    told = decode_glimpse(encode_glimpse(Glimpse(NOTHING, 1.8e9, True, b"\xff\xd8\n\n\xff")))
    assert (told.captured, told.early, told.picture) == (1.8e9, True, b"\xff\xd8\n\n\xff")
    assert told.analysis == NOTHING


def test_an_answer_says_how_many_pictures_it_is_about() -> None:
    about = encode_glimpse(Glimpse(NOTHING, 1.8e9, False, b"", glances=8))
    assert decode_glimpse(about).glances == 8
    line = json.loads(about)
    with pytest.raises(EngineError):
        decode_glimpse(json.dumps(line | {"glances": 0}).encode() + b"\n")
    del line["glances"]
    assert decode_glimpse(json.dumps(line).encode() + b"\n").glances == 1, "an older engine looks at one"


@pytest.mark.parametrize("answer", [b"", b"{}", b"[]\n", b'{"captured": 1}\nabc'])
def test_anything_else_is_no_glimpse(answer: bytes) -> None:
    with pytest.raises(EngineError):
        decode_glimpse(answer)


def test_a_time_beyond_all_times_is_refused() -> None:
    with pytest.raises(EngineError):
        decode_glimpse(encode_glimpse(Glimpse(NOTHING, 1e12, False, b"")))
