"""Presence decays by itself, and a late answer never turns it back."""

from datetime import timedelta

from custom_components.kith.identity.presence import HERE_FOR, Presence, Seen, Visit, Whereabouts
from custom_components.kith.identity.stay import Place, Stay

from .faces import NOON, after


def test_who_was_seen_is_here_for_a_while_and_then_is_not() -> None:
    presence = Presence()
    presence.see("ada", Seen(NOON, "hall"))
    assert presence.here("ada", NOON)
    assert presence.here("ada", NOON + HERE_FOR * 0.99)
    assert not presence.here("ada", NOON + HERE_FOR)
    assert presence.last["ada"] == Seen(NOON, "hall")


def test_a_visit_that_is_dated_ahead_is_over() -> None:
    """It was restored after a start with the clock behind."""
    ahead = Visit(after(3600), resumed=True, begin=after(3000))
    assert not ahead.goes_on(NOON)
    assert not ahead.goes_on(after(3100))
    assert ahead.goes_on(after(3570)), "a late answer"
    assert not Visit(after(3600)).goes_on(NOON)


def test_a_recording_of_a_moment_ago_belongs_to_the_visit_that_goes_on() -> None:
    visit = Visit(after(300), begin=NOON)
    assert visit.goes_on(after(100))
    assert visit.goes_on(after(-10))
    assert not visit.goes_on(after(-11))


def test_an_older_picture_changes_nothing() -> None:
    presence = Presence({"ada": Seen(after(30), "door")})
    presence.see("ada", Seen(NOON, "hall"))
    assert presence.last["ada"] == Seen(after(30), "door")


def test_the_next_change_is_the_first_departure_still_to_come() -> None:
    presence = Presence(
        {"ada": Seen(NOON, "hall"), "grace": Seen(after(10), "hall"), "linus": Seen(after(-9999), "hall")}
    )
    assert presence.next_change(after(20)) == NOON + HERE_FOR
    assert presence.next_change(NOON + HERE_FOR) == after(10) + HERE_FOR
    assert presence.next_change(after(10) + HERE_FOR) is None


def test_nothing_is_known_of_who_was_forgotten() -> None:
    presence = Presence({"ada": Seen(NOON, "hall")})
    presence.forget("ada")
    presence.forget("nobody")
    assert not presence.here("ada", NOON)
    assert presence.last == {}


def test_of_two_who_are_one_the_newer_sighting_and_the_later_stay_count() -> None:
    older, newer = Seen(NOON, "hall"), Seen(after(60), "door")
    away, home = Stay(False, NOON), Stay(True, after(60), after(60))
    for known, seen, stay in (
        ({"grace": (newer, away), "ada": (older, home)}, newer, home),
        ({"grace": (older, home), "ada": (newer, away)}, newer, home),
        ({"grace": (older, away)}, older, away),
        ({"ada": (older, away)}, older, away),
        ({}, None, None),
    ):
        presence = Presence(
            {who: seen for who, (seen, _) in known.items()},
            {"hall": Visit(NOON, named={"grace", "linus"}, likely={"linus"})},
            {who: stay for who, (_, stay) in known.items()},
            {"grace": True},
        )
        presence.rename("grace", "ada")
        assert presence.whereabouts("ada") == Whereabouts(seen, stay)
        assert presence.visits["hall"] == Visit(NOON, named={"ada", "linus"}, likely={"linus"})
        assert "grace" not in presence.people


def test_who_is_at_home_by_the_phone_stays_there_although_the_other_went_out_by_the_door() -> None:
    presence = Presence()
    presence.places = {"door": Place.ENTRANCE}
    presence.phones_home.add("ada")
    presence.phone("ada", True, NOON)
    for seconds in (3600, 7200):
        presence.see("grace", Seen(after(seconds), "door"))
    assert presence.at_home("grace") is False
    presence.rename("grace", "ada")
    assert presence.whereabouts("ada") == Whereabouts(Seen(after(7200), "door"), Stay(True, NOON))


def test_each_person_stays_present_for_as_long_as_was_set() -> None:
    presence = Presence()
    presence.here_for = {"ada": timedelta(minutes=30)}
    presence.see("ada", Seen(NOON, "hall"))
    presence.see("grace", Seen(NOON, "hall"))
    assert presence.here("ada", NOON + timedelta(minutes=29))
    assert not presence.here("grace", NOON + timedelta(minutes=29))
    assert presence.next_change(NOON + HERE_FOR) == NOON + timedelta(minutes=30)


def test_a_clock_that_was_set_back_leaves_nobody_present_for_hours_and_nobody_unseen() -> None:
    presence = Presence()
    presence.see("ada", Seen(NOON, "hall"))
    assert not presence.here("ada", after(-3600)), "she was seen an hour ahead: that says nothing about now"
    assert presence.next_change(after(-3600)) is None
    presence.see("ada", Seen(after(-3590), "door"))
    assert presence.last["ada"] == Seen(after(-3590), "door")
    assert presence.here("ada", after(-3580))


def test_an_undo_leaves_at_home_who_is_there_by_something_newer() -> None:
    for place, phone, at_home in (
        (Place.INSIDE, False, True),
        (Place.ELSEWHERE, True, True),
        (Place.ELSEWHERE, False, False),
    ):
        presence = Presence(stays={"ada": Stay(False, NOON)})
        presence.places = {"door": Place.ENTRANCE, "room": place}
        before = presence.whereabouts("ada")
        presence.see("ada", Seen(after(3600), "door"))
        told = presence.whereabouts("ada")
        assert presence.at_home("ada")
        presence.see("ada", Seen(after(3605), "room"))
        if phone:
            presence.phones_home.add("ada")
        presence.undo("ada", before, told)
        assert presence.at_home("ada") is at_home
        assert presence.last["ada"].camera == "room"
