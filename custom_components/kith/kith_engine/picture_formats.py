"""JPEG, PNG, and WebP as Pillow reads them: how large they may be, which way up they are, and their 8-bit pixels."""

import struct

import numpy as np
from PIL import Image

MOST_PIXELS = 200_000_000
"""Most pixels of a baseline JPEG, which is decoded line by line, and at an eighth if need be: phones take up to 200
million, an 8K camera 33; more is a mistake or a decompression bomb."""
MOST_PROGRESSIVE = 16_000_000
"""Most pixels of a progressive JPEG: all of its coefficients are in memory at once, with up to 8 bytes per pixel."""
MOST_DECODED = 12_000_000
"""Pixels in memory at once, at 4 bytes: 48 MB. A face worth comparing is large in a picture of this size."""

_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I")
_EXIF_ORIENTATION = 0x0112
UPRIGHT = {  # EXIF 2.32, 4.6.4 A: how the stored rows and columns must be turned to be seen upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow's readers raise on damaged files: it has no error of its own for them.
DAMAGED = (
    *(OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError, ArithmeticError),
    *(struct.error, RuntimeError, MemoryError),
)


def drafted(image: Image.Image, divisor: int, mode: str) -> Image.Image:
    """The JPEG, scaled while it is decoded."""
    width, height = image.size
    image.draft(mode, (max(1, width // divisor), max(1, height // divisor)))
    image.load()
    return image


def most_pixels(header: Image.Image) -> int:
    """How many pixels such a file may have, by what decoding takes: PNG and WebP are decoded whole, at full size."""
    if header.format not in ("JPEG", "MPO"):
        return MOST_DECODED
    return MOST_PROGRESSIVE if "progressive" in header.info else MOST_PIXELS


def exif_orientation(header: Image.Image) -> int:
    """EXIF orientation, 1 to 8. A camera's still rarely has one, a phone's photo does."""
    if "exif" not in header.info and "xmp" not in header.info and "Raw profile type exif" not in header.info:
        return 1
    try:
        value = header.getexif().get(_EXIF_ORIENTATION, 1)
    except DAMAGED:
        return 1  # damaged metadata does not spoil the picture
    return value if value in UPRIGHT else 1


def as_mode(image: Image.Image, mode: str) -> Image.Image:
    """Any picture that the three formats can hold → "RGB" or "L", 8 bits."""
    if image.mode in _SIXTEEN_BIT:
        image = Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        ground = Image.new("RGB", image.size, "white")  # what viewers show behind it
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        ground.paste(image, mask=image)
        image = ground
    return image if image.mode == mode else image.convert(mode)
