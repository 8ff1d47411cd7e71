"""Finds the part of a picture that changes all the time, whatever else happens: a clock, a screen, a bad lamp."""

import math

import numpy as np
from numpy.typing import NDArray

from .analysis import Area

_REMEMBERED = 120.0
"""Seconds over which cells are judged; for as long nothing is said."""
_RESTLESS = 0.5
"""Share of the time in which a cell must move: a clock's seconds do, a tree hardly ever does for minutes."""
_LASTS = 1.5
"""Seconds for which a movement counts: a clock that is looked at more often than it changes is restless, too."""
_LARGEST = 0.06
"""Share of the picture that the area may have: a larger one is a street or a tree, which only the owner can judge."""


class Restless:
    """How often each cell of one camera's picture moved lately."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._busy = np.zeros(shape, np.float32)
        self._moved_at = np.full(shape, -math.inf)
        self._known = 0.0

    @property
    def area(self) -> Area | None:
        """The box around the restless cells, with a margin of one cell; None if there are none, or too many."""
        rows, columns = np.nonzero(self._busy > _RESTLESS)
        if self._known < _REMEMBERED or not rows.size:
            return None
        height, width = self._busy.shape
        area = Area(
            max(0, int(columns.min()) - 1) / width,
            max(0, int(rows.min()) - 1) / height,
            min(width, int(columns.max()) + 2) / width,
            min(height, int(rows.max()) + 2) / height,
        )
        return area if (area.right - area.left) * (area.bottom - area.top) <= _LARGEST else None

    def note(self, moving: NDArray[np.bool_], at: float, passed: float) -> None:
        """moving: the cells that differ from the picture before, without people. passed: seconds since that picture."""
        self._moved_at[moving] = at
        share = np.float32(1 - math.exp(-passed / _REMEMBERED))
        self._busy += share * ((at - self._moved_at <= _LASTS) - self._busy)
        self._known += passed
