"""Landmarks good enough to align by: a face that was found is looked at again, near, and turned upright.

A detector's landmarks are wrong where the face was small for it, and YuNet's lean hardly more than half as far as the
head does: 25° are called 7°. Both cost identity, because alignment believes them. Looked at again, with the face turned
back by what is known so far, its landmarks say what is left of the lean. Measured on 300 photos of 100 public people,
cosine to their other photos: as they are 0.595 → 0.609, leaning by 25° 0.45 → 0.60, by 35° 0.33 → 0.58, found 22 px
wide 0.50 → 0.61; to other people's unchanged.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .embedding import TEMPLATE, similarity
from .picture import Picture

_LOOKS = 2
"""A third was worth less than it costs."""
_SIDE = 128
_FACE = 64
"""Pixels of the square that is looked at, and of the face in it, even of a smaller one:
30 px wide, that is worth 0.04 of cosine. 48 and 96 were worse."""
_MOST_LEAN = np.deg2rad(50)
_STRAIGHT = np.deg2rad(1.5)
"""Left of the lean: another look would find the same."""


class Rows(Protocol):
    """What a face network found: (n, 4) corners and (n, 5, 2) landmarks."""

    @property
    def boxes(self) -> NDArray[np.float32]: ...

    @property
    def landmarks(self) -> NDArray[np.float32]: ...


def refined(
    picture: Picture,
    landmarks: NDArray[np.float32],
    width: float,
    read: Callable[[NDArray[np.uint8]], Rows],
    leaning: float,
) -> NDArray[np.float32]:
    """(5, 2) landmarks at full size of a face this wide → better ones; the same if it is not found again.

    read: runs the face network on (height, width, 3) RGB. leaning: the head leans so many times as far
    as its landmarks.
    """
    angle = 0.0
    for _ in range(_LOOKS):
        angle = float(np.clip(angle + leaning * (lean(landmarks) - angle), -_MOST_LEAN, _MOST_LEAN))
        matrix = _near(landmarks.mean(axis=0), width / _FACE, angle)
        rows = read(picture.warp(matrix, _SIDE))
        distances = np.abs((rows.boxes[:, :2] + rows.boxes[:, 2:]) / 2 - _SIDE / 2).max(axis=1)
        if not distances.size or distances.min() > _FACE / 2:
            return landmarks
        seen = rows.landmarks[distances.argmin()]
        landmarks = (seen @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        if abs(lean(landmarks) - angle) < _STRAIGHT:
            break
    return landmarks


def lean(landmarks: NDArray[np.float32]) -> float:
    """Radians by which the landmarks are turned in the picture, clockwise positive."""
    matrix = similarity(TEMPLATE, landmarks.astype(np.float64))
    return float(np.arctan2(matrix[1, 0], matrix[0, 0]))


def _near(centre: NDArray[np.float32], step: float, angle: float) -> NDArray[np.float64]:
    """(2, 3) for Picture.warp: a square around the centre, `step` pixels of the picture to one of its own, turned."""
    turn = step * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, centre - turn @ np.full(2, _SIDE / 2)])
