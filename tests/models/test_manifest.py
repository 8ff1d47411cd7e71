"""A pack's manifest says what its files are; other packs that have one of them are told."""

import hashlib
import json
from pathlib import Path
import shutil
import sys

import pytest

from custom_components.kith.kith_engine.manifest import MANIFESTS
from models import manifest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(MANIFESTS, tmp_path / "manifests")


def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["manifest", str(ROOT / "models" / "compact.json"), str(folder)])
    manifest.main()


def test_what_is_shipped_is_what_is_described(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(folder, monkeypatch)
    made, shipped = (json.loads((place / "compact.json").read_text(encoding="utf-8")) for place in (folder, MANIFESTS))
    assert made == {key: value for key, value in shipped.items() if key != "calibration"}


def test_a_pack_that_shares_a_changed_network_is_told_and_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make(folder, monkeypatch)
    assert capsys.readouterr().out == ""
    shutil.copyfile(MANIFESTS / "compact.json", folder / "other.json")
    (folder / "networks" / "kith_embedding.onnx").write_bytes(b"another")
    make(folder, monkeypatch)
    assert capsys.readouterr().out.split() == [str(folder / "other.json")]
    before, after = (
        json.loads(path.read_text(encoding="utf-8")) for path in (MANIFESTS / "compact.json", folder / "other.json")
    )
    changed = [now for then, now in zip(before["networks"], after["networks"], strict=True) if then != now]
    assert [(one["file"], one["bytes"], one["sha256"]) for one in changed] == [
        ("kith_embedding.onnx", 7, hashlib.sha256(b"another").hexdigest())
    ]
    assert {key: before[key] for key in before if key != "networks"} == {
        key: after[key] for key in after if key != "networks"
    }
