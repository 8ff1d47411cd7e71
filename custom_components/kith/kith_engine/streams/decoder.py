"""Packets → pictures, as many as somebody wants: none, whole pictures only, or all."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from av.error import InvalidDataError

from .ring import Held, PacketRing

PRE_ROLL = 3.0
"""Seconds: motion sensors notice somebody up to about two seconds late."""
PRE_ROLL_STEP = 0.5
"""Seconds between the pictures that are kept of them: a person who passes has turned a little."""
LARGEST_IDLE = 1920 * 1088
"""Pixels up to which all pictures are decoded just to notice motion."""
MOTION_STEP = 0.25
"""Seconds between the pictures in which motion is looked for: somebody who comes into view is noticed while still
walking up. What lies between them is decoded with the next one: several packets at once take a third less time.
"""


class Appetite(IntEnum):
    """What is decoded."""

    NOTHING = 0
    KEYFRAMES = 1
    MOTION = 2
    """Everything, a few times a second."""
    EVERYTHING = 3


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One decoded picture: a `VideoFrame`. early: kept from before the decoder was asked."""

    frame: Any
    captured: float
    early: bool = False


class StreamDecoder:
    """Decodes one connection's packets. Not thread-safe."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._next: int | None = None
        """The number of the packet that continues what was taken in; None if nothing does."""
        self._waiting: list[Held] = []
        """Packets that were taken in and will be decoded with the next ones."""
        self.early: list[Shown] = []
        """Pictures from before the decoder was asked, oldest first; they go once they are no longer recent."""
        self.newest: Shown | None = None

    def advance(self, ring: PacketRing, held: Held, appetite: Appetite) -> bool:
        """Take in a packet that was just added to the ring. Returns whether there is a new picture."""
        before = self.newest
        if appetite is Appetite.NOTHING:
            self._next, self._waiting, self.newest, self.early = None, [], None, []
            return False
        if appetite is Appetite.KEYFRAMES:
            self._next, self._waiting = None, []
            if held.keyframe and self._is_due(held):  # all pictures of Motion JPEG are keyframes
                self._context.flush_buffers()
                self._decode([held])
        elif self._next == held.number:
            self._next += 1
            self._waiting.append(held)
            if appetite is Appetite.EVERYTHING or self._is_due(held):
                waiting, self._waiting = self._waiting, []
                self._decode(waiting)
        else:
            self._catch_up(ring.since(held.captured - PRE_ROLL), held.captured)
        if self.early and held.captured - self.early[-1].captured > 2 * PRE_ROLL:
            self.early = []
        return self.newest is not None and self.newest is not before

    def _is_due(self, held: Held) -> bool:
        """Is it time for a picture again? Also if the clock was set back."""
        return self.newest is None or not 0 <= held.captured - self.newest.captured < MOTION_STEP

    def _catch_up(self, packets: list[Held], now: float) -> None:
        self._context.flush_buffers()
        self._next, self._waiting, self.newest, self.early = None, [], None, []
        wanted = now - PRE_ROLL
        for held in packets:
            if self.newest is not None and self.newest.captured >= wanted:
                wanted = self.newest.captured + PRE_ROLL_STEP
                self.early.append(Shown(self.newest.frame, self.newest.captured, early=True))
            self._decode([held])
            self._next = held.number + 1

    def _decode(self, packets: list[Held]) -> None:
        for held in packets:
            held.packet.opaque = held.captured
            try:
                frames = self._context.decode(held.packet)
            except InvalidDataError:  # damaged on its way: the next keyframe mends it
                continue
            for frame in frames:
                if not frame.is_corrupt:
                    self.newest = Shown(frame, held.captured if frame.opaque is None else frame.opaque)
