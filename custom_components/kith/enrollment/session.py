"""What a person at a camera is asked to do, until there are enough different looks."""

from dataclasses import dataclass, field
from enum import StrEnum

from .portrait import Portrait

FIRST_WITHIN = 120.0
"""Seconds for the first useful picture: somebody has to walk to the door."""
NEXT_WITHIN = 45.0
"""Seconds for each further picture."""
WISH_FOR = 15.0
"""Seconds that a person who is seen well is asked for a look before the next one is asked for."""
HEARD = 2
"""Pictures in a row with the same obstacle before it is reported: one blink does not count."""
STRAIGHT = 0.2
TURNED = 0.25
"""Yaw (quality.py) to either side: the face looks different there, and can still be compared well."""
NEARER = 1.3
"""Times the face's width in the first picture."""


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
    "face_covered": "uncovered",
    "photo_like_other": "somebody_else",
    "avoided": "avoided",
}
"""What is shown instead of a wish, by the reason why the last pictures were of no use."""
INSTRUCTIONS = frozenset({*Wish, *OBSTACLES.values()})


@dataclass(slots=True)
class EnrollmentSession:
    """One person at one camera. Times are seconds of a monotonic clock.

    since: the start, or the last accepted picture. taken: the number of accepted pictures.
    """

    since: float
    taken: int = 0
    _wishes: list[Wish] = field(default_factory=lambda: list(Wish))
    _asked_since: float | None = None
    _width: float | None = None
    _obstacles: list[str] = field(default_factory=list)

    @property
    def instruction(self) -> str:
        """The instruction to show now."""
        if len(self._obstacles) >= HEARD or not self._wishes:
            return self._obstacles[-1] if self._obstacles else Wish.STRAIGHT
        return self._wishes[0]

    def over(self, now: float) -> bool:
        """True if there are enough pictures or nobody comes."""
        return not self._wishes or now - self.since > (NEXT_WITHIN if self.taken else FIRST_WITHIN)

    def refuse(self, code: str) -> None:
        """Note that the last picture was refused for this reason (Refusal.code)."""
        obstacle = OBSTACLES.get(code, "nobody")
        self._obstacles = [*(one for one in self._obstacles if one == obstacle), obstacle]

    def wants(self, portrait: Portrait, now: float) -> bool:
        """Does the picture show a look that is still missing?"""
        if self._width is None:
            self._width = portrait.template.width
        if self._wish_for(portrait) is not None:
            return True  # keep the obstacle: it may be that this is somebody else
        self._obstacles = []
        if self._asked_since is None:
            self._asked_since = now
        elif now - self._asked_since > WISH_FOR:
            self._drop(self._wishes[0])
        return False

    def take(self, portrait: Portrait, now: float) -> None:
        """Note that the picture was accepted."""
        self._obstacles = []
        if wish := self._wish_for(portrait):
            self._drop(wish)
        self.taken += 1
        self.since = now

    def know(self, portrait: Portrait, now: float) -> None:
        """Note that there is a picture like this one, so its look is done. Only a smile may still come."""
        self._obstacles = []
        if (wish := self._wish_for(portrait)) is None:
            return
        if self._asked_since is None:
            self._asked_since = now
        if wish is not Wish.SMILE or now - self._asked_since > WISH_FOR:
            self._drop(wish)

    def _drop(self, wish: Wish) -> None:
        self._wishes.remove(wish)
        self._asked_since = None

    def _wish_for(self, portrait: Portrait) -> Wish | None:
        """The missing look that this is. Somebody who looks right when asked for left is not asked for right again."""
        yaw = portrait.face.quality.yaw
        nearer = self._width is not None and portrait.template.width >= NEARER * self._width
        matches = {
            Wish.STRAIGHT: abs(yaw) <= STRAIGHT,
            Wish.LEFT: yaw >= TURNED,  # on the right in the picture
            Wish.RIGHT: yaw <= -TURNED,
            Wish.CLOSER: abs(yaw) <= STRAIGHT and nearer,
            Wish.SMILE: abs(yaw) <= STRAIGHT and self._wishes == [Wish.SMILE],
        }
        return next((wish for wish in self._wishes if matches[wish]), None)
