"""The engine as a service: HTTP on a unix socket or on TCP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
import hmac
import ipaddress
import logging
import os
from pathlib import Path
import signal
import sys
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware

from .analysis import Analysis, Box, EngineFacts, Look, Scope
from .errors import EngineError, EngineRefusedError, KithError, PictureTooLargeError, ProtocolMismatchError
from .request import body, query
from .scheduler import Scheduler
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

IDLE_TIMEOUT = 75
"""Seconds that a connection may go without a whole request; longer than the pauses of a camera without motion."""
ENDING_TIMEOUT = 3
"""Seconds to finish the current picture when the engine ends; its parent process kills it soon after."""
_NOT_FOR_OTHERS = 0o177


class Analyzer(Protocol):
    """What a server serves; `analyze` and `crop` block and are called in one thread."""

    def facts(self) -> EngineFacts: ...

    def analyze(self, encoded: bytes, camera: str, look: Look, scope: Scope) -> Analysis: ...

    def crop(self, encoded: bytes, box: Box) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a unix socket's path, or host and port. A token is needed wherever others can connect."""

    unix: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def private(self) -> bool:
        """Reachable from this machine only."""
        if self.unix is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


type MoreRoutes = Callable[[web.Application, Scheduler], None]
"""Adds routes whose work waits for its turn in the same line."""


def create_app(analyzer: Analyzer, token: str | None = None, more: MoreRoutes | None = None) -> web.Application:
    """The application, for any aiohttp runner."""
    scheduler = Scheduler()
    app = web.Application(client_max_size=LARGEST_PICTURE, middlewares=[_answer_errors, _protocol, _guard(token)])

    async def hello(_request: web.Request) -> web.Response:
        return web.json_response(encode_facts(analyzer.facts()))

    async def analyze(request: web.Request) -> web.Response:
        camera, look, scope = query(request)
        picture = await body(request)
        analysis = await scheduler.take(
            lambda: analyzer.analyze(picture, camera, look, scope), None if look is Look.PORTRAIT else camera
        )
        return web.json_response(encode_analysis(analysis), headers={EMBEDDING_HEADER: analyzer.facts().embedding})

    async def crop(request: web.Request) -> web.Response:
        box = decode_box(request.query.get("box", ""))
        picture = await body(request)
        return web.Response(
            body=await scheduler.take(lambda: analyzer.crop(picture, box), None), content_type="image/jpeg"
        )

    app.router.add_get(HELLO, hello)
    app.router.add_post(ANALYZE, analyze)
    app.router.add_post(CROP, crop)
    if more is not None:
        more(app, scheduler)

    async def close(_app: web.Application) -> None:
        await scheduler.close()

    app.on_shutdown.append(close)  # before the server waits for its handlers, which wait for their turns
    return app


@asynccontextmanager
async def listening(app: web.Application, address: Address) -> AsyncIterator[str]:
    """Serve within this context, which yields the address. Raises EngineError if it is not available."""
    # a handler is canceled when its client disconnects: then the picture is not analyzed
    runner = web.AppRunner(
        app,
        handler_cancellation=True,
        access_log=None,
        keepalive_timeout=IDLE_TIMEOUT,
        shutdown_timeout=ENDING_TIMEOUT,
    )
    await runner.setup()
    try:
        try:
            if address.unix is not None:
                await _open_unix(runner, address.unix)
            else:
                await web.TCPSite(runner, address.host, address.port).start()
        except OSError as error:
            raise EngineError(f"cannot listen on {address.unix or address.host}: {error.strerror or error}") from error
        if address.unix is not None:
            yield str(address.unix)
        else:
            host, port = runner.addresses[0][:2]
            yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def _open_unix(runner: web.AppRunner, path: Path) -> None:
    """Listen on a socket that only its owner can open, from its first moment."""
    await asyncio.to_thread(_prepare_folder, path)
    before = os.umask(_NOT_FOR_OTHERS)
    try:
        await web.UnixSite(runner, str(path)).start()
    finally:
        os.umask(before)


def _prepare_folder(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_socket():  # an engine that was killed left it
        path.unlink()


async def serve(
    analyzer: Analyzer,
    address: Address,
    token: str | None,
    *,
    follow_stdin: bool,
    more: MoreRoutes | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until standard input ends, which it does however the parent process dies.

    Raises EngineError if others could reach the address without a token.
    """
    if not address.private and not token:
        raise EngineError(f"{address.host} can be reached by others: set a token with --token-file or KITH_TOKEN")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with listening(create_app(analyzer, token, more), address) as where:
        if follow_stdin:
            await _follow_stdin(stop)
        print(f"ready at {where}", flush=True)
        await stop.wait()


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
    except Exception:
        _LOGGER.exception("A request failed")
        response = web.json_response(encode_error(EngineError("something unexpected; see its log")), status=500)
    response.headers[PROTOCOL_HEADER] = str(PROTOCOL)
    return response


@web.middleware
async def _protocol(request: web.Request, handler: _Handler) -> web.StreamResponse:
    theirs = request.headers.get(PROTOCOL_HEADER, str(PROTOCOL))
    if theirs != str(PROTOCOL):
        raise ProtocolMismatchError(f"this engine speaks version {PROTOCOL} of the protocol, not {theirs[:10]}")
    response: web.StreamResponse = await handler(request)
    return response


def _guard(token: str | None) -> Middleware:
    """Refuse requests without the token, if there is one."""
    wanted = f"Bearer {token}".encode()

    @web.middleware
    async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode(errors="replace")
        if token is not None and not hmac.compare_digest(given, wanted):
            raise EngineRefusedError("the token is missing or wrong")
        response: web.StreamResponse = await handler(request)
        return response

    return guard
