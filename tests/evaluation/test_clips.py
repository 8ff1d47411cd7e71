"""What one sees in a film is compared with what Kith made of it."""

from typing import Any

import pytest

from evaluation.clips import BORDER, NAME, Expected, came_true

LONG = 4 * BORDER
WALKS = ((0, LONG - 1), (2 * LONG, 3 * LONG - 1))
"""Somebody, nobody, somebody."""
SEEN = [True] * LONG + [False] * LONG + [True] * LONG


def film(**different: Any) -> dict[str, Any]:
    usual = {"named": [], "names_at_once": 0, "strangers": 0, "usable_faces": 0, "detected": SEEN}
    return usual | different


@pytest.mark.parametrize(
    ("named", "at_once", "right"),
    [([NAME], 1, True), ([], 0, False), ([NAME, "woman B"], 1, False), ([NAME], 2, False)],
)
def test_she_and_only_she_is_to_be_named_and_only_once(named: list[str], at_once: int, right: bool) -> None:
    held = came_true(Expected(named=True, strangers=True), film(named=named, names_at_once=at_once))
    assert list(held.values()) == [right]


def test_where_nobody_can_be_recognized_a_name_or_a_stranger_is_an_error() -> None:
    assert all(came_true(Expected(), film()).values())
    assert came_true(Expected(), film(named=[NAME], strangers=1)) == dict.fromkeys(came_true(Expected(), film()), False)


def test_who_walks_by_is_to_be_detected_and_nobody_between_two_walks() -> None:
    expected = Expected(faces=False, people=WALKS)
    assert all(came_true(expected, film()).values())
    for frame, sentence in ((LONG // 2, "whoever is there is detected"), (LONG + LONG // 2, "nobody is detected")):
        detected = SEEN.copy()
        for number in range(frame - BORDER // 2, frame + BORDER // 2):
            detected[number] = not detected[number]
        wrong = [text for text, held in came_true(expected, film(detected=detected)).items() if not held]
        assert len(wrong) == 1
        assert wrong[0].startswith(sentence)


def test_half_a_person_at_the_border_of_a_walk_counts_neither_way() -> None:
    detected = SEEN.copy()
    for missed in (0, LONG - BORDER, 2 * LONG, 3 * LONG - BORDER):
        detected[missed : missed + BORDER] = [False] * BORDER
    for seen in (LONG, 2 * LONG - BORDER):
        detected[seen : seen + BORDER] = [True] * BORDER
    assert all(came_true(Expected(people=WALKS), film(detected=detected)).values())


def test_a_face_on_the_back_of_a_head_is_an_error() -> None:
    assert not all(came_true(Expected(faces=False), film(usable_faces=1)).values())
