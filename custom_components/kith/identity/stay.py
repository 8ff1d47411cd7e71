"""Whether somebody is at home: whoever came in by an entrance and was not seen leaving is.

That is not presence, which says that somebody was seen lately.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

PASSAGE = timedelta(minutes=3)
"""Sightings at entrances less than this apart are one passage, in or out: shopping is carried in in several walks, and
a door takes a while to lock. Who is seen there later has been inside, or away, in between."""


class Place(StrEnum):
    """What a camera's sightings say about being at home."""

    ELSEWHERE = "elsewhere"
    """Nothing: a garden or a street is passed on all ways."""
    ENTRANCE = "entrance"
    INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class Stay:
    """At home or away. since: when that began. passed: when the person was last seen at an entrance."""

    at_home: bool
    since: datetime
    passed: datetime | None = None


def after_sighting(before: Stay | None, place: Place, captured: datetime, *, kept: bool = False) -> Stay | None:
    """What is known after a sighting; before: None if nothing was known.

    kept: the person's phone is at home. Then it will tell when they leave, and the entrance does not.
    """
    if place is Place.ELSEWHERE:
        return before
    if place is Place.INSIDE:
        return before if before is not None and before.at_home else Stay(True, captured, _passed(before))
    if before is None:
        return Stay(True, captured, captured)
    if before.passed is not None and abs(captured - before.passed) < PASSAGE:
        return replace(before, passed=captured)
    if before.at_home and kept:
        return replace(before, passed=captured)
    return Stay(not before.at_home, captured, captured)


def after_phone(before: Stay | None, at_home: bool, when: datetime) -> Stay:
    """The same after the person's phone came home or left."""
    if before is not None and before.at_home is at_home:
        return before
    return Stay(at_home, when, _passed(before))


def _passed(before: Stay | None) -> datetime | None:
    return before.passed if before is not None else None


def without_visit(stay: Stay | None, begin: datetime, end: datetime) -> Stay | None:
    """The same if the visit from `begin` to `end` was somebody else's."""
    if stay is None or not begin <= stay.since <= end:
        return stay
    return Stay(not stay.at_home, begin)
