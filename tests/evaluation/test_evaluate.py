"""The command: what is not there is said and skipped; and on real pictures Kith decides as it says."""

import io
import os
from pathlib import Path
import subprocess
import sys

import matplotlib.image
import numpy as np
from PIL import Image
import pytest

from evaluation import plots
from evaluation.camera import INFRARED, LARGEST, SMALLEST, camera_like

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models" / "standard"))


@pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models at {MODELS}: set KITH_MODEL_MIRROR")
def test_without_pictures_every_section_says_so_and_nothing_is_claimed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evaluation", "--json", str(tmp_path / "found.json")],
        cwd=REPOSITORY,
        env={**os.environ, "KITH_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout.count("skipped") == 5
    assert not (tmp_path / "found.json").exists()


def test_a_camera_sees_small_faces_and_a_third_of_them_without_colour() -> None:
    rng = np.random.default_rng(0)
    photo = np.full((400, 400, 3), (220, 120, 60), np.uint8)
    seen = [camera_like(photo, (200, 200), 150, rng) for _ in range(150)]
    widths = [width for _, width in seen]
    assert min(widths) >= SMALLEST
    assert max(widths) <= LARGEST
    grey = np.mean([_is_grey(encoded) for encoded, _ in seen])
    assert abs(grey - INFRARED) < 0.12


def _is_grey(encoded: bytes) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"), np.float32)
    return bool(np.abs(pixels - pixels.mean(axis=2, keepdims=True)).mean() < 20)


def test_the_same_seed_shows_the_same_picture() -> None:
    photo = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    first, second = (camera_like(photo, (150, 150), 120, np.random.default_rng(3))[0] for _ in range(2))
    assert first == second


def test_plots_are_pictures_with_something_on_them(tmp_path: Path) -> None:
    histogram = {"edges": [-10.0, 0.0, 10.0], "residents": [1, 9], "strangers": [9, 1]}
    found = {
        "households": {
            "curves": {"Kith, 3 photos, camera": [[0.001, 0.2], [0.1, 0.01]]},
            "histograms": {"3 photos, camera": histogram},
        },
        "pairs": {"histogram": histogram},
    }
    drawn = plots.draw(found, tmp_path / "plots")
    assert [path.name for path in drawn] == ["households.png", "3 photos camera.png", "pairs.png"]
    for path in drawn:
        assert matplotlib.image.imread(path).std() > 0.01
