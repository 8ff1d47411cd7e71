"""Pictures for services that see by reading: JPEGs by format, with a comment that says who is in them."""

import json
from typing import Any

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
COMMENT = 0xFE
TABLE = 0xDB


def portrait(who: str | None, *, faces: int = 1, quality: str = "high", size: int = 3000) -> bytes:
    """size: the least number of bytes. who: None for nobody."""
    said = json.dumps({"who": who, "faces": faces if who else 0, "quality": quality}).encode()
    small = SOI + JFIF + _segment(COMMENT, said)
    missing = max(0, size - len(small) - len(EOI) - 4)
    return small + (_segment(TABLE, bytes(missing)) if missing else b"") + EOI


def seen(picture: bytes) -> dict[str, Any] | None:
    """Who is in it; None for what decoders refuse: segments must follow each other to the end, APP0 first."""
    if picture[:2] != SOI or picture[2:4] != JFIF[:2]:
        return None
    at, found = 2, None
    while picture[at : at + 2] != EOI:
        if len(picture) < at + 4 or picture[at] != 0xFF:
            return None
        length = int.from_bytes(picture[at + 2 : at + 4])
        content = picture[at + 4 : at + 2 + length]
        if picture[at + 1] == COMMENT and content.startswith(b"{"):
            found = json.loads(content)
        at += 2 + length
    return found if at + 2 == len(picture) else None


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (2 + len(content)).to_bytes(2) + content
