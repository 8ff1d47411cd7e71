"""What requests to the engine have in common: whose picture it is, how to look, and a body that arrives in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import hdrs, web

from .analysis import Look, Scope
from .errors import EngineBusyError, EngineError, PictureError, PictureTooLargeError
from .wire import LARGEST_PICTURE, LONGEST_CAMERA, decode_scope

BODY_TIMEOUT = 15
"""Seconds for a picture to arrive; a slower client only blocks a connection."""
MOST_BODY_BYTES = 64 * 1024 * 1024
"""Bytes of pictures that are received or wait for their turn: 64 cameras' usual ones, or one of the largest."""
_HOME = web.RequestKey("home", str)
HOME_LENGTH = 16
"""Of a certificate's fingerprint: enough to tell homes apart."""


def set_home(request: web.Request, fingerprint: str) -> None:
    """This paired home asks."""
    request[_HOME] = fingerprint[:HOME_LENGTH]


def _own(request: web.Request, camera: str) -> str:
    """The engine's name for the camera: homes that share an engine have nothing of each other's."""
    home = request.get(_HOME)
    return camera if home is None else f"{home}/{camera}"


def query(request: web.Request) -> tuple[str, Look, Scope]:
    """The camera, how hard to look, and what counts. Raises HTTPBadRequest."""
    camera = request.match_info.get("camera") or request.query.get("camera", "")
    look = request.query.get("look", Look.PEOPLE)
    if not 0 < len(camera) <= LONGEST_CAMERA:
        raise web.HTTPBadRequest(reason=f"camera must be a text of 1 to {LONGEST_CAMERA} characters")
    if look not in list(Look):
        raise web.HTTPBadRequest(reason=f"look must be one of {', '.join(Look)}")
    try:
        scope = decode_scope(request.query["scope"]) if "scope" in request.query else Scope()
    except EngineError as error:
        raise web.HTTPBadRequest(reason="scope is not one of this protocol") from error
    return _own(request, camera), Look(look), scope


async def body(request: web.Request) -> bytes:
    """Raises HTTPRequestTimeout, and PictureError if there is none."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            received = await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(reason=f"the picture took more than {BODY_TIMEOUT} s to arrive") from error
    if not received:
        raise PictureError("there is no picture in the request: send one as the body")
    return received


class Admission:
    """Lets pictures in before they are received, so that those that wait never fill the memory."""

    def __init__(self) -> None:
        self._bytes = 0

    @asynccontextmanager
    async def body(self, request: web.Request) -> AsyncIterator[bytes]:
        """The request's picture, which counts until the context ends. Raises EngineBusyError if there are too many."""
        if request.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
            raise web.HTTPUnsupportedMediaType(reason="a picture must be sent as it is, without a content encoding")
        size = LARGEST_PICTURE if request.content_length is None else request.content_length
        if size > LARGEST_PICTURE:
            raise PictureTooLargeError(f"a picture may have {LARGEST_PICTURE} bytes")
        if self._bytes + size > MOST_BODY_BYTES:
            raise EngineBusyError(f"pictures of {MOST_BODY_BYTES} bytes are waiting already")
        self._bytes += size
        try:
            yield await body(request)
        finally:
            self._bytes -= size
