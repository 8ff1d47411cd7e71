"""Brings more faces to learn from, out of the public git repositories that sources.json names, and asks the teacher.

Nobody whom the embedding is judged on may be among them: a face that the teacher takes for one of those people is left
out, whatever picture it is in.
"""

import argparse
from collections.abc import Iterator
import io
import itertools
import json
import multiprocessing
from pathlib import Path
import re
import sys

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from .aligned import PORTRAITS, SIDE
from .bring import Source
from .detectors import FaceTeacher
from .places import DATA, RUNS, needed
from .recognizer import DIMENSIONS, TEMPLATE, Recognizer
from .repositories import Repository

KIND = "portraits"
"""Of the sources that are brought here."""
_JUDGED = ("identities", "strangers", "lfw")
_SAME_PERSON, _SAME_PICTURE = 0.5, 0.95
"""Cosines of the teacher; of different people one pair in a thousand reaches 0.39."""
_SURE, _NARROWEST = 0.7, 56.0
"""Score, and width in pixels, of a face worth asking about."""
_AT_ONCE = 400
_SUFFIXES = (".jpg", ".jpeg", ".png")

Face = tuple[NDArray[np.uint8], NDArray[np.float32]]
"""(112, 112, 3) RGB, aligned, and what the teacher says of it."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="models/training/bring portraits", description=__doc__)
    parser.add_argument("--repositories", type=Path, default=RUNS / "repositories", metavar="FOLDER")
    parser.add_argument("--processes", type=int, default=2, help="of the teachers (2)")
    chosen = parser.parse_args()
    listed = json.loads(Path(__file__).with_name("sources.json").read_text())
    sources = [Source(**entry) for entry in listed if entry["kind"] == KIND]
    PORTRAITS.mkdir(parents=True, exist_ok=True)
    with multiprocessing.Pool(chosen.processes, initializer=_start) as pool:
        judged = _judged(pool)
        for source in sources:
            file = PORTRAITS / f"{source.repository.replace('/', '+')}.npz"
            if not file.exists():
                _write(file, list(_taken(_contents(source, chosen.repositories), judged, source.most, pool)))


def _judged(pool: "multiprocessing.pool.Pool") -> NDArray[np.float32]:
    """(n, 256) of all faces that networks are judged on; asked once."""
    file = PORTRAITS / "judged.npy"
    if not file.exists():
        paths = sorted(path for name in _JUDGED for path in needed(DATA / name).rglob("*.jpg"))
        faces = pool.imap(_face, (path.read_bytes() for path in paths), chunksize=8)
        np.save(file, np.stack([face[1] for face in faces if face]))
    return np.load(file)


def _contents(source: Source, repositories: Path) -> Iterator[bytes]:
    """The source's pictures, by the hash of what they show: as good as chance, and always the same."""
    repository = Repository(source.repository, repositories)
    blobs = sorted({
        blob
        for path, blob in repository.files(source.commit).items()
        if path.lower().endswith(_SUFFIXES) and re.search(source.files, path)
    })  # fmt: skip
    for start in range(0, len(blobs), _AT_ONCE):
        yield from (content for _, content in repository.contents(blobs[start : start + _AT_ONCE]))


def _taken(
    contents: Iterator[bytes], judged: NDArray[np.float32], most: int, pool: "multiprocessing.pool.Pool"
) -> Iterator[Face]:
    """Faces of people who are not judged on, each picture of them once."""
    seen = np.empty((most, DIMENSIONS), np.float32)
    count = 0
    while chunk := list(itertools.islice(contents, _AT_ONCE)):
        for face in filter(None, pool.imap(_face, chunk, chunksize=8)):
            vector = face[1]
            if (judged @ vector).max() > _SAME_PERSON or (seen[:count] @ vector).max(initial=-1) > _SAME_PICTURE:
                continue
            seen[count], count = vector, count + 1
            yield face
            if count == most:
                return
        print(f"portraits: {count} taken", file=sys.stderr, flush=True)


class _Worker:
    """What each process of the pool keeps: its own sessions of both teachers."""

    detector: FaceTeacher
    recognizer: Recognizer


def _start() -> None:
    _Worker.detector, _Worker.recognizer = FaceTeacher(), Recognizer()


def _face(content: bytes) -> Face | None:
    """The largest face in the picture, if it is one for sure and large enough."""
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    except (UnidentifiedImageError, OSError):
        return None
    found = _Worker.detector.glance(image)
    rows = found.rows[(found.scores >= _SURE) & (found.rows[:, 2] - found.rows[:, 0] >= _NARROWEST)]
    if not len(rows):
        return None
    largest = rows[np.argmax(rows[:, 2] - rows[:, 0])]
    picture = _aligned(image, largest[4:].reshape(5, 2).astype(np.float64))
    return picture, _Worker.recognizer.vector(picture)


def _aligned(image: Image.Image, points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(5, 2) landmarks → (112, 112, 3), turned, scaled and shifted so that they lie on the template, least squares.

    Mirrored pixels are what lies beyond the picture's edge, as in the training set: some pictures are cut tight.
    """
    ours, theirs = (TEMPLATE + 0.5) @ [1, 1j], points @ [1, 1j]  # as complex numbers a turn and a scale are one factor
    ours_centered, theirs_centered = ours - ours.mean(), theirs - theirs.mean()
    factor = (theirs_centered * ours_centered.conj()).sum() / (abs(ours_centered) ** 2).sum()
    reduced = max(1, int(abs(factor)))  # interpolating between pixels further apart would alias
    small = np.asarray(image.reduce(reduced) if reduced > 1 else image)
    margin = min(small.shape[:2]) // 2
    image = Image.fromarray(np.pad(small, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric"))
    factor, shift = factor / reduced, (theirs.mean() - factor * ours.mean()) / reduced + margin * (1 + 1j)
    matrix = (factor.real, -factor.imag, shift.real, factor.imag, factor.real, shift.imag)
    return np.asarray(image.transform((SIDE, SIDE), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC))


def _write(file: Path, faces: list[Face]) -> None:
    pictures, vectors = (np.stack(part) for part in zip(*faces, strict=True))
    partial = file.with_suffix(".part")
    with partial.open("wb") as opened:
        np.savez(opened, pictures=pictures, vectors=vectors)
    partial.replace(file)
    print(f"portraits: {len(faces)} in {file}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
