"""Errors of PyAV in Kith's words: none of them repeats a word of PyAV's."""

import pytest

pytest.importorskip("av")

import av

from kith_engine import errors
from kith_engine.streams import can_decode
from kith_engine.streams.connection import reason

URL = "rtsp://kith:hunter2@camera/1"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("HTTPUnauthorizedError", errors.StreamRefusedError),
        ("HTTPForbiddenError", errors.StreamRefusedError),
        ("HTTPNotFoundError", errors.StreamNotFoundError),
        ("HTTPOtherClientError", errors.StreamUnreachableError),
        ("ExitError", errors.StreamUnreachableError),
        ("TimeoutError", errors.StreamUnreachableError),
        ("ConnectionRefusedError", errors.StreamUnreachableError),
        ("InvalidDataError", errors.StreamUndecodableError),
        ("EOFError", errors.StreamUnreachableError),
        ("OSError", errors.StreamUnreachableError),
        ("PatchWelcomeError", errors.StreamError),
    ],
)
def test_each_error_has_a_reason_without_the_url(name: str, kind: type[errors.StreamError]) -> None:
    told = reason(getattr(av.error, name)(1, "went wrong", URL))
    assert type(told) is kind
    assert "hunter2" not in f"{told} {told!r}"


def test_an_error_of_kith_s_own_stays() -> None:
    error = errors.StreamWithoutVideoError("only sound")
    assert reason(error) is error


def test_pyav_is_at_hand() -> None:
    assert can_decode()
