"""Rain costs a look a second, and hides nobody."""

import io

import numpy as np
from PIL import Image, ImageChops
import pytest

from kith_engine.analysis import Look, Sensitivity
from kith_engine.commotion import Commotion
from kith_engine.packs import Pack
from kith_engine.picture import Picture
from kith_engine.pipeline import MOVED_SHARE, Pipeline
from tests.pictures import astronaut, empty_room, encoded, frame

PAUSE = 0.25
TRIES, LOOKS = 8, 40


def in_the_rain(picture: Image.Image, seed: int) -> bytes:
    """A picture of 1280 x 720 with streaks of light, as infrared lamps show drops near the lens."""
    width, height = picture.size
    streaks, random = np.zeros((height, width, 3), np.uint8), np.random.default_rng(seed)
    for across, down in zip(random.integers(0, width - 4, 40), random.integers(0, height - 60, 40), strict=True):
        streaks[down : down + 60, across : across + 4] = 60
    return encoded(ImageChops.add(picture, Image.fromarray(streaks)))


def tired(at: float = 0.0) -> Commotion:
    """Looked in vain as often as it takes, four times a second, the last time then."""
    commotion = Commotion()
    for tried in range(TRIES):
        commotion.note(0.01, at - PAUSE * (TRIES - 1 - tried), found=False)
    return commotion


def test_rain_costs_a_look_a_second_and_who_comes_is_seen_at_once(pack: Pack) -> None:
    now = 0.0
    pipeline = Pipeline(pack, clock=lambda: now)
    looks = []
    for seed in range(LOOKS):
        looks.append(pipeline.analyze(in_the_rain(empty_room(), seed), "garden", Look.MOTION))
        now += PAUSE
    assert all(look.motion is not None and look.motion > MOVED_SHARE[Sensitivity.NORMAL] for look in looks)
    assert not any(look.persons for look in looks)
    assert TRIES <= sum(look.looked for look in looks) <= TRIES + 1 + PAUSE * LOOKS
    with Image.open(io.BytesIO(frame(astronaut(), seed=9, scale=1.2))) as somebody:
        assert pipeline.analyze(in_the_rain(somebody, LOOKS), "garden", Look.MOTION).persons


def test_a_glance_excuses_what_a_look_would(pack: Pack) -> None:
    now = 0.0
    pipeline = Pipeline(pack, clock=lambda: now)
    for seed in range(TRIES):
        now += PAUSE
        pipeline.analyze(in_the_rain(empty_room(), seed), "garden", Look.MOTION)
    rain = Picture(in_the_rain(empty_room(), TRIES))
    assert pipeline.still(rain, "garden")
    now += 1.0
    assert not pipeline.still(rain, "garden")


@pytest.mark.parametrize(
    ("share", "passed", "excused"),
    [(0.01, PAUSE, True), (0.019, PAUSE, True), (0.021, PAUSE, False), (0.01, 1.0, False)],
    ids=["as much", "little more", "more", "later"],
)
def test_a_look_waits_unless_much_more_moves(share: float, passed: float, *, excused: bool) -> None:
    assert tired().excuses(share, passed) is excused


def test_whoever_is_found_makes_every_motion_count_again() -> None:
    commotion = tired()
    commotion.note(0.01, PAUSE, found=True)
    assert not commotion.excuses(0.01, 2 * PAUSE)


def test_after_a_calm_every_motion_counts_again() -> None:
    commotion = tired()
    commotion.note(0.01, 11.0, found=False)
    assert not commotion.excuses(0.01, 11.0 + PAUSE)
