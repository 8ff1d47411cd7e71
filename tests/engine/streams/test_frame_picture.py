"""A frame is a picture like any other: scaled, turned, cut out."""

import io

import numpy as np
import pytest

pytest.importorskip("av")

from av import VideoFrame
from PIL import Image

from kith_engine.analysis import Box
from kith_engine.errors import PictureTooLargeError
from kith_engine.streams.frame_picture import FramePicture


def frame(width: int = 320, height: int = 240) -> VideoFrame:
    """White on the left, black on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = 255
    return VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p")


def test_it_has_a_frame_s_pixels_at_every_scale() -> None:
    picture = FramePicture(frame(), 1.0)
    assert picture.size == (320, 240)
    gray = picture.gray_eighth()
    assert gray.shape == (30, 40)
    assert gray[:, :18].mean() > 220
    assert gray[:, 22:].mean() < 40
    cut = picture.crop(Box(100, 60, 220, 180), 60, 60)
    assert cut.shape == (60, 60, 3)
    assert cut[:, :25].mean() > 240
    assert cut[:, 35:].mean() < 15
    assert picture.decoding_ms > 0


@pytest.mark.parametrize("size", [(640, 360), (960, 540), (854, 480)])
def test_motion_is_looked_for_in_the_same_pixels_whatever_was_decoded_before(size: tuple[int, int]) -> None:
    """Else each look for people would seem like motion, and call for the next."""
    pixels = np.random.default_rng(1).integers(40, 200, (size[1], size[0], 3), np.uint8)
    shown = VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p")
    before, after = FramePicture(shown, 1.0), FramePicture(shown, 1.0)
    after.decode(1.0)
    after.crop(after.frame, 320, 180)
    assert np.array_equal(before.gray_eighth(), after.gray_eighth())
    assert before.gray_eighth().shape == (-(-size[1] // 8), -(-size[0] // 8))


@pytest.mark.parametrize(("orientation", "size", "white"), [(3, (320, 240), "right"), (6, (240, 320), "top")])
def test_it_can_be_turned(orientation: int, size: tuple[int, int], white: str) -> None:
    picture = FramePicture(frame(), 1.0, orientation)
    assert picture.size == size
    shown = np.asarray(Image.open(io.BytesIO(picture.jpeg())).convert("L"))
    assert shown.shape == size[::-1]
    half = shown[:, size[0] // 2 + 8 :] if white == "right" else shown[: size[1] // 2 - 8]
    assert half.mean() > 240


def test_pictures_of_two_moments_are_two_pictures() -> None:
    one = frame()
    assert FramePicture(one, 1.0).fingerprint == FramePicture(one, 1.0).fingerprint
    assert FramePicture(one, 1.0).fingerprint != FramePicture(one, 1.1).fingerprint


def test_too_many_pixels_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kith_engine.streams.frame_picture.MOST_DECODED", 320 * 240 - 1)
    with pytest.raises(PictureTooLargeError):
        FramePicture(frame(), 1.0)
