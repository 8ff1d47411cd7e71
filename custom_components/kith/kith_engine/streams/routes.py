"""What the engine answers about streams, beside what `server.py` answers about single pictures."""

import asyncio
import time
from typing import Protocol

from aiohttp import web

from ..analysis import Analysis, EngineFacts, Look, Scope
from ..errors import PictureError
from ..picture import Picture
from ..request import body, query
from ..scheduler import Scheduler
from ..wire import EMBEDDING_HEADER
from .decoder import Appetite, Shown
from .frame_clock import SET_BACK
from .frame_picture import FramePicture
from .protocol import (
    LATEST,
    LONGEST_PRE_ROLL,
    LONGEST_WATCH,
    LOOK,
    STREAM,
    Glimpse,
    decode_address,
    encode_glimpse,
    encode_health,
)
from .registry import Streams, Watch

ORIENTATIONS = set("12345678")


class Looker(Protocol):
    """What looks at pictures; `look` blocks."""

    def facts(self) -> EngineFacts: ...

    def look(self, picture: Picture, camera: str, look: Look, scope: Scope) -> Analysis:
        """camera: whose scene it is compared with. Raises PictureError and EngineError."""


class Watcher(Looker, Protocol):
    """What looks at pictures, and knows at a glance which need no look."""

    def still(self, picture: Picture, camera: str, scope: Scope) -> bool:
        """Would a look for motion find none? Changes nothing, in any thread. Raises PictureError."""


def add_routes(app: web.Application, streams: Streams, looker: Watcher, scheduler: Scheduler) -> None:
    """Let the application answer about these streams, and end them when it ends."""

    async def open_stream(request: web.Request) -> web.Response:
        camera, _, _ = query(request)
        streams.open(camera, decode_address(await body(request)))
        return web.json_response({})

    async def close_stream(request: web.Request) -> web.Response:
        camera, _, _ = query(request)
        streams.close(camera)
        return web.json_response({})

    async def health(request: web.Request) -> web.Response:
        camera, _, _ = query(request)
        return web.json_response(encode_health(streams.health(camera)))

    async def look(request: web.Request) -> web.Response:
        camera, look, scope = query(request)
        after, seconds, orientation = _after(request), _number(request, "watch", LONGEST_WATCH), orientation_of(request)

        def still(shown: Shown) -> bool:
            try:
                return looker.still(FramePicture(shown.frame, shown.captured, orientation), camera, scope)
            except PictureError:  # the look that follows says so
                return False

        watch = Watch(still, time.monotonic() + seconds) if seconds and look is Look.MOTION else None
        shown = await streams.picture(camera, after, _appetite(request, look), watch)
        picture = FramePicture(shown.frame, shown.captured, orientation)
        hard = Look.PEOPLE if shown.early else look
        analysis = await scheduler.take(lambda: looker.look(picture, camera, hard, scope), camera)
        jpeg = await asyncio.to_thread(picture.jpeg) if analysis.looked else b""
        glances = max(1, watch.glances) if watch is not None else 1
        return web.Response(
            body=encode_glimpse(Glimpse(analysis, shown.captured, shown.early, jpeg, glances)),
            content_type="application/octet-stream",
            headers={EMBEDDING_HEADER: looker.facts().embedding},
        )

    app.router.add_put(STREAM, open_stream)
    app.router.add_delete(STREAM, close_stream)
    app.router.add_get(STREAM, health)
    app.router.add_post(LOOK, look)

    async def stop(_app: web.Application) -> None:
        await streams.stop()

    app.on_shutdown.append(stop)


def orientation_of(request: web.Request) -> int:
    """As in EXIF. Raises HTTPBadRequest."""
    given = request.query.get("orientation", "1")
    if given not in ORIENTATIONS:
        raise web.HTTPBadRequest(reason="orientation must be one of EXIF's, 1 to 8")
    return int(given)


def _after(request: web.Request) -> float:
    """When the picture must have been captured after, by this machine's clock. Raises HTTPBadRequest."""
    after, pre_roll = _number(request, "after", LATEST), _number(request, "pre_roll", LONGEST_PRE_ROLL)
    now = time.time()
    if after > now + SET_BACK:  # the last picture was another engine's, or this clock was set back since
        after = 0.0
    return max(after, now - pre_roll) if pre_roll else after


def _appetite(request: web.Request, look: Look) -> Appetite:
    if look is not Look.MOTION:
        return Appetite.EVERYTHING
    return Appetite.KEYFRAMES if "keyframes" in request.query else Appetite.MOTION


def _number(request: web.Request, name: str, most: float) -> float:
    """Seconds; 0 where none are given. Raises HTTPBadRequest."""
    try:
        number = float(request.query.get(name, "0"))
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise web.HTTPBadRequest(reason=f"{name} must be a number of seconds from 0 to {most:.0f}")
    return number
