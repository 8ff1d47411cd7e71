"""What requests to the engine have in common: whose picture it is, how to look, and a body that arrives in time."""

import asyncio

from aiohttp import web

from .analysis import Look, Scope
from .errors import EngineError, PictureError
from .wire import LONGEST_CAMERA, decode_scope

BODY_TIMEOUT = 15
"""Seconds for a picture to arrive; a slower client only blocks a connection."""


def query(request: web.Request) -> tuple[str, Look, Scope]:
    """The camera, how hard to look, and what counts. Raises HTTPBadRequest."""
    camera, look = request.query.get("camera", ""), request.query.get("look", Look.PEOPLE)
    if not 0 < len(camera) <= LONGEST_CAMERA:
        raise web.HTTPBadRequest(reason=f"camera must be a text of 1 to {LONGEST_CAMERA} characters")
    if look not in list(Look):
        raise web.HTTPBadRequest(reason=f"look must be one of {', '.join(Look)}")
    try:
        scope = decode_scope(request.query["scope"]) if "scope" in request.query else Scope()
    except EngineError as error:
        raise web.HTTPBadRequest(reason="scope is not one of this protocol") from error
    return camera, Look(look), scope


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
