"""What the engine on this machine needs is installed completely or not at all, and obstacles are reported."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import os
from pathlib import Path
import shutil
import signal

from aiohttp import web
from homeassistant.components.backup.const import EXCLUDE_FROM_BACKUP
from homeassistant.core import HomeAssistant
import psutil
import pytest

from custom_components.kith.engines import factory, installer, wheels
from custom_components.kith.engines.installer import Installer
from custom_components.kith.engines.local import LocalEngine
from custom_components.kith.engines.process import Installation
from custom_components.kith.errors import (
    RuntimeNoNetworkError,
    RuntimeNotInstalledError,
    RuntimeNoWheelError,
    RuntimeUnwritableError,
)
from custom_components.kith.kith_engine.errors import PackUnavailableError, PackUnwritableError
from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.network import Role
from custom_components.kith.kith_engine.server import Address, listening
from tests.integration.conftest import eventually

NETWORKS = {file.name for network in load_manifest("standard").installed for file in network.files}


@pytest.fixture
def home(hass: HomeAssistant) -> Path:
    """Kith's folder for what can be brought again, which does not exist yet."""
    return Path(hass.config.path(".cache", "kith"))


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
    """A package index that accepts every request and answers none; set once it was asked."""
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
    """Children of this process with this word among their arguments."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if word in process.cmdline():
                found.append(process)
    return found


def everything(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()} if home.exists() else set()


async def with_bodies(hass: HomeAssistant) -> None:
    """The standard pack, and what its owner added."""
    await Installer(hass).install()
    await Installer(hass).want_extras([Role.BODY])
    await Installer(hass).install()
    assert await Installer(hass).extras() == {Role.BODY}


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
    with pytest.raises(PackUnavailableError, match="nothing here"):
        await Installer(hass).install()
    assert everything(home) == set()


async def test_a_folder_that_cannot_be_written_is_said(hass: HomeAssistant, home: Path, models: Path) -> None:
    home.parent.mkdir()
    home.write_text("in the way")
    with pytest.raises(PackUnwritableError, match=str(home)):
        await Installer(hass).install()


async def test_a_runtime_folder_that_cannot_be_written_is_said(
    hass: HomeAssistant, home: Path, models: Path, bare: None
) -> None:
    home.mkdir(parents=True)
    (home / "runtime").write_text("in the way")
    with pytest.raises(RuntimeUnwritableError, match="runtime"):
        await Installer(hass).install()


@pytest.mark.parametrize("ignored", [False, True])
async def test_cancelling_the_download_of_the_networks_leaves_no_half_file(
    hass: HomeAssistant,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fetched: None,
    *,
    ignored: bool,
) -> None:
    """ignored: Home Assistant was started in the background of a shell, where Ctrl-C means nothing."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for name in NETWORKS:
        os.mkfifo(mirror / name)
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(mirror))
    # read and write, so that opening does not wait for the other side
    pipes = [os.open(mirror / name, os.O_RDWR | os.O_NONBLOCK) for name in NETWORKS]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
    try:
        installing = asyncio.create_task(Installer(hass).install())
        await eventually(lambda: list((home / "packs").rglob("*.part")))
        installing.cancel()
        await eventually(lambda: not list((home / "packs").rglob("*.part")))
    finally:
        signal.signal(signal.SIGINT, before)
    for pipe in pipes:
        os.close(pipe)
    with pytest.raises(asyncio.CancelledError):
        await installing
    assert everything(home) == set()
    assert children("packs") == []


async def test_no_runtime_for_this_kind_of_machine_is_said(
    hass: HomeAssistant, home: Path, models: Path, windows_only: None
) -> None:
    with pytest.raises(RuntimeNoWheelError):
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
    with pytest.raises(RuntimeNoNetworkError):
        await Installer(hass).install()
    assert everything(home) == set()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("error: failed to write to file `x`: No space left on device (os error 28)", RuntimeUnwritableError),
        ("error: failed to create directory `x`: Permission denied (os error 13)", RuntimeUnwritableError),
        ("  Caused by: Read-only file system (os error 30)", RuntimeUnwritableError),
        ("error: Failed to fetch: `https://x`\n  Caused by: dns error", RuntimeNoNetworkError),
        (
            "onnxruntime==1.32.0 has no wheels with a matching platform tag (e.g., `musllinux_1_2_x86_64`)",
            RuntimeNoWheelError,
        ),
        ("something new", RuntimeNotInstalledError),
        ("", RuntimeNotInstalledError),
    ],
)
def test_what_uv_says_is_understood(words: str, kind: type[RuntimeNotInstalledError]) -> None:
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
    """From the package index into an empty folder; files that an older version of Kith needed are removed."""
    old = home / "runtime" / "0123456789ab"
    old.mkdir(parents=True)
    try:
        installation = await Installer(hass).install()
    except RuntimeNoNetworkError as error:
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
    engine = await factory.start_engine(hass, {"engine": "local"})
    assert engine.available
    await engine.stop()


async def test_a_broken_runtime_is_brought_again_at_the_start(
    hass: HomeAssistant, home: Path, models: Path, bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought: list[Path] = []

    async def bring(_hass: HomeAssistant, place: Path) -> None:
        """Home Assistant's own packages replace those that would be downloaded."""
        place.mkdir(parents=True)
        brought.append(place)

    monkeypatch.setattr(wheels, "install", bring)
    runtime = (await Installer(hass).install()).runtime
    assert runtime is not None
    (runtime / "onnxruntime.py").write_text("raise ImportError('half of it is missing')")
    engine = await factory.start_engine(hass, {"engine": "local"})
    assert engine.available
    await engine.stop()
    assert brought == [runtime, runtime]


async def test_a_restore_without_the_engine_s_files_brings_the_chosen_pack_back(
    hass: HomeAssistant, home: Path, models: Path, fetched: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Backups leave `.cache` out; what is in `kith` comes back."""
    await Installer(hass).install()
    monkeypatch.setattr(installer, "FIRST_PACK", "compact")
    shutil.rmtree(home)
    assert await Installer(hass).installed() is None
    restored = await Installer(hass).install()
    assert restored.pack == home / "packs" / load_manifest("standard").folder
    assert (await Installer(hass).installed()) == restored


@pytest.mark.one_release
@pytest.mark.parametrize("noted", [True, False], ids=["noted", "by an earlier version, which noted nothing"])
async def test_a_restore_brings_back_what_the_owner_added_too(
    hass: HomeAssistant, home: Path, models: Path, noted: bool
) -> None:
    await with_bodies(hass)
    if not noted:
        Path(hass.config.path("kith", "extras")).unlink()
        await Installer(hass).installed()
    shutil.rmtree(home)
    await Installer(hass).install()
    assert await Installer(hass).extras() == {Role.BODY}


@pytest.mark.one_release
async def test_what_the_owner_added_comes_back_after_a_pack_that_does_not_have_it(
    hass: HomeAssistant, home: Path, models: Path
) -> None:
    await with_bodies(hass)
    await Installer(hass).change("compact")
    await Installer(hass).want_extras([])
    assert await Installer(hass).extras() == set()
    await Installer(hass).change("standard")
    assert await Installer(hass).extras() == {Role.BODY}


async def test_the_packs_of_an_earlier_version_are_taken_over(
    hass: HomeAssistant, home: Path, models: Path, fetched: None
) -> None:
    """It kept everything in `kith`."""
    installed = await Installer(hass).install()
    former = Path(hass.config.path("kith"))
    shutil.move(home / "packs", former / "packs")
    (former / "chosen").replace(former / "packs" / "chosen")
    (former / "runtime" / "0123").mkdir(parents=True)
    assert await Installer(hass).installed() == installed
    assert sorted(path.name for path in former.iterdir()) == ["chosen", "extras"]


def test_wheels_are_bound_to_python_c_library_and_architecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = {wheels.place_in(tmp_path)}
    for tag in ("musllinux_1_2_x86_64", "musllinux_1_2_aarch64", "manylinux_2_36_x86_64"):
        monkeypatch.setattr(wheels, "platform_tags", lambda tag=tag: iter([tag]))
        places.add(wheels.place_in(tmp_path))
    assert len(places) >= 3
    monkeypatch.setattr(wheels.sys, "version", "3.15")
    assert wheels.place_in(tmp_path) not in places


def test_backups_leave_out_what_can_be_brought_again(hass: HomeAssistant) -> None:
    folder = installer.cache_folder(hass).relative_to(hass.config.config_dir)
    assert any(folder.full_match(pattern) for pattern in EXCLUDE_FROM_BACKUP)


async def test_a_pack_whose_manifest_cannot_be_read_has_nothing_on_demand(
    hass: HomeAssistant, home: Path, models: Path, fetched: None
) -> None:
    installed = await Installer(hass).install()
    (installed.pack / "manifest.json").write_text("{", encoding="utf-8")
    Path(hass.config.path("kith", "extras")).unlink(missing_ok=True)
    here = Installer(hass)
    assert await here.pack() is None
    assert await here.extras() == await here.wanted_extras() == frozenset()
    assert await here.installed() == installed, "the engine says what is wrong with it"


async def test_without_a_pack_nothing_can_be_added(hass: HomeAssistant, home: Path) -> None:
    with pytest.raises(PackUnavailableError):
        await Installer(hass).bring_extras([Role.BODY], lambda _share: None)
    await Installer(hass).want_extras([Role.BODY])
    assert await Installer(hass).wanted_extras() == frozenset()
