"""Which runtime the installer chooses: the one published for this machine."""

import base64
from collections.abc import AsyncIterator, Callable
from functools import cache
import hashlib
from importlib import metadata
import io
import os
from pathlib import Path
import re
import time
import zipfile

from aiohttp import web
from homeassistant.core import HomeAssistant
import psutil
import pytest

from custom_components.kith.engines import factory, installer, process, wheels
from custom_components.kith.engines.installed_packs import InstalledPacks
from custom_components.kith.engines.installer import Installer
from custom_components.kith.engines.local import LocalEngine
from custom_components.kith.errors import (
    RuntimeNoNetworkError,
    RuntimeNotInstalledError,
    RuntimeUnwritableError,
)
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.server import Address, listening
from tests.pictures import astronaut, encoded

pytestmark = pytest.mark.one_release


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home Assistant's Python has no runtime, as in the official images."""
    monkeypatch.setattr(wheels, "at_hand", lambda: False)


@cache
def empty_wheel(name: str, version: str) -> bytes:
    """A package with one empty module."""
    content = io.BytesIO()
    facts = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "",
        f"{facts}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{facts}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"").digest()).rstrip(b"=").decode()
    files[f"{facts}/RECORD"] = f"{name}.py,sha256={digest},0\n{facts}/WHEEL,,\n{facts}/RECORD,,\n"
    with zipfile.ZipFile(content, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
    return content.getvalue()


@pytest.fixture
async def index_without_onnxruntime(
    socket_enabled: None, tmp_path: Path, bare: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[set[str]]:
    """A package index that has what ncnn needs for every machine, but onnxruntime only for another kind.

    Yields the names of all that are like it.
    """
    versions = {"onnxruntime": "1.32.0", "ncnn": "1.0.20261020", "numpy": "2.3.2", "pillow": "12.0.0", "av": "19.0.0"}
    unpublished = {"onnxruntime"}

    async def files(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        kind = "cp314-cp314-win_arm64" if name in unpublished else "py3-none-any"
        wheel = f"{name}-{versions[name]}-{kind}.whl"
        return web.Response(text=f'<html><body><a href="/files/{wheel}">{wheel}</a></body>', content_type="text/html")

    async def file(request: web.Request) -> web.Response:
        name, version, *_ = request.match_info["wheel"].split("-")
        return web.Response(body=empty_wheel(name, version), content_type="application/zip")

    locks = tmp_path / "locks"
    locks.mkdir()
    wanted = {"onnxruntime": ("onnxruntime", "numpy", "pillow"), "ncnn": ("ncnn", "numpy", "pillow"), "video": ("av",)}
    for lock, names in wanted.items():
        lines = [
            f"{name}=={versions[name]} --hash=sha256:{hashlib.sha256(empty_wheel(name, versions[name])).hexdigest()}\n"
            for name in names
        ]
        (locks / f"{lock}.txt").write_text("".join(lines))
    monkeypatch.setattr(wheels, "LOCKS", locks)
    app = web.Application()
    app.router.add_get("/simple/{name}/", files)
    app.router.add_get("/files/{wheel}", file)
    async with listening(app, Address()) as url:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"{url}/simple")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        yield unpublished


@pytest.fixture
def no_networks_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fetched(*_: object) -> None:
        """Irrelevant here."""

    monkeypatch.setattr(installer, "_fetch_pack", fetched)
    monkeypatch.setattr(InstalledPacks, "choose", lambda *_: None)


@pytest.mark.usefixtures("index_without_onnxruntime", "no_networks_needed")
async def test_without_a_wheel_of_the_first_runtime_the_other_is_brought(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = (await Installer(hass).install()).runtime
    assert runtime is not None
    assert {path.name for path in runtime.glob("*.py")} == {"ncnn.py", "numpy.py", "pillow.py"}
    assert "onnxruntime is not published for this machine; trying another runtime" in caplog.text


@pytest.mark.usefixtures("no_networks_needed")
@pytest.mark.parametrize("published", [True, False])
async def test_what_decodes_streams_is_brought_if_home_assistant_has_none_and_may_be_missing(
    hass: HomeAssistant,
    index_without_onnxruntime: set[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    published: bool,
) -> None:
    monkeypatch.setattr(wheels, "VIDEO", "av>=1000")
    if not published:
        index_without_onnxruntime.add("av")
    runtime = (await Installer(hass).install()).runtime
    assert runtime is not None
    assert (runtime / "av.py").exists() is published
    assert (runtime / "ncnn.py").exists()
    assert ("watched by stills" in caplog.text) is not published


@pytest.mark.usefixtures("index_without_onnxruntime", "no_networks_needed")
async def test_on_musl_nobody_asks_for_what_is_not_there(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "platform_tags", lambda: iter(["musllinux_1_2_x86_64", "linux_x86_64"]))
    runtime = (await Installer(hass).install()).runtime
    assert runtime is not None
    assert (runtime / "ncnn.py").exists()
    assert "is not published" not in caplog.text


@pytest.mark.usefixtures("index_without_onnxruntime", "no_networks_needed")
async def test_a_wheel_that_is_not_the_locked_one_is_refused(hass: HomeAssistant, tmp_path: Path) -> None:
    lock = tmp_path / "locks" / "ncnn.txt"
    lock.write_text(re.sub("numpy==([^ ]+) .*", rf"numpy==\1 --hash=sha256:{'0' * 64}", lock.read_text()))
    with pytest.raises(RuntimeNotInstalledError, match=r"(?i)hash"):
        await Installer(hass).install()
    assert not [path for path in (Path(hass.config.path(".cache", "kith")) / "runtime").iterdir() if path.is_dir()]


@pytest.mark.usefixtures("index_without_onnxruntime", "no_networks_needed")
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("import evil")])
async def test_a_runtime_that_was_changed_later_is_noticed_at_the_start_and_installed_again(
    hass: HomeAssistant, damage: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = (await Installer(hass).install()).runtime
    assert runtime is not None
    monkeypatch.setattr(InstalledPacks, "chosen", lambda _self: Path("a pack"))
    assert await Installer(hass).installed() is not None
    damage(runtime / "numpy.py")
    assert await Installer(hass).installed() is None
    assert not runtime.exists()


@pytest.mark.usefixtures("index_without_onnxruntime")
async def test_what_an_older_kith_and_a_killed_installation_left_goes(hass: HomeAssistant, tmp_path: Path) -> None:
    place = wheels.place_in(tmp_path / "runtime")
    older, killed, under_way = (place.parent / name for name in ("0123456789ab", ".partial-old", ".partial-new"))
    for folder in (older, killed, under_way):
        folder.mkdir(parents=True)
    day_before = time.time() - 25 * 3600
    os.utime(killed, (day_before, day_before))
    await wheels.install(hass, place)
    assert set(place.parent.iterdir()) == {place, under_way}


@pytest.mark.usefixtures("index_without_onnxruntime")
async def test_who_installs_the_same_a_little_later_is_content_with_what_is_there(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    place = wheels.place_in(tmp_path / "runtime")
    await wheels.install(hass, place)
    first = place.stat().st_ino
    await wheels.install(hass, place)
    assert [path.stat().st_ino for path in place.parent.iterdir()] == [first]


@pytest.mark.usefixtures("index_without_onnxruntime")
async def test_a_place_that_is_taken_by_something_else_is_told(hass: HomeAssistant, tmp_path: Path) -> None:
    place = wheels.place_in(tmp_path / "runtime")
    place.parent.mkdir()
    place.write_text("not a folder")
    with pytest.raises(RuntimeUnwritableError, match=place.name):
        await wheels.install(hass, place)
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    with pytest.raises(RuntimeUnwritableError, match=place.name):
        await wheels.install(hass, place / "below")


def test_what_home_assistant_has_itself_counts_whichever_runtime_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"numpy": "2.3.2", "pillow": "12.0.0", "ncnn": "1.0.20261020"}

    def version(name: str) -> str:
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(wheels.metadata, "version", version)
    assert wheels.at_hand()
    monkeypatch.setenv("KITH_RUNTIME", "onnxruntime")
    assert not wheels.at_hand()
    monkeypatch.delenv("KITH_RUNTIME")
    versions["pillow"] = "11.0.0"
    assert not wheels.at_hand()


async def test_ncnn_is_installed_for_real_sees_the_same_and_is_mended(
    hass: HomeAssistant, models: Path, bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on musl, from the package index, with the networks made for it."""
    monkeypatch.setenv("KITH_RUNTIME", "ncnn")
    try:
        installation = await Installer(hass).install()
    except RuntimeNoNetworkError as error:
        pytest.skip(f"no package index: {error}")
    assert installation.runtime is not None
    assert not (installation.runtime / "onnxruntime").exists()
    assert {path.suffix for path in installation.pack.iterdir()} == {".onnx", ".xml", ".param", ".bin", ".json"}
    engine = LocalEngine(hass, installation)
    await engine.start()
    analysis = await engine.analyze(encoded(astronaut()), camera="hall", look=Look.PEOPLE)
    mapped = [entry.path for entry in psutil.Process(engine.pid).memory_maps()]
    await engine.stop()
    assert engine.facts is not None
    assert engine.facts.runtime.startswith("ncnn 1.0.")
    assert [face.quality.usable for face in analysis.faces] == [True]
    assert any(path.startswith(str(installation.runtime / "ncnn")) for path in mapped)
    assert not any("onnxruntime" in path for path in mapped)

    # The engine refuses damaged files; ncnn would have crashed on them, and the engine with it.
    (installation.pack / "yolox_nano.ncnn.param").write_bytes(b"7767517\n1 1\nExec run 0 1 out\n")
    (installation.pack / "face-reidentification-retail-0095.ncnn.bin").unlink()
    mended = await factory.start_engine(hass, {"engine": "local"})
    assert mended.available
    await mended.stop()


def test_a_folder_that_others_could_read_is_narrowed(tmp_path: Path) -> None:
    folder = tmp_path / "kith"
    folder.mkdir(mode=0o755)
    installer._make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_child_inherits_what_it_needs_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SUPERVISOR_TOKEN", "HASSIO_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a secret")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("KITH_RUNTIME", "ncnn")
    environment = process.minimal_environment()
    assert "a secret" not in environment.values()
    assert {"PATH", "https_proxy", "KITH_RUNTIME"} <= environment.keys()
