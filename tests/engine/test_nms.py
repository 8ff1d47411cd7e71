import numpy as np

from kith_engine.nms import suppress


def boxes(*corners: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(corners, np.float32).reshape(-1, 4)


def test_of_boxes_around_the_same_thing_the_best_stays() -> None:
    found = boxes((0, 0, 10, 10), (1, 1, 11, 11), (100, 100, 110, 110))
    assert suppress(found, np.array([0.5, 0.9, 0.4], np.float32), 0.4).tolist() == [1, 2]


def test_two_that_stand_side_by_side_both_stay() -> None:
    found = boxes((0, 0, 10, 10), (8, 0, 18, 10))
    assert suppress(found, np.array([0.5, 0.9], np.float32), 0.4).tolist() == [1, 0]


def test_a_box_that_was_itself_suppressed_suppresses_nothing() -> None:
    found = boxes((0, 0, 10, 10), (4, 0, 14, 10), (8, 0, 18, 10))
    assert suppress(found, np.array([0.9, 0.8, 0.7], np.float32), 0.4).tolist() == [0, 2]


def test_nothing_found_is_nothing_kept() -> None:
    assert suppress(boxes(), np.empty(0, np.float32), 0.4).tolist() == []


def test_boxes_without_an_area_break_nothing() -> None:
    found = boxes((5, 5, 5, 5), (5, 5, 5, 5), (9, 9, 4, 4))
    assert len(suppress(found, np.array([0.9, 0.8, 0.7], np.float32), 0.4)) == 3
