"""Who may ask: the engine's own machine, somebody with the token, or a home that was paired."""

import asyncio
from collections.abc import Awaitable, Callable
import hmac
import socket
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware

from .errors import EngineRefusedError, EngineUnpairedError
from .listening import Address
from .pairing.identity import peer_fingerprint
from .pairing.protocol import OPEN_PATHS
from .request import set_home

WRONG_TOKEN_PAUSE = 1.0
"""Seconds until a wrong token is answered, one after another: guessing takes longer than anybody lives."""

type _Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Homes(Protocol):
    """The homes that the engine was paired with."""

    def home(self, certificate_fingerprint: str) -> object | None:
        """None if none of them has this certificate."""


def guard(token: str | None, homes: Homes | None) -> Middleware:
    """Over TLS, refuse all but paired homes. Else refuse requests without the token, and if there is none, those that a
    browser sends under another host's name.
    """
    wanted = f"Bearer {token}".encode()
    guessing = asyncio.Lock()

    async def check_token(request: web.Request) -> None:
        if token is None:
            if not _is_here(request):
                raise EngineRefusedError("without a token, it can be asked from its own machine only")
        elif not hmac.compare_digest(request.headers.get("Authorization", "").encode(errors="replace"), wanted):
            async with guessing:
                await asyncio.sleep(WRONG_TOKEN_PAUSE)
            raise EngineRefusedError("the token is missing or wrong")

    @web.middleware
    async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if (connection := request.get_extra_info("ssl_object")) is not None:
            shown = peer_fingerprint(connection)
            if shown is not None and homes is not None and homes.home(shown) is not None:
                set_home(request, shown)
            elif request.path not in OPEN_PATHS:
                raise EngineUnpairedError("it was not paired with this home")
        else:
            await check_token(request)
            if request.path in OPEN_PATHS:  # there is no certificate to bind
                raise web.HTTPNotFound
        response: web.StreamResponse = await handler(request)
        return response

    return check


def _is_here(request: web.Request) -> bool:
    """Is the host that was asked for this machine? A name that leads here by DNS is not."""
    connection = request.get_extra_info("socket")
    if connection is not None and connection.family == socket.AF_UNIX:
        return True
    try:
        return Address(host=request.url.host or "").private
    except ValueError:  # what was sent as the host is none
        return False
