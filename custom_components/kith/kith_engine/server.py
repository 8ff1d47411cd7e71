"""The engine as a service, over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
import logging
import os
import signal
import sys
from typing import Protocol

from aiohttp import web

from .analysis import Analysis, Box, EngineFacts, Look, Scope
from .errors import EngineError, KithError, PictureTooLargeError, ProtocolMismatchError
from .guard import Homes, guard
from .listening import Address, listening
from .request import Admission, query
from .scheduler import JOB_DEADLINE, Scheduler
from .wire import (
    ANALYZE,
    CROP,
    EMBEDDING_HEADER,
    HELLO,
    LARGEST_PICTURE,
    PROTOCOL,
    PROTOCOL_HEADER,
    decode_box,
    encode_analysis,
    encode_error,
    encode_facts,
    status_of,
)

_LOGGER = logging.getLogger(__name__)

HARD_ENDING = 6
"""Seconds after which the system ends the process, at the latest."""


class Analyzer(Protocol):
    """What a server serves; `analyze` and `crop` block and are called in one thread."""

    def facts(self) -> EngineFacts: ...

    def analyze(self, encoded: bytes, camera: str, look: Look, scope: Scope) -> Analysis:
        """encoded: a picture's file. camera: whose scene it is compared with. Raises PictureError and EngineError."""

    def crop(self, encoded: bytes, box: Box) -> bytes:
        """A JPEG of this box, with a margin. Raises PictureError."""


type MoreRoutes = Callable[[web.Application, Scheduler], None]
"""Adds routes whose work waits for its turn in the same line."""


def create_app(
    analyzer: Analyzer,
    token: str | None = None,
    overdue: Callable[[], None] = lambda: None,
    more: MoreRoutes | None = None,
    homes: Homes | None = None,
) -> web.Application:
    """The application, for any aiohttp runner.

    overdue: called if a picture takes too long; see scheduler.py. homes: who is let in over TLS.
    """
    scheduler, admission = Scheduler(overdue), Admission()
    app = web.Application(client_max_size=LARGEST_PICTURE, middlewares=[_answer_errors, guard(token, homes), _protocol])

    async def hello(_request: web.Request) -> web.Response:
        return web.json_response(encode_facts(analyzer.facts()))

    async def analyze(request: web.Request) -> web.Response:
        camera, look, scope = query(request)
        async with admission.body(request) as picture:
            analysis = await scheduler.take(
                lambda: analyzer.analyze(picture, camera, look, scope), None if look is Look.PORTRAIT else camera
            )
        return web.json_response(encode_analysis(analysis), headers={EMBEDDING_HEADER: analyzer.facts().embedding})

    async def crop(request: web.Request) -> web.Response:
        box = decode_box(request.query.get("box", ""))
        async with admission.body(request) as picture:
            face = await scheduler.take(lambda: analyzer.crop(picture, box), None)
        return web.Response(body=face, content_type="image/jpeg")

    app.router.add_get(HELLO, hello)
    app.router.add_post(ANALYZE, analyze)
    app.router.add_post(f"{ANALYZE}/{{camera}}", analyze)
    app.router.add_post(CROP, crop)
    if more is not None:
        more(app, scheduler)

    async def close(_app: web.Application) -> None:
        await scheduler.close()

    app.on_shutdown.append(close)  # before the server waits for its handlers, which wait for their turns
    return app


async def serve(
    analyzer: Analyzer,
    *addresses: Address,
    token: str | None = None,
    follow_stdin: bool = False,
    more: MoreRoutes | None = None,
    homes: Homes | None = None,
    beside: AbstractAsyncContextManager[object] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until standard input ends, which it does however the parent process dies.

    beside: what is entered once the engine listens, and left when it ends.

    The process is ended by then, whatever it does: it must have no other work. Raises EngineError if others could reach
    an address without a token.
    """
    for address in addresses:
        if not address.private and not token and address.tls is None:
            raise EngineError(f"{address.host} can be reached by others: set a token with --token-file or KITH_TOKEN")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = create_app(analyzer, token, _start_again, more, homes)
    async with listening(app, *addresses) as where:
        if follow_stdin:
            await _follow_stdin(stop)
        print(f"ready at {where}", flush=True)
        async with beside or nullcontext():
            await stop.wait()
            signal.alarm(HARD_ENDING)  # a picture in progress cannot be interrupted otherwise
    if follow_stdin:
        for address in addresses:
            if address.unix is not None:
                with suppress(OSError):  # the folder was made for the socket; its maker may have been killed
                    address.unix.parent.rmdir()


def _start_again() -> None:
    """Replace this process by a new one: nothing else ends a thread that decodes."""
    _LOGGER.error("A picture took more than %.0f s; the engine starts again", JOB_DEADLINE)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  the same command once more


class _Follower(asyncio.Protocol):
    """Ignores the input and waits for its end."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop.set()


async def _follow_stdin(stop: asyncio.Event) -> None:
    try:
        await asyncio.get_running_loop().connect_read_pipe(lambda: _Follower(stop), sys.stdin)
    except (ValueError, OSError) as error:
        raise EngineError("--follow-stdin needs a pipe as standard input") from error


type _Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _answer_errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer every error in the wire's form; log unexpected ones, without the request's content."""
    try:
        response: web.StreamResponse = await handler(request)
    except KithError as error:
        response = web.json_response(encode_error(error), status=status_of(error))
    except web.HTTPRequestEntityTooLarge:
        too_large = PictureTooLargeError(f"a picture may have {LARGEST_PICTURE} bytes")
        response = web.json_response(encode_error(too_large), status=413)
    except web.HTTPException as error:
        response = web.json_response(encode_error(EngineError(error.reason)), status=error.status)
    except MemoryError:
        _LOGGER.error("There was not enough memory for a picture")  # noqa: TRY400  where it ran out says nothing
        response = web.json_response(encode_error(EngineError("not enough memory for this picture")), status=500)
    except Exception:
        _LOGGER.exception("A request failed")
        response = web.json_response(encode_error(EngineError("something unexpected; see its log")), status=500)
    response.headers[PROTOCOL_HEADER] = str(PROTOCOL)
    return response


@web.middleware
async def _protocol(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Demand the protocol's header: a web page cannot make a browser send it blindly to another host."""
    theirs = request.headers.get(PROTOCOL_HEADER, "none")
    if theirs != str(PROTOCOL):
        raise ProtocolMismatchError(f"this engine speaks version {PROTOCOL} of the protocol, not {theirs[:10]}")
    response: web.StreamResponse = await handler(request)
    return response
