"""The engine as a child of Home Assistant: watched, restarted, stopped, and never left behind. Everything is real."""

import asyncio
from collections.abc import AsyncIterator
import logging
import os
from pathlib import Path
import shutil
import signal
import tempfile

from homeassistant.core import HomeAssistant
import psutil
import pytest

from custom_components.kith.engines import local
from custom_components.kith.engines.local import ChildState, LocalEngine
from custom_components.kith.engines.process import Installation
from custom_components.kith.kith_engine.analysis import Analysis, Look, Scope
from custom_components.kith.kith_engine.errors import (
    EngineBusyError,
    EngineUnavailableError,
    KithError,
    PackDamagedError,
    PackUnavailableError,
    PictureError,
    RuntimeMissingError,
)
from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.packs import fetch
from tests.integration.conftest import eventually
from tests.pictures import astronaut, encoded, frame

pytestmark = pytest.mark.one_release
FRAME = frame(astronaut())
EMBEDDING = "face-reidentification-retail-0095.bin"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restarts it at once."""
    monkeypatch.setattr(local, "FIRST_RESTART_PAUSE", 0.001)
    monkeypatch.setattr(local, "LONGEST_RESTART_PAUSE", 0.01)


@pytest.fixture
async def pack(models: Path, tmp_path: Path) -> Path:
    """A copy of the published networks that a test may damage."""
    await fetch(load_manifest("standard"), tmp_path / "pack", models)
    return tmp_path / "pack"


@pytest.fixture
async def engine(hass: HomeAssistant, pack: Path) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(hass, Installation(None, pack))
    yield engine
    await engine.stop()


async def ask(engine: LocalEngine, picture: bytes | None = None) -> Analysis:
    return await engine.analyze(picture or FRAME, camera="hall", look=Look.PEOPLE)


def signal_to(engine: LocalEngine, number: int) -> int:
    assert engine.pid is not None
    os.kill(engine.pid, number)
    return engine.pid


def damage(pack: Path, name: str = EMBEDDING) -> None:
    content = bytearray((pack / name).read_bytes())
    content[len(content) // 2] ^= 1
    (pack / name).write_bytes(content)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    ours = [record for record in caplog.records if record.name.startswith("custom_components.kith")]
    return [record.getMessage() for record in ours if record.levelno >= logging.WARNING]


async def test_it_is_started_asked_and_ended_and_leaves_nothing(engine: LocalEngine) -> None:
    assert engine.facts is None
    await engine.start()
    assert engine.available
    assert engine.facts is not None
    assert engine.facts.dimensions == 256
    assert len((await ask(engine)).faces) == 1
    child = psutil.Process(engine.pid)
    folder = engine._folder
    assert folder is not None
    assert folder.stat().st_mode & 0o777 == 0o700
    await engine.stop()
    assert not child.is_running()
    assert not folder.exists()
    assert not engine.available
    with pytest.raises(EngineUnavailableError):
        await ask(engine)


async def test_stopping_twice_and_before_the_start_is_fine(engine: LocalEngine) -> None:
    await engine.stop()
    await engine.start()
    child = psutil.Process(engine.pid)
    await asyncio.gather(engine.stop(), engine.stop())
    assert not child.is_running()


async def test_a_child_that_does_not_want_to_end_is_killed(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.kith.engines.process.GRACE", 0.05)
    await engine.start()
    child = psutil.Process(signal_to(engine, signal.SIGSTOP))  # a stopped process does not respond
    await engine.stop()
    assert not child.is_running()


async def test_killed_in_mid_request_it_fails_that_request_and_comes_back(
    engine: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    await engine.start()
    changes: list[bool] = []
    engine.subscribe(lambda: changes.append(engine.available))
    signal_to(engine, signal.SIGSTOP)  # makes sure that it dies in the middle of a request
    request = asyncio.create_task(ask(engine))
    await asyncio.sleep(0)
    old = signal_to(engine, signal.SIGKILL)
    with pytest.raises(EngineUnavailableError):
        await request
    await eventually(lambda: changes == [False, True])
    assert engine.pid != old
    assert engine.state is ChildState.RUNNING
    assert len((await ask(engine)).persons) == 1
    assert len(warnings(caplog)) == 1
    assert "code -9" in warnings(caplog)[0]
    assert "is responding again" in caplog.text


async def test_while_it_is_started_again_requests_are_told_so(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "FIRST_RESTART_PAUSE", 60)
    await engine.start()
    signal_to(engine, signal.SIGKILL)
    await eventually(lambda: not engine.available)
    assert engine.state is ChildState.WAITING
    with pytest.raises(EngineUnavailableError, match="restarted"):
        await ask(engine)


async def test_an_engine_that_hangs_is_killed_and_comes_back(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.start()
    monkeypatch.setattr(local, "HUNG_AFTER", 0.1)
    old = signal_to(engine, signal.SIGSTOP)
    with pytest.raises(EngineUnavailableError, match="did not respond"):
        await ask(engine)
    monkeypatch.setattr(local, "HUNG_AFTER", 20)
    await eventually(lambda: engine.available and engine.pid != old)
    await ask(engine)


async def test_an_engine_that_answers_others_is_busy_not_hung(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.start()
    pid = engine.pid
    client = engine._client
    assert client is not None

    async def slow_for_the_hall(picture: bytes, *, camera: str, look: Look, scope: Scope) -> Analysis:
        if camera == "hall":
            await asyncio.Event().wait()
        return await type(client).analyze(client, picture, camera=camera, look=look, scope=scope)

    monkeypatch.setattr(client, "analyze", slow_for_the_hall)
    monkeypatch.setattr(local, "HUNG_AFTER", 2)
    waiting = asyncio.create_task(ask(engine))
    await asyncio.sleep(0)
    await engine.analyze(frame(), camera="door", look=Look.PEOPLE)
    with pytest.raises(EngineBusyError):
        await waiting
    assert engine.pid == pid


async def test_a_bad_picture_does_no_harm(engine: LocalEngine, caplog: pytest.LogCaptureFixture) -> None:
    await engine.start()
    pid = engine.pid
    for picture in (b"<html>", encoded(astronaut())[:3000]):
        with pytest.raises(PictureError):
            await ask(engine, picture)
    await ask(engine)
    assert engine.pid == pid
    assert warnings(caplog) == []


async def test_one_flipped_byte_in_a_network_is_named_at_the_start(engine: LocalEngine, pack: Path) -> None:
    damage(pack, "yolox_nano.onnx")
    with pytest.raises(PackDamagedError, match=r"yolox_nano\.onnx"):
        await engine.start()
    assert engine.state is ChildState.STOPPED
    assert engine.pid is None


async def test_a_missing_pack_is_said_at_the_start(engine: LocalEngine, pack: Path) -> None:
    shutil.rmtree(pack)
    with pytest.raises(PackUnavailableError):
        await engine.start()


async def test_a_broken_runtime_is_said_at_the_start(hass: HomeAssistant, pack: Path, tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    (runtime / "onnxruntime").mkdir(parents=True)
    (runtime / "onnxruntime" / "__init__.py").write_text("raise ImportError('half of it is missing')")
    engine = LocalEngine(hass, Installation(runtime, pack))
    with pytest.raises(RuntimeMissingError, match="half of it is missing"):
        await engine.start()
    (runtime / "onnxruntime" / "__init__.py").write_text("")
    (runtime / "numpy").mkdir()
    (runtime / "numpy" / "__init__.py").write_text("raise ImportError('so is numpy')")
    with pytest.raises(RuntimeMissingError, match="so is numpy"):
        await engine.start()


async def test_what_keeps_it_from_coming_back_is_logged_once(
    engine: LocalEngine, pack: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.start()
    tries: list[None] = []
    spawn = engine._spawn

    async def counted() -> None:
        tries.append(None)
        await spawn()

    monkeypatch.setattr(engine, "_spawn", counted)
    damage(pack)
    signal_to(engine, signal.SIGKILL)
    await eventually(lambda: len(tries) > 2)
    told = warnings(caplog)
    assert len(told) == 2, told
    assert "code -9" in told[0]
    assert EMBEDDING in told[1]
    await engine.stop()


async def test_stopping_while_it_starts_leaves_no_process(engine: LocalEngine) -> None:
    starting = asyncio.create_task(engine.start())
    await eventually(lambda: engine.pid is not None)
    child = psutil.Process(engine.pid)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not child.is_running()


async def test_its_log_lines_reach_home_assistants_log(
    engine: LocalEngine, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """With their levels and the lines of tracebacks; a line of any length does not stop it."""
    script = tmp_path / "child.py"
    script.write_text(
        "import sys\n"
        "print('INFO hello', file=sys.stderr)\n"
        "print('ERROR A request failed\\nTraceback (most recent call last):\\n  somewhere', file=sys.stderr)\n"
        "print('WARNING ' + 'x' * 200_000, file=sys.stderr)\n"
        "print('WARNING the last', file=sys.stderr)\n"
    )
    process = await asyncio.create_subprocess_exec(
        "python3", str(script), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    with caplog.at_level(logging.INFO):
        await engine._read_log(process)
    await process.wait()
    told = [(record.levelname, record.getMessage()) for record in caplog.records if record.name.endswith("local")]
    assert ("INFO", "engine: hello") in told
    assert ("ERROR", "engine: A request failed") in told
    assert ("ERROR", "engine:   somewhere") in told
    assert told[-1] == ("WARNING", "engine: the last")


async def test_it_does_not_import_what_lies_beside_it(engine: LocalEngine, hass: HomeAssistant) -> None:
    """Home Assistant's platform files have common names, and so may files in the working directory."""
    await engine.start()
    arguments = psutil.Process(engine.pid).cmdline()
    assert "-P" in arguments
    assert str(Path(local.__file__).parents[1]) in arguments


async def test_a_system_without_room_for_another_process_is_said(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    with pytest.raises(EngineUnavailableError, match="temporarily unavailable"):
        await engine.start()


async def test_what_home_assistant_s_python_finds_the_engine_finds_too(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os; os.environ['KITH_RUNTIME'] = 'nonsense'")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(KithError, match="nonsense"):
        await engine.start()


async def test_a_long_temporary_folder_does_not_matter(
    engine: LocalEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    await engine.start()
    await ask(engine)
