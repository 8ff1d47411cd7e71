"""The aligned faces that the embedding learns from, with the teacher's answers: made once, then read.

12,505 faces are few. Each original is accompanied by faces mixed from two others and slightly bent: not people, but
pictures on which teacher and student must agree all the same (Beyer et al. 2022, "Knowledge distillation: a good
teacher is patient and consistent": mixed pictures keep a small set from being memorized).
"""

from dataclasses import dataclass
import multiprocessing
from pathlib import Path
import sys

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .places import DATA, RUNS, TEACHERS, needed

SIDE = 112
DIMENSIONS = 128
HELD_OUT = 500
"""Originals that are never trained on, to see whether the student learned or memorized."""
MIXED_PER_FACE = 3
ORIGINAL, BENT = 10, 11
"""The border around a face: mirrored pixels, as in the set, or the same, bent."""
_SEED = 11
_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)


@dataclass(frozen=True, slots=True)
class Faces:
    """pictures: (n, 112, 112, 3) RGB, read from disk on demand. vectors: (n, 128) from the teacher, length 1.

    borders: (n,) what is around each face: ORIGINAL, BENT, or the result of without_border.
    """

    pictures: NDArray[np.uint8]
    vectors: NDArray[np.float32]
    borders: NDArray[np.int8]

    def centered(self, like: "Faces") -> NDArray[np.float32]:
        """(n, 128) vectors of length 1, without what all faces of `like` with the same border share.

        That is more than the mean of all faces: mirrored foreheads have a direction of their own (0.3 of the length;
        black ones 0.2, those of whole photos 0.1), and no camera's picture should be drawn there.
        """
        middles = {border: like.vectors[like.borders == border].mean(axis=0) for border in np.unique(like.borders)}
        centered = self.vectors - np.stack([middles[border] for border in self.borders])
        return centered / np.linalg.norm(centered, axis=1, keepdims=True)


def training_faces() -> Faces:
    """Originals first, then mixtures."""
    return _read("faces")


def held_out_faces() -> Faces:
    return _read("held_out")


def _read(name: str) -> Faces:
    folder = RUNS / "aligned"
    if not (folder / f"{name}.vectors.npy").exists():
        _make(folder)
    return Faces(
        np.load(folder / f"{name}.pictures.npy", mmap_mode="r"),
        np.load(folder / f"{name}.vectors.npy"),
        np.load(folder / f"{name}.borders.npy"),
    )


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    originals = _originals()
    order = np.random.default_rng(_SEED).permutation(len(originals))
    held, kept = originals[np.sort(order[:HELD_OUT])], originals[np.sort(order[HELD_OUT:])]
    _write(folder, "held_out", held, 0)
    _write(folder, "faces", kept, MIXED_PER_FACE * len(kept))


def _originals() -> NDArray[np.uint8]:
    paths = sorted(needed(DATA / "faces_train").glob("*/*.jpg"))
    return np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])


def _write(folder: Path, name: str, originals: NDArray[np.uint8], mixed: int) -> None:
    """Write both files of one set; vectors come last, so their presence means that the set is complete."""
    count = len(originals) + mixed
    shape = (count, SIDE, SIDE, 3)
    pictures = np.lib.format.open_memmap(folder / f"{name}.pictures.npy", "w+", np.uint8, shape)
    vectors, borders = np.empty((count, DIMENSIONS), np.float32), np.empty(count, np.int8)
    with multiprocessing.Pool(initializer=_start, initargs=(originals,)) as pool:
        for row, picture, vector, border in pool.imap_unordered(_one, range(count), chunksize=32):
            pictures[row], vectors[row], borders[row] = picture, vector, border
            if row % 1000 == 0:
                print(f"{name}: the teacher has seen about {row} of {count}", file=sys.stderr, flush=True)
    pictures.flush()
    np.save(folder / f"{name}.borders.npy", borders)
    partial = folder / f"{name}.part.npy"
    np.save(partial, vectors)
    partial.rename(folder / f"{name}.vectors.npy")


class _Worker:
    """The state of each process in the pool: the originals and its own teacher session."""

    originals: NDArray[np.uint8]
    teacher: "Teacher"


def _start(originals: NDArray[np.uint8]) -> None:
    _Worker.originals = originals
    _Worker.teacher = Teacher(TEACHERS / "mobilefacenet.onnx")


def _one(row: int) -> tuple[int, NDArray[np.uint8], NDArray[np.float32], int]:
    originals = _Worker.originals
    if row < len(originals):
        picture, border = originals[row], ORIGINAL
    else:
        picture, border = mixture(originals, np.random.default_rng((_SEED, row)))
    return row, picture, _Worker.teacher.vector(picture), border


class Teacher:
    """The published MobileFaceNet, used as in the standard pack: adds the mirrored picture; length 1."""

    def __init__(self, path: Path) -> None:
        import onnxruntime  # noqa: PLC0415 only needed for making the cache

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(needed(path)), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def vector(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(112, 112, 3) RGB → (128,)."""
        prepared = ((picture.astype(np.float32) - _MEAN) / _DEVIATION).transpose(2, 0, 1)[None]
        both = [self._run(prepared), self._run(prepared[..., ::-1])]
        total = np.sum(both, axis=0)
        return total / np.linalg.norm(total)

    def _run(self, prepared: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._session.run(None, {self._input: np.ascontiguousarray(prepared)})[0].reshape(-1)


def mixture(originals: NDArray[np.uint8], rng: np.random.Generator) -> tuple[NDArray[np.uint8], int]:
    """A face that nobody has: parts of two people in one light, bent, and sometimes without the border.

    Also returns what is around it.
    """
    first, second = (originals[index].astype(np.float32) for index in rng.integers(len(originals), size=2))
    if rng.random() < 0.5:
        second = second[:, ::-1]
    center = slice(20, -20)
    for channel in range(3):  # the second gets the first's light, or the seam would show
        ours, theirs = first[center, center, channel], second[center, center, channel]
        second[..., channel] = (second[..., channel] - theirs.mean()) * ours.std() / max(
            theirs.std(), 1.0
        ) + ours.mean()
    share = smooth_field(rng, 4)[..., None]
    share = np.clip(0.5 + (share + rng.normal(0, 0.5)) * rng.uniform(0.2, 1.0), 0, 1)
    mixed = np.clip(first * share + second * (1 - share), 0, 255).astype(np.uint8)
    bent = _bent(mixed, rng)
    return without_border(bent, rng) if rng.random() < 0.5 else (bent, BENT)


def smooth_field(rng: np.random.Generator, knots: int) -> NDArray[np.float32]:
    """A (112, 112) field of mean about 0 and deviation about 1, as detailed as knots × knots random numbers."""
    coarse = Image.fromarray(rng.normal(0, 1.3, (knots, knots)).astype(np.float32))
    return np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def _bent(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Moves pixels by up to about 3, differently in each place: another distance between the eyes, another chin."""
    knots, step = 5, SIDE / 4
    grid = np.stack(np.meshgrid(np.arange(knots), np.arange(knots)), axis=-1) * step
    moved = grid + np.clip(rng.normal(0, 1.5, grid.shape), -4, 4)
    mesh = []
    for row in range(knots - 1):
        for column in range(knots - 1):
            box = tuple(int(edge * step) for edge in (column, row, column + 1, row + 1))
            corners = (moved[row, column], moved[row + 1, column], moved[row + 1, column + 1], moved[row, column + 1])
            mesh.append((box, tuple(np.concatenate(corners).tolist())))
    image = Image.fromarray(picture)
    return np.asarray(image.transform((SIDE, SIDE), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR))


def without_border(picture: NDArray[np.uint8], rng: np.random.Generator) -> tuple[NDArray[np.uint8], int]:
    """The same face with something else above and beside it, and the kind of that.

    The set's crops are so tight that mirrored pixels fill their foreheads and sides. No camera gives such pictures, so
    the student must learn nothing from there.
    """
    top, left, right, bottom = (rng.integers(*reach) for reach in ((10, 30), (4, 22), (4, 22), (0, 8)))
    inner = picture[top : SIDE - bottom, left : SIDE - right]
    widths = ((top, bottom), (left, right), (0, 0))
    kind = int(rng.integers(4))
    if kind == 0:
        return np.pad(inner, widths), kind  # black, like beyond the edge of a camera's picture
    if kind == 1:
        return np.pad(inner, widths, mode="edge"), kind
    if kind == 2:
        ground = np.full_like(picture, rng.integers(0, 256, 3))
    else:
        light = 60 * smooth_field(rng, 7)[..., None] + rng.uniform(60, 180, 3)
        ground = np.clip(light, 0, 255).astype(np.uint8)
    ground = ground.copy()
    ground[top : SIDE - bottom, left : SIDE - right] = inner
    return ground, kind


def epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.intp]:
    """Every face once per epoch, in an order that depends only on these arguments."""
    return np.random.default_rng((seed, epoch)).permutation(count)
