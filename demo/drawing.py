"""A canvas for drawn rooms: shaded polygons, soft light and shadow, and a camera's noise."""

from collections.abc import Sequence
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

type Point = tuple[float, float]
type Color = tuple[int, int, int]

DESIGN = (1920, 1080)
"""All coordinates of the drawn scenes are pixels of a picture of this size."""
FINER = 2
"""Pictures are drawn this many times larger and then reduced, for smooth edges."""


class Canvas:
    """A picture being drawn."""

    def __init__(self, seed: int) -> None:
        self._picture = Image.new("RGB", (DESIGN[0] * FINER, DESIGN[1] * FINER))
        self._random = np.random.default_rng(seed)

    def area(self, points: Sequence[Point], start: Color, end: Color, across: bool = False, mottle: float = 0) -> None:
        """Fill a polygon with a color gradient from top to bottom, or `across` from left to right.

        mottle: how far plaster, cloth, or leaves stray from an even color, in steps of 255.
        """
        box, mask = self._mask(points)
        width, height = mask.size
        ramp = np.linspace(0, 1, width if across else height, dtype=np.float32)
        ramp = ramp[None, :, None] if across else ramp[:, None, None]
        colors = np.array(start, np.float32) * (1 - ramp) + np.array(end, np.float32) * ramp
        colors = np.broadcast_to(colors, (height, width, 3))
        if mottle:
            colors = colors + mottle * self._clouds(width, height)[:, :, None]
        filled = Image.fromarray(np.clip(colors, 0, 255).astype(np.uint8))
        self._picture.paste(filled, box, mask)

    def box(self, corners: tuple[float, float, float, float], start: Color, end: Color, mottle: float = 0) -> None:
        """Fill a rectangle (left, top, right, bottom) from top to bottom."""
        left, top, right, bottom = corners
        self.area([(left, top), (right, top), (right, bottom), (left, bottom)], start, end, mottle=mottle)

    def soft(self, points: Sequence[Point], color: Color, opacity: float, blur: float) -> None:
        """Lay light or shadow over the picture: a polygon whose edges fade over about `blur` pixels."""
        small = 8  # a blurred shape needs no detail
        width, height = DESIGN[0] * FINER // small, DESIGN[1] * FINER // small
        mask = Image.new("L", (width, height))
        scale = FINER / small
        ImageDraw.Draw(mask).polygon([(x * scale, y * scale) for x, y in points], fill=round(255 * opacity))
        mask = mask.filter(ImageFilter.GaussianBlur(blur * scale)).resize(self._picture.size, Image.Resampling.BILINEAR)
        self._picture.paste(color, (0, 0), mask)

    def ellipse(self, corners: tuple[float, float, float, float], start: Color, end: Color, mottle: float = 0) -> None:
        """Fill an ellipse (left, top, right, bottom) from top to bottom."""
        left, top, right, bottom = corners
        angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        x, y = (left + right) / 2, (top + bottom) / 2
        points = [(x + (right - x) * np.cos(a), y + (bottom - y) * np.sin(a)) for a in angles]
        self.area(points, start, end, mottle=mottle)

    def finished(self, size: tuple[int, int], vignette: float) -> Image.Image:
        """The picture at `size`, with its corners darkened by the share `vignette`, like a lens does."""
        picture = self._picture.resize(size, Image.Resampling.BOX if size == DESIGN else Image.Resampling.LANCZOS)
        y, x = np.ogrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
        fall = 255 * (1 - vignette * (x * x + y * y) / 2)
        return ImageChops.multiply(picture, Image.merge("RGB", [Image.fromarray(fall.astype(np.uint8))] * 3))

    def _mask(self, points: Sequence[Point]) -> tuple[tuple[int, int], Image.Image]:
        """The polygon's position (left, top) in the enlarged picture, and its filled shape."""
        spread = np.array(points, np.float32) * FINER
        low = np.floor(np.clip(spread.min(0), 0, self._picture.size)).astype(int)
        high = np.ceil(np.clip(spread.max(0), 0, self._picture.size)).astype(int) + 1
        mask = Image.new("L", (int(high[0] - low[0]), int(high[1] - low[1])))
        ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in spread - low], fill=255)
        return (int(low[0]), int(low[1])), mask

    def _clouds(self, width: int, height: int) -> NDArray[np.float32]:
        """A smooth random field of shape (height, width) and about unit spread, with coarse and fine detail."""
        field = np.zeros((height, width), np.float32)
        for cell, weight in ((160, 0.6), (40, 0.3), (8, 0.25)):
            coarse = self._random.standard_normal((height // cell + 2, width // cell + 2)).astype(np.float32)
            field += weight * np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
        return field


def with_noise(picture: Image.Image, random: np.random.Generator, strength: float = 3.0) -> Image.Image:
    """The picture as a sensor delivers it: each pixel is off by about `strength` steps of 255, always differently."""
    pixels = np.asarray(picture, np.int16)
    height, width = pixels.shape[:2]
    # Shifting one noise field looks as good as fresh numbers and is twenty times cheaper.
    rolled = np.roll(_noise_field(height, width), random.integers(0, (height, width)), axis=(0, 1))
    noise = (rolled.astype(np.float32) * strength / 32).astype(np.int16)
    return Image.fromarray(np.clip(pixels + noise[:, :, None], 0, 255).astype(np.uint8))


_fields: dict[tuple[int, int], NDArray[np.int8]] = {}


def _noise_field(height: int, width: int) -> NDArray[np.int8]:
    """Normally distributed numbers with a spread of 32, of shape (height, width)."""
    if (height, width) not in _fields:
        numbers = np.random.default_rng(1).standard_normal((height, width))
        _fields[height, width] = np.clip(numbers * 32, -127, 127).astype(np.int8)
    return _fields[height, width]


def as_jpeg(picture: Image.Image, quality: int = 82) -> bytes:
    """The picture's bytes, as a camera sends them."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
