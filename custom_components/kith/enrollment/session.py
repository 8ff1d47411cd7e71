"""What is asked of somebody who stands before a camera to be enrolled, until there are enough different looks."""

from dataclasses import dataclass, field
from enum import StrEnum

from .portrait import Portrait

FIRST_WITHIN = 120.0
"""Seconds for the first picture that is of use: somebody has to walk to the door."""
NEXT_WITHIN = 45.0
"""Seconds for each one more."""
WISH_FOR = 15.0
"""Seconds that somebody who is seen well is asked for the same look in vain: then the next one is asked for."""
HEARD = 2
"""Pictures in a row with the same obstacle before it is told: one blink is none."""
STRAIGHT = 0.2
TURNED = 0.25
"""Yaw (quality.py), to either side: a face looks different there, and is still good to compare."""
NEARER = 1.3
"""Times as wide as the face was first."""


class Wish(StrEnum):
    """A look that is asked for; all five are enough. Left and right are the person's own."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    CLOSER = "closer"
    SMILE = "smile"


OBSTACLES = {
    "no_face": "nobody",
    "several_faces": "alone",
    "face_too_small": "closer",
    "face_poor": "closer",
    "face_blurred": "still",
    "face_turned_away": "towards",
    "face_too_dark": "light",
    "face_too_bright": "shade",
    "face_cut_off": "whole",
    "photo_like_other": "somebody_else",
    "avoided": "avoided",
}
"""What is said instead of a wish, by the reason why the last pictures were of no use."""
INSTRUCTIONS = frozenset({*Wish, *OBSTACLES.values()})


@dataclass(slots=True)
class EnrollmentSession:
    """One person before one camera. Times are seconds of a clock that only goes forward.

    since: when it began, or something was taken last. taken: so many looks.
    """

    since: float
    taken: int = 0
    _wishes: list[Wish] = field(default_factory=lambda: list(Wish))
    _asked: float | None = None
    _width: float | None = None
    _obstacles: list[str] = field(default_factory=list)

    @property
    def instruction(self) -> str:
        """What to say now."""
        if len(self._obstacles) >= HEARD or not self._wishes:
            return self._obstacles[-1] if self._obstacles else Wish.STRAIGHT
        return self._wishes[0]

    def over(self, now: float) -> bool:
        """There is enough, or nobody comes."""
        return not self._wishes or now - self.since > (NEXT_WITHIN if self.taken else FIRST_WITHIN)

    def refuse(self, code: str) -> None:
        """The last picture is of no use, for this reason (Refusal.code)."""
        obstacle = OBSTACLES.get(code, "nobody")
        self._obstacles = [*(one for one in self._obstacles if one == obstacle), obstacle]

    def wants(self, portrait: Portrait, now: float) -> bool:
        """Does it show a look that is still missing?"""
        if self._width is None:
            self._width = portrait.template.width
        if self._wish_for(portrait) is not None:
            return True  # what is in the way may be that it is somebody else
        self._obstacles = []
        if self._asked is None:
            self._asked = now
        elif now - self._asked > WISH_FOR:
            self._drop(self._wishes[0])
        return False

    def take(self, portrait: Portrait, now: float) -> None:
        """It was taken."""
        self._obstacles = []
        if wish := self._wish_for(portrait):
            self._drop(wish)
        self.taken += 1
        self.since = now

    def know(self, portrait: Portrait, now: float) -> None:
        """It was not taken: there is one like it. A smile may come yet; who looks aside does so already."""
        self._obstacles = []
        if (wish := self._wish_for(portrait)) is None:
            return
        if self._asked is None:
            self._asked = now
        if wish is not Wish.SMILE or now - self._asked > WISH_FOR:
            self._drop(wish)

    def _drop(self, wish: Wish) -> None:
        self._wishes.remove(wish)
        self._asked = None

    def _wish_for(self, portrait: Portrait) -> Wish | None:
        """The missing look that this is. Who is asked to look left and looks right is not asked to look right again."""
        yaw = portrait.face.quality.yaw
        nearer = self._width is not None and portrait.template.width >= NEARER * self._width
        shown = {
            Wish.STRAIGHT: abs(yaw) <= STRAIGHT,
            Wish.LEFT: yaw >= TURNED,  # in the picture it is the right
            Wish.RIGHT: yaw <= -TURNED,
            Wish.CLOSER: abs(yaw) <= STRAIGHT and nearer,
            Wish.SMILE: abs(yaw) <= STRAIGHT and self._wishes == [Wish.SMILE],
        }
        return next((wish for wish in self._wishes if shown[wish]), None)
