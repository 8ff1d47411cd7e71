"""Files appear completely or not at all; a folder that cannot be written to is reported."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from kith_engine.atomic_files import finish, open_partial, write
from kith_engine.errors import PackUnwritableError


def test_a_file_appears_under_its_name_when_it_is_whole(tmp_path: Path) -> None:
    partial = open_partial(tmp_path, "network.onnx")
    partial.write_bytes(b"weights")
    assert [path.name for path in tmp_path.glob("*.onnx")] == []
    finish(partial, tmp_path / "network.onnx")
    assert (tmp_path / "network.onnx").read_bytes() == b"weights"
    assert list(tmp_path.iterdir()) == [tmp_path / "network.onnx"]


def test_a_folder_that_is_none_takes_nothing(tmp_path: Path) -> None:
    with pytest.raises(PackUnwritableError, match="nowhere cannot be written"):
        open_partial(tmp_path / "nowhere", "network.onnx")


def test_a_name_that_cannot_be_had_is_said(tmp_path: Path) -> None:
    (tmp_path / "network.onnx").mkdir()
    partial = open_partial(tmp_path, "network.onnx")
    with pytest.raises(PackUnwritableError, match="free up space"):
        finish(partial, tmp_path / "network.onnx")


def test_a_full_disk_leaves_a_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "note", b"before")

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PackUnwritableError, match=os.strerror(errno.ENOSPC)):
        write(tmp_path / "note", b"after")
    assert (tmp_path / "note").read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [tmp_path / "note"]
