from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
import pytest

from kith_engine.analysis import Box, Look
from kith_engine.embedding import TEMPLATE
from kith_engine.faces import FaceFinder, FoundFace
from kith_engine.landmarks import LandmarkReader, lean, refined
from kith_engine.manifest import load_manifest
from kith_engine.network import Role
from kith_engine.packs import Pack
from kith_engine.picture import Picture
from kith_engine.pipeline import Pipeline
from tests.pictures import astronaut, encoded

HEAD = (224, 120)
FACE = Box(180, 63, 268, 174)
LANDMARKS = np.array([[204, 102], [245, 102], [223, 125], [203, 144], [240, 142]], np.float32)
ASTRAY = np.array([6, -5])


@dataclass
class Told:
    """A reader that gives the same answers whatever it is shown."""

    answers: Iterator[np.ndarray | None]
    leaning: float = 2.0
    side: int = 128
    face: float = 64.0
    upright: bool = False

    def points(self, pixels: np.ndarray) -> np.ndarray | None:
        assert pixels.shape == (self.side, self.side, 3)
        return next(self.answers)


def turn(points: np.ndarray, degrees: float) -> np.ndarray:
    """Clockwise, as pictures have it."""
    angle = np.deg2rad(degrees)
    return points @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def portrait(pipeline: Pipeline, picture: Image.Image) -> np.ndarray:
    (face,) = pipeline.analyze(encoded(picture), "portrait", Look.PORTRAIT).faces
    assert face.embedding is not None
    return face.embedding


def tilted(degrees: float) -> Image.Image:
    return astronaut().rotate(degrees, Image.Resampling.BICUBIC, center=HEAD)


@pytest.mark.parametrize("degrees", [-30, -20, -10, 10, 20, 30])
def test_a_head_that_leans_is_the_same_person(pipeline: Pipeline, degrees: float) -> None:
    """The detector's own landmarks stay nearly upright: without another look this is 0.5 at 30°."""
    assert portrait(pipeline, astronaut()) @ portrait(pipeline, tilted(degrees)) > 0.9


@pytest.mark.parametrize("side", [200, 300, 1500])
def test_a_face_small_or_large_for_the_detector_is_the_same_person(pipeline: Pipeline, side: int) -> None:
    other = astronaut().resize((side, side), Image.Resampling.LANCZOS)
    assert portrait(pipeline, astronaut()) @ portrait(pipeline, other) > 0.85


def test_a_face_that_is_not_found_again_keeps_its_landmarks() -> None:
    assert refined(Picture(encoded(astronaut())), LANDMARKS, 88, Told(iter([None]))) is LANDMARKS


@pytest.mark.parametrize(("beside", "taken"), [(0, True), (30, True), (110, False), (120, False)])
def test_another_face_beside_it_is_not_taken_for_it(pack: Pack, beside: int, taken: bool) -> None:
    """Where the face network itself looks again. The astronaut's face is in view each time, up to more than half a face
    from the middle.
    """
    left, top = FACE.left + beside, FACE.top
    face = FoundFace(Box(left, top, left + 160, top + 111), 0.9, LANDMARKS + np.float32([beside, 0]))
    finder = FaceFinder(pack.open(Role.FACE, 1), pack.manifest.network(Role.FACE))
    seen = finder.refine(Picture(encoded(astronaut())), face).landmarks
    assert (seen is not face.landmarks) is taken


def test_whoever_stands_upright_is_looked_at_once() -> None:
    upright = (TEMPLATE * 0.5 + 36).astype(np.float32)
    seen = refined(Picture(encoded(astronaut())), LANDMARKS, 88, Told(iter([upright]), leaning=0.0))
    assert lean(seen) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("degrees", [-25, 0, 25])
@pytest.mark.parametrize("width", [70, 88, 110])
def test_the_pack_s_landmark_network_finds_eyes_nose_and_mouth(compact: Pack, degrees: int, width: float) -> None:
    """Though the detector's were somewhat wrong, and its box too: within a tenth of the distance between the eyes."""
    network = compact.manifest.landmarks
    reader = LandmarkReader(compact.open_network(network, 1), network)
    turned = turn(LANDMARKS - HEAD, -degrees) + HEAD
    seen = refined(Picture(encoded(tilted(degrees))), (turned + ASTRAY).astype(np.float32), width, reader)
    assert np.linalg.norm(seen - turned, axis=1).mean() < 0.1 * np.linalg.norm(LANDMARKS[1] - LANDMARKS[0])


def test_a_reader_that_sees_how_far_a_head_leans_is_shown_it_once_as_it_is() -> None:
    leaning = (turn(TEMPLATE - 56, 25) * 0.5 + 64).astype(np.float32)
    turned = turn(LANDMARKS - HEAD, 25) + HEAD
    told = Told(iter([leaning]), leaning=1.0, upright=True)
    seen = refined(Picture(encoded(astronaut())), turned.astype(np.float32), 88, told)
    assert np.rad2deg(lean(seen)) == pytest.approx(25, abs=0.1)


class Points:
    """A landmark network that always says the same."""

    def __init__(self, points: np.ndarray) -> None:
        self._points = points.astype(np.float32)

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        return {"out": self._points.reshape(1, 10, 1, 1)}


@pytest.mark.parametrize("origin", [0.0, 0.5])
def test_points_are_counted_from_where_the_pack_says(origin: float) -> None:
    network = load_manifest("compact").landmarks
    counted = replace(network, output=replace(network.output, origin=origin))
    shares = TEMPLATE / 112
    reader = LandmarkReader(Points(shares - origin), counted)
    pixels = np.zeros((reader.side, reader.side, 3), np.uint8)
    assert np.allclose(reader.points(pixels), shares * reader.side, atol=1e-4)


def test_lean_is_what_the_head_leans_in_the_picture() -> None:
    assert lean(turn(LANDMARKS, 20).astype(np.float32)) - lean(LANDMARKS) == pytest.approx(np.deg2rad(20), abs=1e-3)
