"""Views of scenes as another camera might frame them: nearer, farther, askew, with boxes and points."""

from dataclasses import dataclass
import itertools

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
_MOST_BENT = 0.3
"""A wide lens draws what is straight bent; here, what lies at the middle of an edge lies at 0.8 of the way to it."""
_QUADS = 8
"""Along each side of a bent view: each is drawn as a flat piece."""
_AROUND = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_PAD = 114


@dataclass(frozen=True, slots=True)
class View:
    """image: side x side, RGB. matrix: (2, 3), from the scene's pixels to those of a view by a straight lens. bend: of
    the lens, 0 for a straight one.
    """

    image: Image.Image
    matrix: NDArray[np.float64]
    bend: float = 0.0

    def points(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """(..., 2) points in the scene → in the view."""
        straight = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return bent(straight, self.bend, self.image.width).astype(np.float32)

    def boxes(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 4) corners → upright boxes around them, approximate after a turn; they may extend beyond the view."""
        # A body fills an ellipse rather than its box.
        centers, halves = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
        around = np.column_stack([np.cos(_AROUND), np.sin(_AROUND)]).astype(np.float32)
        outlines = self.points(centers[:, None] + around * halves[:, None])
        return np.concatenate([outlines.min(axis=1), outlines.max(axis=1)], axis=1)


def whole_view(image: Image.Image, side: int) -> View:
    """The whole image at the top left, as the engine feeds its networks."""
    scale = side / max(image.size)
    return drawn(image, np.array([[scale, 0, 0], [0, scale, 0]], np.float64), side, (_PAD,) * 3)


def random_view(
    image: Image.Image, side: int, nearest: float, furthest: float, rng: np.random.Generator, *, bent_share: float = 0.0
) -> View:
    """A part of the scene, or the scene in a part of the view.

    nearest, furthest: the largest and smallest length of the scene's longest side, in sides of the view. bent_share: of
    the views that a wide lens draws.
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
    bend = rng.uniform(0, _MOST_BENT) if bent_share and rng.random() < bent_share else 0.0
    return drawn(image, np.column_stack([linear, shift]), side, ground, bend)


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


def bent(straight: NDArray[np.float64], bend: float, side: int) -> NDArray[np.float64]:
    """(..., 2) points of a view by a straight lens → where a wide one draws them. The reverse of `_straight`."""
    if not bend:
        return straight
    middle = side / 2
    offsets = straight / middle - 1
    found = offsets
    for _ in range(12):
        found = offsets / (1 + bend * (found**2).sum(axis=-1, keepdims=True))
    return middle * (found + 1)


def _straight(drawn_at: NDArray[np.float64], bend: float, side: int) -> NDArray[np.float64]:
    """The division-free first term of radial distortion (Brown 1966, "Decentering distortion of lenses")."""
    middle = side / 2
    offsets = drawn_at / middle - 1
    return middle * (offsets * (1 + bend * (offsets**2).sum(axis=-1, keepdims=True)) + 1)


def drawn(
    image: Image.Image, matrix: NDArray[np.float64], side: int, ground: tuple[int, ...], bend: float = 0.0
) -> View:
    """matrix: (2, 3), from the image's pixels to the view's. ground: the color beyond the image. bend: as in View."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    reduced = max(1, int(1 / scale))
    small = image.reduce(reduced) if reduced > 1 else image  # interpolating between pixels farther apart would alias
    inverse /= reduced
    size, smooth = (side, side), Image.Resampling.BILINEAR
    if bend:
        seen = small.transform(size, Image.Transform.MESH, _mesh(inverse, side, bend), smooth, fillcolor=ground)
    else:
        data = tuple(inverse.ravel().tolist())
        seen = small.transform(size, Image.Transform.AFFINE, data, smooth, fillcolor=ground)
    return View(seen, matrix, bend)


def _mesh(
    inverse: NDArray[np.float64], side: int, bend: float
) -> list[tuple[tuple[int, int, int, int], tuple[float, ...]]]:
    """Boxes of a bent view, and the corners in the image that each shows, counterclockwise from the top left."""
    edges = [side * place // _QUADS for place in range(_QUADS + 1)]
    mesh = []
    for top, bottom in itertools.pairwise(edges):
        for left, right in itertools.pairwise(edges):
            corners = np.array([(left, top), (left, bottom), (right, bottom), (right, top)], np.float64)
            shown = _straight(corners, bend, side) @ inverse[:, :2].T + inverse[:, 2]
            mesh.append(((left, top, right, bottom), tuple(shown.ravel().tolist())))
    return mesh
