"""The engine's wheel, as somebody gets it on another machine: installed where nothing else is, started, and paired."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import subprocess
import sys
import zipfile

import aiohttp
import pytest

from custom_components.kith.kith_engine import VERSION
from custom_components.kith.kith_engine.client import EngineClient
from custom_components.kith.kith_engine.pairing.client import ask_offer, pair
from custom_components.kith.kith_engine.pairing.codes import typed
from custom_components.kith.kith_engine.pairing.identity import Identity
from custom_components.kith.kith_engine.pairing.tls import paired_context

from .script import REPOSITORY, run, said

UV = (sys.executable, "-m", "uv", "--quiet")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("the wheel is built from what is committed, and this is no git repository")
    folder = tmp_path_factory.mktemp("dist")
    done = run("scripts/package", "wheel", folder)
    assert done.returncode == 0, said(done)
    (found,) = folder.glob("*.whl")
    assert done.stdout == f"{found}\n"
    return found


def test_it_holds_the_integration_s_engine_and_nothing_else(wheel: Path) -> None:
    committed = subprocess.run(
        ["git", "ls-files", "kith_engine"],
        cwd=REPOSITORY / "custom_components" / "kith",
        check=True,
        capture_output=True,
        text=True,
    )
    assert wheel.name == f"kith_engine-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == set(committed.stdout.splitlines())


def test_everybody_builds_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert run("scripts/package", "wheel", tmp_path).returncode == 0
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`kith-engine` in an environment that has only what the wheel asks for."""
    place = tmp_path_factory.mktemp("empty")
    subprocess.run([*UV, "venv", "--python", sys.executable, place], check=True)
    wanted = f"{wheel}[onnxruntime]"
    install = [*UV, "pip", "install", "--python", place / "bin" / "python", wanted]
    done = subprocess.run(install, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return place / "bin" / "kith-engine"


@asynccontextmanager
async def serving(command: Path, folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Its address, and what it prints for whoever pairs. Kith's own networks come with the wheel."""
    where = ("--tls", "127.0.0.1:0", "--pack", folder / "pack", "--state", folder / "state")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "KITH_"))}
    fetched = await asyncio.to_thread(run, command, "packs", "fetch", "compact", "--into", folder / "pack")
    assert fetched.returncode == 0, said(fetched)
    process = await asyncio.create_subprocess_exec(
        command, "serve", *where, stdout=asyncio.subprocess.PIPE, env={**outside, "PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            ready = (await process.stdout.readline()).decode()
            words = (await process.stdout.readline()).decode()
        yield ready.removeprefix("ready at ").strip(), words
    finally:
        process.terminate()
        await process.wait()


async def test_who_installs_it_pairs_with_it(command: Path, tmp_path: Path, socket_enabled: None) -> None:
    async with serving(command, tmp_path) as (url, words), aiohttp.ClientSession() as session:
        offer = await ask_offer(session, url)
        home = Identity.made(tmp_path / "home.pem", "Home")
        await pair(session, url, offer, code=typed(words.rpartition("is")[2]), home=home, name="Home")
        client = EngineClient(session, url, tls=paired_context(offer.certificate, home))
        assert (await client.hello()).version == VERSION


def test_its_command_explains_itself(command: Path) -> None:
    done = run(command, "--help", PYTHONPATH="")
    assert done.returncode == 0, said(done)
    assert "kith-engine" in done.stdout
    assert "install-service" in done.stdout
