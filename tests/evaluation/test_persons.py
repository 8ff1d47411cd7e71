"""Average precision, counted by hand."""

from pathlib import Path

import pytest

from custom_components.kith.kith_engine.analysis import Box, Person
from evaluation.persons import average_precision, figures
from evaluation.sets import Scene

ADA, GRACE = (0.0, 0.0, 100.0, 200.0), (300.0, 0.0, 400.0, 200.0)
ELSEWHERE = (600.0, 600.0, 700.0, 800.0)


def scene(*boxes: tuple[float, float, float, float], complete: bool = True) -> Scene:
    return Scene(Path(), "fixed", boxes, complete)


def person(box: tuple[float, float, float, float], score: float) -> Person:
    return Person(Box(*box), score)


def test_everybody_found_and_nobody_else_is_one() -> None:
    assert average_precision([scene(ADA, GRACE)], [(person(ADA, 0.9), person(GRACE, 0.8))]) == 1


def test_a_false_alarm_between_two_people_costs_what_comes_after_it() -> None:
    found = (person(ADA, 0.9), person(ELSEWHERE, 0.8), person(GRACE, 0.7))
    assert average_precision([scene(ADA, GRACE)], [found]) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_a_false_alarm_before_two_people_costs_no_more_for_the_first_of_them() -> None:
    found = (person(ELSEWHERE, 0.9), person(ADA, 0.8), person(GRACE, 0.7))
    assert average_precision([scene(ADA, GRACE)], [found]) == pytest.approx(2 / 3)


def test_one_person_found_twice_is_found_once() -> None:
    assert average_precision([scene(ADA)], [(person(ADA, 0.9), person(ADA, 0.8))]) == 1
    assert average_precision([scene(ADA, GRACE)], [(person(ADA, 0.9), person(ADA, 0.8))]) == pytest.approx(0.5)


def test_where_not_everybody_is_marked_a_box_elsewhere_is_no_error() -> None:
    found = [(person(ELSEWHERE, 0.9), person(ADA, 0.8))]
    assert average_precision([scene(ADA, complete=False)], found) == 1
    assert average_precision([scene(ADA)], found) == pytest.approx(0.5)


def test_who_is_not_found_is_missed() -> None:
    assert average_precision([scene(ADA), scene(GRACE)], [(person(ADA, 0.9),), ()]) == pytest.approx(0.5)


def test_a_picture_is_called_so_by_its_surest_box_at_the_packs_threshold() -> None:
    scenes = [scene(ADA), scene(GRACE), scene(), scene(), scene(), scene()]
    found = [(person(ADA, 0.9),), (person(GRACE, 0.39),), (person(ADA, 0.4),), (person(ADA, 0.3),), (), ()]
    shares = figures(scenes, found, threshold=0.4)
    assert shares["called_with_person"] == pytest.approx(1 / 2)
    assert shares["called_without"] == pytest.approx(1 / 4)


def test_where_nobody_is_there_is_no_precision_to_speak_of() -> None:
    shares = figures([scene()], [()], threshold=0.4)
    assert shares["ap50"] is None
    assert shares["called_with_person"] is None
