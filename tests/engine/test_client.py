"""The client: an engine's errors arrive unchanged, and other servers are not mistaken for an engine."""

import asyncio
from collections.abc import AsyncIterator, Callable
import dataclasses
from pathlib import Path

import aiohttp
from aiohttp import web
import numpy as np
import pytest

from kith_engine import client as client_module, guard
from kith_engine.analysis import Analysis, Area, Box, Embedding, Face, Look, Quality, Scope, Sensitivity
from kith_engine.client import EngineClient
from kith_engine.errors import (
    EngineError,
    EngineRefusedError,
    EngineUnavailableError,
    KithError,
    PictureError,
    PictureTooLargeError,
    ProtocolMismatchError,
)
from kith_engine.server import Address, create_app, listening
from kith_engine.wire import LARGEST_ANSWER, LARGEST_PICTURE, PROTOCOL, PROTOCOL_HEADER, encode_facts

from .analyses import FACTS, NOTHING, Obedient

UNAVAILABLE_ADDRESS = "http://127.0.0.1:9"


@pytest.fixture
def analyzer() -> Obedient:
    return Obedient()


@pytest.fixture(autouse=True)
def _guessing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "WRONG_TOKEN_PAUSE", 0.0)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def client(analyzer: Obedient, session: aiohttp.ClientSession) -> AsyncIterator[EngineClient]:
    async with listening(create_app(analyzer), Address()) as url:
        yield EngineClient(session, url)


async def ask(client: EngineClient, picture: bytes = b"picture") -> Analysis:
    return await client.analyze(picture, camera="hall", look=Look.PEOPLE)


async def test_it_meets_an_engine_and_asks_it(client: EngineClient, analyzer: Obedient) -> None:
    assert encode_facts(await client.hello()) == encode_facts(FACTS)
    assert await ask(client) == NOTHING
    assert analyzer.asked == [("hall", Look.PEOPLE, b"picture")]


@pytest.mark.parametrize("camera", ["camera.hall", "Küche & Flur/#1?", "100%", "a/../b", "%2F", "+ "])
async def test_any_camera_name_arrives_as_it_is(client: EngineClient, analyzer: Obedient, camera: str) -> None:
    await client.analyze(b"picture", camera=camera, look=Look.MOTION)
    assert analyzer.asked[0][:2] == (camera, Look.MOTION)


async def test_what_of_a_picture_counts_arrives_as_it_was_set(client: EngineClient, analyzer: Obedient) -> None:
    scope = Scope(Sensitivity.HIGH, 40, (Area(0.1, 0.2, 0.5, 1.0),), faces=False, second=True)
    await client.analyze(b"picture", camera="hall", look=Look.MOTION, scope=scope)
    assert analyzer.scope == scope
    await ask(client)
    assert analyzer.scope == Scope()


async def test_a_face_is_cut_out_on_the_other_side(client: EngineClient, analyzer: Obedient) -> None:
    assert await client.crop(b"picture", Box(1, 2, 30, 40)) == b"a face"
    assert analyzer.cropped == [(b"picture", Box(1, 2, 30, 40))]


async def test_a_vector_of_a_second_network_that_there_is_not_is_no_answer(
    client: EngineClient, analyzer: Obedient
) -> None:
    await client.hello()
    whole = np.eye(8, dtype=np.float32)
    quality = Quality(40, 1.0, 0.0, 120.0)
    face = Face(
        Box(0, 0, 9, 9), 0.9, np.zeros((5, 2), np.float32), quality, (Embedding(whole[0], 9.0), Embedding(whole[1]))
    )
    analyzer.does = lambda _picture: dataclasses.replace(NOTHING, faces=(face,))
    with pytest.raises(EngineError, match="dimensions"):
        await ask(client)


async def test_over_a_unix_socket_too(analyzer: Obedient, tmp_path: Path) -> None:
    async with listening(create_app(analyzer), Address(unix=tmp_path / "engine")) as path:
        client = EngineClient.over_unix(path)
        assert encode_facts(await client.hello()) == encode_facts(FACTS)
        await client.close()
        with pytest.raises(EngineUnavailableError):
            await client.hello()


async def test_an_engines_error_is_the_same_error_here(client: EngineClient, analyzer: Obedient) -> None:
    def refuse(_picture: bytes) -> Analysis:
        raise PictureError("this is a poem")

    analyzer.does = refuse
    with pytest.raises(PictureError, match="this is a poem"):
        await ask(client)


async def test_a_picture_that_is_too_large_is_not_even_sent(client: EngineClient, analyzer: Obedient) -> None:
    with pytest.raises(PictureTooLargeError):
        await ask(client, bytes(LARGEST_PICTURE + 1))
    assert analyzer.asked == []


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_a_wrong_token_is_a_refusal(
    analyzer: Obedient, session: aiohttp.ClientSession, token: str | None
) -> None:
    async with listening(create_app(analyzer, "right"), Address()) as url:
        with pytest.raises(EngineRefusedError):
            await EngineClient(session, url, token).hello()
        assert (await EngineClient(session, url, "right").hello()).embedding == FACTS.embedding


async def test_nobody_there_is_told_in_the_systems_words(session: aiohttp.ClientSession) -> None:
    with pytest.raises(EngineUnavailableError, match="refused"):
        await EngineClient(session, UNAVAILABLE_ADDRESS).hello()


async def test_a_socket_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    client = EngineClient.over_unix(str(tmp_path / "engine"))
    with pytest.raises(EngineUnavailableError):
        await client.hello()
    await client.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "engine",
        "192.168.1.20:7070",
        "ftp://engine",
        "http://",
        "http://engine:99999",
        "http://me:no@engine",
        "\0",
    ],
)
async def test_what_is_no_address_is_said_when_it_is_used(session: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(EngineError, match="URL"):
        await EngineClient(session, url).hello()


async def test_a_token_that_cannot_be_sent_is_said(analyzer: Obedient, session: aiohttp.ClientSession) -> None:
    async with listening(create_app(analyzer, "token"), Address()) as url:
        with pytest.raises(EngineError, match="token"):
            await EngineClient(session, url, "two\r\nlines").hello()


async def test_an_engine_with_other_networks_than_when_it_was_met_must_be_met_again(
    client: EngineClient, analyzer: Obedient
) -> None:
    await client.hello()
    analyzer.told = dataclasses.replace(FACTS, embedding="another.onnx@ba9876543210")
    with pytest.raises(EngineUnavailableError, match="networks"):
        await ask(client)
    assert (await client.hello()).embedding == "another.onnx@ba9876543210"
    assert await ask(client) == NOTHING


async def test_vectors_of_other_dimensions_than_announced_are_refused(client: EngineClient, analyzer: Obedient) -> None:
    vector = np.eye(16, dtype=np.float32)[0]
    face = Face(Box(0, 0, 9, 9), 0.9, np.zeros((5, 2), np.float32), Quality(40, 1, 0, 120), (Embedding(vector),))
    analyzer.does = lambda _picture: dataclasses.replace(NOTHING, faces=(face,))
    await client.hello()
    with pytest.raises(EngineError, match="dimensions"):
        await ask(client)


async def meet(session: aiohttp.ClientSession, answer: Callable[[web.Request], web.StreamResponse]) -> KithError | None:
    """The result of meeting a server that answers like this."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(request)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", handle)
    async with listening(app, Address()) as url:
        try:
            await EngineClient(session, url).hello()
        except KithError as error:
            return error
    return None


async def test_another_protocol_is_a_mismatch_whatever_else_is_answered(session: aiohttp.ClientSession) -> None:
    def by_header(_request: web.Request) -> web.Response:
        return web.Response(body=b"who knows", headers={PROTOCOL_HEADER: "1"})

    def by_facts(_request: web.Request) -> web.Response:
        return web.json_response({**encode_facts(FACTS), "protocol": PROTOCOL + 1})

    for answer in (by_header, by_facts):
        error = await meet(session, answer)
        assert isinstance(error, ProtocolMismatchError)
        assert f"version {PROTOCOL}" in str(error)


@pytest.mark.parametrize("status", [200, 301, 401, 404, 500, 502])
@pytest.mark.parametrize(
    "body",
    [b"<html>Welcome to your router</html>", b"", b"[]", b'{"error": 7}', b"\xff\xfe", b"1" * 5000, b"[" * 100_000],
    ids=["html", "empty", "list", "half an error", "no text", "huge number", "deep"],
)
async def test_something_else_at_that_address_is_told(session: aiohttp.ClientSession, status: int, body: bytes) -> None:
    error = await meet(session, lambda _request: web.Response(status=status, body=body))
    assert type(error) is EngineError


async def test_it_does_not_follow_anywhere(session: aiohttp.ClientSession) -> None:
    asked = []

    def elsewhere(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    assert type(await meet(session, elsewhere)) is EngineError
    assert asked == ["/v1/hello"]


async def test_an_answer_without_end_is_not_swallowed(session: aiohttp.ClientSession) -> None:
    error = await meet(session, lambda _request: web.Response(body=bytes(LARGEST_ANSWER + 1)))
    assert type(error) is EngineError
    assert "too long" in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ],
    ids=["hangs up", "breaks off", "not HTTP", "not gzip"],
)
async def test_an_answer_that_breaks_off_is_unavailable(session: aiohttp.ClientSession, answer: bytes) -> None:
    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(EngineUnavailableError):
            await EngineClient(session, f"http://127.0.0.1:{port}").hello()


async def test_silence_is_unavailable_after_a_while(
    session: aiohttp.ClientSession, analyzer: Obedient, client: EngineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ENGINE_TIMEOUT", aiohttp.ClientTimeout(total=0.05))
    analyzer.free.clear()
    with pytest.raises(EngineUnavailableError, match="in time"):
        await ask(client)
    analyzer.free.set()


async def test_a_redirect_is_not_followed(session: aiohttp.ClientSession, analyzer: Obedient) -> None:
    """Pictures and the token go to the address that the owner entered, and nowhere else."""
    async with listening(create_app(analyzer), Address()) as other:

        def elsewhere(request: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": f"{other}{request.path}"})

        assert isinstance(await meet(session, elsewhere), EngineError)
