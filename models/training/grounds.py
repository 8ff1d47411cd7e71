"""Puts faces on real backgrounds: the aligned crops end where hair and background should begin."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from .aligned import SIDE
from .places import DATA, needed

_MOST = 2000
_SEED = 12


def grounds() -> NDArray[np.uint8]:
    """(n, 112, 112, 3) RGB parts of scenes."""
    paths = sorted(needed(DATA / "scenes_train").glob("*/*.jpg"))[:_MOST]
    return np.stack([_part(Image.open(path), np.random.default_rng((_SEED, row))) for row, path in enumerate(paths)])


def _part(scene: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    side = min(rng.integers(50, 200), *scene.size)
    left, top = (int(rng.integers(length - side + 1)) for length in scene.size)
    part = scene.convert("RGB").crop((left, top, left + side, top + side))
    return np.asarray(part.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def before_ground(picture: NDArray[np.uint8], ground: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Face, cheeks, and chin of the picture, with the ground in place of the crops' mirrored pixels."""
    middle = SIDE / 2 + rng.normal(0, 2)
    half, top, bottom = rng.uniform(34, 46), rng.uniform(6, 24), rng.uniform(106, 124)
    mask = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(mask).ellipse((middle - half, top, middle + half, bottom), fill=255)
    share = np.asarray(mask.filter(ImageFilter.BoxBlur(2)), np.uint16)[..., None]
    return ((picture * share + ground * (255 - share)) // 255).astype(np.uint8)
