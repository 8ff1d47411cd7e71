"""The home's side of pairing."""

import asyncio

import aiohttp

from ..client import EngineClient
from ..errors import PairingCodeError
from ..json_reader import AnswerReader
from .exchange import Exchange
from .identity import Identity
from .protocol import (
    FINISH,
    LARGEST_MESSAGE,
    PAIR,
    START,
    Offer,
    decode_bytes,
    decode_offer,
    encode_bytes,
)
from .tls import pinned_context, unproven_context


async def ask_offer(session: aiohttp.ClientSession, url: str) -> Offer:
    """What the engine there says about itself; nothing of it is proven yet. Raises what `EngineClient` raises."""
    context = await asyncio.to_thread(unproven_context)
    return decode_offer(await EngineClient(session, url, tls=context).ask("GET", PAIR))


async def pair(session: aiohttp.ClientSession, url: str, offer: Offer, *, code: str, home: Identity, name: str) -> None:
    """Let the engine with the offered certificate know this home, if both know the code.

    Raises PairingCodeError, PairingClosedError, PairingError, and what `EngineClient` raises.
    """
    engine = EngineClient(session, url, tls=await asyncio.to_thread(pinned_context, offer.certificate))
    exchange = await asyncio.to_thread(Exchange, code, home=home.certificate, engine=offer.certificate, is_home=True)
    mine = {"name": name, "certificate": encode_bytes(home.certificate), "message": encode_bytes(exchange.message)}
    started = AnswerReader(await engine.ask("POST", START, mine), "start")
    number = started.text("number")
    await asyncio.to_thread(exchange.receive, decode_bytes(started, "message", LARGEST_MESSAGE))
    proof = {"number": number, "confirmation": encode_bytes(exchange.confirmation)}
    finished = AnswerReader(await engine.ask("POST", FINISH, proof), "finish")
    if not exchange.confirms(decode_bytes(finished, "confirmation", LARGEST_MESSAGE)):
        raise PairingCodeError("it does not know the code itself, so it is not the engine that shows it")
