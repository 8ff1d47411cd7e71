"""What the engine on this machine needs is brought whole or not at all, and what stands in the way is said."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import os
from pathlib import Path

from aiohttp import web
from homeassistant.core import HomeAssistant
import psutil
import pytest

from custom_components.kith.engines import choice, installer, wheels
from custom_components.kith.engines.child import Installation
from custom_components.kith.engines.installer import Installer
from custom_components.kith.engines.local import LocalEngine
from custom_components.kith.errors import RuntimeNoNetwork, RuntimeNotInstalled, RuntimeNoWheel, RuntimeUnwritable
from custom_components.kith.kith_engine.errors import PackUnavailable, PackUnwritable
from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.server import Address, listening
from tests.integration.conftest import eventually

NETWORKS = {file.name for network in load_manifest("standard").installed for file in network.files}


@pytest.fixture
def home(hass: HomeAssistant) -> Path:
    """Kith's folder below the configuration; not there yet."""
    return Path(hass.config.path("kith"))


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home Assistant's Python has no runtime, as in the official images."""
    monkeypatch.setattr(wheels, "at_hand", lambda: False)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home begins with networks that do not come with Kith."""
    monkeypatch.setattr(installer, "FIRST_PACK", "standard")


@pytest.fixture
async def windows_only(
    socket_enabled: None, tmp_path: Path, bare: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """A package index that has everything, but for another kind of machine."""

    async def files(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        wheels = [f"{name}-{version}-cp314-cp314-win_arm64.whl" for version in ("1.32.0", "2.3.2", "12.0.0")]
        links = "".join(f'<a href="/files/{wheel}">{wheel}</a>' for wheel in wheels)
        return web.Response(text=f"<!DOCTYPE html><html><body>{links}</body></html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/simple/{name}/", files)
    async with listening(app, Address()) as url:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"{url}/simple")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        yield


@pytest.fixture
async def silent_index(
    socket_enabled: None, tmp_path: Path, bare: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[asyncio.Event]:
    """A package index that takes every question and answers none; set once it was asked."""
    asked = asyncio.Event()
    gone = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        asked.set()
        await gone.wait()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/simple")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        yield asked
        gone.set()


def children(word: str) -> list[psutil.Process]:
    """Of this process, with this word among their arguments."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if word in process.cmdline():
                found.append(process)
    return found


def everything(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()} if home.exists() else set()


async def test_the_networks_are_brought_with_progress_into_a_private_folder(
    hass: HomeAssistant, home: Path, models: Path
) -> None:
    progress: list[float] = []
    assert await Installer(hass).installed() is None
    installation = await Installer(hass).install(progress.append)
    offered = load_manifest("standard")
    assert installation == Installation(None, home / "packs" / offered.folder), "this Python has a runtime already"
    assert await Installer(hass).installed() == installation
    assert {path.name for path in installation.pack.iterdir()} == {*NETWORKS, "manifest.json"}
    stored = await Installer(hass).pack()
    assert stored is not None
    assert stored.text == offered.text
    assert home.stat().st_mode & 0o777 == 0o700
    assert progress == sorted(progress)
    assert progress[-1] == 1.0


async def test_what_is_in_the_box_is_installed_where_nothing_can_be_fetched(
    hass: HomeAssistant, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(tmp_path / "nothing here"))
    installation = await Installer(hass).install()
    assert installation.pack.name == load_manifest("compact").folder
    await Installer(hass).test(installation)


async def test_installing_again_changes_nothing_that_is_good(hass: HomeAssistant, home: Path, models: Path) -> None:
    pack = (await Installer(hass).install()).pack
    before = {path.name: path.stat().st_mtime_ns for path in pack.iterdir()}
    (pack / "yolox_nano.onnx").write_bytes(b"damaged")
    await Installer(hass).install()
    after = {path.name: path.stat().st_mtime_ns for path in pack.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"yolox_nano.onnx", "manifest.json"}


async def test_a_mirror_without_the_networks_is_said(
    hass: HomeAssistant, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fetched: None
) -> None:
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(tmp_path / "nothing here"))
    with pytest.raises(PackUnavailable, match="nothing here"):
        await Installer(hass).install()
    assert everything(home) == set()


async def test_a_folder_that_cannot_be_written_is_said(hass: HomeAssistant, home: Path, models: Path) -> None:
    home.write_text("in the way")
    with pytest.raises(PackUnwritable, match=str(home)):
        await Installer(hass).install()


async def test_a_runtime_folder_that_cannot_be_written_is_said(
    hass: HomeAssistant, home: Path, models: Path, bare: None
) -> None:
    home.mkdir()
    (home / "runtime").write_text("in the way")
    with pytest.raises(RuntimeUnwritable, match="runtime"):
        await Installer(hass).install()


async def test_cancelling_the_download_of_the_networks_leaves_no_half_file(
    hass: HomeAssistant, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fetched: None
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for name in NETWORKS:
        os.mkfifo(mirror / name)
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(mirror))
    # read and write: opening does not wait for the other side
    pipes = [os.open(mirror / name, os.O_RDWR | os.O_NONBLOCK) for name in NETWORKS]
    installing = asyncio.create_task(Installer(hass).install())
    for pipe in pipes:
        os.write(pipe, b"the start")
    await eventually(lambda: list((home / "packs").rglob("*.part")))
    installing.cancel()
    await asyncio.sleep(0)
    for pipe in pipes:
        os.close(pipe)
    with pytest.raises(asyncio.CancelledError):
        await installing
    assert everything(home) == set()
    assert children("packs") == []


async def test_no_runtime_for_this_kind_of_machine_is_said(
    hass: HomeAssistant, home: Path, models: Path, windows_only: None
) -> None:
    with pytest.raises(RuntimeNoWheel):
        await Installer(hass).install()
    assert everything(home) == set()
    assert list((home / "runtime").iterdir()) == []
    assert await Installer(hass).installed() is None


async def test_no_network_is_said(
    hass: HomeAssistant, home: Path, models: Path, bare: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(RuntimeNoNetwork):
        await Installer(hass).install()
    assert everything(home) == set()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("error: failed to write to file `x`: No space left on device (os error 28)", RuntimeUnwritable),
        ("error: failed to create directory `x`: Permission denied (os error 13)", RuntimeUnwritable),
        ("  Caused by: Read-only file system (os error 30)", RuntimeUnwritable),
        ("error: Failed to fetch: `https://x`\n  Caused by: dns error", RuntimeNoNetwork),
        (
            "onnxruntime==1.32.0 has no wheels with a matching platform tag (e.g., `musllinux_1_2_x86_64`)",
            RuntimeNoWheel,
        ),
        ("something new", RuntimeNotInstalled),
        ("", RuntimeNotInstalled),
    ],
)
def test_what_uv_says_is_understood(words: str, kind: type[RuntimeNotInstalled]) -> None:
    error = wheels._reason(words)
    assert type(error) is kind
    assert str(error)


async def test_cancelling_the_runtimes_installation_leaves_nothing(
    hass: HomeAssistant, home: Path, models: Path, silent_index: asyncio.Event
) -> None:
    installing = asyncio.create_task(Installer(hass).install())
    async with asyncio.timeout(30):
        await silent_index.wait()
    assert children("pip")
    installing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await installing
    assert children("pip") == []
    assert list((home / "runtime").iterdir()) == []
    assert await Installer(hass).installed() is None


async def test_the_runtime_is_installed_for_real_and_used(
    hass: HomeAssistant, home: Path, models: Path, bare: None
) -> None:
    """From the package index, into an empty folder; what an older version of Kith needed goes."""
    old = home / "runtime" / "0123456789ab"
    old.mkdir(parents=True)
    try:
        installation = await Installer(hass).install()
    except RuntimeNoNetwork as error:
        pytest.skip(f"no package index: {error}")
    assert installation.runtime is not None
    assert list((home / "runtime").iterdir()) == [installation.runtime]
    assert installation.runtime.stat().st_mode & 0o777 == 0o700
    assert await Installer(hass).installed() == installation
    engine = LocalEngine(hass, installation)
    await engine.start()
    mapped = [entry.path for entry in psutil.Process(engine.pid).memory_maps()]
    await engine.stop()
    for package in ("onnxruntime", "numpy"):
        used = [path for path in mapped if f"/{package}/" in path]
        assert used
        assert all(path.startswith(str(installation.runtime)) for path in used)


async def test_damaged_and_missing_networks_are_brought_again_at_the_start(
    hass: HomeAssistant, home: Path, models: Path
) -> None:
    pack = (await Installer(hass).install()).pack
    (pack / "yolox_nano.onnx").write_bytes(b"damaged")
    (pack / "face-reidentification-retail-0095.bin").unlink()
    engine = await choice.start_engine(hass, {"engine": "local"})
    assert engine.available
    await engine.stop()


async def test_a_broken_runtime_is_brought_again_at_the_start(
    hass: HomeAssistant, home: Path, models: Path, bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought: list[Path] = []

    async def bring(_hass: HomeAssistant, place: Path) -> None:
        """Home Assistant's own packages stand in for those that would be downloaded."""
        place.mkdir(parents=True)
        brought.append(place)

    monkeypatch.setattr(wheels, "install", bring)
    runtime = (await Installer(hass).install()).runtime
    assert runtime is not None
    (runtime / "onnxruntime.py").write_text("raise ImportError('half of it is missing')")
    engine = await choice.start_engine(hass, {"engine": "local"})
    assert engine.available
    await engine.stop()
    assert brought == [runtime, runtime]
