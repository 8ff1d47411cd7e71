"""Person → a vector of what they wear, by which the same body is found again within minutes: clothes, not people."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .analysis import Body, Box, Person
from .inputs import network_input
from .network import Network
from .picture import Picture
from .runtimes import InferenceSession

LEAST_WIDTH, LEAST_HEIGHT = 32, 96
"""Pixels: nothing smaller was measured."""
EDGE = 0.01
"""Share of the picture's side: whoever is nearer to its edge may be cut off there."""
TALL = 2.0
"""Heights per width: somebody of this shape is nearly whole, even if the head or the feet are at the picture's edge."""
MOST_COVERED = 0.3
"""Share of a person's box that other people's may cover: the network would see two bodies in one."""
DARK = 50
"""Mean luminance below which colors tell little."""
GRAY = 6
"""Mean difference between a pixel's channels below which the picture is infrared's, but for what compression adds."""


class BodyNetwork:
    """One network and how it is fed."""

    def __init__(self, session: InferenceSession, network: Network) -> None:
        assert network.input.stretched is not None  # the manifest's reader has seen to it
        self._session = session
        self._input = network.input
        self._size = network.input.stretched

    def add(self, picture: Picture, persons: Sequence[Person]) -> tuple[Person, ...]:
        """These people, with the bodies of those who are large enough, whole, and not covered."""
        whole = [
            is_whole(picture, person.box, [other.box for other in persons if other is not person]) for person in persons
        ]
        return tuple(
            replace(person, body=self._body(picture, person.box)) if one else person
            for person, one in zip(persons, whole, strict=True)
        )

    def _body(self, picture: Picture, box: Box) -> Body | None:
        pixels = picture.crop(box, *self._size)
        vector = next(iter(self._session.run(network_input(pixels, self._input)).values())).reshape(-1)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length < np.finfo(np.float32).eps:
            return None
        return Body(vector / np.float32(length), is_dim(pixels))


def is_whole(picture: Picture, box: Box, others: Sequence[Box]) -> bool:
    """Is this person large enough, and is all of them in the picture and not behind others?"""
    width, height = picture.size
    if box.width < LEAST_WIDTH or box.height < LEAST_HEIGHT:
        return False
    across, down = EDGE * width, EDGE * height
    if box.left < across or box.right > width - across:
        return False
    if (box.top < down or box.bottom > height - down) and box.height < TALL * box.width:
        return False
    return all(_covered(box, other) <= MOST_COVERED for other in others)


def is_dim(pixels: NDArray[np.uint8]) -> bool:
    """(height, width, 3) RGB: is it dark, or without colors?"""
    shown = pixels.astype(np.int16)
    return bool(shown.mean() < DARK or (shown.max(axis=2) - shown.min(axis=2)).mean() < GRAY)


def _covered(box: Box, other: Box) -> float:
    """The share of the box that the other covers."""
    width = min(box.right, other.right) - max(box.left, other.left)
    height = min(box.bottom, other.bottom) - max(box.top, other.top)
    return max(0.0, width) * max(0.0, height) / box.area
