"""What one look at a camera showed, wherever its picture came from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..kith_engine.analysis import Analysis, Look, Scope


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """captured: when the picture was taken.

    analysis: None if there is nothing to learn from the picture: it was analyzed before, or nobody knows how old it
    is. current: whether it still shows who is there. picture: upright, for people to look at; it may be empty if people
    were not looked for. raw: the same before it was turned. done: the orientation that the pixels of `raw` were turned
    by; None for a still, about which only Home Assistant knows. close: it is the close-up's. apart: it shows an event
    of its own, and not the people in the pictures before. glances: how many pictures were looked at; nothing moved in
    those before this one.
    """

    captured: datetime
    analysis: Analysis | None
    current: bool = True
    picture: bytes = b""
    raw: bytes = b""
    done: int | None = None
    close: bool = False
    apart: bool = False
    glances: int = 1


class Source(Protocol):
    """One way to look at a camera. It may be asked at any time, and again after an error.

    dated: whether it says itself when a picture was taken.
    """

    dated: bool

    @property
    def fresh(self) -> bool:
        """Is the newest picture known to be new?"""

    async def open(self) -> bool:
        """Begin to collect pictures. False if the camera offers none this way."""

    async def close(self) -> None:
        """End that."""

    async def look(self, look: Look, scope: Scope, asked: datetime, *, close: bool) -> Sight:
        """Look at the newest picture, or at one that came since the last look. Raises UpdateFailed and KithError.

        asked: now; a picture that says nothing about its time was taken after it. close: prefer the close-up.
        """
