"""Bytes → pixels: checks the input, then decodes no more of it than is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
import io
import math
import time

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .analysis import Box
from .errors import PictureError, PictureForeignError, PictureIncompleteError, PictureTooLargeError
from .picture_formats import DAMAGED, MOST_DECODED, UPRIGHT, as_mode, drafted, exif_orientation, most_pixels
from .truncation import END_OF_IMAGE, LARGEST_GAP, missing
from .wire import LARGEST_PICTURE

MOST_SCANS = 100
"""Scans of a progressive JPEG; ten are usual. Each costs a pass over the picture, and takes as little as 60 bytes."""
_FORMATS = ("JPEG", "PNG", "WEBP")
_JPEG_SCALES = (8, 4, 2, 1)
"""The divisors by which Pillow lets libjpeg scale while it decodes."""
_START_OF_SCAN = b"\xff\xda"
"""The marker (ITU-T T.81, B.1.1.3). Compressed data has no such bytes, and what else has them by chance is little."""
_LYING = (5, 6, 7, 8)
_FOREIGN = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
"""Brands (ISO/IEC 14496-12, 4.3) of HEIC and AVIF, the formats of phones that browsers convert as far as they can."""

Image.MAX_IMAGE_PIXELS = None  # they are counted here, before anything is decoded, and by what decoding takes


class Picture:
    """One encoded picture. Decoded pixels are kept for the next call, and die with this object.

    Raises PictureError if the bytes are not a JPEG, PNG or WebP picture, PictureForeignError if they are a photo in
    another format of phones, PictureTooLargeError if there are too many bytes or pixels. Every method that decodes
    raises PictureError if the picture is damaged, and PictureIncompleteError if more of a JPEG is missing than a strip.
    """

    def __init__(self, encoded: bytes) -> None:
        if len(encoded) > LARGEST_PICTURE:
            raise PictureTooLargeError(
                f"the picture has {len(encoded)} bytes; at most {LARGEST_PICTURE} are allowed: scale it down"
            )
        self._encoded = self._complete = encoded
        header = self._open()
        most = most_pixels(header)
        if header.width * header.height > most:
            size = f"{header.width} x {header.height}"
            raise PictureTooLargeError(f"the picture has {size} pixels; at most {most} are allowed: scale it down")
        scales_while_decoding = header.format in ("JPEG", "MPO")
        if scales_while_decoding and encoded.count(_START_OF_SCAN) > MOST_SCANS:
            raise PictureError(f"the picture is a JPEG of more than {MOST_SCANS} scans: save it again")
        self._prepare(header.size, orientation=exif_orientation(header), scales_while_decoding=scales_while_decoding)

    def _prepare(self, size: tuple[int, int], *, orientation: int, scales_while_decoding: bool) -> None:
        self._stored_size = size
        self._scales_while_decoding = scales_while_decoding
        self._orientation = orientation
        self._levels: dict[int, Image.Image] = {}
        self.decoding_ms = 0.0
        """Milliseconds spent on decoding so far."""

    @property
    def fingerprint(self) -> tuple[int, int]:
        """Equal for the same bytes: their number, and Python's keyed 64-bit hash, which costs a fifth of a
        cryptographic one; a collision would only hide one picture.
        """
        return len(self._encoded), hash(self._encoded)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height at full size, upright."""
        width, height = self._stored_size
        return (height, width) if self._orientation in _LYING else (width, height)

    @property
    def frame(self) -> Box:
        """The whole picture as a box."""
        return Box(0.0, 0.0, float(self.size[0]), float(self.size[1]))

    @property
    def finest_scale(self) -> float:
        """The best available resolution, as a share of full size."""
        return 1 / self._finest

    def decode(self, scale: float) -> None:
        """Decode once, at this share of full size or better: everything coarser is then made from it."""
        self._level(scale)

    def gray_eighth(self) -> NDArray[np.uint8]:
        """(⌈height / 8⌉, ⌈width / 8⌉) luminance; for a JPEG, in the cheapest way."""
        if self._scales_while_decoding and not self._levels and min(self._stored_size) >= 8:
            image = self._decode_scaled(8, "L")
        else:
            # By way of a quarter of full size, which the person network needs next.
            divisor, level = self._whole(1 / 4)
            image = level.convert("L").reduce(8 // divisor)
        return np.asarray(image)

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        """(height, width, 3) RGB: the part of the box that is in the picture, resampled."""
        scale = max(width / box.width, height / box.height)
        divisor, level = self._whole(scale) if box.overlap(self.frame) > 0.5 else self._level(scale)
        region = (
            min(max(box.left / divisor, 0), level.width - 1),
            min(max(box.top / divisor, 0), level.height - 1),
            max(min(box.right / divisor, level.width), 1),
            max(min(box.bottom / divisor, level.height), 1),
        )
        # A gap of 1 averages by whole numbers first, which is fast, and interpolates only what is left.
        return np.asarray(level.resize((width, height), Image.Resampling.BILINEAR, box=region, reducing_gap=1.0))

    def shrunk(self, box: Box, most: int) -> tuple[NDArray[np.uint8], tuple[float, float], float]:
        """What is in the box, averaged over squares of whole pixels, which is the cheapest way to shrink it.

        Returns (height, width, 3) RGB, at most `most` pixels each way and rarely less than half of that if the picture
        has more; its top left corner in the whole picture; and how many pixels of that picture one of its own spans.
        """
        divisor, level = self._level(most / max(box.width, box.height))
        left, top = (max(0, math.floor(edge / divisor)) for edge in (box.left, box.top))
        right = max(left + 1, min(level.width, math.ceil(box.right / divisor)))
        bottom = max(top + 1, min(level.height, math.ceil(box.bottom / divisor)))
        step = math.ceil(max(right - left, bottom - top) / most)
        pixels = level.reduce(step, box=(left, top, right, bottom))
        return np.asarray(pixels), (left * divisor, top * divisor), step * divisor

    def warp(self, matrix: NDArray[np.float64], side: int) -> NDArray[np.uint8]:
        """(side, side, 3) RGB; matrix (2, 3), a similarity, maps its pixels to those of the whole picture.

        Beyond the picture's edge it is black.
        """
        step = math.hypot(matrix[0, 0], matrix[1, 0])  # pixels of the picture per pixel of the result
        divisor, level = self._level(1 / step)
        left, top, right, bottom = _reach(matrix, side)
        shrink = max(1, int(step / divisor))
        region = (
            max(0, math.floor(left / divisor) - shrink),
            max(0, math.floor(top / divisor) - shrink),
            min(level.width, math.ceil(right / divisor) + shrink),
            min(level.height, math.ceil(bottom / divisor) + shrink),
        )
        if region[0] >= region[2] or region[1] >= region[3]:
            return np.zeros((side, side, 3), np.uint8)
        if shrink > 1:  # interpolating between pixels that are farther apart would alias
            level = level.reduce(shrink, box=region)
        offset = np.array(region[:2]) if shrink > 1 else np.zeros(2)
        # Pillow counts from pixels' corners, as this code does: no half pixels to add.
        inner = matrix / (divisor * shrink)
        inner[:, 2] -= offset / shrink
        return np.asarray(
            level.transform((side, side), Image.Transform.AFFINE, tuple(inner.ravel()), Image.Resampling.BILINEAR)
        )

    @property
    def _finest(self) -> int:
        """The smallest divisor whose raster may be kept."""
        width, height = self._stored_size
        return next(divisor for divisor in reversed(_JPEG_SCALES) if width * height <= MOST_DECODED * divisor**2)

    def _divisor(self, scale: float) -> int:
        """The largest divisor that gives this scale or better, if the picture has it."""
        most = min(1 / scale, *self._stored_size)
        return max(self._finest, next((divisor for divisor in _JPEG_SCALES if divisor <= most), 1))

    def _whole(self, scale: float) -> tuple[int, Image.Image]:
        """As _level, but not much finer than needed: resampling the whole picture must be cheap."""
        wanted = self._divisor(scale)
        divisor, level = self._level(scale)
        if divisor < wanted:
            level = self._levels[wanted] = level.reduce(wanted // divisor)
        return wanted, level

    def _level(self, scale: float) -> tuple[int, Image.Image]:
        """The coarsest decoded raster that is fine enough, else a new one; with its divisor."""
        wanted = self._divisor(scale)
        enough = [divisor for divisor in self._levels if divisor <= wanted]
        if not enough:
            if not self._scales_while_decoding:
                wanted = self._finest
            decoded = self._decode_scaled(wanted, "RGB") if self._scales_while_decoding else self._decode_whole(wanted)
            self._levels[wanted] = decoded
            enough = [wanted]
        return max(enough), self._levels[max(enough)]

    def _decode_scaled(self, divisor: int, mode: str) -> Image.Image:
        """The JPEG at 1/divisor of its size: libjpeg scales while it decodes."""
        with self._decoding():
            try:
                image = drafted(self._open(), divisor, mode)
            except OSError:
                self._complete_it()
                image = drafted(self._open(), divisor, mode)
            return self._upright(as_mode(image, mode))

    def _complete_it(self) -> None:
        """End a JPEG that lacks its last bytes. Raises PictureError if more is missing than a strip."""
        before, self._complete = self._complete, self._encoded + END_OF_IMAGE
        gap = missing(np.asarray(drafted(self._open(), 8, "L")))
        if gap > LARGEST_GAP:
            self._complete = before
            raise PictureIncompleteError(
                f"the picture is truncated: its lower {gap:.0%} are missing; it was not sent or saved whole"
            )

    def _decode_whole(self, divisor: int) -> Image.Image:
        image = self._open()
        with self._decoding():
            image.load()
            if image.format == "WEBP":
                image = image.copy()  # lets go of the decoder, which holds two more rasters
            color = as_mode(image, "RGB")
            return self._upright(color.reduce(divisor) if divisor > 1 else color)

    def _upright(self, image: Image.Image) -> Image.Image:
        turn = UPRIGHT.get(self._orientation)
        return image if turn is None else image.transpose(turn)

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        except DAMAGED as error:
            raise PictureError(f"the picture is truncated or damaged ({error})") from error
        finally:
            self.decoding_ms += (time.perf_counter() - started) * 1000

    def _open(self) -> Image.Image:
        """Reads only the header."""
        if not self._encoded:
            raise PictureError("there are 0 bytes where a picture should be")
        try:
            return Image.open(io.BytesIO(self._complete), formats=_FORMATS)
        except DAMAGED as error:
            start = bytes(self._encoded[:12])
            if start[4:8] == b"ftyp" and start[8:12] in _FOREIGN:
                raise PictureForeignError("this is a photo in the format HEIC or AVIF: save it as a JPEG") from error
            raise PictureError(f"these bytes are no JPEG, PNG, or WebP picture; they start with {start!r}") from error


def _reach(matrix: NDArray[np.float64], side: int) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the mapped corners of a square."""
    corners = np.array([[0, 0, 1], [side, 0, 1], [0, side, 1], [side, side, 1]]) @ matrix.T
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)
