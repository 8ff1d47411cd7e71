"""Plots are pictures that show the measurements."""

from pathlib import Path

import matplotlib.image
import numpy as np
from numpy.typing import NDArray
import pytest

from evaluation import plots

HISTOGRAM = {"edges": [-10.0, 0.0, 10.0], "residents": [1, 9], "strangers": [9, 1]}
CURVE = [[0.001, 0.2], [0.1, 0.01]]


def drawn(curves: dict[str, list[list[float]]], folder: Path) -> NDArray[np.float32]:
    [path] = plots.draw({"households": {"curves": curves, "histograms": {}}}, folder)
    return np.asarray(matplotlib.image.imread(path))


def colors(picture: NDArray[np.float32]) -> int:
    """The number of colors, except grays, that cover more than the edges of letters."""
    shades, counts = np.unique((picture[..., :3] * 15).astype(int).reshape(-1, 3), axis=0, return_counts=True)
    return int(((np.ptp(shades, axis=1) > 4) & (counts > 100)).sum())


def test_everything_that_was_measured_is_drawn(tmp_path: Path) -> None:
    rivals = {"3 photos, camera": {"rules": {"Frigate": {"curve": CURVE}}}}
    found = {
        "households": {
            "curves": {"Kith, 3 photos, camera": CURVE},
            "histograms": {"3 photos, camera": HISTOGRAM},
            "peers": rivals,
        },
        "pairs": {"histogram": HISTOGRAM},
        "persons": {},
    }
    paths = plots.draw(found, tmp_path / "plots")
    names = ["households.png", "3 photos camera.png", "rivals 3 photos camera.png", "pairs.png"]
    assert [path.name for path in paths] == names
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert colors(np.asarray(matplotlib.image.imread(path))) > 0


def test_every_rule_has_a_line_and_rules_that_never_differ_share_one(tmp_path: Path) -> None:
    better = [[0.001, 0.1], [0.1, 0.005]]
    alone = drawn({"one": CURVE}, tmp_path)
    apart = drawn({"one": CURVE, "two": better}, tmp_path)
    alike = drawn({"one": CURVE, "two": CURVE}, tmp_path)
    assert colors(alone) < colors(apart)
    assert colors(alike) == colors(alone)


@pytest.mark.parametrize("points", [[], [[0.001, 0.0], [0.1, 0.0]]])
def test_a_rule_that_misses_nobody_leaves_the_others_their_lines(points: list[list[float]], tmp_path: Path) -> None:
    assert colors(drawn({"perfect": points, "other": CURVE}, tmp_path)) > 0
