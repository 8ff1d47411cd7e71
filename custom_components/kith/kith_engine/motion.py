"""Has this camera's picture changed? Compares each small gray picture with a background that learns slowly."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .analysis import Area

_CELLS_ACROSS = 80
"""Columns of the grid in which pictures are compared: a cell is about as wide as a face 5 m away."""
_LEAST_STEP = 7.0
"""Gray levels by which a cell must differ at least: a dark camera's coding noise stays below."""
_NOISE_FACTOR = 6.0
"""Standard deviations of all cells' differences by which it must differ, too."""
_GREATEST_STEP = 30.0
"""Gray levels that always suffice: no noise comes near, while an entirely new picture looks like noise itself."""
_ANOTHER_SCENE = 0.5
"""Changed share of the picture above which nothing is left to compare with: somebody right in front of a doorbell, or a
camera that was turned. The picture counts as motion, and becomes the background at once."""
_DRIFT_RATE = 0.1
"""Share of the new picture that the background takes on where nothing happens: daylight and shadows creep."""
_ABSORB_RATE = 0.01
"""The same where something new stands: at one picture a second it becomes scenery after some minutes."""
_DARK = 8.0
"""Added before brightnesses are divided: black times any gain is black."""


class Motion:
    """What one camera's scene looks like while nothing happens. It holds only a coarse gray average and a hash."""

    def __init__(self) -> None:
        self._seen: Hashable = None
        self._background: NDArray[np.float32] | None = None
        self._last = 0.0

    @property
    def last(self) -> float:
        """The changed share of the last picture."""
        return self._last

    def repeats(self, fingerprint: Hashable) -> bool:
        """Is this the picture that was compared last? Cameras and their caches repeat stills."""
        return self._seen == fingerprint

    def share(self, fingerprint: Hashable, gray: NDArray[np.uint8], ignored: Sequence[Area] = ()) -> float:
        """(height, width) luminance → share of the picture that changed, 0 to 1; learns from the picture.

        The first picture, and the first of another size, has changed entirely. A uniform change of light, in gain and
        offset, does not count, nor does what happens in an ignored area.
        """
        self._seen = fingerprint
        cells = _cells(gray)
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
        # The background follows the light at once, and objects at their own pace.
        learned = np.where(changed, np.float32(_ABSORB_RATE), np.float32(_DRIFT_RATE)) * difference
        self._background = ((self._background + offset + learned) / gain).astype(np.float32)
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


def _cells(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Means over squares, about _CELLS_ACROSS of them from left to right; an incomplete rim is left out."""
    height, width = gray.shape
    side = max(1, min(round(width / _CELLS_ACROSS), height))
    means = Image.fromarray(gray).reduce(side)
    return np.asarray(means, dtype=np.float32)[: height // side, : width // side]
