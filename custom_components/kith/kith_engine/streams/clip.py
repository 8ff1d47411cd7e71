"""A recording, looked at from its beginning: a few pictures of each second."""

from collections.abc import Iterator
from datetime import UTC, datetime
import threading
from typing import IO, Any

import av
from av.error import InvalidDataError

from ..errors import ClipError, ClipTooLargeError
from ..picture_formats import MOST_DECODED
from .clip_protocol import LONGEST_CLIP, ClipFacts
from .frame_picture import FramePicture

PICTURES_A_SECOND = 3.0
"""Neighboring ones are too alike to add anything, and a person who walks past is seen in several."""
MOST_PICTURES = 300
"""Of a long recording, fewer a second: a small computer takes a fifth of a second for each."""
_ALMOST = 0.01
"""Seconds: some files round the times of their pictures."""
_USUAL_RATE = 25.0
"""Pictures a second of a recording whose pictures have no time."""
_OF_ROTATION = {90: 8, -90: 6, 180: 3, -180: 3}
"""EXIF's orientation for the degrees counterclockwise by which players turn a file's pictures (ISO 14496-12, 8.3.2)."""
_MATROSKA, _MP4 = b"\x1a\x45\xdf\xa3", (b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide")
"""How a Matroska or WebM file begins; what stands after the first four bytes of an MP4 or QuickTime file."""


class Clip:
    """One recording, and the file that it is in. `close` may be called from any thread.

    orientation: as in EXIF, for files that do not say themselves how they must be turned, as those of phones do.
    """

    def __init__(self, file: IO[bytes], orientation: int = 1) -> None:
        """Raises ClipError for anything but a recording with pictures."""
        self._file = file
        self._orientation = orientation
        self._lock = threading.Lock()
        kind = _kind(file)
        try:
            # the kind is given, because FFmpeg knows some that name other files and addresses
            self._container: Any = av.open(file, format=kind)
        except (av.FFmpegError, ValueError) as error:
            raise _error(error) from error
        try:
            self.facts = self._facts()
        except BaseException:
            self._container.close()
            raise
        self._frames = self._decoded()
        self._interval = max(1 / PICTURES_A_SECOND, min(self.facts.length, LONGEST_CLIP) / MOST_PICTURES)
        self._due = 0.0
        self._any = self._closed = False

    def close(self) -> None:
        """Waits for the picture that is being decoded."""
        with self._lock:
            self._closed = True
            self._container.close()
            self._file.close()

    def next_picture(self) -> FramePicture | None:
        """`captured` counts from the recording's beginning. None after the last one, or after LONGEST_CLIP.

        Raises ClipError if not one picture can be decoded, and PictureTooLargeError.
        """
        with self._lock:
            if self._closed:
                raise ClipError("it was closed meanwhile.")
            return self._next_picture()

    def _next_picture(self) -> FramePicture | None:
        for at, frame in self._frames:
            if at > LONGEST_CLIP:
                break
            if at >= self._due - _ALMOST:
                self._due, self._any = max(self._due, at - self._interval) + self._interval, True
                return FramePicture(frame, at, _OF_ROTATION.get(frame.rotation, self._orientation))
        if not self._any:
            raise ClipError("none of its pictures can be decoded.")
        return None

    def _facts(self) -> ClipFacts:
        if not self._container.streams.video:
            raise ClipError("it has no pictures, only sound.")
        context = self._container.streams.video[0].codec_context
        context.thread_count = 1  # the other processors belong to the cameras
        if context.width * context.height > MOST_DECODED:
            raise ClipTooLargeError(f"it has {context.width} x {context.height} pixels; {MOST_DECODED} are allowed.")
        length = (self._container.duration or 0) / av.time_base
        return ClipFacts(max(length, 0.0), _created(self._container.metadata.get("creation_time", "")))

    def _decoded(self) -> Iterator[tuple[float, Any]]:
        """All pictures that can be decoded, with their times; these never go back."""
        video = self._container.streams.video[0]
        rate = float(video.average_rate or _USUAL_RATE)
        first, last, count = None, 0.0, 0
        try:
            for packet in self._container.demux(video):
                try:
                    frames = packet.decode()
                except InvalidDataError:  # the next keyframe mends it
                    continue
                for frame in frames:
                    count += 1
                    time = frame.time if frame.time is not None else (count - 1) / rate
                    first = time if first is None else first
                    last = max(last, time - first)
                    if not frame.is_corrupt:
                        yield last, frame
        except av.FFmpegError as error:
            if not self._any:
                raise _error(error) from error
            return  # the rest of it is missing


def _kind(file: IO[bytes]) -> str:
    beginning = file.read(8)
    file.seek(0)
    if beginning.startswith(_MATROSKA):
        return "matroska"
    if beginning[4:] in _MP4:
        return "mp4"
    raise ClipError("it is neither an MP4 nor a Matroska file.")


def _created(text: str) -> float | None:
    """Seconds since the epoch. Recorders write UTC, and some a time long ago when their clock was not set."""
    try:
        created = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp()


def _error(error: Exception) -> ClipError:
    return ClipError(f"it is damaged or has an unknown codec ({type(error).__name__}).")
