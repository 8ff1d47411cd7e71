"""Pictures that Azure AI Face accepts: photos of at least one kilobyte, and a drawn face that is nobody's."""

from functools import cache
import math
import struct
import zlib

SMALLEST = 1024
"""Bytes; below this, Azure answers InvalidImageSize without looking."""
_SIDE = 128
"""Side of the drawing in pixels; Azure finds faces of 36 pixels or more."""
_GROUND = 96
_OVALS = (
    (64, 64, 40, 52, 200),  # head
    (47, 54, 8, 4, 40),  # eyes
    (81, 54, 8, 4, 40),
    (64, 72, 5, 10, 165),  # nose
    (64, 93, 17, 4, 70),  # mouth
)
"""Center x and y, radius x and y (pixels), and brightness; later ovals lie on top."""
_SOI = b"\xff\xd8"
_APP0 = b"\xff\xe0"
_COM = b"\xff\xfe"


def padded(face: bytes) -> bytes:
    """The same JPEG, with a comment of zeros if it is too small.

    A comment (ITU-T T.81, B.2.4.5) is part of the format, unlike bytes after the end, and changes no pixel. It follows
    the APP0 segment because JFIF requires that one to be the first.
    """
    missing = SMALLEST - len(face)
    if missing <= 0 or not face.startswith(_SOI):
        return face
    at = len(_SOI)
    if face[at : at + 2] == _APP0:
        at += 2 + int.from_bytes(face[at + 2 : at + 4])
    comment = _COM + struct.pack(">H", 2 + missing) + bytes(missing)
    return face[:at] + comment + face[at:]


@cache
def nobody() -> bytes:
    """The drawing as a PNG; uncompressed, or it would be too small."""
    rows = b"".join(b"\0" + _row(row) for row in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 0, 0, 0, 0)  # 8 bits of gray
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _row(row: int) -> bytes:
    pixels = bytearray([_GROUND] * _SIDE)
    for across, down, half_width, half_height, bright in _OVALS:
        if abs(row - down) < half_height:
            half = round(half_width * math.sqrt(1 - ((row - down) / half_height) ** 2))
            pixels[across - half : across + half + 1] = bytes([bright] * (2 * half + 1))
    return bytes(pixels)


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    name, content = chunk
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
