"""Pictures → a camera's encoded video, as the access units that one picture each needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
import re
from typing import cast

import av
from av.video.codeccontext import VideoCodecContext
import numpy as np
from numpy.typing import NDArray

_START = re.compile(rb"\x00\x00\x00?\x01")
"""Before each NAL unit of a byte stream (ITU-T H.264, annex B)."""


class Codec(StrEnum):
    """The two that cameras have, by their names in RTP."""

    H264 = "H264"
    H265 = "H265"

    def is_parameter_set(self, nal: bytes) -> bool:
        """Does this NAL unit say how to decode the others?"""
        return nal[0] & 0x1F in {7, 8} if self is Codec.H264 else nal[0] >> 1 & 0x3F in {32, 33, 34}


_AS_IN_CAMERAS = {Codec.H264: ":cabac=1:deblock=0,0"}
"""What cameras' H.264 has and the encoder's fastest preset leaves out; decoding it takes longer."""


_GOOD_ENOUGH = "25"
"""The quality at which the noise of a sensor takes a quarter of a camera's usual bits, and a person all of them."""


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One encoded picture. at: when it is sent, in seconds. stamp: the time it claims, which a camera may get wrong."""

    at: float
    stamp: float
    keyframe: bool
    nals: tuple[bytes, ...]


class Encoder:
    """Encodes pictures as they come, with a keyframe every so many seconds; none waits for a later one.

    bit_rate: bits in a second, as a camera keeps to them; by default, as many as the pictures need to look good.
    variable: the camera spends fewer while little happens.
    """

    def __init__(
        self,
        size: tuple[int, int],
        rate: int,
        keyframe_every: float,
        codec: Codec = Codec.H264,
        bit_rate: int | None = None,
        *,
        variable: bool = False,
    ) -> None:
        name, settings = {Codec.H264: ("libx264", "x264-params"), Codec.H265: ("libx265", "x265-params")}[codec]
        self._context = cast(VideoCodecContext, VideoCodecContext.create(name, "w"))
        self._context.width, self._context.height = size
        self._context.pix_fmt = "yuv420p"
        self._context.framerate = Fraction(rate)
        self._context.time_base = Fraction(1, rate)
        self._context.gop_size = max(1, round(rate * keyframe_every))
        quiet = "scenecut=0:log-level=none" if codec is Codec.H265 else "scenecut=0"
        spent = {"crf": "23"}
        if bit_rate is not None:
            spent = {"maxrate": str(bit_rate), "bufsize": str(bit_rate)}
            quiet += _AS_IN_CAMERAS.get(codec, "")
            if variable:
                spent["crf"] = _GOOD_ENOUGH
            else:
                self._context.bit_rate = bit_rate
        self._context.options = {"preset": "ultrafast", "tune": "zerolatency", **spent, settings: quiet}
        self._rate = rate
        self._count = 0

    def encode(self, picture: NDArray[np.uint8]) -> AccessUnit:
        """picture: (height, width, 3) RGB."""
        frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
        frame.pts, at = self._count, self._count / self._rate
        self._count += 1
        [packet] = self._context.encode(frame)
        return AccessUnit(at, at, packet.is_keyframe, tuple(nal for nal in _START.split(bytes(packet)) if nal))


def encoded(
    pictures: Iterable[NDArray[np.uint8]],
    rate: int,
    keyframe_every: float,
    codec: Codec = Codec.H264,
    bit_rate: int | None = None,
    *,
    variable: bool = False,
) -> Iterator[AccessUnit]:
    """All of them, of one size."""
    encoder: Encoder | None = None
    for picture in pictures:
        if encoder is None:
            size = picture.shape[1], picture.shape[0]
            encoder = Encoder(size, rate, keyframe_every, codec, bit_rate, variable=variable)
        yield encoder.encode(picture)
