"""The aligned faces that the embedding learns from, and what the teacher says of each: made once, then read."""

from dataclasses import dataclass
import multiprocessing
from pathlib import Path
import sys

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .places import DATA, RUNS, needed
from .recognizer import DIMENSIONS, Recognizer

SIDE = 112
PORTRAITS = RUNS / "portraits"
"""What `models/training/bring portraits` brought, a file for each source: trained on only."""
HELD_OUT = 500
"""Faces that are never trained on, to see whether the student has learned or memorized."""
_SAME = 0.95
"""Cosine of the teacher's answers to one picture, cut or compressed another time."""
_SEED = 11


@dataclass(frozen=True, slots=True)
class Faces:
    """pictures: (n, 112, 112, 3) RGB. vectors: (n, 256) of the teacher, length 1."""

    pictures: NDArray[np.uint8]
    vectors: NDArray[np.float32]

    def centered(self, like: "Faces") -> NDArray[np.float32]:
        """(n, 256) vectors of length 1, without what all faces of `like` share."""
        centered = self.vectors - like.vectors.mean(axis=0)
        return centered / np.linalg.norm(centered, axis=1, keepdims=True)

    def without(self, known: NDArray[np.float32]) -> "Faces":
        """Only pictures that are none of those whose vectors, (m, 256), are known."""
        new = np.array([(known @ vector).max() < _SAME for vector in self.vectors])
        return Faces(self.pictures[new], self.vectors[new])


def training_faces() -> Faces:
    """Those of the set, then the portraits that are not in the set already."""
    ours = _read("faces")
    known = np.concatenate([ours.vectors, held_out_faces().vectors])
    parts = [ours, *(Faces(**np.load(file)).without(known) for file in sorted(PORTRAITS.glob("*.npz")))]
    return Faces(np.concatenate([part.pictures for part in parts]), np.concatenate([part.vectors for part in parts]))


def held_out_faces() -> Faces:
    return _read("held_out")


def _read(name: str) -> Faces:
    folder = RUNS / "aligned"
    if not (folder / f"{name}.npz").exists():
        _make(folder)
    return Faces(**np.load(folder / f"{name}.npz"))


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pictures = _pictures()
    order = np.random.default_rng(_SEED).permutation(len(pictures))
    _write(folder, "held_out", pictures[np.sort(order[:HELD_OUT])])
    _write(folder, "faces", pictures[np.sort(order[HELD_OUT:])])


def _pictures() -> NDArray[np.uint8]:
    paths = sorted(needed(DATA / "faces_train").glob("*/*.jpg"))
    return np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])


def _write(folder: Path, name: str, pictures: NDArray[np.uint8]) -> None:
    vectors = np.empty((len(pictures), DIMENSIONS), np.float32)
    with multiprocessing.Pool(initializer=_start) as pool:
        for row, vector in enumerate(pool.imap(_vector, pictures, chunksize=32)):
            vectors[row] = vector
            if row % 1000 == 0:
                print(f"{name}: the teacher has seen {row} of {len(pictures)}", file=sys.stderr, flush=True)
    partial = folder / f"{name}.part"
    with partial.open("wb") as file:
        np.savez(file, pictures=pictures, vectors=vectors)
    partial.rename(folder / f"{name}.npz")


class _Worker:
    """What each process of the pool keeps: its own session of the teacher."""

    teacher: Recognizer


def _start() -> None:
    _Worker.teacher = Recognizer()


def _vector(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return _Worker.teacher.vector(picture)


def without_border(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The same face with something else above and beside it.

    The set's crops are so tight that mirrored pixels fill their foreheads and sides. No camera gives such pictures, so
    the student must learn nothing from there.
    """
    top, left, right, bottom = (rng.integers(*reach) for reach in ((10, 30), (4, 22), (4, 22), (0, 8)))
    inner = picture[top : SIDE - bottom, left : SIDE - right]
    widths = ((top, bottom), (left, right), (0, 0))
    kind = rng.integers(4)
    if kind == 0:
        return np.pad(inner, widths)  # black, as beyond the edge of a camera's picture
    if kind == 1:
        return np.pad(inner, widths, mode="edge")
    if kind == 2:
        ground = np.full_like(picture, rng.integers(0, 256, 3))
    else:
        light = 60 * _smooth_field(rng, 7)[..., None] + rng.uniform(60, 180, 3)
        ground = np.clip(light, 0, 255).astype(np.uint8)
    ground = ground.copy()
    ground[top : SIDE - bottom, left : SIDE - right] = inner
    return ground


def epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.intp]:
    """Every face once per epoch, in an order that depends only on these arguments."""
    return np.random.default_rng((seed, epoch)).permutation(count)


def _smooth_field(rng: np.random.Generator, knots: int) -> NDArray[np.float32]:
    """(112, 112), of mean about 0 and deviation about 1, with no more detail than knots × knots random numbers have."""
    coarse = Image.fromarray(rng.normal(0, 1.3, (knots, knots)).astype(np.float32))
    return np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
