"""The engine's side of pairing: at most a few attempts at once, and at most five guesses for each code."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import logging
import secrets
import time

from aiohttp import web

from ..errors import EngineError, PairingClosedError, PairingCodeError, PairingError
from ..json_reader import AnswerReader, parse
from ..request import body
from .exchange import Exchange
from .homes import PairedHome
from .identity import LONGEST_NAME
from .protocol import (
    FINISH,
    LARGEST_CERTIFICATE,
    LARGEST_MESSAGE,
    PAIR,
    START,
    Offer,
    decode_bytes,
    encode_bytes,
    encode_offer,
)
from .state import Trust
from .tls import pinned_context

_LOGGER = logging.getLogger(__name__)

ATTEMPT_LASTS = 30.0
"""Seconds between a home's two requests, which follow each other at once."""
MOST_ATTEMPTS = 8
"""At once. More push out the oldest: a home that is pushed out tries again, and nothing fills the memory."""
LARGEST_REQUEST = 16_384
"""Bytes: Kith's own have less than 1,000."""
WRONG_CODE_PAUSE = 1.0
"""Seconds until a wrong code is answered, one after another."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    exchange: Exchange
    code: str
    home: PairedHome
    until: float


class Pairing:
    """Lets homes in that know the code."""

    def __init__(self, trust: Trust, clock: Callable[[], float] = time.monotonic) -> None:
        self._trust = trust
        self._clock = clock
        self._attempts: OrderedDict[str, _Attempt] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def offer(self) -> Offer:
        """For anybody. Raises EngineError."""
        code = await asyncio.to_thread(self._trust.state.codes.current)
        return Offer(self._trust.state.name, self._trust.identity.certificate, code is not None)

    async def start(self, home: PairedHome, message: bytes) -> tuple[str, bytes]:
        """The attempt's number and the engine's message. Raises PairingError, and PairingClosedError without a code."""
        async with self._one_at_a_time:  # the arithmetic takes time, and anybody may ask
            return await asyncio.to_thread(self._start, home, message)

    def _start(self, home: PairedHome, message: bytes) -> tuple[str, bytes]:
        code = self._code()
        pinned_context(home.certificate)  # or is it none?
        exchange = Exchange(code, home=home.certificate, engine=self._trust.identity.certificate, is_home=False)
        exchange.receive(message)
        number = secrets.token_urlsafe(16)
        self._attempts[number] = _Attempt(exchange, code, home, self._clock() + ATTEMPT_LASTS)
        while len(self._attempts) > MOST_ATTEMPTS:
            self._attempts.popitem(last=False)
        return number, exchange.message

    async def finish(self, number: str, confirmation: bytes) -> bytes:
        """The engine's confirmation; the home is paired. Raises PairingCodeError for a wrong code, and PairingError."""
        async with self._one_at_a_time:
            attempt = self._attempts.pop(number, None)
            if attempt is None or attempt.until <= self._clock():
                raise PairingError("it took too long; try again")
            if await asyncio.to_thread(self._code) != attempt.code:
                raise PairingClosedError("another code counts now; run kith-engine pair on its machine to see one")
            if not attempt.exchange.confirms(confirmation):
                await asyncio.to_thread(self._trust.state.codes.count_wrong_guess, attempt.code)
                await asyncio.sleep(WRONG_CODE_PAUSE)
                raise PairingCodeError("the code is wrong")
            await asyncio.to_thread(self._trust.add, attempt.home)
            await asyncio.to_thread(self._trust.state.codes.clear)
        _LOGGER.info("Paired with %s (%s)", attempt.home.name, attempt.home.fingerprint[:16])
        return attempt.exchange.confirmation

    def _code(self) -> str:
        code = self._trust.state.codes.current()
        if code is None:
            raise PairingClosedError("it shows no code now; run kith-engine pair on its machine to see one")
        return code


def add_routes(app: web.Application, pairing: Pairing) -> None:
    """Let the application answer what protocol.py says."""

    async def offer(_request: web.Request) -> web.Response:
        return web.json_response(encode_offer(await pairing.offer()))

    async def start(request: web.Request) -> web.Response:
        content = await _content(request)
        with _understood():
            reader = AnswerReader(parse(content), "pairing")
            name = "".join(filter(str.isprintable, reader.text("name")))[:LONGEST_NAME]
            home = PairedHome(name, decode_bytes(reader, "certificate", LARGEST_CERTIFICATE))
            theirs = decode_bytes(reader, "message", LARGEST_MESSAGE)
        number, message = await pairing.start(home, theirs)
        return web.json_response({"number": number, "message": encode_bytes(message)})

    async def finish(request: web.Request) -> web.Response:
        content = await _content(request)
        with _understood():
            reader = AnswerReader(parse(content), "pairing")
            number, proof = reader.text("number"), decode_bytes(reader, "confirmation", LARGEST_MESSAGE)
        confirmation = await pairing.finish(number, proof)
        return web.json_response({"confirmation": encode_bytes(confirmation)})

    app.router.add_get(PAIR, offer)
    app.router.add_post(START, start)
    app.router.add_post(FINISH, finish)


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        raise web.HTTPBadRequest(reason="this is not a request to pair") from error


async def _content(request: web.Request) -> bytes:
    """Anybody may ask: nothing large is received."""
    if request.content_length is None or request.content_length > LARGEST_REQUEST:
        raise web.HTTPBadRequest(reason=f"a request to pair has at most {LARGEST_REQUEST} bytes")
    return await body(request)
