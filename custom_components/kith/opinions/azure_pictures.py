"""Pictures as Azure AI Face takes them: no smaller than one kilobyte, and one to ask with that shows nobody."""

from functools import cache
import struct
import zlib

SMALLEST = 1024
"""Bytes; below, it answers InvalidImageSize without a look."""
_SIDE = 128
"""Pixels of the picture of nobody."""
_SOI = b"\xff\xd8"
_APP0 = b"\xff\xe0"
_COM = b"\xff\xfe"


def padded(face: bytes) -> bytes:
    """The same JPEG, with a comment of zeros if it is too small.

    A comment (ITU-T T.81, B.2.4.5) is part of the format, which bytes behind the end are not, and no pixel is another.
    It comes behind the APP0 segment, for JFIF wants that to be the first.
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
    """A PNG of a grey slope, not compressed: more than a kilobyte, and nothing in it that could be a face."""
    rows = b"".join(b"\0" + bytes(range(row, row + _SIDE)) for row in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 0, 0, 0, 0)  # 8 bits of grey
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    name, content = chunk
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
