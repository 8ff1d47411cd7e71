"""Landmarks good enough to align by: a found face is examined again in a close-up, turned upright.

A detector's landmarks are wrong where the face was small for it, and YuNet's lean hardly more than half as far as the
head does: 25° are called 7°. Both cost identity, because alignment believes them. Looked at again, with the face turned
back by what is known so far, its landmarks say what is left of the lean. Who looks is the pack's landmark network, or
the face network itself where a pack has none. A landmark network that sees how far a head leans looks once, upright.
Measured with YuNet on 300 photos of 100 public people, cosine to their other photos: as they are 0.595 → 0.609, leaning
by 25° 0.45 → 0.60, by 35° 0.33 → 0.58, found 22 px wide 0.50 → 0.61; to other people's unchanged.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .embedding import TEMPLATE, similarity
from .inputs import network_input
from .network import LANDMARKS, Network, Points
from .picture import Picture
from .runtimes import InferenceSession

_LOOKS = 2
"""A third one gains less than it costs."""
_MOST_LEAN = np.deg2rad(50)
_STRAIGHT = np.deg2rad(1.5)
"""Remaining lean at which another look would find the same."""


class Reader(Protocol):
    """Reads the landmarks of one face in a close-up.

    side, face: pixels of the square that it is shown, and of the face in the middle. leaning: the head leans so many
    times as far as the landmarks that it reads. upright: it is shown the face once, as it is in the picture.
    """

    @property
    def side(self) -> int: ...

    @property
    def face(self) -> float: ...

    @property
    def leaning(self) -> float: ...

    @property
    def upright(self) -> bool: ...

    def points(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """(side, side, 3) RGB → (5, 2) in its pixels, None if it sees no face."""
        ...


class LandmarkReader:
    """A landmark network and how it is fed. It sees a face in everything."""

    leaning = 1.0

    def __init__(self, session: InferenceSession, network: Network) -> None:
        assert isinstance(network.output, Points)  # the manifest's reader has seen to it
        self._session = session
        self._input = network.input
        self.side = network.input.side
        self.face = network.output.face * self.side
        self.upright = network.output.upright
        self._origin = np.float32(network.output.origin)

    def points(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(side, side, 3) RGB → (5, 2) in its pixels, in the order that `Face` has."""
        found = next(iter(self._session.run(network_input(pixels, self._input)).values()))
        return (found.reshape(LANDMARKS, 2) + self._origin) * self.side


def refined(picture: Picture, landmarks: NDArray[np.float32], width: float, reader: Reader) -> NDArray[np.float32]:
    """(5, 2) landmarks at full size of a face this wide → better ones; the same if it is not seen again."""
    angle = 0.0
    for _ in range(1 if reader.upright else _LOOKS):
        if not reader.upright:
            angle = float(np.clip(angle + reader.leaning * (lean(landmarks) - angle), -_MOST_LEAN, _MOST_LEAN))
        matrix = _near(landmarks.mean(axis=0), width / reader.face, angle, reader.side)
        seen = reader.points(picture.warp(matrix, reader.side))
        if seen is None:
            return landmarks
        landmarks = (seen @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        if abs(lean(landmarks) - angle) < _STRAIGHT:
            break
    return landmarks


def lean(landmarks: NDArray[np.float32]) -> float:
    """Radians by which the landmarks are turned in the picture, clockwise positive."""
    matrix = similarity(TEMPLATE, landmarks.astype(np.float64))
    return float(np.arctan2(matrix[1, 0], matrix[0, 0]))


def _near(center: NDArray[np.float32], step: float, angle: float, side: int) -> NDArray[np.float64]:
    """(2, 3) for Picture.warp: a square around the center, `step` pixels of the picture to one of its own, turned."""
    turn = step * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, center - turn @ np.full(2, side / 2)])
