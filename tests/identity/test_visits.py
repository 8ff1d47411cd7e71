"""For each visit, Kith counts who was named in it and who was probably there without being named."""

from collections.abc import Set

import pytest

from custom_components.kith.household import Household
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.presence import Presence
from custom_components.kith.kith_engine.analysis import Analysis

from .faces import EMPTY, FACTS, after, axis, gallery, like, shown

NEXT_VISIT = 60.0
ADA = like((0, 0.9))
DOUBTED = like((0, 0.3))
"""More like Ada than like anybody else, but not enough for a name."""
STRANGER = like()


class Home:
    """One camera, one frame per second, and the visits reported."""

    def __init__(self, known: Gallery) -> None:
        self.household = Household(Presence())
        self.household.compare_with(known, FACTS)
        self.visits: list[tuple[Set[str], Set[str]]] = []
        self.stop = self.household.on_visit_ended.subscribe(lambda named, missed: self.visits.append((named, missed)))
        self.now = 0.0

    def see(self, *frames: Analysis) -> None:
        for frame in frames:
            self.now += 1
            self.household.observe("hall", frame, after(self.now))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.see(EMPTY)

    def told(self) -> tuple[set[str], set[str]]:
        """The report of the last visit, completed by starting another one."""
        self.wait(NEXT_VISIT)
        self.see(shown())
        named, missed = self.visits[-1]
        return set(named), set(missed)


@pytest.fixture
def home() -> Home:
    return Home(gallery(ada=axis(0), grace=axis(1)))


def test_who_was_named_was_served(home: Home) -> None:
    home.see(*[shown(ADA)] * 4)
    assert home.told() == ({"ada"}, set())


def test_who_stayed_undecided_was_not(home: Home) -> None:
    home.see(*[shown(DOUBTED)] * 2)
    assert home.told() == (set(), {"ada"})


def test_who_was_doubted_first_and_named_later_in_the_same_visit_was_served(home: Home) -> None:
    home.see(shown(DOUBTED))
    home.wait(10)
    home.see(*[shown(ADA)] * 4)
    assert home.told() == ({"ada"}, set())


def test_a_visit_without_a_face_is_nobody_s(home: Home) -> None:
    home.see(*[shown()] * 4)
    assert home.told() == (set(), set())


def test_a_stranger_s_visit_is_nobody_s(home: Home) -> None:
    home.see(*[shown(STRANGER)] * 6)
    assert home.told() == (set(), set())


def test_a_doubt_counts_for_its_own_visit_only(home: Home) -> None:
    home.see(*[shown(DOUBTED)] * 2)
    home.told()
    home.see(*[shown(ADA)] * 4)
    assert home.told() == ({"ada"}, set())


def test_who_is_forgotten_is_not_counted(home: Home) -> None:
    home.see(*[shown(DOUBTED)] * 2)
    home.wait(10)
    home.household.forget("ada")
    assert home.told() == (set(), set())


def test_who_does_not_listen_any_more_is_not_told(home: Home) -> None:
    home.stop()
    home.see(*[shown(ADA)] * 4)
    home.wait(NEXT_VISIT)
    home.see(shown())
    assert home.visits == []
