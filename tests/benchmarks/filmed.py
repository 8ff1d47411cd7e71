"""A camera in a process of its own: draws a film, encodes it, repeats its beginning, and plays it once when asked to.

    python -m tests.benchmarks.filmed '{"visits": [[5, 9]], "seconds": 12, …}'

Somebody stands in the hall at once, facing the camera, and is gone just as suddenly. In a film with visits, the number
of each picture is burnt into its top rows, so that what Kith shows can be compared with what was sent. In one without,
nothing moves: in a small picture, such a number would be motion.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
import io
import json
import sys
import time

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from demo.drawing import with_noise
from demo.figure import FACE_WIDTH, TALL, Pose, with_person
from demo.rtsp import Channel, RtspServer
from demo.scenes import empty
from demo.video import Codec, encoded
from tests.engine.streams.filming import endless

RATE = 15
BITS_A_PIXEL = 0.13
"""As cameras are set by default: 4 Mbit/s at 1080p and 15 pictures a second, 0.45 at 360p."""
BIT = 8
"""Pixels of a burnt-in bit's side."""
BITS = 16
POSES = 12
"""Different pictures of the empty hall, and of somebody who stands still: drawing them takes longest."""


@dataclass(frozen=True)
class Film:
    """visits: from and to, in seconds; none before the second keyframe. faceless: with hair in place of the face.

    cameras: how many show it, each at an address of its own. variable: they send less while nobody is there.
    """

    visits: list[tuple[float, float]]
    seconds: float
    keyframe_every: float = 2.0
    codec: Codec = Codec.H264
    size: tuple[int, int] = (1920, 1080)
    faceless: bool = False
    cameras: int = 1
    variable: bool = False

    @property
    def bit_rate(self) -> int:
        return round(BITS_A_PIXEL * self.size[0] * self.size[1] * RATE)

    def as_argument(self) -> str:
        return json.dumps(asdict(self))

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """(height, width, 3) RGB each."""
        nobody, somebody = self.poses()
        for number in range(round(self.seconds * RATE)):
            there = any(begin <= number / RATE < end for begin, end in self.visits)
            picture = (somebody if there else nobody)[number % POSES]
            yield burnt(picture, number) if self.visits else picture

    def poses(self) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.uint8]]]:
        """The empty hall, and somebody in it."""
        random = np.random.default_rng(1)
        nobody = [np.array(with_noise(empty("hall", self.size), random)) for _ in range(POSES)]
        somebody = [np.array(with_noise(self._somebody(number), random)) for number in range(POSES)]
        return nobody, somebody

    def _somebody(self, number: int) -> Image.Image:
        sway = np.sin(2 * np.pi * number / POSES)
        pose = Pose(middle=0.5 + 0.004 * sway, eyes=0.39, height=1.0, lean=1.2 * sway)
        picture = with_person(empty("hall", self.size), pose)
        if self.faceless:
            half = FACE_WIDTH * picture.height / TALL
            x, y = pose.middle * picture.width, pose.eyes * picture.height
            ImageDraw.Draw(picture).ellipse((x - half, y - half * 1.2, x + half, y + half * 1.2), (70, 48, 36))
        return picture


def burnt(picture: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """The picture with its number in black and white squares."""
    for bit in range(BITS):
        picture[:BIT, bit * BIT : (bit + 1) * BIT] = 255 if number >> bit & 1 else 0
    return picture


def number_in(jpeg: bytes) -> int:
    """The number of a picture, of which Kith shows this JPEG."""
    row = np.asarray(Image.open(io.BytesIO(jpeg)).convert("L"))[BIT // 2]
    return sum(int(row[bit * BIT + BIT // 2] > 127) << bit for bit in range(BITS))


async def main() -> None:
    told = json.loads(sys.argv[1])
    film = Film(**told | {"codec": Codec(told["codec"]), "size": tuple(told["size"])})
    coded = encoded(film.pictures(), RATE, film.keyframe_every, film.codec, film.bit_rate, variable=film.variable)
    units = list(coded)
    channels = {f"hall{number}": Channel(film.codec) for number in range(film.cameras)}
    for channel in channels.values():
        channel.push(units[0])
    async with RtspServer(channels).running() as server:
        print(json.dumps({"urls": [server.url(name) for name in channels]}), flush=True)
        lit = time.monotonic()
        beginning = units[: round(film.keyframe_every * RATE)]
        waiting = [asyncio.create_task(channel.play(endless(beginning))) for channel in channels.values()]
        await asyncio.to_thread(sys.stdin.readline)
        for task in waiting:
            task.cancel()
        passed = time.monotonic() - lit
        print(json.dumps({"began": time.time()}), flush=True)
        later = [replace(unit, stamp=unit.stamp + passed) for unit in units]
        players = [asyncio.create_task(channel.play(later)) for channel in channels.values()]
        await asyncio.to_thread(sys.stdin.read)
        for task in players:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
