"""Do people and faces appear only when a camera's pictures are turned? Then it hangs upside down or on its side.

Of 60 pictures with people from fixed cameras, the person network finds somebody in 58, upside down in 19, on their
side in 7 and 9; the face network finds a face in 17, and turned in none.
"""

from collections import Counter, deque
from contextlib import suppress
from dataclasses import replace

from homeassistant.core import HomeAssistant

from ..engines import Engine
from ..kith_engine.analysis import Analysis, Look, Scope
from ..kith_engine.errors import KithError
from ..settings import CameraSettings, Turn
from .orientation import after, by, orientation_of, stream_orientation, turned, turned_area
from .sight import Sight

EVERY = 30.0
"""Seconds between two tries: each costs the engine one more picture, and only where something moved without a face."""
_TURNS = (Turn.UPSIDE_DOWN, Turn.RIGHT, Turn.LEFT, Turn.NONE)
_KEPT = 10
"""Tries that showed somebody by which the camera is judged."""
_ENOUGH = 3
"""Tries that must agree: a pattern on the floor may look like somebody once."""


class TurnedLook:
    """Which way one camera's pictures show people. Forgotten when Kith starts."""

    def __init__(self, turn: Turn) -> None:
        """turn: what is set."""
        self._turns = [other for other in _TURNS if other is not turn]
        self._found: deque[Turn] = deque(maxlen=_KEPT)
        self._tried: float | None = None
        self._somebody = False
        """Does the picture show somebody as it is?"""
        self._set = turn

    @property
    def suggested(self) -> Turn | None:
        """How the pictures should be turned instead, if most of them say so."""
        best, count = next(iter(Counter(self._found).most_common(1)), (self._set, 0))
        return best if best is not self._set and count >= _ENOUGH and 2 * count > len(self._found) else None

    async def look(
        self, sight: Sight, hass: HomeAssistant, engine: Engine, settings: CameraSettings, camera_id: str
    ) -> None:
        """Now and then, look whether the picture shows a face when it is turned. Nobody is named by that.

        Not for a camera whose owner has switched recognition off: faces are looked for.
        """
        turn = self.to_try(sight.analysis, hass.loop.time()) if sight.analysis is not None else None
        if turn is None:
            return
        camera, done = settings.camera, sight.done
        orientation = await orientation_of(hass, camera, turn) if done is None else after(by(turn), done)
        picture = turned(sight.raw, orientation)
        scope = _turned_scope(settings.scope, after(by(turn), await stream_orientation(hass, camera, settings.turn)))
        with suppress(KithError):  # the next picture says it
            self.note(await engine.analyze(picture, camera=f"{camera_id}.turned", look=Look.PEOPLE, scope=scope))

    def to_try(self, analysis: Analysis, at: float) -> Turn | None:
        """How to turn this analyzed picture for another look; None for not at all. at: seconds by a steady clock."""
        if not analysis.looked:
            return None
        if self._tried is None or at - self._tried < EVERY:
            self._tried = at if self._tried is None else self._tried
            return None
        self._tried = at
        if _shows_face(analysis):
            self._found.append(self._set)
            return None
        self._somebody = bool(analysis.persons)
        return self._turns[0]

    def note(self, analysis: Analysis) -> None:
        """What the picture shows when it is turned as `to_try` said."""
        if _shows_face(analysis) or (analysis.persons and not self._somebody):
            self._found.append(self._turns[0])
        elif self._somebody:
            self._found.append(self._set)
        if not analysis.persons:
            self._turns.append(self._turns.pop(0))


def _turned_scope(scope: Scope, orientation: int) -> Scope:
    """The same parts of the view count."""
    return replace(scope, ignored=tuple(turned_area(area, orientation) for area in scope.ignored))


def _shows_face(analysis: Analysis) -> bool:
    return any(face.person is not None for face in analysis.faces)
