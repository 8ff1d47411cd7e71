"""Mutated pictures: decoded, or refused with a PictureError; nothing else."""

from collections.abc import Callable
from contextlib import suppress
import random

import numpy as np
from PIL import Image
import pytest

from kith_engine.analysis import Box
from kith_engine.errors import PictureError
from kith_engine.picture import Picture
from tests.examples import examples
from tests.pictures import astronaut, encoded

SMALL = (96, 80)
EXTREMES = (b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00")


def flipped(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 20)):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def cut(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def repeated(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    part = content[start : start + chance.randint(1, 400)]
    content[start:start] = part * chance.randint(1, 50)


def removed(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    del content[start : start + chance.randint(1, 200)]


def extreme(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(max(1, len(content) - 4))
    content[start : start + 4] = chance.choice(
        [b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00"]
    )


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (flipped, cut, repeated, removed, extreme)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_mutated_picture_is_decoded_or_refused(kind: str) -> None:
    chance = random.Random(f"pictures {kind}")
    whole = encoded(astronaut().resize(SMALL, Image.Resampling.BILINEAR), kind)
    for _ in range(examples(60)):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            chance.choice(MUTATIONS)(content, chance)
            content = content or bytearray(b"\xff")
        with suppress(PictureError):
            picture = Picture(bytes(content))
            picture.gray_eighth()
            picture.decode(1.0)
            assert picture.crop(Box(0, 0, 40, 40), 32, 32).shape == (32, 32, 3)
            assert picture.warp(np.array([[1.0, 0, 0], [0, 1.0, 0]]), 16).shape == (16, 16, 3)
