"""Files appear completely or not at all; a folder that cannot be written to is reported."""

from pathlib import Path

import pytest

from kith_engine.atomic_files import finish, open_partial
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
