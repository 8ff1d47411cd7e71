"""Pairing over the wire: JSON, over TLS whose certificate is not trusted yet.

    GET  /v1/pair           who are you? → Offer
    POST /v1/pair/start     the home's name, certificate and SPAKE2 message → the engine's message, and a number
    POST /v1/pair/finish    the number and the home's confirmation → the engine's, and the home is paired

The home confirms first: an engine that is asked by somebody without the code tells nothing about it. See exchange.py.
"""

import base64
from dataclasses import dataclass
from typing import Any

from ..json_reader import AnswerReader
from ..wire import harmless

PAIR = "/v1/pair"
START = "/v1/pair/start"
FINISH = "/v1/pair/finish"
OPEN_PATHS = frozenset({PAIR, START, FINISH})
"""What may be asked by whom the engine does not know."""
LARGEST_CERTIFICATE = 4096
"""Bytes: Kith's own have about 400."""
LARGEST_MESSAGE = 64
"""Bytes: SPAKE2's have 33, confirmations 32."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an engine says to anybody. certificate: DER. open: whether there is a code that lets a home in."""

    name: str
    certificate: bytes
    open: bool


def encode_offer(offer: Offer) -> dict[str, Any]:
    return {"name": offer.name, "certificate": encode_bytes(offer.certificate), "open": offer.open}


def decode_offer(answer: Any) -> Offer:
    """Raises EngineError."""
    reader = AnswerReader(answer, "pair")
    return Offer(
        harmless(reader.text("name")), decode_bytes(reader, "certificate", LARGEST_CERTIFICATE), reader.flag("open")
    )


def encode_bytes(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def decode_bytes(reader: AnswerReader, key: str, most: int) -> bytes:
    """Raises EngineError for anything but at most so many bytes in base64."""
    value = reader.get(key)
    try:
        content = base64.b64decode(value, validate=True) if isinstance(value, str) and len(value) <= 2 * most else b""
    except ValueError:
        content = b""
    if not 0 < len(content) <= most:
        raise reader.wrong(key, f"1 to {most} bytes in base64")
    return content
