"""The unit that keeps an engine running."""

from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from kith_engine import service
from kith_engine.errors import EngineError
from kith_engine.service import SystemdService, install, unit_path


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SystemdService:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return SystemdService(tmp_path / "pack", tmp_path / "state", "Ada's 100% NAS", "0.0.0.0:7071")


def test_it_is_written_where_systemd_looks_and_says_how_to_undo_it(found: SystemdService, tmp_path: Path) -> None:
    path = install(found)
    assert path == unit_path() == tmp_path / "config" / "systemd" / "user" / "kith-engine.service"
    text = path.read_text()
    assert f"disable --now kith-engine.service && rm {path}" in text
    assert "SocketBindAllow=tcp:7071" in text
    assert sys.executable in text
    assert "100%% NAS" in text
    assert found.state.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_understands_every_line(found: SystemdService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", install(found)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "kith-engine.service:" not in done.stderr, done.stderr


def test_what_is_there_for_a_while_only_is_not_installed(
    found: SystemdService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.sys, "prefix", "/home/ada/.cache/uv/archive-v0/x")
    with pytest.raises(EngineError, match="uv tool install"):
        install(found)


def test_a_folder_that_cannot_be_written_is_said(
    found: SystemdService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises(EngineError, match="cannot be written"):
        install(found)
