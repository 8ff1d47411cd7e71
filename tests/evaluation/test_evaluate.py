"""The command skips missing data with a message, and measures what exists."""

import io
import json
import os
from pathlib import Path
import subprocess
import sys

import numpy as np
from PIL import Image
import pytest

from custom_components.kith.kith_engine.manifest import MANIFESTS, SHIPPED
from evaluation.__main__ import SECTIONS
from evaluation.camera import INFRARED, LARGEST, SMALLEST, camera_like
from tests.pictures import astronaut

from .scenes import write_scenes

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models"))


def evaluate(pictures: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evaluation", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "KITH_DATA": str(pictures)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_pictures_every_section_says_so_and_nothing_is_claimed(tmp_path: Path) -> None:
    done = evaluate(tmp_path, "--json", str(tmp_path / "found.json"))
    assert done.returncode == 2, done.stderr
    assert done.stdout.count("skipped") == len(SECTIONS)
    assert not (tmp_path / "found.json").exists()


@pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models at {MODELS}: set KITH_MODEL_MIRROR")
def test_a_section_without_pictures_is_skipped_and_the_other_is_measured(tmp_path: Path) -> None:
    write_scenes(tmp_path)
    done = evaluate(tmp_path, "clips", "persons", "--json", str(tmp_path / "found.json"))
    assert done.returncode == 0, done.stderr
    assert "clips: skipped" in done.stdout
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert set(found) == {"pack", "persons"}
    assert found["persons"]["all"]["ap50"] == 1
    assert found["persons"]["all"]["called_without"] == 0


@pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models at {MODELS}: set KITH_MODEL_MIRROR")
def test_a_pack_that_is_not_whole_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "persons").mkdir()
    (tmp_path / "persons" / "index.csv").touch()
    done = evaluate(tmp_path, "persons", "--pack", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_a_camera_sees_small_faces_and_a_third_of_them_without_color() -> None:
    rng = np.random.default_rng(0)
    photo = np.full((400, 400, 3), (220, 120, 60), np.uint8)
    seen = [camera_like(photo, (200, 200), 150, rng) for _ in range(150)]
    widths = [width for _, width in seen]
    assert min(widths) >= SMALLEST
    assert max(widths) <= LARGEST
    gray = np.mean([_is_gray(encoded) for encoded, _ in seen])
    assert abs(gray - INFRARED) < 0.12


def _is_gray(encoded: bytes) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"), np.float32)
    return bool(np.abs(pixels - pixels.mean(axis=2, keepdims=True)).mean() < 20)


def test_the_same_seed_shows_the_same_picture() -> None:
    photo = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    first, second = (camera_like(photo, (150, 150), 120, np.random.default_rng(3))[0] for _ in range(2))
    assert first == second


def test_faces_are_counted_where_they_are_and_where_they_are_not(tmp_path: Path) -> None:
    """With Kith's own networks, which need no mirror; one of the three photos shows nobody."""
    for folder in ("lfw/data/Eileen_Collins", "identities", "strangers", "persons"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lfw" / "pairs.txt").touch()
    face, nobody = astronaut(), Image.new("RGB", (512, 512), "gray")
    face.save(tmp_path / "lfw" / "data" / "Eileen_Collins" / "one.jpg")
    face.save(tmp_path / "identities" / "one.png")
    nobody.save(tmp_path / "strangers" / "one.png")
    nobody.save(tmp_path / "persons" / "none.png")
    indices = {
        "identities": ("file,identity,group,gender", "one.png,eileen,,"),
        "strangers": ("file,group,gender", "one.png,,"),
        "persons": ("file,boxes,scene,complete", "none.png,,negative,yes"),
    }
    for folder, rows in indices.items():
        (tmp_path / folder / "index.csv").write_text("\n".join(rows), encoding="utf-8")
    manifest = ("--manifest", str(MANIFESTS / "compact.json"), "--pack", str(SHIPPED))
    done = evaluate(tmp_path, "faces", *manifest, "--json", str(tmp_path / "found.json"))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["faces"]
    assert (found["photos"], found["empty"], found["mistaken"]) == (3, 1, 0)
    assert found["found"]["clean"] == pytest.approx(2 / 3)
    assert "faces: found in 3 photos" in done.stdout
