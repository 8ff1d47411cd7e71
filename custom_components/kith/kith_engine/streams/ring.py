"""The newest packets of a stream: enough to decode what was seen in the last seconds, and not more."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 8 * 1024 * 1024
"""Two groups of a camera that sends 4 Mbit/s have 1 to 5 MB, with a keyframe every 1 to 4 seconds."""
MOST_SECONDS = 70.0
"""Cameras with a "smart" codec send a keyframe once a minute at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One packet. number: counts the packets of this connection. captured: seconds since the epoch."""

    number: int
    packet: Any
    captured: float
    keyframe: bool
    size: int


class PacketRing:
    """Packets from the last keyframe but one on; from the last one if that is too much.

    If even the group since the last keyframe is too much, nothing is kept until the next keyframe: a group without its
    beginning cannot be decoded.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, most_seconds: float = MOST_SECONDS) -> None:
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds
        self._groups: deque[list[Held]] = deque()
        self._bytes = 0

    def __iter__(self) -> Iterator[Held]:
        return (held for group in self._groups for held in group)

    def __len__(self) -> int:
        return sum(map(len, self._groups))

    @property
    def bytes(self) -> int:
        return self._bytes

    def add(self, held: Held) -> None:
        if held.keyframe:
            while len(self._groups) > 1:
                self._drop()
            self._groups.append([])
        if not self._groups:
            return
        self._groups[-1].append(held)
        self._bytes += held.size
        while self._groups and self._too_much(held):
            self._drop()

    def since(self, moment: float) -> list[Held]:
        """What must be decoded to see everything since that moment, in order; all if the ring begins later."""
        groups = list(self._groups)
        while len(groups) > 1 and groups[1][0].captured <= moment:
            groups.pop(0)
        return [held for group in groups for held in group]

    def clear(self) -> None:
        self._groups.clear()
        self._bytes = 0

    def _too_much(self, newest: Held) -> bool:
        return self._bytes > self._most_bytes or newest.captured - self._groups[0][0].captured > self._most_seconds

    def _drop(self) -> None:
        self._bytes -= sum(held.size for held in self._groups.popleft())
