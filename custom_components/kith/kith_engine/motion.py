"""Has this camera's picture changed? Compares each small gray picture with a background that learns slowly."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .analysis import Area
from .commotion import Commotion
from .restless import Restless

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
_DRIFT_TIME = 10.0
"""Seconds in which the background follows where nothing happens: daylight and shadows creep."""
_ABSORB_TIME = 100.0
"""The same where something new stands that may be a person: it becomes scenery after some minutes."""
_SETTLES_AFTER = 5.0
"""Seconds after which something new that does not move becomes scenery at once, where people were looked for and nobody
was found: a door that stays open, or the place of somebody who stood there when the camera started.
"""
_LONGEST_STEP = 10.0
"""Seconds that one picture can count for: nobody knows what happened before it."""
_DARK = 8.0
"""Added before brightnesses are divided: black times any gain is black."""


class Motion:
    """What one camera's scene looks like while nothing happens. It holds only coarse gray averages and a hash.

    commotion: what came of the looks for people there.
    """

    def __init__(self) -> None:
        self.commotion = Commotion()
        self._seen: Hashable = None
        self._scene: _Scene | None = None
        self._last = 0.0

    @property
    def last(self) -> float:
        """The changed share of the last picture."""
        return self._last

    @property
    def restless(self) -> Area | None:
        """Where a small part of the picture changes all the time, like a clock; None if there is none."""
        return self._scene.restless.area if self._scene is not None else None

    def repeats(self, fingerprint: Hashable) -> bool:
        """Is this the picture that was compared last? Cameras and their caches repeat stills."""
        return self._seen == fingerprint

    def share(self, fingerprint: Hashable, gray: NDArray[np.uint8], at: float, ignored: Sequence[Area] = ()) -> float:
        """(height, width) luminance → share of the picture that changed, 0 to 1; learns from the picture.

        The first picture, and the first of another size, has changed entirely. A uniform change of light, in gain and
        offset, does not count, nor does what happens in an ignored area. at: seconds, by a steady clock.
        """
        self._seen = fingerprint
        cells = _cells(gray)
        if self._scene is None or self._scene.background.shape != cells.shape:
            self._scene = _Scene(cells, at)
            self._last = 1.0
            return self._last
        self._last = self._scene.compare(cells, at, _counting(cells.shape, ignored))
        if self._last > _ANOTHER_SCENE:
            self._scene = _Scene(cells, at)
        return self._last

    def peek(self, gray: NDArray[np.uint8], ignored: Sequence[Area] = ()) -> float:
        """What `share` would say of a picture of now. Learns nothing, and may be called in any thread."""
        scene, cells = self._scene, _cells(gray)
        if scene is None or scene.background.shape != cells.shape:
            return 1.0
        return scene.change(cells).share(_counting(cells.shape, ignored))

    def settle(self, persons: Sequence[Area]) -> None:
        """In the last picture, people were looked for and found here. What else is new and stays is scenery."""
        if self._scene is not None:
            self._scene.settle(_counting(self._scene.background.shape, persons))


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    """How a picture differs from the background.

    difference: (rows, columns) gray levels, after the picture's were multiplied by `gain` and lowered by `offset` to
    match the background's light. changed: the cells that differ by more than `limit`.
    """

    difference: NDArray[np.float32]
    gain: float
    offset: float
    limit: float
    changed: NDArray[np.bool_]

    def share(self, counting: NDArray[np.bool_]) -> float:
        """Of the cells: those that have changed and count."""
        return float(np.count_nonzero(self.changed & counting) / self.changed.size)


class _Scene:
    """The pictures of one size. background: (rows, columns) gray levels in the light of the last picture."""

    def __init__(self, cells: NDArray[np.float32], at: float) -> None:
        self.background = cells
        self.restless = Restless(cells.shape)
        self._at = at
        self._passed = 0.0
        self._rest = np.zeros_like(cells)
        """What the last picture differs by from the background."""
        self._moved = np.zeros(cells.shape, np.bool_)
        """Cells that moved before the last picture, where nobody was found."""
        self._still_since = np.full(cells.shape, at)

    def change(self, cells: NDArray[np.float32]) -> _Change:
        """A uniform change of light is none."""
        background = self.background
        gain = (_median(background) + _DARK) / (_median(cells) + _DARK)
        difference = cells * gain - background
        offset = _median(difference)
        difference -= offset
        step = np.abs(difference)
        noise = 1.4826 * _median(step)  # standard deviation of a normal distribution from its median deviation
        limit = min(max(_LEAST_STEP, _NOISE_FACTOR * noise), _GREATEST_STEP)
        return _Change(difference, gain, offset, limit, step > limit)

    def compare(self, cells: NDArray[np.float32], at: float, counting: NDArray[np.bool_]) -> float:
        """The share of cells that differ from the background and count."""
        change = self.change(cells)
        share = change.share(counting)
        if share > _ANOTHER_SCENE:
            return share
        difference, changed = change.difference, change.changed
        passed = min(max(at - self._at, 0.0), _LONGEST_STEP)
        moving = np.abs(difference - self._rest) > change.limit
        self.restless.note(self._moved, self._at, self._passed)
        self._moved, self._passed = moving & counting, passed
        self._still_since[moving | ~changed] = at
        # The background follows the light at once, and objects at their own pace.
        rate = np.where(changed, np.float32(_rate(passed, _ABSORB_TIME)), np.float32(_rate(passed, _DRIFT_TIME)))
        self.background = ((self.background + change.offset + rate * difference) / change.gain).astype(np.float32)
        self._rest = cells - self.background
        self._at = at
        return share

    def settle(self, free: NDArray[np.bool_]) -> None:
        """free: cells where nobody is."""
        self._moved &= free
        self._still_since[~free] = self._at
        settled = free & (self._at - self._still_since >= _SETTLES_AFTER)
        self.background[settled] += self._rest[settled]
        self._rest[settled] = 0.0


def _median(values: NDArray[np.float32]) -> float:
    """The upper one of two. In a still scene many values are equal: selecting one takes longer than to sort them."""
    return float(np.sort(values, axis=None)[values.size // 2])


def _rate(passed: float, time: float) -> float:
    """The share of a difference that is learned in this many seconds."""
    return 1 - math.exp(-passed / time)


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
    means = Image.fromarray(gray).reduce(side) if side > 1 else gray
    return np.asarray(means, dtype=np.float32)[: height // side, : width // side]
