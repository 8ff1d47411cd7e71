"""A photo becomes a template only with one good face, and is refused with the reason."""

from dataclasses import replace

import pytest

from custom_components.kith.identity.enrolment import Refusal, choose_face
from custom_components.kith.kith_engine.analysis import Analysis, Box, Face, Flaw

from .faces import axis, face

LARGE = Box(100, 100, 300, 340)


def photo(*faces: Face) -> Analysis:
    return Analysis(1000, 1000, None, looked=True, faces=faces)


def test_the_one_good_face_is_taken() -> None:
    good = face(axis(0), LARGE)
    assert choose_face(photo(good)) is good


def test_small_faces_in_the_background_do_not_matter() -> None:
    good = face(axis(0), LARGE)
    assert choose_face(photo(face(axis(1), Box(0, 0, 40, 40)), good)) is good


def test_two_faces_of_a_size_are_refused() -> None:
    refusal = choose_face(photo(face(axis(0), LARGE), face(axis(1), Box(400, 100, 590, 330))))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "several_faces"


def test_no_face_is_refused() -> None:
    assert choose_face(photo()) == Refusal("no_face")


@pytest.mark.parametrize("flaw", list(Flaw))
def test_a_poor_face_is_refused_with_its_flaw_and_width(flaw: Flaw) -> None:
    poor = face(None, LARGE, flaws=(flaw,))
    poor = replace(poor, quality=replace(poor.quality, width=27.6))
    assert choose_face(photo(poor)) == Refusal(f"face_{flaw}", 28)
