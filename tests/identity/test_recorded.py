"""What a recording of a moment ago shows is told like a visit: once, and never instead of something newer."""

from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.presence import Seen
from custom_components.kith.sighting import SightingKind

from .faces import NOON, after, shown
from .test_household import ADA, STRANGER, Heard, heard  # noqa: F401  a fixture


def known(person_id: str, seconds: float) -> Verdict:
    return Verdict(Outcome.KNOWN, person_id, captured=after(seconds))


def stranger(seconds: float) -> Verdict:
    return Verdict(Outcome.STRANGER, captured=after(seconds))


UNSURE = Verdict(Outcome.UNSURE, captured=NOON)


def test_it_is_a_visit_of_its_own_if_nobody_was_there(heard: Heard) -> None:  # noqa: F811
    heard.household.tell_recorded("door", [UNSURE, stranger(2), known("ada", 1), known("grace", 3)])
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED, SightingKind.RECOGNIZED]
    told = [(one.verdict.person_id, one.captured, one.company) for one in heard.sightings[1:]]
    assert told == [("ada", after(1), frozenset({"grace"})), ("grace", after(3), frozenset({"ada"}))]
    assert heard.household.presence.last == {"ada": Seen(after(1), "door"), "grace": Seen(after(3), "door")}
    assert heard.household.presence.visits["door"].last == after(3)
    assert heard.household.presence.stranger is None, "who comes with somebody known is not told of by a recording"


def test_who_was_named_in_the_same_visit_is_not_told_of_again(heard: Heard) -> None:  # noqa: F811
    heard.show(ADA, 0, 5)
    told = list(heard.kinds)
    heard.household.tell_recorded("hall", [known("ada", 5)])
    assert heard.kinds == told
    heard.household.tell_recorded("hall", [known("grace", 5)])
    assert heard.kinds == [*told, SightingKind.RECOGNIZED]


def test_whoever_was_seen_since_is_where_they_were_seen_last(heard: Heard) -> None:  # noqa: F811
    heard.show(ADA, 100, 5)
    told = list(heard.kinds)
    before = dict(heard.household.presence.last)
    heard.household.tell_recorded("door", [known("ada", 5)])
    assert heard.kinds == told
    assert heard.household.presence.last == before


def test_a_stranger_is_told_of_once(heard: Heard) -> None:  # noqa: F811
    heard.household.tell_recorded("door", [stranger(1)])
    heard.household.tell_recorded("door", [stranger(2)])
    assert heard.kinds == [SightingKind.PERSON, SightingKind.STRANGER]
    assert heard.household.presence.stranger == after(1)


def test_a_newer_stranger_elsewhere_stays_the_newest(heard: Heard) -> None:  # noqa: F811
    heard.show(STRANGER, 100, 20)
    newest = heard.household.presence.stranger
    heard.household.tell_recorded("door", [stranger(1)])
    assert heard.household.presence.stranger == newest


def test_it_says_if_the_person_was_likely_before(heard: Heard) -> None:  # noqa: F811
    heard.household.observe("door", shown(ADA), NOON, apart=True)
    assert heard.kinds[-1] is SightingKind.LIKELY
    heard.household.tell_recorded("door", [known("ada", 1), known("grace", 1)])
    confirming = {one.verdict.person_id: one.confirms for one in heard.sightings[-2:]}
    assert confirming == {"ada": True, "grace": False}
