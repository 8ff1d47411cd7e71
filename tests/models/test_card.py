"""Measurements get into a pack's card, and nothing else in the card changes."""

import json
from pathlib import Path
import sys

import pytest

from custom_components.kith.kith_engine.manifest import MANIFESTS
from models import card

FOUND = {
    "comparison": {
        "packs": ["compact 9", "standard 9"],
        "rows": {
            "pictures": {"this": 0.5, "other": 0.25, "ratio": 2.0},
            "bytes": {"this": 1000, "other": 9, "ratio": 1},
        },
    }
}


def write(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    (folder / "found.json").write_text(json.dumps(FOUND), encoding="utf-8")
    (folder / "card.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["card", str(folder / "found.json"), str(folder / "card.md")])
    card.main()
    return (folder / "card.md").read_text(encoding="utf-8")


def test_the_table_is_written_anew_and_the_words_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (MANIFESTS / "compact.md").read_text(encoding="utf-8")
    after = write(tmp_path, before, monkeypatch)
    table = "| pictures | 50.0 % | 25.0 % |\n| bytes | 1,000 | 9 |\n"
    assert table in after
    assert [line for line in after.splitlines() if not line.startswith("|")] == [
        line for line in before.splitlines() if not line.startswith("|")
    ]


def test_a_card_without_a_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="must have one table"):
        write(tmp_path, "Words only.\n", monkeypatch)
