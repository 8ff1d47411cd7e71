"""Finds near-duplicates of pictures by difference hashes, including mirrored ones."""

from collections.abc import Iterator
from pathlib import Path
import shutil
import subprocess

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

_SIDE = 16
"""The hash has this many bits squared."""
_EVERY = 60
"""One in this many frames of a clip is hashed."""


def hash_of(image: Image.Image) -> NDArray[np.uint64]:
    """(4,): 256 bits; each says whether one of 16 x 16 places is lighter than its left neighbor."""
    gray = image.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
    return _bits(np.asarray(gray))


def _bits(gray: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.packbits(gray[:, 1:] > gray[:, :-1]).view(np.uint64)


def hashes_of_pictures(folder: Path) -> Iterator[NDArray[np.uint64]]:
    """Hashes of all JPEG pictures below a folder."""
    for path in sorted(folder.rglob("*.jpg")):
        with Image.open(path) as image:
            yield hash_of(image)


def hashes_of_clips(folder: Path) -> Iterator[NDArray[np.uint64]]:
    """Hashes of frames of all clips in a folder. Raises FileNotFoundError without FFmpeg."""
    clips = sorted(folder.glob("*.mp4"))
    if clips and not shutil.which("ffmpeg"):
        raise FileNotFoundError(f"{folder} has clips to keep away from: install ffmpeg, which reads them")
    chosen = f"select=not(mod(n\\,{_EVERY})),scale={_SIDE + 1}:{_SIDE}:flags=area,format=gray"
    for clip in clips:
        command = ["ffmpeg", "-v", "error", "-i", clip, "-vf", chosen, "-vsync", "passthrough", "-f", "rawvideo", "-"]
        raw = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603
        yield from map(_bits, np.frombuffer(raw, np.uint8).reshape(-1, _SIDE, _SIDE + 1))


class Alike:
    """All hashes so far, and the number of bits in which a new one must differ from each."""

    def __init__(self) -> None:
        self._hashes = np.empty((1024, 4), np.uint64)
        self._apart = np.empty(1024, np.int64)
        self._count = 0

    def add(self, one: NDArray[np.uint64], apart: int) -> None:
        if self._count == len(self._apart):
            self._hashes = np.concatenate([self._hashes, np.empty_like(self._hashes)])
            self._apart = np.concatenate([self._apart, np.empty_like(self._apart)])
        self._hashes[self._count], self._apart[self._count] = one, apart
        self._count += 1

    def seen(self, image: Image.Image) -> bool:
        """Whether an added picture is too similar to this one or to its mirror image."""
        hashes, apart = self._hashes[: self._count], self._apart[: self._count]
        return any(
            bool((np.bitwise_count(hashes ^ hash_of(turned)).sum(axis=1) <= apart).any())
            for turned in (image, ImageOps.mirror(image))
        )
