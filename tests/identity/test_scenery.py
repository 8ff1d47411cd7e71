"""A coat on its hook is one visit, not one an hour; and nobody who moves or shows a face is taken for one."""

from dataclasses import replace

from custom_components.kith.identity.presence import VISIT_GAP
from custom_components.kith.identity.scenery import FORGOTTEN_AFTER, MOST, SCENERY_AFTER, Scenery
from custom_components.kith.kith_engine.analysis import Analysis, Box, Person
from custom_components.kith.sighting import SightingKind

from .faces import BODY, EMPTY, after, axis, gallery, shown
from .test_household import Heard

MINUTES = SCENERY_AFTER.total_seconds()
HOUR = 3600


def moved(right: float, down: float = 0) -> Box:
    return Box(BODY.left + right, BODY.top + down, BODY.right + right, BODY.bottom + down)


def stand(heard: Heard, start: float, until: float, analysis: Analysis, step: float = 2.0) -> bool:
    """Whether somebody is detected in the end."""
    for number in range(round((until - start) / step) + 1):
        seconds = start + number * step
        jitter = analysis.persons[0].box
        box = Box(jitter.left + number % 3, jitter.top - number % 2, jitter.right + number % 3, jitter.bottom)
        persons = (Person(box, 0.8), *analysis.persons[1:])
        view = heard.household.observe("hall", replace(analysis, persons=persons), after(seconds))
    return view.detected


def scenery() -> Heard:
    """A coat was there for long enough, until second MINUTES."""
    heard = Heard()
    assert stand(heard, 0, MINUTES - 2, shown()), "it may be somebody"
    assert not stand(heard, MINUTES, MINUTES + 10, shown())
    return heard


def test_a_coat_is_one_visit_and_then_scenery() -> None:
    heard = scenery()
    for hour in range(1, 24):
        assert not stand(heard, hour * HOUR, hour * HOUR + 60, shown())
    assert heard.kinds == [SightingKind.PERSON]


def test_a_visit_begins_when_it_moves() -> None:
    heard = scenery()
    assert stand(heard, HOUR, HOUR, shown(body=moved(30)))
    assert heard.kinds == [SightingKind.PERSON] * 2
    assert stand(heard, HOUR + 2, HOUR + 2, shown()), "and it is not scenery any more where it was"


def test_somebody_beside_it_is_seen() -> None:
    heard = scenery()
    both = replace(shown(axis(0)), persons=(Person(BODY, 0.8), Person(moved(600), 0.9)))
    both = replace(both, faces=tuple(replace(face, person=1, box=moved(600)) for face in both.faces))
    for number in range(4):
        view = heard.household.observe("hall", both, after(HOUR + number))
    assert len(view.verdicts) == 1
    assert [one.verdict.person_id for one in heard.sightings] == [None, None, "ada"]


def test_who_shows_a_face_in_the_same_spot_is_no_scenery() -> None:
    heard = scenery()
    assert heard.show(axis(0), HOUR, 3).verdicts[0].person_id == "ada"


def test_who_showed_a_face_and_sits_still_stays() -> None:
    heard = Heard()
    heard.show(axis(0), 0, 3)
    assert stand(heard, 1, 3 * MINUTES, shown())


def test_who_sways_a_little_stays() -> None:
    heard = Heard()
    for number in range(round(2 * MINUTES)):
        view = heard.household.observe("hall", shown(body=moved(number % 20, number % 7)), after(number))
    assert view.detected


def test_scenery_outlives_a_change_of_the_gallery_and_of_the_resolution() -> None:
    heard = scenery()
    heard.household.compare_with(gallery(ada=axis(1)), heard.household.comparison.facts)
    assert not stand(heard, HOUR, HOUR, shown())
    half = replace(shown(body=BODY.scaled(0.5, 0.5)), width=960, height=540)
    assert not stand(heard, 2 * HOUR, 2 * HOUR, half)


def test_what_was_not_seen_for_a_day_is_forgotten() -> None:
    heard = scenery()
    day = FORGOTTEN_AFTER.total_seconds() + HOUR
    heard.household.observe("hall", EMPTY, after(day))
    assert stand(heard, day + 2 * VISIT_GAP.total_seconds(), day + 60, shown())


def test_only_so_many_things_are_remembered() -> None:
    found = Scenery()
    for number in range(2 * MOST):
        found.add(moved(200 * number), after(number))
    assert len(found.things) == MOST
