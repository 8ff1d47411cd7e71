import numpy as np
import pytest

from kith_engine.analysis import Area, Sensitivity
from kith_engine.motion import Motion
from kith_engine.picture import Picture
from kith_engine.pipeline import MOVED_SHARE as MOVED_BY_SENSITIVITY
from tests.pictures import astronaut, empty_room, encoded, frame

MOVED_SHARE = MOVED_BY_SENSITIVITY[Sensitivity.NORMAL]


def shares(motion: Motion, pictures: list[bytes]) -> list[float]:
    return [motion.share(picture, Picture(picture).gray_eighth()) for picture in pictures]


def gray(seed: int, gain: float = 1.0, offset: float = 0.0, visitor: float = 0.0, noise: float = 1.0) -> np.ndarray:
    """(135, 240): a textured scene from a sensor; a visitor is a gray patch in it."""
    scene = np.kron(np.random.default_rng(7).uniform(40, 200, (15, 24)), np.ones((9, 10)))
    if visitor:
        scene[60:120, 100:130] = visitor
    seen = scene * gain + offset + np.random.default_rng(seed).normal(0, noise, scene.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)


def learned(seeds: int = 5) -> Motion:
    motion = Motion()
    for seed in range(seeds):
        motion.share(b"%d" % seed, gray(seed))
    return motion


def test_the_first_picture_of_a_camera_has_changed_entirely() -> None:
    assert shares(Motion(), [frame()]) == [1.0]


def test_another_resolution_starts_anew() -> None:
    motion = learned()
    assert motion.share(b"x", gray(9)[:67, :120]) == 1.0


def test_the_same_bytes_are_known_without_decoding() -> None:
    motion = Motion()
    motion.share(frame(), Picture(frame()).gray_eighth())
    assert motion.repeats(frame())
    assert not motion.repeats(frame(seed=1))


def test_noise_is_no_motion() -> None:
    motion = Motion()
    assert max(shares(motion, [frame(seed=seed) for seed in range(6)])[1:]) == 0.0


@pytest.mark.parametrize("noise", [0.5, 3.0, 8.0])
def test_a_noisy_sensor_at_night_is_no_motion(noise: float) -> None:
    motion = Motion()
    found = [motion.share(b"%d" % seed, gray(seed, gain=0.2, noise=noise)) for seed in range(8)]
    assert max(found[1:]) < MOVED_SHARE


def test_somebody_who_comes_is_motion() -> None:
    motion = Motion()
    assert shares(motion, [frame(seed=0), frame(seed=1), frame(astronaut(), seed=2)])[-1] > 20 * MOVED_SHARE


def test_somebody_small_and_far_away_is_motion() -> None:
    motion = Motion()
    room = empty_room((1920, 1080))
    far = room.copy()
    far.paste(astronaut().resize((60, 120)), (900, 500))
    assert shares(motion, [encoded(room), encoded(far)])[-1] > MOVED_SHARE


@pytest.mark.parametrize(("gain", "offset"), [(0.6, 0), (1.25, 0), (1, 15), (1, -15), (0.8, 10)])
def test_a_cloud_before_the_sun_is_no_motion(gain: float, offset: float) -> None:
    assert learned().share(b"cloud", gray(99, gain, offset)) < 0.02


def test_a_lamp_that_stays_on_is_motion_once() -> None:
    motion = learned()
    bright = [motion.share(b"%d" % seed, gray(seed, gain=1.2)) for seed in range(100, 104)]
    assert max(bright[1:]) < MOVED_SHARE


def test_somebody_who_fills_most_of_a_doorbells_picture_is_motion() -> None:
    room = empty_room((720, 1280))
    near = room.copy()
    near.paste(astronaut().resize((720, 1100)), (0, 180))
    assert shares(Motion(), [encoded(room), encoded(room), encoded(near)])[-1] > 0.5


def test_a_camera_that_was_turned_is_motion_once() -> None:
    motion = learned()
    turned = [gray(seed)[::-1, ::-1] for seed in range(100, 104)]
    found = [motion.share(b"%d" % number, picture) for number, picture in enumerate(turned)]
    assert found[0] > 0.5
    assert max(found[1:]) < MOVED_SHARE


def test_who_stays_for_a_minute_is_still_seen_after_it() -> None:
    motion = learned()
    found = [motion.share(b"v%d" % seed, gray(seed, visitor=250)) for seed in range(100, 160)]
    assert min(found) > 10 * MOVED_SHARE


def test_who_leaves_is_motion_and_then_the_scene_is_still() -> None:
    motion = learned()
    for seed in range(100, 110):
        motion.share(b"v%d" % seed, gray(seed, visitor=250))
    found = [motion.share(b"%d" % seed, gray(seed)) for seed in range(200, 230)]
    assert found[-1] < MOVED_SHARE


def test_a_parcel_that_is_put_down_becomes_scenery() -> None:
    motion = learned()
    found = [motion.share(b"v%d" % seed, gray(seed, visitor=250)) for seed in range(100, 700)]
    assert found[-1] < MOVED_SHARE


def test_shadows_that_creep_are_no_motion() -> None:
    motion = learned()
    creeping = []
    for step in range(100):
        picture = gray(step).astype(float)
        picture[:, :80] -= step * 0.5  # a third of the picture darkens by half a level per picture
        creeping.append(motion.share(b"c%d" % step, np.clip(picture, 0, 255).astype(np.uint8)))
    assert max(creeping) < MOVED_SHARE


@pytest.mark.parametrize("level", [0, 255])
def test_a_covered_or_blinded_lens_breaks_nothing(level: int) -> None:
    motion = learned()
    flat = np.full((135, 240), level, np.uint8)
    assert 0 <= motion.share(b"flat", flat) <= 1
    assert motion.share(b"flat again", flat) < MOVED_SHARE
    assert 0 <= motion.share(b"back", gray(5)) <= 1


def test_a_picture_of_one_pixel_can_be_compared() -> None:
    motion = Motion()
    assert motion.share(b"a", np.zeros((1, 1), np.uint8)) == 1.0
    assert motion.share(b"b", np.zeros((1, 1), np.uint8)) == 0.0


def test_what_happens_in_an_ignored_area_is_no_motion() -> None:
    street = (Area(0.3, 0.3, 0.6, 1.0),)
    motion, other = learned(), learned()
    come = gray(9, visitor=20)
    assert motion.share(b"somebody", come) > 20 * MOVED_SHARE
    assert other.share(b"somebody", come, street) < MOVED_SHARE
    assert other.share(b"somebody else", np.roll(gray(10, visitor=230), 90, axis=1), street) > 20 * MOVED_SHARE
