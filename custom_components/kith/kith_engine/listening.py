"""Where the engine listens: a unix socket, TCP, or TLS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import ipaddress
import logging
import os
from pathlib import Path
import socket
import ssl

from aiohttp import web

from .errors import EngineError

_PROTOCOL_LOGGER = logging.getLogger(f"{__name__}.protocol")
"""aiohttp's own: it would write a traceback for each request that is no HTTP, from anybody."""
_PROTOCOL_LOGGER.setLevel(logging.CRITICAL)

IDLE_TIMEOUT = 75
"""Seconds that a connection may go without a whole request; longer than the pauses of a camera without motion."""
ENDING_TIMEOUT = 3
"""Seconds to finish the current picture when the engine ends; its parent process kills it soon after."""
HANDSHAKE_TIMEOUT = 10.0
"""Seconds for a TLS handshake; who has not finished by then only blocks a connection."""
MOST_CONNECTIONS = 256
"""At once: one for each camera and portrait, and some to spare."""
_NOT_FOR_OTHERS = 0o177


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a unix socket's path, or host and port.

    tls: for homes that were paired. Without it, a token is needed wherever others can connect.
    """

    unix: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def private(self) -> bool:
        """Reachable from this machine only."""
        if self.unix is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@asynccontextmanager
async def listening(app: web.Application, *addresses: Address) -> AsyncIterator[str]:
    """Serve within this context, which yields the addresses. Raises EngineError if one is not available."""
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
        async with AsyncExitStack() as stack:
            opened = [await stack.enter_async_context(_opened(runner, address)) for address in addresses]
            yield " and ".join(opened)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _opened(runner: web.AppRunner, address: Address) -> AsyncIterator[str]:
    try:
        server = await _open(runner, address)
    except OSError as error:
        raise EngineError(f"cannot listen on {address.unix or address.host}: {error.strerror or error}") from error
    try:
        if address.unix is not None:
            yield str(address.unix)
        else:
            host, port = server.sockets[0].getsockname()[:2]
            scheme = "https" if address.tls else "http"
            yield f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    finally:
        server.close()
        if address.unix is not None:
            address.unix.unlink(missing_ok=True)


async def _open(runner: web.AppRunner, address: Address) -> asyncio.Server:
    """Listen. A unix socket can be opened by its owner only, from its first moment."""
    loop = asyncio.get_running_loop()
    handlers = runner.server
    assert handlers is not None  # the runner is set up

    def accept() -> asyncio.BaseProtocol:
        return handlers() if len(handlers.connections) < MOST_CONNECTIONS else _Refusal()

    if address.unix is None:
        timeout = HANDSHAKE_TIMEOUT if address.tls else None
        return await loop.create_server(
            accept, address.host, address.port, ssl=address.tls, ssl_handshake_timeout=timeout
        )
    await asyncio.to_thread(_prepare_folder, address.unix)
    before = os.umask(_NOT_FOR_OTHERS)
    try:
        return await loop.create_unix_server(accept, str(address.unix))
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
