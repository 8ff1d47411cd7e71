"""The picture of a face: the right part, upright, small, and without metadata."""

import io

import numpy as np
from PIL import Image
import pytest

from kith_engine.analysis import Box
from kith_engine.crop import LARGEST, portrait
from kith_engine.errors import PictureError
from kith_engine.picture import Picture
from tests.pictures import astronaut, encoded

FACE = Box(180, 63, 268, 174)


def cut(picture: bytes, box: Box = FACE) -> Image.Image:
    return Image.open(io.BytesIO(portrait(Picture(picture), box)))


def test_the_face_is_in_the_middle_with_hair_and_chin() -> None:
    found = cut(encoded(astronaut()))
    assert found.format == "JPEG"
    assert found.size == (round(111 * 1.8), round(111 * 1.8))
    middle = (224, 118)
    wanted = astronaut().convert("RGB").crop((middle[0] - 100, middle[1] - 100, middle[0] + 100, middle[1] + 100))
    apart = np.abs(np.asarray(found.resize((200, 200)), float) - np.asarray(wanted.resize((200, 200)), float))
    assert apart.mean() < 6


def test_a_face_at_the_edge_is_cut_there() -> None:
    left = cut(encoded(astronaut()), Box(0, 0, 60, 60))
    assert left.size == (84, 84)


def test_a_large_face_is_made_small_enough() -> None:
    large = astronaut().resize((4096, 4096))
    found = cut(encoded(large), Box(*(8 * edge for edge in (180, 63, 268, 174))))
    assert max(found.size) == LARGEST


def test_a_lying_picture_is_seen_upright_and_says_nothing_of_its_camera() -> None:
    lying = astronaut().convert("RGB").transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x0110] = "a camera"
    file = io.BytesIO()
    lying.save(file, "JPEG", exif=exif)
    found = cut(file.getvalue())
    assert not found.getexif()
    upright = np.asarray(cut(encoded(astronaut())), float)
    assert np.abs(np.asarray(found.resize(upright.shape[1::-1]), float) - upright).mean() < 8


@pytest.mark.parametrize(
    "box", [Box(600, 600, 700, 700), Box(10, 10, 10, 10), Box(50, 50, 10, 10), Box(-900, 0, -800, 90)]
)
def test_what_is_not_in_the_picture_cannot_be_cut_out(box: Box) -> None:
    with pytest.raises(PictureError, match="the box is outside"):
        portrait(Picture(encoded(astronaut())), box)
