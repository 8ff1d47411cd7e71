"""Opens a stream with PyAV, and says in Kith's words why that failed: PyAV's own errors contain the URL."""

from collections.abc import Iterator
import contextlib
from typing import Any

import av
from av.codec.context import Flags

from ..errors import (
    StreamError,
    StreamNotFoundError,
    StreamRefusedError,
    StreamUndecodableError,
    StreamUnreachableError,
    StreamWithoutVideoError,
)
from .protocol import StreamAddress

OPEN_TIMEOUT = 10.0
"""Seconds: a battery camera takes some to wake up."""
READ_TIMEOUT = 10.0
"""Seconds without a packet: longer than a camera with a "smart" codec pauses between two pictures of a still scene."""
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = "HTTPUnauthorizedError", "HTTPForbiddenError", "HTTPNotFoundError"
_ERRORS: tuple[tuple[type[StreamError], tuple[str, ...], str], ...] = (
    (StreamRefusedError, (_UNAUTHORIZED, _FORBIDDEN), "the camera does not accept the user name or the password"),
    (StreamNotFoundError, (_NOT_FOUND,), "the camera has no stream at this address"),
    (StreamUnreachableError, ("ExitError", "TimeoutError"), "the camera did not answer in time"),
    (StreamUnreachableError, ("ConnectionRefusedError",), "the camera refuses connections"),
    (
        StreamUnreachableError,
        ("HTTPOtherClientError", "HTTPTooManyRequestsError", "HTTPServerError"),
        "the camera refuses one more viewer",
    ),
    (StreamUndecodableError, ("DecoderNotFoundError", "InvalidDataError"), "what the camera sends cannot be decoded"),
    (
        StreamUnreachableError,
        ("EOFError", "ConnectionResetError", "BrokenPipeError"),
        "the camera ended the connection",
    ),
    (StreamUnreachableError, ("OSError",), "the camera cannot be reached"),
)
"""Errors by the names of PyAV's; the first match counts."""


def reason(error: Exception) -> StreamError:
    """Any error from reading or decoding a stream, without a word of its own message."""
    if isinstance(error, StreamError):
        return error
    names = {kind.__name__ for kind in type(error).__mro__}
    for kind, known, words in _ERRORS:
        if not names.isdisjoint(known):
            return kind(f"{words}.")
    return StreamError(f"the camera's stream failed ({type(error).__name__}).")


@contextlib.contextmanager
def opened(address: StreamAddress) -> Iterator[tuple[Any, Any]]:
    """The container and its video stream. Nothing is probed: the first keyframe says what a probe would find out.

    FFmpeg's flag "nobuffer" would throw that keyframe away, and the next one may be a minute off.

    Raises StreamError, and no other, for what is raised within, too.
    """
    options = {
        "analyzeduration": "0",
        "probesize": "32768",
        "tls_verify": str(int(address.verify)),
    }
    if address.url.startswith("rtsp"):
        options |= {"rtsp_transport": address.transport.value, "allowed_media_types": "video", "probesize": "32"}
    try:
        with av.open(address.url, options=options, timeout=(OPEN_TIMEOUT, READ_TIMEOUT)) as container:
            if not container.streams.video:
                raise StreamWithoutVideoError("the stream has no picture, only sound.")
            video = container.streams.video[0]
            if (context := video.codec_context) is None:
                raise StreamUndecodableError("the stream has a codec that nobody here knows.")
            context.thread_count = 1  # more would hold back as many pictures
            context.copy_opaque = True
            context.flags |= Flags.low_delay
            yield container, video
    except (av.FFmpegError, OSError, ValueError, StreamError) as error:
        raise reason(error) from None  # the cause's message has the URL in it
