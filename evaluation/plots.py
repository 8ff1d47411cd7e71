"""Draws figures: trade-off curves, and how well the scores separate people and strangers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")  # before pyplot: no screen is needed

from matplotlib import pyplot as plt

_SIZE = (8, 6)
_EVIDENCE = "evidence (natural logarithm); at the left edge: no usable face"


def draw(found: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write one PNG for each result that can be drawn; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    if households := found.get("households"):
        drawn.append(_trade_off(households["curves"], "Kith", folder / "households.png"))
        drawn += [
            _histogram(histogram, f"{setting}, 5 frames", _EVIDENCE, folder / f"{_plain(setting)}.png")
            for setting, histogram in households["histograms"].items()
        ]
        for setting, compared in households.get("peers", {}).items():
            ours = {"Kith": households["curves"][f"Kith, {setting}"]}
            curves = ours | {name: rule["curve"] for name, rule in compared["rules"].items()}
            drawn.append(_trade_off(curves, setting, folder / f"rivals {_plain(setting)}.png"))
    if pairs := found.get("pairs"):
        drawn.append(_histogram(pairs["histogram"], "pairs of LFW", "cosine", folder / "pairs.png"))
    return drawn


def _trade_off(curves: Mapping[str, Sequence[Sequence[float]]], title: str, path: Path) -> Path:
    """Detection error trade-off (Martin et al. 1997), both axes logarithmic; identical rules share a line.

    A line ends where nobody is missed, as zero has no logarithm.
    """
    figure, axes = plt.subplots(figsize=_SIZE)
    for points, labels in _shared(curves).items():
        shown = [(fpir, fnir) for fpir, fnir in points if fpir > 0 and fnir > 0]
        axes.plot([fpir for fpir, _ in shown], [fnir for _, fnir in shown], label=", ".join(labels))
    axes.set(xscale="log", yscale="log", xlabel="strangers given a name (FPIR)", ylabel="residents missed (FNIR)")
    axes.set_title(title)
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)  # below: inside the axes it would hide lines
    return _saved(figure, path)


def _shared(curves: Mapping[str, Sequence[Sequence[float]]]) -> dict[tuple[tuple[float, ...], ...], list[str]]:
    """The labels of each line."""
    lines: dict[tuple[tuple[float, ...], ...], list[str]] = {}
    for label, points in curves.items():
        lines.setdefault(tuple(tuple(point) for point in points), []).append(label)
    return lines


def _histogram(histogram: Mapping[str, Sequence[float]], title: str, unit: str, path: Path) -> Path:
    figure, axes = plt.subplots(figsize=_SIZE)
    for whose, label in (("residents", "the same person"), ("strangers", "somebody else")):
        total = sum(histogram[whose]) or 1
        axes.stairs(
            [count / total for count in histogram[whose]], histogram["edges"], label=label, fill=True, alpha=0.5
        )
    axes.set(yscale="log", xlabel=unit, ylabel="share")
    axes.set_title(title)
    axes.legend()
    return _saved(figure, path)


def _saved(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=110, bbox_inches="tight")
    plt.close(figure)
    return path


def _plain(title: str) -> str:
    return title.replace(",", "")
