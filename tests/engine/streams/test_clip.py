"""Recordings: a few pictures of each second, in order, whatever the file is like."""

import io
import itertools

import numpy as np
import pytest

pytest.importorskip("av")

from kith_engine.errors import ClipError, ClipTooLargeError
from kith_engine.streams import clip
from kith_engine.streams.clip import Clip

from .filming import SIZE
from .recording import recorded, rotated, sound


def opened(content: bytes, orientation: int = 1) -> Clip:
    return Clip(io.BytesIO(content), orientation)


def times(content: bytes) -> list[float]:
    found, seen = opened(content), []
    while (picture := found.next_picture()) is not None:
        seen.append(picture.captured)
    found.close()
    return seen


@pytest.fixture(scope="module")
def film() -> bytes:
    return recorded(4)


@pytest.mark.parametrize("kind", ["mp4", "matroska"])
def test_three_pictures_of_each_second_are_given_with_their_times(kind: str) -> None:
    seen = times(recorded(4, kind))
    assert 11 <= len(seen) <= 13
    assert seen[0] == 0
    assert all(0.3 < later - earlier < 0.45 for earlier, later in itertools.pairwise(seen))


def test_of_a_long_one_there_are_fewer_a_second(film: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "MOST_PICTURES", 4)
    assert [round(at) for at in times(film)] == [0, 1, 2, 3]


def test_only_the_beginning_of_a_very_long_one_is_looked_at(film: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "LONGEST_CLIP", 1.5)
    assert max(times(film)) <= 1.5


def test_pictures_are_turned(film: bytes) -> None:
    picture = opened(film, orientation=6).next_picture()
    assert picture is not None
    assert picture.size == SIZE[::-1]


@pytest.mark.parametrize(("rotation", "corner"), [(90, "bottom left"), (180, "bottom right"), (270, "top right")])
def test_a_file_that_says_how_it_must_be_turned_is_turned_so_and_no_further(rotation: int, corner: str) -> None:
    """As phones do that are held upright. What is white at the top left must be where players show it."""
    pixels = np.zeros((240, 320, 3), np.uint8)
    pixels[:120, :160] = 255
    picture = opened(rotated(recorded(shown=[pixels] * 5), rotation), orientation=3).next_picture()
    assert picture is not None
    gray = picture.gray_eighth()
    top, left = (side // 2 for side in gray.shape)
    quarters = {"top left": gray[:top, :left], "top right": gray[:top, left:], "bottom left": gray[top:, :left]}
    quarters["bottom right"] = gray[top:, left:]
    assert max(quarters, key=lambda name: float(quarters[name].mean())) == corner


def test_it_says_how_long_it_is_and_when_it_was_made() -> None:
    facts = opened(recorded(2, created="2026-11-23T12:00:00Z")).facts
    assert facts.length == pytest.approx(2, abs=0.2)
    assert facts.created == 1795435200
    assert opened(recorded(1)).facts.created is None
    assert clip._created("yesterday") is None
    assert clip._created("2026-11-23T12:00:00") == 1795435200


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff\xe0 a JPEG", b"#EXTM3U\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile '/etc/passwd'\n"],
)
def test_what_is_no_recording_is_not_even_opened(content: bytes) -> None:
    with pytest.raises(ClipError, match="neither an MP4 nor a Matroska"):
        opened(content)


def test_a_damaged_file_says_so(film: bytes) -> None:
    with pytest.raises(ClipError, match="damaged"):
        opened(film[:200])
    with pytest.raises(ClipError, match="damaged"):
        opened(b"\x1a\x45\xdf\xa3" + bytes(100))


def test_what_is_left_of_one_that_was_cut_off_is_looked_at() -> None:
    whole = recorded(4, "matroska")
    assert 0 < len(times(whole[: len(whole) // 2])) < len(times(whole))


def test_a_file_without_pictures_says_so() -> None:
    with pytest.raises(ClipError, match="only sound"):
        opened(sound())


def test_pictures_that_cannot_be_decoded_are_an_error(film: bytes) -> None:
    start = film.index(b"mdat") + 4
    length = int.from_bytes(film[start - 8 : start - 4])
    with pytest.raises(ClipError, match=r"can be decoded|damaged"):
        times(film[:start] + bytes(length - 8) + film[start + length - 8 :])


def test_too_many_pixels_are_refused_before_they_are_decoded(film: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "MOST_DECODED", SIZE[0] * SIZE[1] - 1)
    with pytest.raises(ClipTooLargeError, match="320 x 240"):
        opened(film)


def test_a_closed_one_gives_no_more_pictures(film: bytes) -> None:
    found = opened(film)
    assert found.next_picture() is not None
    found.close()
    with pytest.raises(ClipError, match="closed"):
        found.next_picture()
