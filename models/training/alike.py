"""Is this picture nearly one that is there already? Difference hashes, also of the mirrored picture."""

from collections.abc import Iterator
from pathlib import Path
import shutil
import subprocess

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

_SIDE = 16
"""Bits of the hash are the square of it."""
_EVERY = 60
"""Frames of a clip that one is looked at of."""


def hash_of(image: Image.Image) -> NDArray[np.uint64]:
    """(4,): 256 bits, is each of 16 x 16 places lighter than its neighbor to the left?"""
    grey = image.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
    return _bits(np.asarray(grey))


def _bits(grey: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.packbits(grey[:, 1:] > grey[:, :-1]).view(np.uint64)


def hashes_of_pictures(folder: Path) -> Iterator[NDArray[np.uint64]]:
    """Of all JPEG pictures below a folder."""
    for path in sorted(folder.rglob("*.jpg")):
        with Image.open(path) as image:
            yield hash_of(image)


def hashes_of_clips(folder: Path) -> Iterator[NDArray[np.uint64]]:
    """Of frames of all clips in a folder; FileNotFoundError without FFmpeg."""
    clips = sorted(folder.glob("*.mp4"))
    if clips and not shutil.which("ffmpeg"):
        raise FileNotFoundError(f"{folder} has clips to keep away from: install ffmpeg, which reads them")
    chosen = f"select=not(mod(n\\,{_EVERY})),scale={_SIDE + 1}:{_SIDE}:flags=area,format=gray"
    for clip in clips:
        command = ["ffmpeg", "-v", "error", "-i", clip, "-vf", chosen, "-vsync", "passthrough", "-f", "rawvideo", "-"]
        raw = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603
        yield from map(_bits, np.frombuffer(raw, np.uint8).reshape(-1, _SIDE, _SIDE + 1))


class Alike:
    """All hashes so far, and how many bits another one must differ from each."""

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
        """Is one that was added too near to this picture or to its mirror image?"""
        hashes, apart = self._hashes[: self._count], self._apart[: self._count]
        return any(
            bool((np.bitwise_count(hashes ^ hash_of(turned)).sum(axis=1) <= apart).any())
            for turned in (image, ImageOps.mirror(image))
        )
