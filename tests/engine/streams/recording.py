"""Recordings as cameras make them: the film of `filming.py` in a file."""

from collections.abc import Iterable
import io
import struct
from typing import Any

import av
import numpy as np

from .filming import RATE, SIZE, pictures


def recorded(
    seconds: float = 4,
    kind: str = "mp4",
    shown: Iterable[np.ndarray] | None = None,
    size: tuple[int, int] = SIZE,
    created: str | None = None,
) -> bytes:
    """kind: mp4 or matroska. shown: RGB pictures of this size, 15 a second; the usual film if there are none."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        if created is not None:
            container.metadata["creation_time"] = created
        video: Any = container.add_stream("libx264", rate=RATE)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.options = {"preset": "ultrafast", "g": str(RATE)}
        for picture in shown if shown is not None else pictures(seconds, size):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return file.getvalue()


def rotated(mp4: bytes, degrees: int) -> bytes:
    """The file with a track that says by how much players must turn it counterclockwise (ISO 14496-12, 8.3.2)."""
    down = {90: (0, -1, 1, 0), 180: (-1, 0, 0, -1), 270: (0, 1, -1, 0)}[degrees]
    matrix = [down[0], down[1], 0, down[2], down[3], 0, 0, 0]
    upright = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    begin = mp4.index(upright, mp4.index(b"tkhd"))
    turned = struct.pack(">9i", *(number << 16 for number in matrix), 1 << 30)
    return mp4[:begin] + turned + mp4[begin + len(turned) :]


def sound() -> bytes:
    """A second of silence."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        audio: Any = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), "fltp", "mono")
        frame.sample_rate = 16000
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return file.getvalue()
