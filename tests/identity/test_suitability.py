"""A camera's suitability is judged from enough faces, by their most frequent flaw."""

import pytest

from custom_components.kith.identity.suitability import MOST_FACES_COUNTED, Suitability
from custom_components.kith.kith_engine.analysis import Flaw

from .faces import HEAD, axis, face


def counted(*faces) -> Suitability:
    told = Suitability()
    told.add(faces)
    return told


def test_few_faces_tell_nothing() -> None:
    assert not counted(*[face(axis(0), HEAD)] * 20).telling
    assert counted(*[face(axis(0), HEAD)] * 100).telling


def test_the_share_of_usable_faces_their_usual_width_and_what_limits_them() -> None:
    good = [face(axis(0), HEAD, width=61)] * 6
    small = [face(None, HEAD, flaws=(Flaw.TOO_SMALL, Flaw.BLURRED), width=17)] * 3
    dark = [face(None, HEAD, flaws=(Flaw.TOO_DARK,), width=50)]
    told = counted(*good, *small, *dark)
    assert told.share == pytest.approx(0.6)
    assert told.limit is Flaw.TOO_SMALL
    assert told.width is not None
    assert abs(told.width - 61) <= 2


def test_without_faces_there_is_no_width_and_no_limit() -> None:
    assert (Suitability().width, Suitability().limit, Suitability().share) == (None, None, 0)


def test_a_camera_that_was_moved_is_judged_anew_before_long() -> None:
    told = counted(*[face(None, HEAD, flaws=(Flaw.TOO_DARK,), width=20)] * MOST_FACES_COUNTED)
    told.add([face(axis(0), HEAD, width=80)] * (2 * MOST_FACES_COUNTED))
    assert told.share > 0.6
    assert told.width is not None
    assert told.width > 70
