"""Views of scenes as another camera might frame them: nearer, farther, askew, with boxes and points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .camera import as_camera

_ASKEW_SHARE, _ASKEW = 0.1, 18.0
"""Some cameras hang far from level: the standard deviation in degrees."""
_LEVEL = 4.0
_STRETCH = 0.08
_CAMERA_SHARE = 0.6
_DARK_SHARE = 0.2
"""Nearly black, like a room at night without infrared."""
_PAD = 114


@dataclass(frozen=True, slots=True)
class View:
    """image: side x side, RGB. matrix: (2, 3), from the scene's pixels to the view's."""

    image: Image.Image
    matrix: NDArray[np.float64]

    def points(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """(..., 2) points in the scene → in the view."""
        return (points @ self.matrix[:, :2].T + self.matrix[:, 2]).astype(np.float32)

    def boxes(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 4) corners → upright boxes around them, approximate after a turn; they may extend beyond the view."""
        centers = self.points((boxes[:, :2] + boxes[:, 2:]) / 2)
        linear = np.abs(self.matrix[:, :2])
        sizes = boxes[:, 2:] - boxes[:, :2]
        # A body fills an ellipse rather than its box: this is its width and height after a turn.
        turned = np.sqrt((sizes**2) @ (linear**2).T)
        return np.concatenate([centers - turned / 2, centers + turned / 2], axis=1).astype(np.float32)


def whole_view(image: Image.Image, side: int) -> View:
    """The whole image at the top left, as the engine feeds its networks."""
    scale = side / max(image.size)
    return drawn(image, np.array([[scale, 0, 0], [0, scale, 0]], np.float64), side, (_PAD,) * 3)


def random_view(image: Image.Image, side: int, nearest: float, furthest: float, rng: np.random.Generator) -> View:
    """A part of the scene, or the scene in a part of the view.

    nearest, furthest: the largest and smallest length of the scene's longest side, in sides of the view.
    """
    scale = side / max(image.size) * np.exp(rng.uniform(np.log(furthest), np.log(nearest)))
    angle = np.deg2rad(rng.normal(0, _ASKEW if rng.random() < _ASKEW_SHARE else _LEVEL))
    stretch = np.exp(rng.normal(0, _STRETCH))
    linear = scale * rotation(angle) @ np.diag([stretch, 1 / stretch])
    if rng.random() < 0.5:
        linear[:, 0] *= -1
    extent = np.abs(linear) @ np.array(image.size)
    reach = np.abs(side - extent) / 2
    center = side / 2 + rng.uniform(-1, 1, 2) * reach
    shift = center - linear @ (np.array(image.size) / 2)
    ground = (_PAD,) * 3 if rng.random() < 0.5 else tuple(rng.integers(0, 256, 3).tolist())
    return drawn(image, np.column_stack([linear, shift]), side, ground)


def seen_by_camera(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The view in a camera's light and quality, by day or by night."""
    if rng.random() < _DARK_SHARE:
        image = image.point(_dimmed(rng))
    return as_camera(image, rng, rng.uniform(0.3, 1.0)) if rng.random() < _CAMERA_SHARE else image


def _dimmed(rng: np.random.Generator) -> list[int]:
    """A table for Image.point: less light, and a dark sensor's curve."""
    light, gamma = np.exp(rng.uniform(np.log(0.12), np.log(0.5))), rng.uniform(0.9, 1.5)
    curve = 255 * light * (np.arange(256) / 255) ** gamma
    return np.tile(np.clip(curve, 0, 255).round().astype(int), 3).tolist()


def rotation(angle: float) -> NDArray[np.float64]:
    """(2, 2) rotation by radians, clockwise in pictures."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def drawn(image: Image.Image, matrix: NDArray[np.float64], side: int, ground: tuple[int, ...]) -> View:
    """matrix: (2, 3), from the image's pixels to the view's. ground: the color beyond the image."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    reduced = max(1, int(1 / scale))
    small = image.reduce(reduced) if reduced > 1 else image  # interpolating between pixels farther apart would alias
    data = tuple((inverse[:2] / reduced).ravel().tolist())
    seen = small.transform((side, side), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR, fillcolor=ground)
    return View(seen, matrix)
