"""Pastes portraits into scenes: faces of any size, lean, and light, with landmarks known to the pixel."""

from dataclasses import dataclass
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from .aligned import SIDE
from .detectors import FaceTeacher, shared
from .places import DATA, RUNS, needed
from .views import rotation

_MARGIN = 40
"""Pixels of nothing around an aligned face: it fills its picture, and detectors need to see where a face ends."""
_SURE = 0.7
_SMALLEST, _LARGEST = 9.0, 190.0
"""Widths of pasted faces in pixels, evenly distributed on a logarithmic scale."""
_LEAN = 18.0
_OUTLINE = (16, 14, 96, 112)
"""The part used: face and chin, without the crops' mirrored foreheads."""
FEW = 4
"""One in this many of the 12,505 portraits: 3,000 faces are enough to learn what a face is."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """mask: the face's part of the image. row: (14,) box and points in its pixels."""

    image: Image.Image
    mask: Image.Image
    row: NDArray[np.float32]


class Portraits:
    """Aligned faces, with box and landmarks of each from the teacher: (n, 14)."""

    def __init__(self, every: int = FEW) -> None:
        file = RUNS / "scenes" / f"portraits{every}.json"
        self._paths = sorted(needed(DATA / "faces_train").glob("*/*.jpg"))[::every]
        if not file.exists():
            _ask(self._paths, file)
        found: dict[str, list[float]] = json.loads(file.read_text())
        self._paths = [path for path in self._paths if path.name in found]
        self._rows = np.array([found[path.name] for path in self._paths], np.float32)
        mask = Image.new("L", (SIDE, SIDE))
        ImageDraw.Draw(mask).ellipse(_OUTLINE, fill=255)
        self._mask = mask.filter(ImageFilter.GaussianBlur(3))

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, place: int) -> Portrait:
        return Portrait(Image.open(self._paths[place]).convert("RGB"), self._mask, self._rows[place])

    def draw(self, rng: np.random.Generator) -> Portrait:
        return self[int(rng.integers(len(self)))]


def _ask(paths: list[Path], file: Path) -> None:
    """YuNet's answers for the portraits that it is sure of."""
    teacher = FaceTeacher()
    found: dict[str, list[float]] = {}
    for path in paths:
        framed = Image.new("RGB", (SIDE + 2 * _MARGIN,) * 2, (90, 90, 90))
        framed.paste(Image.open(path).convert("RGB"), (_MARGIN, _MARGIN))
        seen = teacher.find(framed)
        if len(seen.scores) and seen.scores[0] >= _SURE:
            found[path.name] = (seen.rows[0] - _MARGIN).round(2).tolist()
    file.write_text(json.dumps(found))


def paste(
    image: Image.Image, portraits: Portraits, taken: NDArray[np.float32], most: int, rng: np.random.Generator
) -> list[NDArray[np.float32]]:
    """Draws up to `most` portraits into the image, beside its faces; returns (14,) for each, in its pixels."""
    pasted: list[NDArray[np.float32]] = []
    for _ in range(int(rng.integers(1, most + 1))):
        portrait = portraits.draw(rng)
        width = np.exp(rng.uniform(np.log(_SMALLEST), np.log(_LARGEST)))
        lean = rng.normal(0, _LEAN)
        center = rng.uniform(0, 1, 2) * image.size
        linear, moved = _placed(portrait.row, width, lean, center)
        others = np.array([*taken[:, :4], *(one[:4] for one in pasted)], np.float32).reshape(-1, 4)
        if shared(moved[:4], others).any():
            continue
        draw(image, portrait, linear, center, rng)
        pasted.append(moved)
    return pasted


def paste_one(
    image: Image.Image, portrait: Portrait, width: float, center: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draws a face this many pixels wide; returns (14,) in the image's pixels."""
    linear, moved = _placed(portrait.row, width, rng.normal(0, _LEAN), center)
    draw(image, portrait, linear, center, rng)
    return moved


def _placed(
    row: NDArray[np.float32], width: float, lean: float, center: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """(2, 2) rotation and scale of the portrait, with lean in degrees, and its row in the image."""
    scale, angle = width / (row[2] - row[0]), np.deg2rad(lean)
    linear = scale * rotation(angle)
    return linear, _moved(row, linear, center - linear @ np.full(2, SIDE / 2))


def _moved(row: NDArray[np.float32], linear: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float32]:
    """Box and points at the portrait's new place; the box is not turned, but moves with the face's middle."""
    points = row[4:].reshape(5, 2) @ linear.T + shift
    center = linear @ ((row[:2] + row[2:4]) / 2) + shift
    half = (row[2:4] - row[:2]) / 2 * np.sqrt(np.linalg.det(linear))
    return np.concatenate([center - half, center + half, points.ravel()]).astype(np.float32)


def draw(
    image: Image.Image,
    portrait: Portrait,
    linear: NDArray[np.float64],
    center: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Draws into the image in place, with changed light."""
    reach = int(np.ceil(SIDE * np.sqrt(np.linalg.det(linear)) * 0.75)) + 1
    left, top = (int(edge) for edge in np.floor(center) - reach)
    inverse = np.linalg.inv(linear)
    shift = np.full(2, SIDE / 2) - inverse @ (center - (left, top))
    step = max(1, int(np.sqrt(np.linalg.det(inverse))))  # pixels of the portrait per pixel of the image
    data = tuple((np.column_stack([inverse, shift]) / step).ravel().tolist())
    light, gamma = rng.uniform(0.6, 1.15), np.exp(rng.uniform(-0.4, 0.4))
    table = np.clip(255 * light * (np.arange(256) / 255) ** gamma, 0, 255).astype(int).tolist() * 3
    size = (2 * reach, 2 * reach)
    drawn, covers = (
        one.reduce(step).transform(size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
        for one in (portrait.image.point(table), portrait.mask)
    )
    image.paste(drawn, (left, top), covers)
