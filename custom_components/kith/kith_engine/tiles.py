"""Wide pictures, as of cameras with two lenses, are looked at in tiles: whole, their people are too small to find."""

from collections.abc import Callable
import math

from .analysis import Box, Person

WIDEST = 2.0
"""Width over height of a picture that is looked at as a whole: 16:9 and 18:9 are."""
_SHARED = 0.4
"""What two neighboring tiles share, as a share of the height: about the width of somebody who fills it."""
_SAME = 0.45
"""Intersection over union at which two tiles mean the same person."""
_PART = 0.7
"""Share of a box that lies in a larger one at which it is the part of a person that was in view of one tile."""


def tiles(frame: Box) -> tuple[Box, ...]:
    """The picture, or parts of it side by side that overlap."""
    count = math.ceil(frame.width / frame.height / WIDEST)
    if count == 1:
        return (frame,)
    shared = _SHARED * frame.height
    width = (frame.width + (count - 1) * shared) / count
    starts = (frame.left + number * (width - shared) for number in range(count))
    return tuple(Box(start, frame.top, min(start + width, frame.right), frame.bottom) for start in starts)


def in_tiles(frame: Box, find: Callable[[Box], tuple[Person, ...]]) -> tuple[Person, ...]:
    """Whom `find` finds in any of the tiles, each once, best first."""
    kept: list[tuple[Box, Person]] = []
    found = [(tile, person) for tile in tiles(frame) for person in find(tile)]
    for tile, person in sorted(found, key=lambda pair: -pair[1].box.area):
        others = (other.box for place, other in kept if place is not tile)
        if not any(person.box.overlap(other) > _SAME or _is_part(person.box, other) for other in others):
            kept.append((tile, person))
    return tuple(sorted((person for _, person in kept), key=lambda person: -person.score))


def _is_part(box: Box, other: Box) -> bool:
    inside = Box(
        max(box.left, other.left),
        max(box.top, other.top),
        min(box.right, other.right),
        min(box.bottom, other.bottom),
    )
    return min(inside.width, inside.height) > 0 and inside.area >= _PART * box.area
