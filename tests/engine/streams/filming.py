"""A small camera film for a real RTSP server: a square that walks from left to right, 15 pictures a second."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
import itertools

import numpy as np
from numpy.typing import NDArray

from demo.rtsp import Channel
from demo.video import AccessUnit, Codec, encoded

RATE = 15
SIZE = (320, 240)


def pictures(seconds: float, size: tuple[int, int] = SIZE) -> Iterator[NDArray[np.uint8]]:
    """The square stands at x = its picture's number, modulo the width."""
    width, height = size
    for number in range(round(seconds * RATE)):
        picture = np.full((height, width, 3), 90, np.uint8)
        left = 4 * number % (width - 60)
        picture[80:160, left : left + 60] = 220
        yield picture


def film(
    seconds: float = 4, keyframe_every: float = 1.0, codec: Codec = Codec.H264, size: tuple[int, int] = SIZE
) -> list[AccessUnit]:
    return list(encoded(pictures(seconds, size), RATE, keyframe_every, codec))


def endless(units: list[AccessUnit]) -> Iterator[AccessUnit]:
    """The film again and again, with times that go on."""
    length = len(units) / RATE
    for turn in itertools.count():
        for unit in units:
            yield AccessUnit(unit.at + turn * length, unit.stamp + turn * length, unit.keyframe, unit.nals)


@asynccontextmanager
async def playing(channel: Channel, units: list[AccessUnit]) -> AsyncIterator[None]:
    """The channel shows the film, over and over; what it begins with is known at once, as a real camera's is."""
    channel.push(units[0])
    player = asyncio.create_task(channel.play(endless(units)))
    try:
        yield
    finally:
        player.cancel()
        await asyncio.gather(player, return_exceptions=True)
