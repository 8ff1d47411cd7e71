"""Each script that users or developers are promised, whole, in its shortest form: what nothing runs breaks."""

import json
import os
from pathlib import Path
import sys

import pytest

from custom_components.kith.kith_engine.manifest import MANIFESTS, SHIPPED
from demo.browser import CHROMIUM
from evaluation.__main__ import SECTIONS
from evaluation.sets import DATA

from .handful import lay_out
from .script import MODELS, REPOSITORY, run, said

EXPLAINED = sorted(
    str(path.relative_to(REPOSITORY))
    for path in (*(REPOSITORY / "scripts").iterdir(), REPOSITORY / "models" / "pack")
    if os.access(path, os.X_OK) and path.is_file()
)
published = pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models at {MODELS}: set KITH_MODEL_MIRROR")


@pytest.mark.parametrize("script", EXPLAINED)
def test_a_script_explains_itself(script: str) -> None:
    done = run(script, "--help")
    assert done.returncode == 0, said(done)
    assert script in done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_benchmark_measures_everything(tmp_path: Path) -> None:
    """That it does; how fast something is, is no test's business."""
    done = run("scripts/benchmark", "--quick", "--json", tmp_path / "found.json")
    assert done.returncode == 0, said(done)
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    beside = {"packs", "peer"} if MODELS.is_dir() else set()
    assert found.keys() == {"pack", "engine", "decision", "memory", "home", "page", *beside}
    assert found["home"].keys() == {"face_to_event_ms", "loop"}


def test_benchmark_measures_many_cameras(tmp_path: Path) -> None:
    done = run("scripts/benchmark", "scale", "--quick", "--json", tmp_path / "found.json")
    assert done.returncode == 0, said(done)
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert len(found["cameras"]) == 2
    assert found["second_engine"].keys() in ({"engines", "without servers"}, {"skipped"})
    assert found["looks"].keys() >= {"still_ms", "person_ms"}
    assert found["batches"].keys() == {"embedding", "landmarks"}


@published
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no pictures in {DATA}: set KITH_DATA")
def test_evaluate_measures_everything_on_a_handful_of_pictures(tmp_path: Path) -> None:
    """Kith's own networks, beside the published ones."""
    lay_out(tmp_path)
    done = run(
        *("scripts/evaluate", "--homes", "2", "--peers", "--json", tmp_path / "found.json"),
        *("--plots", tmp_path / "plots", "--manifest", MANIFESTS / "compact.json", "--pack", SHIPPED),
        KITH_DATA=str(tmp_path),
    )
    assert done.returncode == 0, said(done)
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found.keys() == {"pack", *SECTIONS}
    assert list((tmp_path / "plots").glob("*.png"))


def test_evaluate_says_what_is_not_there(tmp_path: Path) -> None:
    done = run("scripts/evaluate", KITH_DATA=str(tmp_path))
    assert done.returncode == 2, said(done)
    assert done.stdout.count("skipped") == len(SECTIONS)


@published
def test_demo_shows_how_a_second_engine_is_asked() -> None:
    """The other story is shown where the package is tested."""
    done = run("scripts/demo", "--once", "--second-opinion")
    assert done.returncode == 0, said(done)


def test_demo_plays_its_story_in_streams() -> None:
    done = run("scripts/demo", "--once", "--rtsp")
    assert done.returncode == 0, said(done)


@pytest.mark.skipif(sys.platform != "linux", reason="musl is a C library of Linux")
def test_the_wheels_for_musl_are_as_locked() -> None:
    done = run("scripts/musl", "--check")
    assert done.returncode == 0, said(done)


@published
def test_the_soak_reads_both_processes() -> None:
    """Too shortly to say whether they grow."""
    done = run("scripts/attack", "--soak", "0.6")
    assert {line.rpartition("  ")[0][:15].strip() for line in done.stdout.splitlines() if "→" in line} == {
        "Home Assistant",
        "engine",
    }, said(done)
