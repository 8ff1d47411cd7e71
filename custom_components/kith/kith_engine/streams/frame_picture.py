"""A decoded frame of a stream as a picture for the pipeline: scaled while its colors are converted, with no JPEG."""

import functools
import io
import threading

from av import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import PictureTooLargeError
from ..picture import Picture
from ..picture_formats import MOST_DECODED

_QUALITY = 85
"""Of the JPEG that people look at."""


class _Scalers(threading.local):
    """Each thread's own: what a scaler prepares for frames of one size takes longer than scaling, and is kept."""

    def __init__(self) -> None:
        self.of = functools.cache(lambda _layout: VideoReformatter())


_scalers = _Scalers()


class FramePicture(Picture):
    """One frame. captured: when it was taken, in seconds since the epoch. orientation: as in EXIF."""

    def __init__(self, frame: VideoFrame, captured: float, orientation: int = 1) -> None:
        if frame.width * frame.height > MOST_DECODED:
            raise PictureTooLargeError(
                f"the stream has {frame.width} x {frame.height} pixels; at most {MOST_DECODED} are allowed: "
                "choose a smaller one"
            )
        self._frame = frame
        self.captured = captured
        self._prepare((frame.width, frame.height), orientation=orientation, scales_while_decoding=True)

    @property
    def fingerprint(self) -> tuple[int, int]:
        return 0, hash(self.captured)

    def gray_eighth(self) -> NDArray[np.uint8]:
        """(⌈height / 8⌉, ⌈width / 8⌉) luminance, always made in the same way, whatever was decoded before: pictures
        that were scaled in two ways differ as if something had moved.
        """
        return np.asarray(self._decode_scaled(8, "L"))

    def jpeg(self) -> bytes:
        """For people to look at."""
        encoded = io.BytesIO()
        self._level(1.0)[1].save(encoded, "JPEG", quality=_QUALITY)
        return encoded.getvalue()

    def _decode_scaled(self, divisor: int, mode: str) -> Image.Image:
        width, height = (-(-side // divisor) for side in self._stored_size)  # rounded up, as of JPEGs
        with self._decoding():
            smooth = Interpolation.AREA if divisor > 1 else Interpolation.FAST_BILINEAR
            layout = "rgb24" if mode == "RGB" else "gray"
            pixels = _scalers.of(layout).reformat(self._frame, width, height, layout, interpolation=smooth)
            return self._upright(Image.fromarray(pixels.to_ndarray()))
