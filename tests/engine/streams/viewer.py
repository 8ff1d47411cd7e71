"""Looks at streams as the engine does."""

import asyncio
from collections.abc import Callable

import pytest

from kith_engine.errors import StreamError
from kith_engine.streams.decoder import Appetite, Shown
from kith_engine.streams.registry import Streams

PATIENCE = 30
HALL, DOOR = "hall", "door"


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.02)


async def pictures_of(
    streams: Streams, camera: str, count: int, appetite: Appetite = Appetite.EVERYTHING
) -> list[Shown]:
    found: list[Shown] = []
    while len(found) < count:
        found.append(await streams.picture(camera, found[-1].captured if found else 0.0, appetite))
    return found


async def failure_of(streams: Streams, camera: str) -> StreamError:
    """The first error that is not about the wait for a first answer."""
    with pytest.raises(StreamError) as caught:
        await streams.picture(camera, 0.0, Appetite.EVERYTHING)
    return caught.value
