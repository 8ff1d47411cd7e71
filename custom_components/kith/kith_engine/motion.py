"""Has this camera's picture changed? Compares each small gray picture with a background that learns slowly."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .analysis import Area

_CELLS_ACROSS = 80
"""Of the grid in which pictures are compared: a cell is then about as wide as the face of somebody 5 m away."""
_LEAST_STEP = 7.0
"""Gray levels by which a cell must differ at least: coding noise of a dark camera stays below."""
_NOISE_FACTOR = 6.0
"""… and by so many standard deviations of what all cells do, …"""
_GREATEST_STEP = 30.0
"""… but no more than this: no noise comes near, while a picture that is new all over looks like noise itself."""
_ANOTHER_SCENE = 0.5
"""Share of the picture from which on there is nothing left to compare with: somebody right in front of a doorbell, or
a camera that was turned. It is motion, and the new background at once."""
_DRIFT_RATE = 0.1
"""Share of the new picture that the background takes where nothing happens: daylight and shadows creep."""
_ABSORB_RATE = 0.01
"""… and where something stands that was not there: at one picture a second it is scenery after some minutes."""
_DARK = 8.0
"""Added before brightnesses are divided: black times any gain is black."""


class Motion:
    """What one camera's scene looks like while nothing happens. Holds no picture: a coarse gray average and a hash."""

    def __init__(self) -> None:
        self._seen: tuple[int, int] | None = None
        self._background: NDArray[np.float32] | None = None
        self._last = 0.0

    @property
    def last(self) -> float:
        """The share of the picture that had changed in the last one."""
        return self._last

    def repeats(self, encoded: bytes) -> bool:
        """Are these the very bytes that were compared last? Cameras and their caches repeat a still.

        By length and Python's keyed 64-bit hash, which costs a fifth of a cryptographic one; nobody gains by a
        collision: it would hide one frame.
        """
        return self._seen == (len(encoded), hash(encoded))

    def share(self, encoded: bytes, grey: NDArray[np.uint8], ignored: Sequence[Area] = ()) -> float:
        """(height, width) luminance → share of the picture that changed, 0 to 1, and learns from it.

        The first picture, and the first of another size, has changed entirely. A change of light that is the same all
        over, as gain and as offset, is none; nor is what happens in an ignored area.
        """
        self._seen = (len(encoded), hash(encoded))
        cells = _cells(grey)
        if self._background is None or self._background.shape != cells.shape:
            self._background = cells
            self._last = 1.0
            return 1.0
        gain = (np.median(self._background) + _DARK) / (np.median(cells) + _DARK)
        difference = cells * gain - self._background
        offset = np.median(difference)
        difference -= offset
        step = np.abs(difference)
        noise = 1.4826 * np.median(step)  # standard deviation of a normal distribution from its median deviation
        changed = step > min(max(_LEAST_STEP, _NOISE_FACTOR * noise), _GREATEST_STEP)
        self._last = float(np.count_nonzero(changed & _counting(changed.shape, ignored)) / changed.size)
        if self._last > _ANOTHER_SCENE:
            self._background = cells
            return self._last
        # The light itself is followed at once, what stands in it at its own pace.
        learnt = np.where(changed, np.float32(_ABSORB_RATE), np.float32(_DRIFT_RATE)) * difference
        self._background = ((self._background + offset + learnt) / gain).astype(np.float32)
        return self._last


def _counting(shape: tuple[int, ...], ignored: Sequence[Area]) -> NDArray[np.bool_]:
    """(height, width) cells whose middle lies in no ignored area."""
    down, across = ((np.arange(count) + 0.5) / count for count in shape)
    counting = np.ones(shape, np.bool_)
    for area in ignored:
        inside = ((down >= area.top) & (down <= area.bottom))[:, None] & (
            (across >= area.left) & (across <= area.right)
        )
        counting &= ~inside
    return counting


def _cells(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Means over squares, about _CELLS_ACROSS of them from left to right; an incomplete rim is left out."""
    height, width = grey.shape
    side = max(1, min(round(width / _CELLS_ACROSS), height))
    means = Image.fromarray(grey).reduce(side)
    return np.asarray(means, dtype=np.float32)[: height // side, : width // side]
