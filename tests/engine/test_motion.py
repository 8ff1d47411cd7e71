from collections.abc import Sequence

import numpy as np
import pytest

from kith_engine.analysis import Area, Sensitivity
from kith_engine.motion import Motion
from kith_engine.picture import Picture
from kith_engine.pipeline import MOVED_SHARE as MOVED_BY_SENSITIVITY
from tests.pictures import astronaut, empty_room, encoded, frame

MOVED_SHARE = MOVED_BY_SENSITIVITY[Sensitivity.NORMAL]


class Watched(Motion):
    """A camera that is looked at once a second, or as often as is said."""

    second = 0.0

    def look(self, picture: bytes, gray: np.ndarray, ignored: Sequence[Area] = (), pause: float = 1.0) -> float:
        self.second += pause
        return self.share(picture, gray, self.second, ignored)


def shares(motion: Watched, pictures: list[bytes]) -> list[float]:
    return [motion.look(picture, Picture(picture).gray_eighth()) for picture in pictures]


def gray(seed: int, gain: float = 1.0, offset: float = 0.0, visitor: float = 0.0, noise: float = 1.0) -> np.ndarray:
    """(135, 240): a textured scene from a sensor; a visitor is a gray patch in it."""
    scene = np.kron(np.random.default_rng(7).uniform(40, 200, (15, 24)), np.ones((9, 10)))
    if visitor:
        scene[60:120, 100:130] = visitor
    seen = scene * gain + offset + np.random.default_rng(seed).normal(0, noise, scene.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)


def learned(seeds: int = 5) -> Watched:
    motion = Watched()
    for seed in range(seeds):
        motion.look(b"%d" % seed, gray(seed))
    return motion


def test_the_first_picture_of_a_camera_has_changed_entirely() -> None:
    assert shares(Watched(), [frame()]) == [1.0]


def test_a_peek_says_what_a_look_would_and_learns_nothing() -> None:
    motion, ignored = learned(), [Area(0.0, 0.0, 1.0, 0.5)]
    assert Watched().peek(gray(9)) == 1.0
    for picture in (gray(9), gray(9, visitor=250), gray(9, visitor=250)):
        peeked = [motion.peek(picture, ignored), motion.peek(picture)]
        assert peeked == [learned().share(b"x", picture, 5.0, ignored), learned().share(b"x", picture, 5.0)]
    assert motion.peek(gray(9)[:67, :120]) == 1.0


def test_another_resolution_starts_anew() -> None:
    motion = learned()
    assert motion.look(b"x", gray(9)[:67, :120]) == 1.0


def test_the_same_bytes_are_known_without_decoding() -> None:
    motion = Watched()
    motion.look(frame(), Picture(frame()).gray_eighth())
    assert motion.repeats(frame())
    assert not motion.repeats(frame(seed=1))


def test_noise_is_no_motion() -> None:
    motion = Watched()
    assert max(shares(motion, [frame(seed=seed) for seed in range(6)])[1:]) == 0.0


@pytest.mark.parametrize("noise", [0.5, 3.0, 8.0])
def test_a_noisy_sensor_at_night_is_no_motion(noise: float) -> None:
    motion = Watched()
    found = [motion.look(b"%d" % seed, gray(seed, gain=0.2, noise=noise)) for seed in range(8)]
    assert max(found[1:]) < MOVED_SHARE


def test_somebody_who_comes_is_motion() -> None:
    motion = Watched()
    assert shares(motion, [frame(seed=0), frame(seed=1), frame(astronaut(), seed=2)])[-1] > 20 * MOVED_SHARE


def test_somebody_small_and_far_away_is_motion() -> None:
    motion = Watched()
    room = empty_room((1920, 1080))
    far = room.copy()
    far.paste(astronaut().resize((60, 120)), (900, 500))
    assert shares(motion, [encoded(room), encoded(far)])[-1] > MOVED_SHARE


@pytest.mark.parametrize(("gain", "offset"), [(0.6, 0), (1.25, 0), (1, 15), (1, -15), (0.8, 10)])
def test_a_cloud_before_the_sun_is_no_motion(gain: float, offset: float) -> None:
    assert learned().look(b"cloud", gray(99, gain, offset)) < 0.02


def test_a_lamp_that_stays_on_is_motion_once() -> None:
    motion = learned()
    bright = [motion.look(b"%d" % seed, gray(seed, gain=1.2)) for seed in range(100, 104)]
    assert max(bright[1:]) < MOVED_SHARE


def test_somebody_who_fills_most_of_a_doorbells_picture_is_motion() -> None:
    room = empty_room((720, 1280))
    near = room.copy()
    near.paste(astronaut().resize((720, 1100)), (0, 180))
    assert shares(Watched(), [encoded(room), encoded(room), encoded(near)])[-1] > 0.5


def test_a_camera_that_was_turned_is_motion_once() -> None:
    motion = learned()
    turned = [gray(seed)[::-1, ::-1] for seed in range(100, 104)]
    found = [motion.look(b"%d" % number, picture) for number, picture in enumerate(turned)]
    assert found[0] > 0.5
    assert max(found[1:]) < MOVED_SHARE


def test_who_stays_for_a_minute_is_still_seen_after_it() -> None:
    motion = learned()
    found = [motion.look(b"v%d" % seed, gray(seed, visitor=250)) for seed in range(100, 160)]
    assert min(found) > 10 * MOVED_SHARE


def test_who_leaves_is_motion_and_then_the_scene_is_still() -> None:
    motion = learned()
    for seed in range(100, 110):
        motion.look(b"v%d" % seed, gray(seed, visitor=250))
    found = [motion.look(b"%d" % seed, gray(seed)) for seed in range(200, 230)]
    assert found[-1] < MOVED_SHARE


def test_a_parcel_that_is_put_down_becomes_scenery() -> None:
    motion = learned()
    found = [motion.look(b"v%d" % seed, gray(seed, visitor=250)) for seed in range(100, 700)]
    assert found[-1] < MOVED_SHARE


def test_shadows_that_creep_are_no_motion() -> None:
    motion = learned()
    creeping = []
    for step in range(100):
        picture = gray(step).astype(float)
        picture[:, :80] -= step * 0.5  # a third of the picture darkens by half a level per picture
        creeping.append(motion.look(b"c%d" % step, np.clip(picture, 0, 255).astype(np.uint8)))
    assert max(creeping) < MOVED_SHARE


@pytest.mark.parametrize("level", [0, 255])
def test_a_covered_or_blinded_lens_breaks_nothing(level: int) -> None:
    motion = learned()
    flat = np.full((135, 240), level, np.uint8)
    assert 0 <= motion.look(b"flat", flat) <= 1
    assert motion.look(b"flat again", flat) < MOVED_SHARE
    assert 0 <= motion.look(b"back", gray(5)) <= 1


def test_a_picture_of_one_pixel_can_be_compared() -> None:
    motion = Watched()
    assert motion.look(b"a", np.zeros((1, 1), np.uint8)) == 1.0
    assert motion.look(b"b", np.zeros((1, 1), np.uint8)) == 0.0


def test_what_happens_in_an_ignored_area_is_no_motion() -> None:
    street = (Area(0.3, 0.3, 0.6, 1.0),)
    motion, other = learned(), learned()
    come = gray(9, visitor=20)
    assert motion.look(b"somebody", come) > 20 * MOVED_SHARE
    assert other.look(b"somebody", come, street) < MOVED_SHARE
    assert other.look(b"somebody else", np.roll(gray(10, visitor=230), 90, axis=1), street) > 20 * MOVED_SHARE


STOOD_HERE = (Area(0.4, 0.4, 0.56, 0.9),)
"""About where gray's visitor is."""


def looks_until_still(motion: Watched, pause: float, most: int = 200) -> int:
    """How often an empty scene wakes the networks, which find nobody."""
    for number in range(most):
        if motion.look(b"e%d" % number, gray(number), pause=pause) < MOVED_SHARE:
            return number
        motion.settle(())
    return most


@pytest.mark.parametrize("pause", [0.5, 1.0, 2.0])
def test_who_stood_there_when_the_camera_started_is_forgotten_in_seconds(pause: float) -> None:
    motion = Watched()
    for number in range(20):
        motion.look(b"v%d" % number, gray(number, visitor=250))
        motion.settle(STOOD_HERE)
    assert looks_until_still(motion, pause) * pause <= 8, "it took minutes"


def test_who_is_seen_standing_still_is_motion_however_often_is_looked() -> None:
    for pause in (0.15, 1.0):
        motion = learned()
        for number in range(round(60 / pause)):
            share = motion.look(b"v%d" % number, gray(number, visitor=250), pause=pause)
            motion.settle(STOOD_HERE)
        assert share > 10 * MOVED_SHARE


def test_who_was_overlooked_and_moves_is_motion_again() -> None:
    motion = learned()
    for number in range(20):
        motion.look(b"v%d" % number, gray(number, visitor=250))
        motion.settle(())
    assert motion.last < MOVED_SHARE
    moved = gray(99)
    moved[60:120, 120:150] = 250
    assert motion.look(b"moved", moved) > 10 * MOVED_SHARE


def test_a_background_changes_by_the_clock_and_not_by_the_number_of_pictures() -> None:
    def after_a_minute(pause: float) -> float:
        motion = learned()
        for number in range(round(60 / pause)):
            share = motion.look(b"v%d" % number, gray(number, visitor=60 + number % 2), pause=pause)
        assert motion._scene is not None
        return float(np.abs(motion._scene._rest).max()) if share else 0.0

    assert after_a_minute(0.15) == pytest.approx(after_a_minute(2.0), rel=0.1)


def test_after_an_hour_s_sleep_somebody_does_not_become_background_at_once() -> None:
    motion = learned()
    assert motion.look(b"v", gray(50, visitor=250), pause=3600) > 10 * MOVED_SHARE
    assert motion.look(b"w", gray(51, visitor=250)) > 10 * MOVED_SHARE


def test_infrared_light_that_is_switched_on_costs_a_few_looks() -> None:
    motion = learned()
    lamp = np.hypot(*np.ogrid[-67:68, -120:120]) / 140

    def by_night(seed: int) -> np.ndarray:
        return np.clip(gray(seed).astype(float) * 0.5 + 120 * np.clip(1 - lamp, 0, 1), 0, 255).astype(np.uint8)

    woken = 0
    for number in range(60):
        woken += motion.look(b"n%d" % number, by_night(number), pause=2.0) >= MOVED_SHARE
        motion.settle(())
    assert woken <= 4


def test_headlights_cost_looks_only_while_they_pass() -> None:
    motion = learned()
    for number in range(6):
        lit = gray(number)
        lit[80:120, 30 * number : 30 * number + 60] = 250
        motion.look(b"l%d" % number, lit)
        motion.settle(())
    assert looks_until_still(motion, 2.0) <= 1


def with_clock(seed: int, second: int) -> np.ndarray:
    """Digits in the corner, as large as a 16th of the height."""
    picture = gray(seed)
    digits = np.random.default_rng(second).integers(0, 2, (3, 2)) * 255
    picture[4:13, 200:206] = np.kron(digits, np.ones((3, 3)))
    return picture


@pytest.mark.parametrize("pause", [0.5, 2.0])
def test_a_clock_in_the_picture_is_found(pause: float) -> None:
    motion = Watched()
    for number in range(round(200 / pause)):
        motion.look(b"c%d" % number, with_clock(number, int(number * pause)), pause=pause)
        motion.settle(())
        assert motion.restless is None or number * pause >= 110, "not before it is sure"
    found = motion.restless
    assert found is not None
    assert found.holds(203 / 240, 8 / 135)
    assert (found.right - found.left) * (found.bottom - found.top) < 0.02
    assert found.bottom < 0.2
    for number in range(1000, 1200):
        motion.look(b"c%d" % number, with_clock(number, number), (found,), pause=pause)
    assert motion.last < MOVED_SHARE
    assert motion.restless is None, "what is ignored is not offered again"


def test_people_and_a_waving_tree_are_no_clock() -> None:
    motion = Watched()
    for number in range(300):
        moved = gray(number)
        moved[:, 20:100] = np.roll(moved[:, 20:100], number % 5 * 8, axis=0)  # a third of the picture
        motion.look(b"t%d" % number, moved)
        motion.settle(())
    assert motion.restless is None
    motion = Watched()
    for number in range(300):
        swaying = gray(number)
        swaying[60:120, 100 + number % 2 * 10 : 112 + number % 2 * 10] = 250
        motion.look(b"p%d" % number, swaying)
        motion.settle((Area(0.3, 0.3, 0.7, 1.0),))
    assert motion.restless is None
