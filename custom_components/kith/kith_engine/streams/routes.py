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
from .frame_picture import FramePicture
from .protocol import LATEST, LONGEST_WATCH, LOOK, STREAM, Glimpse, decode_address, encode_glimpse, encode_health
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
        after, seconds, orientation = _time(request), _watch(request), orientation_of(request)

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


def _time(request: web.Request) -> float:
    try:
        after = float(request.query.get("after", "0"))
    except ValueError:
        after = -1.0
    if not 0 <= after < LATEST:
        raise web.HTTPBadRequest(reason="after must be a time in seconds since the epoch")
    return after


def _appetite(request: web.Request, look: Look) -> Appetite:
    if look is not Look.MOTION:
        return Appetite.EVERYTHING
    return Appetite.KEYFRAMES if "keyframes" in request.query else Appetite.MOTION


def _watch(request: web.Request) -> float:
    """Seconds. Raises HTTPBadRequest."""
    try:
        watch = float(request.query.get("watch", "0"))
    except ValueError:
        watch = -1.0
    if not 0 <= watch <= LONGEST_WATCH:
        raise web.HTTPBadRequest(reason=f"watch must be a number of seconds from 0 to {LONGEST_WATCH:.0f}")
    return watch
