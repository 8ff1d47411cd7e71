"""What somebody wears, as the body network sees it: the same body again within minutes, never another day's."""

from collections import deque
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.analysis import Body

SAME_BY_DAY = 0.65
"""Cosine at which two bodies are one: at 0.6, 1 of 81 walks was taken for another's (`scripts/evaluate links`)."""
SAME_IN_THE_DARK = 0.8
"""The same where one of them was seen in the dark or by infrared: at 0.75, it was 1.6%; at 0.8, none of 761."""
MARGIN = 0.1
"""Cosine by which the best match must lead: whoever is less than this behind may be the one as well."""
BODIES_KEPT = 5
"""The newest pictures of a body: a person who turns around is seen from the side on the way."""
ENOUGH = 3
"""Pictures of a body that tell what it wears; in a single one somebody else's arm may reach in."""
RENEWED_EVERY = timedelta(seconds=1)
"""A body takes the engine a third longer than a face does: more often would only cost."""


class Outfit:
    """The newest bodies of one track. In memory only."""

    def __init__(self) -> None:
        self._bodies: deque[Body] = deque(maxlen=BODIES_KEPT)
        self._newest: datetime | None = None
        self.direction: NDArray[np.float32] | None = None
        """(d,) of length 1; None without a body."""

    def add(self, body: Body, captured: datetime) -> None:
        if self._bodies and self._bodies[0].vector.shape != body.vector.shape:  # another engine's
            self._bodies.clear()
        self._bodies.append(body)
        self._newest = captured
        total = np.sum([one.vector for one in self._bodies], axis=0)
        self.direction = (total / max(float(np.linalg.norm(total)), np.finfo(np.float32).eps)).astype(np.float32)

    @property
    def tells(self) -> bool:
        """Was enough seen of it?"""
        return len(self._bodies) >= ENOUGH

    @property
    def dim(self) -> bool:
        return any(body.dim for body in self._bodies)

    def due(self, now: datetime) -> bool:
        """Should the engine look at this body again?"""
        return not self.tells or self._newest is None or abs(now - self._newest) >= RENEWED_EVERY


def likeness(one: Outfit, other: Outfit) -> float:
    """The cosine of two outfits above what is demanded: from 0 on, it is the same; -2 if they cannot be compared."""
    if one.direction is None or other.direction is None or one.direction.shape != other.direction.shape:
        return -2.0
    demanded = SAME_IN_THE_DARK if one.dim or other.dim else SAME_BY_DAY
    return float(one.direction @ other.direction) - demanded
