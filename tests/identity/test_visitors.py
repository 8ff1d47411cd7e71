"""A visit that goes on for an evening: it costs no more than a short one, and nobody announced is forgotten."""

import pytest

from custom_components.kith.household import Household
from custom_components.kith.identity.comparison import Comparison
from custom_components.kith.identity.presence import Presence
from custom_components.kith.identity.visitors import MOST_TRACKS, TRACKS_EACH
from custom_components.kith.sighting import Sighting, SightingKind

from .faces import EMPTY, FACTS, after, axis, gallery, like, shown

ADA, GRACE, STRANGER = like((0, 0.8)), like((1, 0.8)), axis(5)
BAD_GRACE = like((1, 0.05))
"""As unlike her photos as a stranger, but like herself."""
PAUSE = 10.0
"""Seconds between two tracks: the first is lost, and the visit goes on."""


class Evening:
    """One camera, and what was told. now: seconds since it began."""

    def __init__(self) -> None:
        self.household = Household(Presence())
        self.household.compare_with(gallery(ada=axis(0), grace=axis(1)), FACTS)
        self.sightings: list[Sighting] = []
        self.household.on_sighting.subscribe(self.sightings.append)
        self.now = 0.0

    def see(self, vector, frames: int = 3) -> None:
        """Somebody comes, and turns away again."""
        for _ in range(frames):
            self.now += 0.25
            self.household.observe("hall", shown(vector), after(self.now))
        self.now += PAUSE
        self.household.observe("hall", EMPTY, after(self.now))

    @property
    def strangers(self) -> int:
        return sum(sighting.kind is SightingKind.STRANGER for sighting in self.sightings)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each comparison of two tracks."""
    counted: list[int] = []
    likeness = Comparison.likeness

    def noted(*args):
        counted.append(1)
        return likeness(*args)

    monkeypatch.setattr(Comparison, "likeness", noted)
    return counted


def test_a_stranger_is_compared_with_the_newest_tracks_of_who_was_there(compared: list[int]) -> None:
    evening = Evening()
    for _ in range(3 * TRACKS_EACH):
        evening.see(ADA)
    del compared[:]
    evening.see(STRANGER, 8)
    assert evening.strangers == 1
    assert len(compared) <= TRACKS_EACH * 8


def test_who_was_there_early_is_no_stranger_however_often_others_come() -> None:
    evening = Evening()
    evening.see(GRACE)
    for _ in range(MOST_TRACKS + 2):
        evening.see(ADA)
    evening.see(BAD_GRACE, 8)
    assert evening.strangers == 0


def test_of_very_many_strangers_the_newest_are_known_again(compared: list[int]) -> None:
    evening = Evening()
    evening.see(GRACE)
    visitors = evening.household._scenes["hall"].visitors
    evening.see(STRANGER, 8)
    [told] = [track for track, verdict in visitors._announced.values() if verdict.person_id is None]
    for number in range(1000, 1000 + 2 * MOST_TRACKS):
        told.number = number
        visitors.add(told)
    assert len(visitors._announced) == MOST_TRACKS
    assert visitors.people == {"grace", None}
    evening.see(STRANGER, 8)
    assert evening.strangers == 1
