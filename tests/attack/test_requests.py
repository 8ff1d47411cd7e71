"""Mutated requests to an engine: each is answered or hung up on, and the next honest one is served."""

import asyncio
from contextlib import suppress
import random
from urllib.parse import urlsplit

import aiohttp
import pytest

from kith_engine.client import EngineClient
from kith_engine.server import Address, create_app, listening
from kith_engine.wire import ANALYZE, CROP, HELLO, PROTOCOL, PROTOCOL_HEADER
from tests.engine.analyses import FACTS, Obedient
from tests.examples import examples

HEAD = f"HTTP/1.1\r\nHost: localhost\r\n{PROTOCOL_HEADER}: {PROTOCOL}\r\n"
HONEST = [
    f"GET {HELLO} {HEAD}\r\n".encode(),
    f"POST {ANALYZE}?camera=hall&look=people {HEAD}Content-Length: 7\r\n\r\npicture".encode(),
    f"POST {CROP}?box=1,2,3,4 {HEAD}Content-Length: 7\r\n\r\npicture".encode(),
]
SNIPPETS = [
    *(b"\r\n", b"\r\n\r\n", b"\x00", b"\xff\xfe", b"%00", b"%", b"../", b"HTTP/9.9", b"Transfer-Encoding: chunked\r\n"),
    *(b"Content-Length: -1\r\n", b"Content-Length: 99999999999\r\n", b"Content-Encoding: gzip\r\n", b"A" * 9000),
    *(b"Expect: 100-continue\r\n", b"Upgrade: h2c\r\n", b"Connection: close\r\n", b"scope={", b"&camera=" + b"x" * 100),
]


def mutated(request: bytes, chance: random.Random) -> bytes:
    content = bytearray(request)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(content) + 1)
        match chance.randrange(3):
            case 0:
                content[place:place] = chance.choice(SNIPPETS)
            case 1:
                del content[place : place + chance.randint(1, 10)]
            case 2 if content:
                content[place % len(content)] ^= 1 << chance.randrange(8)
    return bytes(content)


async def test_a_mutated_request_is_refused_and_the_engine_goes_on(
    socket_enabled: None, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random("requests")
    async with listening(create_app(Obedient()), Address()) as url, aiohttp.ClientSession() as session:
        place = urlsplit(url)
        for _ in range(examples(80)):
            with suppress(ConnectionError):
                reader, writer = await asyncio.open_connection(place.hostname, place.port)
                writer.write(mutated(chance.choice(HONEST), chance))
                writer.write_eof()
                async with asyncio.timeout(20):
                    answer = await reader.read()
                assert not answer or answer.startswith(b"HTTP/"), answer[:100]
                assert b"Traceback" not in answer
                assert b" 500 " not in answer.partition(b"\r\n")[0]
                writer.close()
        assert (await EngineClient(session, url).hello()).embedding == FACTS.embedding
    assert "Traceback" not in caplog.text
