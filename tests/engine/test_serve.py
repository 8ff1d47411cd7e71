"""`python -m kith_engine serve` as a separate process, with the published networks."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import signal
import struct
import sys
import zlib

import aiohttp
import psutil
import pytest

from kith_engine.analysis import Look
from kith_engine.client import EngineClient
from kith_engine.errors import (
    EngineError,
    EngineRefusedError,
    PictureError,
    PictureIncompleteError,
    PictureTooLargeError,
)
from kith_engine.manifest import load_manifest
from kith_engine.packs import fetch
from kith_engine.pairing.client import ask_offer, pair
from kith_engine.pairing.codes import typed
from kith_engine.pairing.identity import Identity
from kith_engine.pairing.tls import paired_context
from kith_engine.streams import can_decode
from kith_engine.wire import LARGEST_PICTURE
from tests.pictures import astronaut, encoded, frame

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models"))
needs_models = pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models at {MODELS}: set KITH_MODEL_MIRROR")


EMBEDDING = "face-reidentification-retail-0095.bin"


async def launch(*arguments: str, stdin: int = PIPE, **environment: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kith_engine", *arguments),
        stdin=stdin,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "custom_components" / "kith"), **environment},
    )


@asynccontextmanager
async def served(*arguments: str, pack: Path = MODELS, **environment: str) -> AsyncIterator[tuple[Process, str]]:
    """The process and its address."""
    process = await launch("serve", "--pack", str(pack), *arguments, **environment)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("ready at "), line
        yield process, line.removeprefix("ready at ").strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def last_words(*arguments: str, **environment: str) -> tuple[int | None, str]:
    """The output of a process that fails to start."""
    process = await launch("serve", *arguments, **environment)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert out == b""
    return process.returncode, err.decode()


async def ended(process: Process) -> int:
    async with asyncio.timeout(10):
        return await process.wait()


def bomb() -> bytes:
    """A PNG of 30,000 × 30,000 white pixels in a few hundred bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


@needs_models
async def test_a_stranger_to_home_assistant_can_use_it_alone() -> None:
    async with served("--listen", "127.0.0.1:0") as (_, url), aiohttp.ClientSession() as session:
        client = EngineClient(session, url)
        facts = await client.hello()
        analysis = await client.analyze(frame(astronaut()), camera="hall", look=Look.PEOPLE)
    assert facts.dimensions == 256
    assert len(analysis.persons) == 1
    (face,) = analysis.faces
    assert face.quality.usable
    assert face.embedding is not None
    assert face.embedding.shape == (256,)


@needs_models
async def test_bad_pictures_get_a_clear_answer_and_the_engine_lives_on() -> None:
    bad: list[tuple[bytes, type[PictureError]]] = [
        (b"", PictureError),
        (b"<html>Please log in</html>", PictureError),
        (b"GIF89a" + bytes(100), PictureError),
        (encoded(astronaut())[:5000], PictureIncompleteError),
        (encoded(astronaut(), "PNG")[:5000], PictureError),
        (bomb(), PictureTooLargeError),
        (bytes(LARGEST_PICTURE + 1), PictureTooLargeError),
    ]
    async with served("--listen", "127.0.0.1:0") as (process, url), aiohttp.ClientSession() as session:
        client = EngineClient(session, url)
        for picture, kind in bad:
            with pytest.raises(PictureError) as raised:
                await client.analyze(picture, camera="hall", look=Look.PEOPLE)
            assert type(raised.value) is kind, picture[:20]
            assert str(raised.value)
        analysis = await client.analyze(encoded(astronaut()), camera="hall", look=Look.PORTRAIT)
        assert process.returncode is None
    assert len(analysis.faces) == 1


@needs_models
async def test_two_cameras_of_one_engine_do_not_disturb_each_other() -> None:
    async with served("--listen", "127.0.0.1:0") as (_, url), aiohttp.ClientSession() as session:
        client = EngineClient(session, url)
        empty, full = frame(), frame(astronaut())
        await client.analyze(empty, camera="hall", look=Look.MOTION)
        await client.analyze(full, camera="door", look=Look.MOTION)
        hall = await client.analyze(frame(seed=1), camera="hall", look=Look.MOTION)
        door = await client.analyze(frame(astronaut(), seed=1), camera="door", look=Look.MOTION)
    assert not hall.looked
    assert not door.looked


@needs_models
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_when_it_is_asked_to(number: int, tmp_path: Path) -> None:
    async with served("--unix", str(tmp_path / "engine")) as (process, _):
        process.send_signal(number)
        assert await ended(process) == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""
    assert not (tmp_path / "engine").exists()


@needs_models
async def test_it_ends_with_its_parent_however_that_died(tmp_path: Path) -> None:
    folder = tmp_path / "made for the socket"
    async with served("--unix", str(folder / "engine"), "--follow-stdin") as (process, _):
        assert process.stdin is not None
        process.stdin.close()  # as the system does when the parent dies
        assert await ended(process) == 0
    assert not folder.exists()


STUCK = """
import asyncio, sys, time
from pathlib import Path
from kith_engine import server

class Stuck:
    def analyze(self, *_):
        print("busy", flush=True)
        time.sleep(600)

server.HARD_ENDING = 1
asyncio.run(server.serve(Stuck(), server.Address(unix=Path(sys.argv[1])), follow_stdin=True))
"""


@pytest.mark.parametrize("how", ["its parent died", "it was asked to"])
async def test_it_ends_whatever_it_does(tmp_path: Path, how: str) -> None:
    """A picture that takes minutes must not keep an engine alive whose home is gone."""
    socket = tmp_path / "made for the socket" / "engine"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STUCK, str(socket)),
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "custom_components" / "kith")},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert (await process.stdout.readline()).startswith(b"ready")
    client = EngineClient.over_unix(str(socket))
    asked = asyncio.create_task(client.analyze(b"picture", camera="hall", look=Look.PEOPLE))
    assert await process.stdout.readline() == b"busy\n"
    if how == "its parent died":
        process.stdin.close()
    else:
        process.send_signal(signal.SIGTERM)
    assert await ended(process) == -signal.SIGALRM
    await asyncio.gather(asked, return_exceptions=True)
    await client.close()


@needs_models
async def test_a_parent_that_is_killed_leaves_no_engine_behind(tmp_path: Path) -> None:
    script = """
import subprocess, sys, time
command = [sys.executable, "-m", "kith_engine", *sys.argv[1:]]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""
    arguments = ("serve", "--pack", str(MODELS), "--unix", str(tmp_path / "engine"), "--follow-stdin")
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, *arguments),
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "custom_components" / "kith")},
    )
    assert parent.stdout is not None
    engine = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    await asyncio.to_thread(engine.wait, 10)
    assert not engine.is_running()


@needs_models
async def test_its_socket_is_private(tmp_path: Path) -> None:
    path = tmp_path / "private" / "engine"
    async with served("--unix", str(path)) as (_, where):
        assert where == str(path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


@needs_models
async def test_the_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from the file\n")
    for arguments, environment, token in (
        (("--token-file", str(file)), {}, "from the file"),
        ((), {"KITH_TOKEN": "from the environment"}, "from the environment"),
    ):
        async with (
            served("--listen", "127.0.0.1:0", *arguments, **environment) as (_, url),
            aiohttp.ClientSession() as session,
        ):
            with pytest.raises(EngineRefusedError):
                await EngineClient(session, url).hello()
            await EngineClient(session, url, token).hello()


@needs_models
async def test_beyond_this_machine_it_wants_a_token(tmp_path: Path) -> None:
    code, words = await last_words("--pack", str(MODELS), "--listen", "0.0.0.0:0")
    assert code == 1
    assert "token" in words
    empty = tmp_path / "token"
    empty.write_text("\n")
    code, words = await last_words("--pack", str(MODELS), "--listen", "0.0.0.0:0", "--token-file", str(empty))
    assert code == 1
    assert str(empty) in words


@needs_models
async def test_one_flipped_byte_in_a_network_is_found_and_named(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    await fetch(load_manifest("standard"), pack, MODELS)
    damaged = pack / EMBEDDING
    damaged.chmod(0o644)
    content = bytearray(damaged.read_bytes())
    content[1000] ^= 1
    damaged.write_bytes(content)
    code, words = await last_words("--pack", str(pack), "--unix", str(tmp_path / "engine"))
    assert code == 1
    assert words.startswith("ERROR pack_damaged: ")
    assert EMBEDDING in words


async def test_a_pack_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    code, words = await last_words("--pack", str(tmp_path), "--unix", str(tmp_path / "engine"))
    assert code == 1
    assert words.startswith("ERROR pack_unavailable: ")
    assert words.count("\n") == 1


@pytest.mark.parametrize("address", ["7070", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:70000", ":7070"])
async def test_what_is_no_address_is_said(address: str) -> None:
    code, words = await last_words("--listen", address)
    assert code == 1
    assert address in words


@needs_models
async def test_a_home_is_paired_with_the_code_that_it_prints(tmp_path: Path) -> None:
    """As a user does it: serve, read the code, pair, and ask."""
    arguments = ("--tls", "127.0.0.1:0", "--state", str(tmp_path / "state"), "--name", "nas")
    async with served(*arguments) as (process, url), aiohttp.ClientSession() as session:
        assert process.stdout is not None
        words = (await process.stdout.readline()).decode()
        assert "choose nas" in words
        offer = await ask_offer(session, url)
        home = Identity.made(tmp_path / "home.pem", "Home")
        await pair(session, url, offer, code=typed(words.rpartition("is")[2]), home=home, name="Home")
        client = EngineClient(session, url, tls=paired_context(offer.certificate, home))
        facts = await client.hello()
        assert facts.streams == can_decode()
        analysis = await client.analyze(frame(astronaut()), camera="hall", look=Look.PEOPLE)
        assert len(analysis.persons) == 1
        if can_decode():
            await client.close_stream("hall")
        listing = await launch("pair", "--list", "--state", str(tmp_path / "state"))
        assert home.fingerprint[:16] in (await listing.communicate())[0].decode()


@needs_models
async def test_unencrypted_over_tcp_no_address_is_taken(tmp_path: Path) -> None:
    arguments = ("--tls", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--state", str(tmp_path / "state"))
    async with served(*arguments) as (_, where), aiohttp.ClientSession() as session:
        plain, _, secure = where.partition(" and ")
        assert (plain[:7], secure[:8]) == ("http://", "https://")
        with pytest.raises(EngineError, match="Not Found"):
            await EngineClient(session, plain).close_stream("hall")
