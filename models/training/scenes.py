"""The scenes that the person and face networks learn from, with the teachers' answers, asked once."""

from collections.abc import Iterator
import csv
from dataclasses import dataclass, replace
import json
import multiprocessing
from pathlib import Path
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .places import DATA, RUNS, needed

MORE = RUNS / "more_scenes"
"""The output of `models/training/bring`, used only for training."""
MORE_ANSWERS = MORE / "teachers.json"
HELD_OUT_EVERY = 12
"""One scene in this many is never trained on."""
_LABELED = 1.0
"""Score of a box from the source itself."""
_SOMEBODY = 0.3
"""A person with this score in a picture overrides a source that says that nobody is there."""
_SAVED_EVERY = 200


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
    """The scenes for training and the held-out ones."""
    folder, answers = DATA / "scenes_train", RUNS / "scenes" / "teachers.json"
    names = [row["file"] for row in _index(folder)]
    for seen in ask(folder, names, answers):
        if len(seen) < len(names):
            print(f"scenes: the teachers have seen {len(seen)} of {len(names)}", file=sys.stderr, flush=True)
    read = _read(folder, answers)
    more = _read(MORE, MORE_ANSWERS) if (MORE / "index.csv").exists() else []
    return (
        [scene for place, scene in enumerate(read) if place % HELD_OUT_EVERY] + [_as_seen(scene) for scene in more],
        [scene for place, scene in enumerate(read) if place % HELD_OUT_EVERY == 0],
    )


def ask(folder: Path, names: list[str], file: Path, processes: int | None = None) -> Iterator[dict[str, Any]]:
    """Yields all answers of both teachers so far, by name, whenever they are saved, and once if none is missing."""
    seen: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    missing = [(folder, name) for name in names if name not in seen]
    for name, answer in _looks(missing, processes):
        seen[name] = answer
        if len(seen) % _SAVED_EVERY == 0:
            _save(seen, file)
            yield seen
    if missing:
        _save(seen, file)
    yield seen


def _read(folder: Path, answers: Path) -> list[Scene]:
    seen: dict[str, dict[str, Any]] = json.loads(answers.read_text())
    return [_scene(folder, row, seen[row["file"]]) for row in _index(folder)]


def _index(folder: Path) -> list[dict[str, str]]:
    with needed(folder / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _scene(folder: Path, row: dict[str, str], seen: dict[str, Any]) -> Scene:
    persons, faces = seen["persons"], seen["faces"]
    labeled = [[float(edge) for edge in box.split()] for box in row["boxes"].split(";") if box]
    votes = len(labeled) * [1]
    return Scene(
        folder / row["file"],
        row["kind"],
        np.array(labeled + persons["rows"], np.float32).reshape(-1, 4),
        np.array(len(labeled) * [_LABELED] + persons["scores"], np.float32),
        np.array(votes + persons["votes"], np.int64),
        np.array(faces["rows"], np.float32).reshape(-1, 14),
        np.array(faces["scores"], np.float32),
        np.array(faces["votes"], np.int64),
    )


def _as_seen(scene: Scene) -> Scene:
    """Whether somebody is there: in a "negative" scene the teacher knows better, in an "empty" one its source.

    Clothes on a hanger are "empty": a teacher that never saw them without somebody inside is wrong.
    """
    if scene.kind == "empty":
        nobody, faceless = np.empty((0, 4), np.float32), np.empty((0, 14), np.float32)
        none, never = np.empty(0, np.float32), np.empty(0, np.int64)
        return Scene(scene.path, "negative", nobody, none, never, faceless, none, never)
    somebody = (scene.person_scores >= _SOMEBODY).any()
    return replace(scene, kind="everyday") if scene.kind == "negative" and somebody else scene


def _looks(pictures: list[tuple[Path, str]], processes: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    if not pictures:
        return
    if processes == 1:
        _start()
        yield from map(_look, pictures)
        return
    with multiprocessing.Pool(processes, initializer=_start) as pool:
        yield from pool.imap_unordered(_look, pictures, chunksize=8)


def _save(seen: dict[str, Any], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".part")
    partial.write_text(json.dumps(seen))
    partial.replace(file)


def _start() -> None:
    from .detectors import FaceTeacher, PersonTeacher  # noqa: PLC0415 onnxruntime: only needed for making the cache

    _Teachers.both = {"persons": PersonTeacher(), "faces": FaceTeacher()}


class _Teachers:
    """The state of each process in the pool."""

    both: dict[str, Any]


def _look(picture: tuple[Path, str]) -> tuple[str, dict[str, Any]]:
    folder, name = picture
    image = Image.open(folder / name).convert("RGB")
    found = {kind: teacher.find(image) for kind, teacher in _Teachers.both.items()}
    return name, {
        kind: {
            "rows": one.rows.round(2).tolist(),
            "scores": one.scores.round(4).tolist(),
            "votes": one.votes.tolist(),
        }
        for kind, one in found.items()
    }
