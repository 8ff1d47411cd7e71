from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter
import pytest

from kith_engine.analysis import Box, Flaw, Look
from kith_engine.embedding import TEMPLATE
from kith_engine.manifest import load_manifest
from kith_engine.pipeline import Pipeline
from kith_engine.quality import assess, hidden, yaw
from tests.pictures import astronaut, encoded

LIMITS = load_manifest("standard").limits


def flaws(pipeline: Pipeline, portrait: Image.Image) -> set[Flaw]:
    """The flaws of the only face."""
    (face,) = pipeline.analyze(encoded(portrait), "portrait", Look.PORTRAIT).faces
    assert (face.embedding is None) == bool(face.quality.flaws)
    return set(face.quality.flaws)


def scaled(side: int) -> Image.Image:
    return astronaut().resize((side, side), Image.Resampling.LANCZOS)


def dimmed(gain: float) -> Image.Image:
    return astronaut().point(lambda level: level * gain)


def test_a_good_portrait_has_no_flaw(pipeline: Pipeline) -> None:
    assert flaws(pipeline, astronaut()) == set()


@pytest.mark.parametrize("width", [32, 40, 60, 300])
def test_a_face_of_usual_size_is_not_too_small(pipeline: Pipeline, width: int) -> None:
    assert flaws(pipeline, scaled(round(512 * width / 86))) == set()


@pytest.mark.parametrize("width", [16, 20, 22])
def test_a_face_of_less_than_24_pixels_is_never_compared(pipeline: Pipeline, width: int) -> None:
    assert Flaw.TOO_SMALL in flaws(pipeline, scaled(round(512 * width / 88)))


@pytest.mark.parametrize("radius", [6, 8])
def test_a_face_out_of_focus_is_blurred(pipeline: Pipeline, radius: float) -> None:
    assert flaws(pipeline, astronaut().filter(ImageFilter.GaussianBlur(radius))) == {Flaw.BLURRED}


def test_a_face_that_was_too_small_and_is_blown_up_is_blurred(pipeline: Pipeline) -> None:
    assert Flaw.BLURRED in flaws(pipeline, scaled(40).resize((512, 512), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("change", [lambda: dimmed(0.3), lambda: scaled(256), lambda: astronaut().convert("L")])
def test_a_dim_small_or_gray_face_is_not_called_blurred(pipeline: Pipeline, change: Callable[[], Image.Image]) -> None:
    assert flaws(pipeline, change()) == set()


def test_a_face_in_the_dark_is_too_dark(pipeline: Pipeline) -> None:
    assert Flaw.TOO_DARK in flaws(pipeline, dimmed(0.08))


def test_a_face_in_glare_is_too_bright(pipeline: Pipeline) -> None:
    glare = astronaut().point(lambda level: min(255, 150 + level))
    assert Flaw.TOO_BRIGHT in flaws(pipeline, glare)


def test_fog_is_named_by_its_brightness() -> None:
    rng = np.random.default_rng(0)
    for level, flaw in ((60, Flaw.TOO_DARK), (190, Flaw.TOO_BRIGHT)):
        aligned = (level + rng.integers(0, 4, (112, 112, 3))).astype(np.uint8)
        quality = assess(Box(0, 0, 80, 100), TEMPLATE.astype(np.float32), aligned, (112, 112), LIMITS)
        assert flaw in quality.flaws


def test_a_face_of_which_half_lies_beyond_the_edge_is_cut_off_and_one_that_lacks_an_ear_is_not() -> None:
    aligned = np.random.default_rng(0).integers(60, 180, (112, 112, 3), np.uint8)
    for shift, cut in ((56, True), (25, False)):
        landmarks = TEMPLATE.astype(np.float32) - [shift, 0]
        quality = assess(Box(0, 0, 80, 100), landmarks.astype(np.float32), aligned, (400, 400), LIMITS)
        assert (Flaw.CUT_OFF in quality.flaws) is cut


def test_a_face_near_the_edge_is_not_cut_off(pipeline: Pipeline) -> None:
    assert flaws(pipeline, astronaut().crop((165, 40, 512, 512))) == set()


def test_hidden_grows_as_a_face_leaves_the_picture() -> None:
    shares = [hidden(TEMPLATE.astype(np.float32) - [shift, 0], (400, 400)) for shift in (0, 30, 56, 80, 200)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[2] == pytest.approx(0.5, abs=0.1)
    assert shares[-1] == 1


def turned(share: float) -> np.ndarray:
    """The template's face with its nose moved by this share of half the distance between the eyes."""
    landmarks = TEMPLATE.astype(np.float32).copy()
    landmarks[2, 0] = landmarks[:2, 0].mean() + share * (landmarks[1, 0] - landmarks[0, 0]) / 2
    return landmarks


def test_yaw_is_zero_in_front_and_has_the_sign_of_the_side_in_the_picture() -> None:
    assert yaw(turned(0)) == pytest.approx(0, abs=0.01)
    assert yaw(turned(-0.8)) == pytest.approx(-0.8, abs=0.01)
    assert yaw(turned(0.8)) == pytest.approx(0.8, abs=0.01)


def test_a_tilted_head_is_not_a_turned_one() -> None:
    angle = np.deg2rad(40)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert yaw((turned(0.3) @ turn.T).astype(np.float32)) == pytest.approx(0.3, abs=0.02)


def test_a_face_in_profile_is_turned_away() -> None:
    aligned = np.random.default_rng(0).integers(60, 200, (112, 112, 3)).astype(np.uint8)
    quality = assess(Box(0, 0, 80, 100), turned(1.2), aligned, (112, 112), LIMITS)
    assert quality.flaws == (Flaw.TURNED_AWAY,)


def test_landmarks_that_fall_together_break_nothing() -> None:
    aligned = np.zeros((112, 112, 3), np.uint8)
    quality = assess(Box(0, 0, 80, 100), np.full((5, 2), 50, np.float32), aligned, (112, 112), LIMITS)
    assert not quality.usable
    assert np.isfinite([quality.sharpness, quality.yaw, quality.light]).all()
