"""A face behind a mask is told as one, and a bare face is not."""

from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw
import pytest

from kith_engine.analysis import Face, Look
from kith_engine.manifest import load_manifest
from kith_engine.mouth import MouthCheck
from kith_engine.network import Cover, Role
from kith_engine.packs import Pack
from kith_engine.pipeline import Pipeline
from tests.pictures import astronaut, encoded

COLORS = ["white", "black", (150, 190, 215), (120, 60, 40)]


class Says:
    """A network that always gives the same number."""

    def __init__(self, number: float) -> None:
        self._number = number

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        assert picture.shape == (1, 3, 112, 112)
        return {"covered": np.array([[self._number]], np.float32)}


def largest_face(pack: Pack, picture: Image.Image) -> Face:
    faces = Pipeline(pack).analyze(encoded(picture), "test", Look.PORTRAIT).faces
    return max(faces, key=lambda face: face.box.width)


def masked(pack: Pack, color: object) -> Image.Image:
    picture, landmarks = astronaut().copy(), largest_face(pack, astronaut()).landmarks
    eyes, nose, mouth = landmarks[:2].mean(axis=0), landmarks[2], landmarks[3:].mean(axis=0)
    across, down = landmarks[1] - landmarks[0], mouth - eyes
    top = eyes + 0.6 * (nose - eyes)
    corners = [top - across, top + across, mouth + 0.7 * across + 0.6 * down, mouth - 0.7 * across + 0.6 * down]
    ImageDraw.Draw(picture).polygon([tuple(corner.tolist()) for corner in corners], fill=color)
    return picture


def test_the_threshold_is_the_manifest_s() -> None:
    network = load_manifest("compact").optional(Role.MOUTH)
    assert network is not None
    network = replace(network, output=Cover(threshold=1.5))
    aligned = np.zeros((112, 112, 3), np.uint8)
    assert [MouthCheck(Says(number), network).covered(aligned) for number in (1.4, 1.6)] == [False, True]


def test_a_bare_face_is_not_covered(compact: Pack) -> None:
    face = largest_face(compact, astronaut())
    assert face.quality.usable
    assert not face.quality.covered


@pytest.mark.parametrize("color", COLORS)
def test_a_face_behind_a_mask_is_covered_and_still_compared(compact: Pack, color: object) -> None:
    face = largest_face(compact, masked(compact, color))
    assert face.quality.covered
    assert face.embedding is not None
