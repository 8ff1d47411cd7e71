"""What a recording of a moment ago shows is told like a visit: once, and never instead of something newer."""

import pytest

from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.presence import Seen
from custom_components.kith.identity.stay import Place
from custom_components.kith.sighting import SightingKind

from .faces import EMPTY, NOON, after, shown
from .test_household import ADA, STRANGER, Heard, heard  # noqa: F401  a fixture


def known(person_id: str, seconds: float) -> Verdict:
    return Verdict(Outcome.KNOWN, person_id, captured=after(seconds))


def stranger(seconds: float) -> Verdict:
    return Verdict(Outcome.STRANGER, captured=after(seconds))


UNSURE = Verdict(Outcome.UNSURE, captured=NOON)
NOW = after(130)


def test_it_is_a_visit_of_its_own_if_nobody_was_there(heard: Heard) -> None:  # noqa: F811
    heard.household.tell_recorded("door", [UNSURE, stranger(2), known("ada", 1), known("grace", 3)], NOW)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED, SightingKind.RECOGNIZED]
    told = [(one.verdict.person_id, one.captured, one.company) for one in heard.sightings[1:]]
    assert told == [("ada", after(1), frozenset({"grace"})), ("grace", after(3), frozenset({"ada"}))]
    assert heard.household.presence.last == {"ada": Seen(after(1), "door"), "grace": Seen(after(3), "door")}
    assert heard.household.presence.visits["door"].last == after(3)
    assert heard.household.presence.stranger is None, "who comes with somebody known is not told of by a recording"


def test_who_was_named_in_the_same_visit_is_not_told_of_again(heard: Heard) -> None:  # noqa: F811
    heard.show(ADA, 0, 5)
    told = list(heard.kinds)
    heard.household.tell_recorded("hall", [known("ada", 5)], NOW)
    assert heard.kinds == told
    heard.household.tell_recorded("hall", [known("grace", 5)], NOW)
    assert heard.kinds == [*told, SightingKind.RECOGNIZED]


def test_whoever_was_seen_since_is_where_they_were_seen_last(heard: Heard) -> None:  # noqa: F811
    heard.show(ADA, 100, 5)
    told = list(heard.kinds)
    before = dict(heard.household.presence.last)
    heard.household.tell_recorded("door", [known("ada", 5)], NOW)
    assert heard.kinds == told
    assert heard.household.presence.last == before


def test_a_recording_says_nothing_about_a_stay_that_began_since(heard: Heard) -> None:  # noqa: F811
    presence = heard.household.presence
    presence.places = {"door": Place.ENTRANCE}
    presence.phone("ada", at_home=True, when=after(60))
    heard.household.tell_recorded("door", [known("ada", 5)], after(90))
    assert (presence.last["ada"], presence.at_home("ada")) == (Seen(after(5), "door"), True)


def test_a_stranger_is_told_of_once(heard: Heard) -> None:  # noqa: F811
    heard.household.tell_recorded("door", [stranger(1)], NOW)
    heard.household.tell_recorded("door", [stranger(2)], NOW)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.STRANGER]
    assert heard.household.presence.stranger == after(1)


def test_a_newer_stranger_elsewhere_stays_the_newest(heard: Heard) -> None:  # noqa: F811
    heard.show(STRANGER, 100, 20)
    newest = heard.household.presence.stranger
    heard.household.tell_recorded("door", [stranger(1)], NOW)
    assert heard.household.presence.stranger == newest


def test_it_says_if_the_person_was_likely_before(heard: Heard) -> None:  # noqa: F811
    heard.household.observe("door", shown(ADA), NOON, apart=True)
    assert heard.kinds[-1] is SightingKind.LIKELY
    heard.household.tell_recorded("door", [known("ada", 1), known("grace", 1)], NOW)
    confirming = {one.verdict.person_id: one.confirms for one in heard.sightings[-2:]}
    assert confirming == {"ada": True, "grace": False}


@pytest.fixture
def twice(heard: Heard) -> Heard:  # noqa: F811
    """Two events at the door, a minute from each other: first Ada, not clearly enough for a name."""
    heard.household.observe("door", shown(ADA), NOON, apart=True)
    heard.household.observe("door", shown(), after(60), apart=True)
    heard.sightings.clear()
    return heard


def test_who_came_with_the_event_before_does_not_hide_a_stranger(twice: Heard) -> None:
    twice.household.tell_recorded("door", [known("ada", 2)], NOW)
    twice.household.tell_recorded("door", [stranger(62)], NOW)
    assert twice.kinds == [SightingKind.RECOGNIZED, SightingKind.STRANGER]
    assert twice.sightings[0].confirms, "what the first event's picture said"
    assert twice.household.presence.stranger == after(62)
    assert twice.household.presence.visits["door"].named == set()


def test_strangers_of_two_events_are_told_of_once_each(twice: Heard) -> None:
    for _ in range(2):
        twice.household.tell_recorded("door", [stranger(62)], NOW)
        twice.household.tell_recorded("door", [stranger(2)], NOW)
    assert [one.captured for one in twice.sightings] == [after(62), after(2)]
    assert twice.household.presence.stranger == after(62)


@pytest.mark.parametrize("second", [20, 60])
def test_the_picture_of_the_second_event_may_show_nobody(heard: Heard, second: float) -> None:  # noqa: F811
    heard.household.observe("door", shown(ADA), NOON, apart=True)
    heard.household.observe("door", EMPTY, after(second), apart=True)
    told = list(heard.kinds)
    heard.household.tell_recorded("door", [known("ada", 2)], NOW)
    heard.household.tell_recorded("door", [stranger(second + 2)], NOW)
    assert heard.kinds == [*told, SightingKind.RECOGNIZED, SightingKind.PERSON, SightingKind.STRANGER]


def test_the_picture_of_the_first_event_may_have_shown_nobody(heard: Heard) -> None:  # noqa: F811
    heard.household.observe("door", shown(), after(60), apart=True)
    told = list(heard.kinds)
    for verdicts in ([known("ada", 2)], [stranger(3)], [stranger(62)]):
        heard.household.tell_recorded("door", verdicts, NOW)
    assert heard.kinds == [*told, SightingKind.RECOGNIZED, SightingKind.STRANGER]


def test_a_clip_may_begin_seconds_before_the_picture(twice: Heard) -> None:
    twice.household.tell_recorded("door", [known("ada", 55)], NOW)
    twice.household.tell_recorded("door", [stranger(61)], NOW)
    assert twice.kinds == [SightingKind.RECOGNIZED]
    assert twice.household.presence.visits["door"].named == {"ada"}


def test_who_is_forgotten_is_forgotten_in_the_visit_before(twice: Heard) -> None:
    twice.household.tell_recorded("door", [known("ada", 2)], NOW)
    twice.household.forget("ada")
    twice.household.tell_recorded("door", [stranger(2)], NOW)
    assert twice.kinds == [SightingKind.RECOGNIZED, SightingKind.STRANGER]
