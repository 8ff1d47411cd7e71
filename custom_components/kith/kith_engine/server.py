"""The engine as a service: HTTP on a unix socket or on TCP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import hmac
import ipaddress
import logging
import os
from pathlib import Path
import signal
import socket
import sys
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware

from .analysis import Analysis, Box, EngineFacts, Look, Scope
from .errors import EngineError, EngineRefusedError, KithError, PictureTooLargeError, ProtocolMismatchError
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
_PROTOCOL_LOGGER = logging.getLogger(f"{__name__}.protocol")
"""aiohttp's own: it would write a traceback for each request that is no HTTP, from anybody."""
_PROTOCOL_LOGGER.setLevel(logging.CRITICAL)

IDLE_TIMEOUT = 75
"""Seconds that a connection may go without a whole request; longer than the pauses of a camera without motion."""
HARD_ENDING = 6
"""Seconds after which the system ends the process, at the latest."""
ENDING_TIMEOUT = 3
"""Seconds to finish the current picture when the engine ends; its parent process kills it soon after."""
MOST_CONNECTIONS = 256
"""At once: one for each camera and portrait, and some to spare."""
WRONG_TOKEN_PAUSE = 1.0
"""Seconds until a wrong token is answered, one after another: guessing takes longer than anybody lives."""
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


def create_app(
    analyzer: Analyzer,
    token: str | None = None,
    overdue: Callable[[], None] = lambda: None,
    more: MoreRoutes | None = None,
) -> web.Application:
    """The application, for any aiohttp runner. overdue: called if a picture takes too long; see scheduler.py."""
    scheduler, admission = Scheduler(overdue), Admission()
    app = web.Application(client_max_size=LARGEST_PICTURE, middlewares=[_answer_errors, _guard(token), _protocol])

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


@asynccontextmanager
async def listening(app: web.Application, address: Address) -> AsyncIterator[str]:
    """Serve within this context, which yields the address. Raises EngineError if it is not available."""
    # a handler is canceled when its client disconnects: then the picture is not analyzed
    runner = web.AppRunner(
        app,
        handler_cancellation=True,
        access_log=None,
        logger=_PROTOCOL_LOGGER,
        auto_decompress=False,
        keepalive_timeout=IDLE_TIMEOUT,
        shutdown_timeout=ENDING_TIMEOUT,
    )
    await runner.setup()
    try:
        try:
            server = await _open(runner, address)
        except OSError as error:
            raise EngineError(f"cannot listen on {address.unix or address.host}: {error.strerror or error}") from error
        try:
            if address.unix is not None:
                yield str(address.unix)
            else:
                host, port = server.sockets[0].getsockname()[:2]
                yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        finally:
            server.close()
            if address.unix is not None:
                address.unix.unlink(missing_ok=True)
    finally:
        await runner.cleanup()


async def _open(runner: web.AppRunner, address: Address) -> asyncio.Server:
    """Listen. A unix socket can be opened by its owner only, from its first moment."""
    loop = asyncio.get_running_loop()
    handlers = runner.server
    assert handlers is not None  # the runner is set up

    def accept() -> asyncio.BaseProtocol:
        return handlers() if len(handlers.connections) < MOST_CONNECTIONS else _Refusal()

    if address.unix is None:
        return await loop.create_server(accept, address.host, address.port)
    await asyncio.to_thread(_prepare_folder, address.unix)
    before = os.umask(_NOT_FOR_OTHERS)
    try:
        return await loop.create_unix_server(accept, str(address.unix), cleanup_socket=False)
    finally:
        os.umask(before)


class _Refusal(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def _prepare_folder(path: Path) -> None:
    """Remove the socket of an engine that was killed. Raises EngineError if one that is alive listens there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise EngineError(f"cannot listen on {path}: another engine does")


async def serve(
    analyzer: Analyzer,
    address: Address,
    token: str | None,
    *,
    follow_stdin: bool,
    more: MoreRoutes | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until standard input ends, which it does however the parent process dies.

    The process is ended by then, whatever it does: it must have no other work. Raises EngineError if others could reach
    the address without a token.
    """
    if not address.private and not token:
        raise EngineError(f"{address.host} can be reached by others: set a token with --token-file or KITH_TOKEN")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with listening(create_app(analyzer, token, _start_again, more), address) as where:
        if follow_stdin:
            await _follow_stdin(stop)
        print(f"ready at {where}", flush=True)
        await stop.wait()
        signal.alarm(HARD_ENDING)  # a picture in progress cannot be interrupted otherwise
    if follow_stdin and address.unix is not None:
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


def _guard(token: str | None) -> Middleware:
    """Refuse requests without the token; if there is none, those that a browser sends under another host's name."""
    wanted = f"Bearer {token}".encode()
    guessing = asyncio.Lock()

    @web.middleware
    async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if token is None:
            if not _is_here(request):
                raise EngineRefusedError("without a token, it can be asked from its own machine only")
        elif not hmac.compare_digest(request.headers.get("Authorization", "").encode(errors="replace"), wanted):
            async with guessing:
                await asyncio.sleep(WRONG_TOKEN_PAUSE)
            raise EngineRefusedError("the token is missing or wrong")
        response: web.StreamResponse = await handler(request)
        return response

    return guard


def _is_here(request: web.Request) -> bool:
    """Is the host that was asked for this machine? A name that leads here by DNS is not."""
    transport = request.transport
    if transport is not None and transport.get_extra_info("socket").family == socket.AF_UNIX:
        return True
    try:
        return Address(host=request.url.host or "").private
    except ValueError:  # what was sent as the host is none
        return False
