"""What the engine answers about recordings: it keeps each in a file without a name until its client is done with it."""

import asyncio
import tempfile
from typing import IO

from aiohttp import web

from ..analysis import Look
from ..errors import ClipError, ClipTooLargeError, EngineBusyError
from ..request import query
from ..scheduler import Scheduler
from ..wire import EMBEDDING_HEADER
from .clip import Clip
from .clip_protocol import ARRIVES_WITHIN, CLIP, LARGEST_CLIP, ClipPicture, encode_clip_facts, encode_clip_picture
from .routes import Looker, orientation_of

MOST_CLIPS = 2
"""Recordings at a time: each has up to 64 MiB on the disk."""
FORGOTTEN_AFTER = 60.0
"""Seconds until a recording that nobody asks about is dropped: its client was ended."""
_SCENE = "clip"
"""The scene that recordings are compared with; no camera has this name. People are looked for in all their pictures."""


class Clips:
    """All recordings that are looked at. Call all methods in the event loop."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Clip, asyncio.TimerHandle]] = {}
        self._closing: set[asyncio.Future[None]] = set()

    async def receive(self, name: str, request: web.Request, orientation: int) -> Clip:
        """Take the request's body. Raises ClipError if it is no recording, EngineBusyError if there are too many."""
        self.close(name)
        if len(self._open) >= MOST_CLIPS:
            raise EngineBusyError(f"{MOST_CLIPS} recordings are being looked at already")
        file = await asyncio.to_thread(tempfile.TemporaryFile)
        try:
            await _write(request, file)
            clip = await asyncio.to_thread(Clip, file, orientation)
        except BaseException:
            file.close()
            raise
        self._keep(name, clip)
        return clip

    def get(self, name: str) -> Clip:
        """Raises ClipError if there is none of this name."""
        if name not in self._open:
            raise ClipError("the engine was started again, or nobody asked for its next picture for too long.")
        clip, timer = self._open[name]
        timer.cancel()
        self._keep(name, clip)
        return clip

    def close(self, name: str) -> None:
        """May be called for one that was never opened."""
        if name in self._open:
            clip, timer = self._open.pop(name)
            timer.cancel()
            closing = asyncio.get_running_loop().run_in_executor(None, clip.close)
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def stop(self, _app: web.Application) -> None:
        for name in list(self._open):
            self.close(name)
        await asyncio.gather(*self._closing)

    def _keep(self, name: str, clip: Clip) -> None:
        self._open[name] = clip, asyncio.get_running_loop().call_later(FORGOTTEN_AFTER, self.close, name)


async def _write(request: web.Request, file: IO[bytes]) -> None:
    size = 0
    try:
        async with asyncio.timeout(ARRIVES_WITHIN):
            async for chunk in request.content.iter_chunked(1024 * 1024):
                size += len(chunk)
                if size > LARGEST_CLIP:
                    raise ClipTooLargeError(f"it has more than {LARGEST_CLIP} bytes.")
                await asyncio.to_thread(file.write, chunk)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(reason=f"the recording took more than {ARRIVES_WITHIN:.0f} s to arrive") from error
    await asyncio.to_thread(file.seek, 0)


def add_clip_routes(app: web.Application, looker: Looker, scheduler: Scheduler) -> None:
    """Let the application answer about recordings, and drop them when it ends."""
    clips = Clips()

    async def open_clip(request: web.Request) -> web.Response:
        clip = await clips.receive(_name(request), request, orientation_of(request))
        return web.json_response(encode_clip_facts(clip.facts))

    async def look(request: web.Request) -> web.Response:
        name, (_, _, scope) = _name(request), query(request)
        clip = clips.get(name)

        def look_on() -> ClipPicture | None:
            picture = clip.next_picture()
            if picture is None:
                return None
            return ClipPicture(picture.captured, looker.look(picture, _SCENE, Look.PEOPLE, scope))

        seen = await scheduler.take(look_on, None)
        return web.json_response(encode_clip_picture(seen), headers={EMBEDDING_HEADER: looker.facts().embedding})

    async def close_clip(request: web.Request) -> web.Response:
        clips.close(_name(request))
        return web.json_response({})

    app.router.add_put(f"{CLIP}/{{camera}}", open_clip)
    app.router.add_post(f"{CLIP}/{{camera}}", look)
    app.router.add_delete(f"{CLIP}/{{camera}}", close_clip)
    app.on_cleanup.append(clips.stop)


def _name(request: web.Request) -> str:
    camera, _, _ = query(request)
    return camera
