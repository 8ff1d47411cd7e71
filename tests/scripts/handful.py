"""A handful of the evaluation's pictures, laid out as it reads them."""

import csv
from itertools import groupby, islice
from pathlib import Path
import shutil

import cv2

from evaluation.clips import ENROLLMENT
from evaluation.sets import DATA

PEOPLE, PHOTOS = 12, 6
"""One home has ten residents, and strangers come; who has five photos enrolled must be seen on another."""
STRANGERS = 3
"""Of each group."""
SCENES = 4
"""Of each kind."""
PAIRS, FOLDS = 2, 2
"""Pairs of one person, and as many of two, in each fold."""
STEP = 10
"""One of so many frames of the film."""


def lay_out(folder: Path) -> None:
    """Every section of the evaluation finds what it needs in `folder`."""
    _index(folder, "identities", ("identity",), PHOTOS, most=PEOPLE)
    _index(folder, "strangers", ("group",), STRANGERS)
    _index(folder, "persons", ("scene", "boxes"), SCENES)
    _pairs(folder / "lfw")
    _film(folder / "clips")


def _index(folder: Path, name: str, keys: tuple[str, ...], each: int, most: int | None = None) -> None:
    """The first few of everybody, or of every kind. keys: columns that say who or what; boxes: are there any?"""
    with (DATA / name / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def kind(row: dict[str, str]) -> tuple[str, ...]:
        return tuple(str(bool(row[key])) if key == "boxes" else row[key] for key in keys)

    rows.sort(key=kind)
    chosen = [row for _, same in islice(groupby(rows, kind), most) for row in islice(same, each)]
    for row in chosen:
        _link(DATA / name / row["file"], folder / name / row["file"])
    with (folder / name / "index.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(chosen)


def _pairs(folder: Path) -> None:
    lines = (DATA / "lfw" / "pairs.txt").read_text(encoding="utf-8").splitlines()
    each = int(lines[0].split()[1])
    chosen = []
    for fold in range(FOLDS):
        same = 1 + fold * 2 * each
        chosen += [*lines[same : same + PAIRS], *lines[same + each : same + each + PAIRS]]
    folder.mkdir()
    (folder / "pairs.txt").write_text("\n".join([f"{FOLDS}\t{PAIRS}", *chosen]), encoding="utf-8")
    for person in {name for line in chosen for name in line.split("\t") if not name.isdigit()}:
        _link(DATA / "lfw" / "data" / person, folder / "data" / person)


def _film(folder: Path) -> None:
    folder.mkdir()
    reader = cv2.VideoCapture(str(DATA / "clips" / f"{ENROLLMENT}.mp4"))
    size = (int(reader.get(cv2.CAP_PROP_FRAME_WIDTH)), int(reader.get(cv2.CAP_PROP_FRAME_HEIGHT)))
    rate = reader.get(cv2.CAP_PROP_FPS) / STEP
    writer = cv2.VideoWriter(str(folder / f"{ENROLLMENT}.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), rate, size)
    for number in range(int(reader.get(cv2.CAP_PROP_FRAME_COUNT))):
        there, frame = reader.read()
        if there and number % STEP == 0:
            writer.write(frame)
    writer.release()


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
