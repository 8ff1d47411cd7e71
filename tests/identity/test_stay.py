"""Whoever came in by an entrance and was not seen leaving is at home."""

from datetime import datetime

import pytest

from custom_components.kith.identity.presence import Presence, Seen
from custom_components.kith.identity.stay import PASSAGE, Place, Stay

from .faces import NOON, after

HOUR = 3600


@pytest.fixture
def home() -> Presence:
    presence = Presence()
    presence.places = {"door": Place.ENTRANCE, "gate": Place.ENTRANCE, "hall": Place.INSIDE, "garden": Place.ELSEWHERE}
    return presence


def see(home: Presence, camera: str, when: datetime) -> bool | None:
    home.see("ada", Seen(when, camera))
    return home.at_home("ada")


def test_nothing_is_known_before_a_camera_tells(home: Presence) -> None:
    assert home.at_home("ada") is None
    assert see(home, "garden", NOON) is None
    assert see(home, "a camera that was removed", after(60)) is None


def test_who_comes_in_is_at_home_until_seen_at_an_entrance_again(home: Presence) -> None:
    assert see(home, "door", NOON) is True
    assert home.at_home("ada") is True, "for as long as nobody sees her leave"
    assert see(home, "garden", after(HOUR)) is True
    assert see(home, "door", after(2 * HOUR)) is False
    assert see(home, "garden", after(2 * HOUR + 20)) is False, "on the way to the street"
    assert see(home, "gate", after(9 * HOUR)) is True


def test_carrying_things_in_or_locking_the_door_is_one_passage(home: Presence) -> None:
    for seconds in range(0, 600, 100):
        assert see(home, "door", after(seconds)) is True
    for seconds in range(0, 600, 100):
        assert see(home, "door" if seconds % 200 else "gate", after(HOUR + seconds)) is False


def test_a_walk_from_the_gate_to_the_door_and_in_is_one_passage(home: Presence) -> None:
    assert see(home, "gate", NOON) is True
    assert see(home, "hall", after(30)) is True
    assert see(home, "door", after(40)) is True, "seen through the open door"


def test_who_is_seen_inside_is_at_home_whatever_the_door_says(home: Presence) -> None:
    assert see(home, "hall", NOON) is True
    assert see(home, "door", after(HOUR)) is False, "she opened the door for somebody"
    assert see(home, "hall", after(HOUR + 60)) is True
    assert see(home, "door", after(2 * HOUR)) is False


def test_a_phone_at_home_keeps_her_there_and_says_when_she_leaves(home: Presence) -> None:
    see(home, "door", NOON)
    home.phones_home = {"ada"}
    assert see(home, "door", after(HOUR)) is True
    home.phones_home = set()
    home.phone("ada", at_home=False, when=after(HOUR + 30))
    assert home.at_home("ada") is False
    assert see(home, "door", after(HOUR + 60)) is False, "still the passage that she left by"
    assert see(home, "door", after(5 * HOUR)) is True
    home.phone("ada", at_home=True, when=after(5 * HOUR))
    assert home.stays["ada"] == Stay(True, after(5 * HOUR), after(5 * HOUR))


def test_a_phone_alone_is_enough(home: Presence) -> None:
    home.phone("ada", at_home=True, when=NOON)
    assert home.at_home("ada") is True


def test_a_sighting_that_was_somebody_else_s_is_taken_back(home: Presence) -> None:
    see(home, "door", NOON)
    before = home.whereabouts("ada")
    assert see(home, "door", after(HOUR)) is False
    home.restore("ada", before)
    assert home.at_home("ada") is True
    see(home, "door", after(HOUR))
    home.take_back("ada", after(HOUR - 5), after(HOUR + 5), Seen(NOON, "door"))
    assert (home.at_home("ada"), home.last["ada"]) == (True, Seen(NOON, "door"))
    home.take_back("ada", after(2 * HOUR), after(2 * HOUR), None)
    assert home.at_home("ada") is True, "that visit had changed nothing"


def test_a_late_picture_changes_nothing_and_a_clock_set_back_begins_anew(home: Presence) -> None:
    see(home, "door", NOON)
    assert see(home, "door", after(-20)) is True
    assert see(home, "door", after(-2 * HOUR)) is False, "another passage, two hours away by any clock"


@pytest.mark.parametrize("place", ["hall", "door"])
def test_what_is_told_later_changes_no_stay_that_began_since(home: Presence, place: str) -> None:
    see(home, "hall", NOON)
    home.phone("ada", at_home=False, when=after(2 * HOUR))
    home.see("ada", Seen(after(HOUR), place), after(3 * HOUR))
    assert (home.last["ada"].captured, home.at_home("ada")) == (after(HOUR), False)
    home.see("ada", Seen(after(2 * HOUR + 60), place), after(4 * HOUR))
    assert home.at_home("ada") is True, "that was after she left"


def test_a_picture_that_comes_after_the_phone_s_word_is_older_than_it(home: Presence) -> None:
    see(home, "hall", NOON)
    home.phone("ada", at_home=False, when=after(HOUR))
    assert see(home, "door", after(HOUR - 5)) is False


def test_a_stay_that_began_before_the_clock_was_set_back_is_over_for_later_answers_too(home: Presence) -> None:
    home.phone("ada", at_home=False, when=NOON)
    home.see("ada", Seen(after(-2 * HOUR), "hall"), after(-HOUR))
    assert home.at_home("ada") is True


def test_undoing_an_answer_leaves_what_is_known_since(home: Presence) -> None:
    before = home.whereabouts("ada")
    see(home, "hall", NOON)
    answered = home.whereabouts("ada")
    home.undo("ada", before, answered)
    assert home.people == set()
    see(home, "hall", NOON)
    home.phone("ada", at_home=False, when=after(5))
    home.undo("ada", before, answered)
    assert (home.last, home.at_home("ada")) == ({}, False)
    home.restore("ada", answered)
    see(home, "garden", after(10))
    home.undo("ada", before, answered)
    assert (home.last["ada"], home.at_home("ada")) == (Seen(after(10), "garden"), None)


def test_who_was_forgotten_has_no_stay(home: Presence) -> None:
    home.phone("ada", at_home=True, when=NOON)
    assert home.people == {"ada"}
    home.forget("ada")
    assert (home.people, home.at_home("ada")) == (set(), None)


def test_a_passage_is_longer_than_locking_a_door() -> None:
    assert PASSAGE.total_seconds() > 60
