"""The server alone: what it refuses, how it says so, and that it survives."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
import json
import os
from pathlib import Path
import socket
import stat
import sys
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
import pytest

from kith_engine import guard, listening as listening_module, request, server
from kith_engine.analysis import Look
from kith_engine.errors import EngineError, PictureError
from kith_engine.server import Address, create_app, listening
from kith_engine.wire import ANALYZE, CROP, HELLO, LARGEST_PICTURE, PROTOCOL, PROTOCOL_HEADER

from .analyses import FACTS, NOTHING, Obedient

TOKEN = "a token that nobody guesses"
ASK = f"{ANALYZE}?camera=hall&look=people"


@pytest.fixture
def analyzer() -> Obedient:
    return Obedient()


@pytest.fixture
def arrived() -> list[bytes]:
    """Bodies of the requests that arrived completely and have their place in the queue."""
    return []


@pytest.fixture
def app(analyzer: Obedient, arrived: list[bytes]) -> web.Application:
    @web.middleware
    async def note(request: web.Request, handler: Any) -> web.StreamResponse:
        arrived.append(await request.read())
        return await handler(request)

    app = create_app(analyzer)
    app.middlewares.append(note)
    return app


@pytest.fixture
async def url(analyzer: Obedient) -> AsyncIterator[str]:
    async with listening(create_app(analyzer), Address()) as url:
        yield url
        analyzer.free.set()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={PROTOCOL_HEADER: str(PROTOCOL)}) as session:
        yield session


@pytest.fixture(autouse=True)
def _guessing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "WRONG_TOKEN_PAUSE", 0.0)


async def asked(client: aiohttp.ClientSession, url: str, body: bytes = b"picture", **headers: str) -> tuple[int, dict]:
    async with client.post(url, data=body, headers=headers) as response:
        assert response.headers[PROTOCOL_HEADER] == str(PROTOCOL)
        return response.status, await response.json()


async def test_it_tells_who_it_is(client: aiohttp.ClientSession, url: str) -> None:
    async with client.get(url + HELLO) as response:
        assert (await response.json())["embedding"] == FACTS.embedding
        assert response.headers[PROTOCOL_HEADER] == str(PROTOCOL)


async def test_a_picture_that_is_too_large_is_refused_and_the_engine_lives_on(
    client: aiohttp.ClientSession, url: str, analyzer: Obedient
) -> None:
    status, answer = await asked(client, url + ASK, bytes(LARGEST_PICTURE + 1))
    assert (status, answer["error"]) == (413, "picture_too_large")
    assert analyzer.asked == []
    assert (await asked(client, url + ASK))[0] == 200


async def test_the_largest_picture_is_taken(client: aiohttp.ClientSession, url: str) -> None:
    assert (await asked(client, url + ASK, bytes(LARGEST_PICTURE)))[0] == 200


async def test_a_picture_without_end_is_cut_off(client: aiohttp.ClientSession, url: str, analyzer: Obedient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1024 * 1024)

    try:
        async with client.post(url + ASK, data=endless()) as response:
            assert response.status == 413
    except aiohttp.ClientError:  # it hung up before everything was sent
        pass
    assert analyzer.asked == []
    assert (await asked(client, url + ASK))[0] == 200


async def test_no_picture_at_all_is_refused(client: aiohttp.ClientSession, url: str) -> None:
    status, answer = await asked(client, url + ASK, b"")
    assert (status, answer["error"]) == (422, "picture_unreadable")


@pytest.mark.parametrize("scope", ["", "3", "{}", "[]", '{"sensitivity": "normal"}'])
async def test_a_scope_that_is_none_is_refused(client: aiohttp.ClientSession, url: str, scope: str) -> None:
    async with client.post(url + ASK, params={"scope": scope}, data=b"picture") as response:
        assert response.status == 400


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "1,2,3,nan"])
async def test_a_box_that_is_none_is_refused(
    client: aiohttp.ClientSession, url: str, analyzer: Obedient, box: str
) -> None:
    async with client.post(url + CROP, params={"box": box}, data=b"picture") as response:
        assert response.status == 422
    assert analyzer.cropped == []


async def test_what_the_analyzer_refuses_is_told_with_its_reason(
    client: aiohttp.ClientSession, url: str, analyzer: Obedient
) -> None:
    def refuse(_picture: bytes) -> None:
        raise PictureError("this is a poem")

    analyzer.does = refuse
    assert await asked(client, url + ASK) == (422, {"error": "picture_unreadable", "message": "this is a poem"})


@pytest.mark.parametrize("query", ["", "?camera=", "?look=people", f"?camera={'x' * 65}", "?camera=hall&look=angry"])
async def test_a_question_that_makes_no_sense_is_refused(client: aiohttp.ClientSession, url: str, query: str) -> None:
    status, answer = await asked(client, url + ANALYZE + query)
    assert (status, answer["error"]) == (400, "engine_failed")


@pytest.mark.parametrize("question", [f"{ANALYZE}?camera=hall&look=people", f"{ANALYZE}/hall?look=people"])
async def test_the_camera_is_in_the_path_or_in_the_query(
    client: aiohttp.ClientSession, url: str, analyzer: Obedient, question: str
) -> None:
    assert (await asked(client, url + question, b"picture"))[0] == 200
    assert analyzer.asked == [("hall", Look.PEOPLE, b"picture")]


async def test_other_paths_and_methods_are_refused_in_the_same_form(client: aiohttp.ClientSession, url: str) -> None:
    assert (await asked(client, url + "/"))[0] == 404
    assert (await asked(client, url + HELLO))[0] == 405


async def test_the_unexpected_is_logged_once_without_the_picture(
    client: aiohttp.ClientSession, url: str, analyzer: Obedient, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(_picture: bytes) -> None:
        raise ZeroDivisionError

    analyzer.does = break_down
    status, answer = await asked(client, url + ASK, b"what nobody else should see")
    assert (status, answer["error"]) == (500, "engine_failed")
    assert "ZeroDivisionError" not in answer["message"]
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "ZeroDivisionError" in caplog.text
    assert "nobody else" not in caplog.text
    analyzer.does = lambda _picture: NOTHING
    assert (await asked(client, url + ASK))[0] == 200


async def test_a_picture_that_needs_more_memory_than_there_is_is_told(
    client: aiohttp.ClientSession, url: str, analyzer: Obedient, caplog: pytest.LogCaptureFixture
) -> None:
    def run_out(_picture: bytes) -> None:
        raise MemoryError

    analyzer.does = run_out
    status, answer = await asked(client, url + ASK)
    assert (status, answer["error"]) == (500, "engine_failed")
    assert "memory" in answer["message"]
    assert "Traceback" not in caplog.text


async def test_a_web_page_s_blind_request_is_refused(url: str, analyzer: Obedient) -> None:
    """A page can make a browser send a plain request anywhere, but no header of its own."""
    async with aiohttp.ClientSession() as browser, browser.post(url + ASK, data=b"picture") as response:
        assert response.status == 426
    assert analyzer.asked == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("evil.example", 401), ("evil.example:7070", 401), ("localhost:x", 401), ("localhost:99999", 401), ("", 401)),
        *(("localhost", 200), ("127.0.0.1:1", 200), ("[::1]:7070", 200)),
    ],
)
async def test_without_a_token_it_is_asked_by_its_own_name_only(
    client: aiohttp.ClientSession, url: str, host: str, status: int
) -> None:
    """A page's own name may be made to lead here, and then its browser would send any header."""
    assert (await asked(client, url + ASK, Host=host))[0] == status


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "nonsense"])
async def test_a_content_encoding_is_refused_without_a_traceback(
    client: aiohttp.ClientSession, url: str, encoding: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with client.post(url + ASK, data=b"not compressed", headers={"Content-Encoding": encoding}) as response:
        assert response.status == 415
    assert "Traceback" not in caplog.text
    assert (await asked(client, url + ASK))[0] == 200


async def test_pictures_that_wait_never_fill_the_memory(
    client: aiohttp.ClientSession, url: str, analyzer: Obedient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too much is refused before it is received."""
    monkeypatch.setattr(request, "MOST_BODY_BYTES", 15)
    analyzer.free.clear()
    first = asyncio.create_task(asked(client, url + ASK, bytes(10)))
    await until(lambda: analyzer.asked)
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    head = f"POST {ANALYZE}?camera=gate HTTP/1.1\r\nHost: localhost\r\n{PROTOCOL_HEADER}: {PROTOCOL}\r\n"
    writer.write(f"{head}Content-Length: 10\r\n\r\n".encode())  # and nothing follows
    async with asyncio.timeout(10):
        assert b"503" in await reader.readline()
    writer.close()
    analyzer.free.set()
    assert (await first)[0] == 200
    assert (await asked(client, url + ASK, bytes(15)))[0] == 200, "what was answered counts no more"


async def test_connections_without_number_are_hung_up_on(
    client: aiohttp.ClientSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening_module, "MOST_CONNECTIONS", 3)
    opened = [await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port) for _ in range(5)]
    async with asyncio.timeout(10):
        for reader, _ in opened[3:]:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
    for _, writer in opened:
        writer.close()
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                assert (await asked(client, url + ASK))[0] == 200
                break


async def test_guessing_a_token_takes_long_and_hinders_nobody_who_has_it(
    client: aiohttp.ClientSession, analyzer: Obedient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "WRONG_TOKEN_PAUSE", 3600.0)
    async with listening(create_app(analyzer, TOKEN), Address()) as url:
        guesses = [asyncio.create_task(asked(client, url + ASK, Authorization=f"Bearer {n}")) for n in range(3)]
        assert (await asked(client, url + ASK, Authorization=f"Bearer {TOKEN}"))[0] == 200
        assert not any(guess.done() for guess in guesses)
        for guess in guesses:
            guess.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)


async def test_a_live_engine_s_socket_is_not_taken_over(analyzer: Obedient, tmp_path: Path) -> None:
    path = tmp_path / "engine"
    async with listening(create_app(analyzer), Address(unix=path)):
        with pytest.raises(EngineError, match="another engine"):
            async with listening(create_app(analyzer), Address(unix=path)):
                pass
        connector = aiohttp.UnixConnector(str(path))
        headers = {PROTOCOL_HEADER: str(PROTOCOL)}
        async with (
            aiohttp.ClientSession(connector=connector, headers=headers) as client,
            client.get(f"http://engine{HELLO}") as response,
        ):
            assert response.status == 200


def test_an_overdue_picture_starts_the_engine_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _file, command: started.append(command))
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "kith_engine", "serve"])
    server._start_again()
    assert started == [[sys.executable, "-m", "kith_engine", "serve"]]
    assert "starts again" in caplog.text


@pytest.mark.parametrize("version", ["1", "0", "one"])
async def test_another_protocol_is_refused_with_the_engines_version(
    client: aiohttp.ClientSession, url: str, analyzer: Obedient, version: str
) -> None:
    status, answer = await asked(client, url + ASK, **{PROTOCOL_HEADER: version})
    assert (status, answer["error"]) == (426, "protocol_mismatch")
    assert analyzer.asked == []


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
async def test_nobody_without_the_token_gets_in(
    client: aiohttp.ClientSession, analyzer: Obedient, header: dict, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(create_app(analyzer, TOKEN), Address()) as url:
        status, answer = await asked(client, url + ASK, **header)
        assert (status, answer["error"]) == (401, "engine_refused")
        assert (await asked(client, url + ASK, Authorization=f"Bearer {TOKEN}"))[0] == 200
    assert len(analyzer.asked) == 1
    assert TOKEN not in caplog.text


async def test_the_newest_frame_wins_and_the_older_is_told(
    client: aiohttp.ClientSession, app: web.Application, analyzer: Obedient, arrived: list[bytes]
) -> None:
    analyzer.free.clear()
    pictures = [b"first", b"second", b"third"]
    async with listening(app, Address()) as url:
        tasks = []
        for picture in pictures:
            tasks.append(asyncio.create_task(asked(client, url + ASK, picture)))
            await until(lambda wanted=picture: wanted in arrived and analyzer.asked)
        analyzer.free.set()
        first, second, third = await asyncio.gather(*tasks)
    assert (first[0], second[0], third[0]) == (200, 409, 200)
    assert second[1]["error"] == "superseded"
    assert [picture for _, _, picture in analyzer.asked] == [b"first", b"third"]


async def test_it_answers_while_a_picture_is_looked_at(
    client: aiohttp.ClientSession, url: str, analyzer: Obedient
) -> None:
    analyzer.free.clear()
    task = asyncio.create_task(asked(client, url + ASK))
    await until(lambda: analyzer.asked)
    async with client.get(url + HELLO) as response:
        assert response.status == 200
    assert not task.done()
    analyzer.free.set()
    assert (await task)[0] == 200


async def test_who_hangs_up_before_the_turn_is_not_looked_at(
    client: aiohttp.ClientSession, app: web.Application, analyzer: Obedient, arrived: list[bytes]
) -> None:
    analyzer.free.clear()
    async with listening(app, Address()) as url:
        busy = asyncio.create_task(asked(client, url + ASK))
        await until(lambda: analyzer.asked)
        gone = asyncio.create_task(asked(client, url + ANALYZE + "?camera=gone", b"of who hangs up"))
        await until(lambda: b"of who hangs up" in arrived)
        gone.cancel()  # makes aiohttp hang up
        await asyncio.gather(gone, return_exceptions=True)
        await asked(client, url + ANALYZE)  # by now, the server has noticed
        analyzer.free.set()
        await busy
        assert (await asked(client, url + ANALYZE + "?camera=next"))[0] == 200
    assert [camera for camera, _, _ in analyzer.asked] == ["hall", "next"]


async def test_a_picture_that_trickles_is_given_up(
    client: aiohttp.ClientSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "BODY_TIMEOUT", 0.05)

    async def trickle() -> AsyncIterator[bytes]:
        yield b"the start"
        await asyncio.Event().wait()

    async with client.post(url + ASK, data=trickle()) as response:
        assert response.status == 408


async def test_a_request_that_never_ends_is_hung_up_on(analyzer: Obedient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening_module, "IDLE_TIMEOUT", 0.05)
    async with listening(create_app(analyzer), Address()) as url:
        reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
        writer.write(b"GET /v1/hello HTTP/1.1\r\nHost: ")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()


async def test_what_is_not_http_is_answered_and_forgotten(client: aiohttp.ClientSession, url: str) -> None:
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    writer.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
    assert b"400" in await reader.readline()
    writer.close()
    assert (await asked(client, url + ASK))[0] == 200


async def test_a_unix_socket_is_its_owners_only(analyzer: Obedient, tmp_path: Path) -> None:
    path = tmp_path / "private" / "engine"
    async with listening(create_app(analyzer), Address(unix=path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        before = os.umask(0)
        os.umask(before)
        assert before != 0o177, "what is written later must not inherit this"
    assert not path.exists()


async def test_a_socket_left_by_a_killed_engine_is_taken_over(analyzer: Obedient, tmp_path: Path) -> None:
    path = tmp_path / "engine"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    async with listening(create_app(analyzer), Address(unix=path)):
        connector = aiohttp.UnixConnector(str(path))
        async with (
            aiohttp.ClientSession(connector=connector, headers={PROTOCOL_HEADER: str(PROTOCOL)}) as client,
            client.get(f"http://engine{HELLO}") as response,
        ):
            assert response.status == 200


async def test_a_file_in_the_sockets_place_is_not_deleted(analyzer: Obedient, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"precious")
    with pytest.raises(EngineError, match=r"holiday\.jpg"):
        async with listening(create_app(analyzer), Address(unix=path)):
            pass
    assert path.read_bytes() == b"precious"


async def test_a_port_that_is_taken_is_said(analyzer: Obedient, url: str) -> None:
    with pytest.raises(EngineError, match="cannot listen"):
        async with listening(create_app(analyzer), Address(port=urlsplit(url).port or 0)):
            pass


async def test_who_waits_when_it_ends_is_told(
    client: aiohttp.ClientSession, app: web.Application, analyzer: Obedient, arrived: list[bytes]
) -> None:
    analyzer.free.clear()
    async with listening(app, Address()) as url:
        running = asyncio.create_task(asked(client, url + ASK))
        await until(lambda: analyzer.asked)
        waiting = asyncio.create_task(asked(client, f"{url}{ANALYZE}?camera=door", b"waiting"))
        waiting.add_done_callback(lambda _: analyzer.free.set())
        await until(lambda: b"waiting" in arrived)
    status, answer = await waiting
    assert (status, answer["error"]) == (503, "engine_unavailable")
    assert (await running)[0] == 200


async def test_answers_are_json_of_the_analysis(client: aiohttp.ClientSession, url: str) -> None:
    _, answer = await asked(client, url + ASK)
    assert json.loads(json.dumps(answer))["width"] == NOTHING.width


@pytest.mark.parametrize(
    ("address", "private"),
    [
        (Address(unix=Path("x")), True),
        (Address(host="127.0.0.1"), True),
        (Address(host="::1"), True),
        (Address(host="localhost"), True),
        (Address(host="0.0.0.0"), False),
        (Address(host="192.168.1.2"), False),
        (Address(host="kith.local"), False),
    ],
)
def test_only_this_machine_gets_in_without_a_token(address: Address, private: bool) -> None:
    assert address.private is private


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)
