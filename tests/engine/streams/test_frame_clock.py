"""When a picture was taken, from a camera's count and this machine's clock."""

import pytest

from kith_engine.streams.frame_clock import FrameClock

NOON = 1_800_000_000.0


def lags(*pairs: tuple[float | None, float]) -> list[float]:
    """How old each picture seems when it arrives: (stamp, seconds after noon)."""
    clock = FrameClock()
    return [round(NOON + arrived - clock.captured(stamp, NOON + arrived), 3) for stamp, arrived in pairs]


def test_the_least_delayed_picture_says_where_the_count_begins() -> None:
    assert lags((10.0, 0.0), (10.1, 0.1), (10.2, 0.7), (10.3, 0.8)) == [0, 0, 0.5, 0.5]


def test_a_burst_of_old_pictures_at_first_is_seen_through() -> None:
    """A camera that sends what it kept: all arrive at once, and only the newest is new."""
    assert lags((0.0, 5.0), (1.0, 5.01), (2.0, 5.02), (3.0, 5.03), (3.5, 5.53))[-2:] == [0, 0]


@pytest.mark.parametrize("stamp", [None, 7.0])
def test_without_a_count_the_arrival_counts(stamp: float | None) -> None:
    assert lags(*((stamp, 0.1 * n) for n in range(9))) == [0] * 9


def test_a_jump_begins_another_count() -> None:
    assert lags((5.0, 0.0), (5.1, 0.1), (9000.0, 0.2), (9000.1, 0.3)) == [0, 0, 0, 0]
    assert lags((9000.0, 0.0), (9000.1, 0.1), (0.0, 0.2), (0.1, 0.3)) == [0, 0, 0, 0]
    assert lags((5.0, 0.0), (5.1, 60.0), (5.2, 60.1)) == [0, 0, 0], "the camera counted nothing meanwhile"


def test_a_camera_whose_clock_runs_slow_does_not_grow_old() -> None:
    assert max(lags(*((0.9995 * n, 1.0 * n) for n in range(4000)))) < 0.01


def test_times_always_increase() -> None:
    clock = FrameClock()
    found = [clock.captured(stamp, NOON + at) for stamp, at in ((1.0, 0.0), (0.5, 0.0), (None, 0.0), (0.6, 0.0))]
    assert found == sorted(set(found))


def test_a_clock_that_was_set_back_starts_anew() -> None:
    clock = FrameClock()
    clock.captured(1.0, NOON)
    assert clock.captured(1.1, NOON - 3600) == NOON - 3600
