"""The page's files: small, plain, complete, and identical in the repository, a download, and the browser."""

import gzip
import json
from pathlib import Path
import re

import pytest

from .house import KITH

PANEL = KITH / "panel"
OWN = sorted(PANEL.glob("*.js"))
LARGEST = {"main.js": 84_000, "card.js": 11_000}
"""Bytes, without Lit, of what the page loads, and of what every page of Home Assistant loads for the card; each file is
gzipped, as Home Assistant serves it.
"""
ON_DEMAND = {"import_people.js"}
"""Loaded with what they alone need when somebody opens them."""
IMPORT = re.compile(r"""(?:from|import)\s*\(?["']([^"']+)["']""")


def texts(language: str) -> set[str]:
    found = json.loads((KITH / "translations" / f"{language}.json").read_text())["config_panel"]
    return {f"{section}.{key}" for section, keys in found.items() for key in keys}


def loaded(path: Path, found: set[Path]) -> set[Path]:
    """Own files that a module brings with it, itself among them."""
    if path in OWN and path not in found:
        found.add(path)
        for name in IMPORT.findall(path.read_text()):
            if Path(name).name not in ON_DEMAND:
                loaded(PANEL / name, found)
    return found


@pytest.mark.parametrize("name", LARGEST)
def test_what_a_browser_loads_is_small(name: str) -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in loaded(PANEL / name, set())) <= LARGEST[name]


def test_every_file_is_loaded() -> None:
    assert set[Path]().union(*(loaded(PANEL / name, set()) for name in (*LARGEST, *ON_DEMAND))) == set(OWN)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_file_imports_only_what_is_there(path: Path) -> None:
    for name in IMPORT.findall(path.read_text()):
        assert name.startswith("./"), name
        assert (PANEL / name).is_file(), name


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_file_fetches_nothing_from_elsewhere(path: Path) -> None:
    assert "://" not in path.read_text()


def test_the_license_of_lit_is_kept() -> None:
    assert "BSD 3-Clause License" in (PANEL / "vendor" / "LICENSE").read_text()
    assert "SPDX-License-Identifier: BSD-3-Clause" in (PANEL / "vendor" / "lit.js").read_text()


def said() -> set[str]:
    """Translation keys that appear literally in the code."""
    code = "".join(path.read_text() for path in OWN)
    plain = set(re.findall(r'say\((?:[^"`()]*\? )?"([a-z_]+\.[a-z_]+)"', code))
    return plain | {f"{key}_{form}" for key in re.findall(r'count\("([a-z_.]+)"', code) for form in ("one", "other")}


def test_every_text_that_is_said_is_there() -> None:
    assert len(said()) > 100
    assert said() <= texts("en")


def test_every_text_is_said() -> None:
    code = "".join(path.read_text() for path in OWN)
    built = set(re.findall(r"`([a-z_]+\.[a-z_]*)\$\{", code))
    unsaid = {
        key
        for key in texts("en")
        if f'"{key}"' not in code
        and f'"{key.removesuffix("_one").removesuffix("_other")}"' not in code
        and not any(key.startswith(start) for start in built)
    }
    assert unsaid == set()


def test_all_that_can_be_forgotten_has_a_name() -> None:
    proof = json.loads((KITH.parents[1] / "tests/fixtures/ws/people_forget.json").read_text())
    assert {f"erased.{what}" for what in proof["erased"]} <= texts("en")
