"""What becomes of packets, whatever the ring could keep of them."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("av")

from kith_engine.streams.decoder import Appetite, StreamDecoder
from kith_engine.streams.ring import MOST_BYTES, Held, PacketRing

RATE, KEYFRAME_EVERY = 15, 60


class Context:
    """A codec that makes one picture of each packet."""

    def flush_buffers(self) -> None:
        """It has none."""

    def decode(self, packet: Any) -> list[Any]:
        return [SimpleNamespace(is_corrupt=False, opaque=packet.opaque)]


def packet(number: int, size: int) -> Held:
    return Held(number, SimpleNamespace(opaque=None), number / RATE, number % KEYFRAME_EVERY == 0, size)


def test_where_every_picture_is_a_keyframe_only_some_are_decoded_while_power_is_saved() -> None:
    """As Motion JPEG has it."""
    decoder, ring = StreamDecoder(Context()), PacketRing()
    shown = 0
    for number in range(RATE):
        held = replace(packet(number, 1000), keyframe=True)
        ring.add(held)
        shown += decoder.advance(ring, held, Appetite.KEYFRAMES)
    assert 3 <= shown <= 4


def test_where_the_ring_holds_no_group_the_next_keyframe_is_the_next_picture() -> None:
    """4K with 20 Mbit/s: somebody comes at the end of a group that is too large to be kept."""
    decoder, ring = StreamDecoder(Context()), PacketRing()

    def advance(number: int, appetite: Appetite) -> bool:
        held = packet(number, MOST_BYTES // (KEYFRAME_EVERY - 10))
        ring.add(held)
        return decoder.advance(ring, held, appetite)

    for number in range(KEYFRAME_EVERY - 5):
        advance(number, Appetite.KEYFRAMES)
    assert len(ring) == 0
    assert decoder.newest is not None
    assert not any(advance(number, Appetite.EVERYTHING) for number in range(KEYFRAME_EVERY - 5, KEYFRAME_EVERY))
    assert all(advance(number, Appetite.EVERYTHING) for number in range(KEYFRAME_EVERY, 2 * KEYFRAME_EVERY))
