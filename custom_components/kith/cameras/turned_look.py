"""Do faces appear only when a camera's pictures are turned? Then it hangs upside down or on its side."""

from collections import Counter, deque

from ..kith_engine.analysis import Analysis
from ..settings import Turn

EVERY = 30.0
"""Seconds between two tries: each costs the engine one more picture, and only where something moved without a face."""
_TURNS = (Turn.UPSIDE_DOWN, Turn.RIGHT, Turn.LEFT, Turn.NONE)
_KEPT = 10
"""Tries with a face by which the camera is judged."""
_ENOUGH = 3
"""Of them, those that must agree: a pattern on the floor may look like a face once."""


class TurnedLook:
    """Which way one camera's pictures show faces. Forgotten when Kith starts."""

    def __init__(self, turn: Turn) -> None:
        """turn: what is set."""
        self._turns = [other for other in _TURNS if other is not turn]
        self._faces: deque[Turn] = deque(maxlen=_KEPT)
        self._tried: float | None = None
        self._set = turn

    @property
    def suggested(self) -> Turn | None:
        """How the pictures should be turned instead, if most faces say so."""
        best, count = next(iter(Counter(self._faces).most_common(1)), (self._set, 0))
        return best if best is not self._set and count >= _ENOUGH and 2 * count > len(self._faces) else None

    def to_try(self, analysis: Analysis, at: float) -> Turn | None:
        """How to turn this analyzed picture for another look; None for not at all. at: seconds by a steady clock."""
        if not analysis.looked:
            return None
        if self._tried is None or at - self._tried < EVERY:
            self._tried = at if self._tried is None else self._tried
            return None
        self._tried = at
        if _shows_face(analysis):
            self._faces.append(self._set)
            return None
        return self._turns[0]

    def note(self, analysis: Analysis) -> None:
        """What the picture shows when it is turned as `to_try` said."""
        if _shows_face(analysis):
            self._faces.append(self._turns[0])
        else:
            self._turns.append(self._turns.pop(0))


def _shows_face(analysis: Analysis) -> bool:
    return any(face.person is not None for face in analysis.faces)
