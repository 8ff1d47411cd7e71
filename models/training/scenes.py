"""The scenes that the person and the face network learn from, and what the teachers saw there: asked once."""

import csv
from dataclasses import dataclass
import json
import multiprocessing
from pathlib import Path
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .places import DATA, RUNS, needed

HELD_OUT_EVERY = 12
"""One scene in so many is never trained on."""
_LABELLED = 1.0
"""Score of a box that the source itself gives."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture. kind: "everyday", "fixed", "negative" or "wild".

    persons: (n, 4) corners, person_scores and person_votes: (n,), of at most 6 looks. faces: (m, 14) corners and five
    points, face_scores and face_votes: (m,), of at most 4. All in pixels of the file.
    """

    path: Path
    kind: str
    persons: NDArray[np.float32]
    person_scores: NDArray[np.float32]
    person_votes: NDArray[np.int64]
    faces: NDArray[np.float32]
    face_scores: NDArray[np.float32]
    face_votes: NDArray[np.int64]

    def image(self) -> Image.Image:
        return Image.open(self.path).convert("RGB")


def scenes() -> tuple[list[Scene], list[Scene]]:
    """To train on, and held out."""
    file = RUNS / "scenes" / "teachers.json"
    if not file.exists():
        _ask(file)
    seen: dict[str, dict[str, Any]] = json.loads(file.read_text())
    read = [_scene(row, seen[row["file"]]) for row in _index()]
    return (
        [scene for place, scene in enumerate(read) if place % HELD_OUT_EVERY],
        [scene for place, scene in enumerate(read) if place % HELD_OUT_EVERY == 0],
    )


def _index() -> list[dict[str, str]]:
    with needed(DATA / "scenes_train" / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _scene(row: dict[str, str], seen: dict[str, Any]) -> Scene:
    persons, faces = seen["persons"], seen["faces"]
    labelled = [[float(edge) for edge in box.split()] for box in row["boxes"].split(";") if box]
    votes = len(labelled) * [1]
    return Scene(
        DATA / "scenes_train" / row["file"],
        row["kind"],
        np.array(labelled + persons["rows"], np.float32).reshape(-1, 4),
        np.array(len(labelled) * [_LABELLED] + persons["scores"], np.float32),
        np.array(votes + persons["votes"], np.int64),
        np.array(faces["rows"], np.float32).reshape(-1, 14),
        np.array(faces["scores"], np.float32),
        np.array(faces["votes"], np.int64),
    )


def _ask(file: Path) -> None:
    """Both teachers about every scene; kept only when all is answered."""
    file.parent.mkdir(parents=True, exist_ok=True)
    names = [row["file"] for row in _index()]
    seen: dict[str, Any] = {}
    with multiprocessing.Pool(initializer=_start) as pool:
        for name, answer in pool.imap_unordered(_look, names, chunksize=8):
            seen[name] = answer
            if len(seen) % 200 == 0:
                print(f"scenes: the teachers have seen {len(seen)} of {len(names)}", file=sys.stderr, flush=True)
    partial = file.with_suffix(".part")
    partial.write_text(json.dumps(seen))
    partial.replace(file)


def _start() -> None:
    from .detectors import FaceTeacher, PersonTeacher  # noqa: PLC0415  onnxruntime: only who makes the cache needs it

    _Teachers.both = {"persons": PersonTeacher(), "faces": FaceTeacher()}


class _Teachers:
    """What each process of the pool keeps."""

    both: dict[str, Any]


def _look(name: str) -> tuple[str, dict[str, Any]]:
    image = Image.open(DATA / "scenes_train" / name).convert("RGB")
    found = {kind: teacher.find(image) for kind, teacher in _Teachers.both.items()}
    return name, {
        kind: {
            "rows": one.rows.round(2).tolist(),
            "scores": one.scores.round(4).tolist(),
            "votes": one.votes.tolist(),
        }
        for kind, one in found.items()
    }
