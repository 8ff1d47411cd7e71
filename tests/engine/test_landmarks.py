from dataclasses import dataclass

import numpy as np
from PIL import Image
import pytest

from kith_engine.analysis import Look
from kith_engine.landmarks import lean, refined
from kith_engine.picture import Picture
from kith_engine.pipeline import Pipeline
from tests.pictures import astronaut, encoded

LANDMARKS = np.array([[204, 102], [245, 102], [223, 125], [203, 144], [240, 142]], np.float32)


@dataclass
class Found:
    boxes: np.ndarray
    landmarks: np.ndarray


NOTHING = Found(np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32))


def portrait(pipeline: Pipeline, picture: Image.Image) -> np.ndarray:
    (face,) = pipeline.analyze(encoded(picture), "portrait", Look.PORTRAIT).faces
    assert face.embedding is not None
    return face.embedding


def tilted(degrees: float) -> Image.Image:
    return astronaut().rotate(degrees, Image.Resampling.BICUBIC, center=(224, 120))


@pytest.mark.parametrize("degrees", [-30, -20, -10, 10, 20, 30])
def test_a_head_that_leans_is_the_same_person(pipeline: Pipeline, degrees: float) -> None:
    """The detector's own landmarks stay nearly upright: without another look this is 0.5 at 30°."""
    assert portrait(pipeline, astronaut()) @ portrait(pipeline, tilted(degrees)) > 0.9


@pytest.mark.parametrize("side", [200, 300, 1500])
def test_a_face_small_or_large_for_the_detector_is_the_same_person(pipeline: Pipeline, side: int) -> None:
    other = astronaut().resize((side, side), Image.Resampling.LANCZOS)
    assert portrait(pipeline, astronaut()) @ portrait(pipeline, other) > 0.85


def test_a_face_that_is_not_found_again_keeps_its_landmarks() -> None:
    assert refined(Picture(encoded(astronaut())), LANDMARKS, 88, lambda pixels: NOTHING, 2.0) is LANDMARKS


def test_another_face_beside_it_is_not_taken_for_it() -> None:
    beside = Found(np.array([[100, 30, 128, 60]], np.float32), np.full((1, 5, 2), 110, np.float32))
    assert refined(Picture(encoded(astronaut())), LANDMARKS, 88, lambda pixels: beside, 2.0) is LANDMARKS


def test_lean_is_what_the_head_leans_in_the_picture() -> None:
    angle = np.deg2rad(20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert lean((LANDMARKS @ turn.T).astype(np.float32)) - lean(LANDMARKS) == pytest.approx(angle, abs=1e-3)
