"""A photo becomes a template only if it has exactly one good face; otherwise it is refused with a reason."""

from dataclasses import replace

import pytest

from custom_components.kith.identity.photo_policy import (
    Refusal,
    choose_face,
    is_double,
    looks_more_like,
    refuse,
)
from custom_components.kith.kith_engine.analysis import Analysis, Box, Face, Flaw

from .faces import CALIBRATION, axis, face, gallery, like, template

LARGE = Box(100, 100, 300, 340)


def choose(*faces: Face) -> Face | Refusal:
    """The choice from a photo with these faces."""
    return choose_face(Analysis(1000, 1000, None, looked=True, faces=faces), CALIBRATION)


def test_the_one_good_face_is_taken() -> None:
    good = face(axis(0), LARGE)
    assert choose(good) is good


def test_small_faces_in_the_background_do_not_matter() -> None:
    good = face(axis(0), LARGE)
    assert choose(face(axis(1), Box(0, 0, 40, 40)), good) is good


def test_two_faces_of_a_size_are_refused() -> None:
    refusal = choose(face(axis(0), LARGE), face(axis(1), Box(400, 100, 590, 330)))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "several_faces"


def test_no_face_is_refused() -> None:
    assert choose() == Refusal("no_face")


@pytest.mark.parametrize("flaw", list(Flaw))
def test_a_poor_face_is_refused_with_its_flaw_and_width(flaw: Flaw) -> None:
    poor = face(None, LARGE, flaws=(flaw,))
    poor = replace(poor, quality=replace(poor.quality, width=27.6))
    assert choose(poor) == Refusal(f"face_{flaw}", 28)


def test_a_face_that_says_little_of_who_it_is_is_no_template_though_a_frame_with_it_counts() -> None:
    foggy = replace(CALIBRATION, quality=(0.4, *[0.0] * 12))
    shown = Analysis(1000, 1000, None, looked=True, faces=(face(axis(0), LARGE),))
    assert choose_face(shown, foggy) == Refusal("face_poor", 60)


def test_a_face_behind_a_mask_never_becomes_a_template() -> None:
    worn = replace(template(axis(0)), covered=True)
    refusal = refuse(worn, "ada", gallery(), CALIBRATION)
    assert refusal is not None
    assert refusal.code == "face_covered"
    assert refuse(replace(worn, covered=False), "ada", gallery(), CALIBRATION) is None


def test_nearly_the_same_photo_again_is_a_double_and_another_look_is_not() -> None:
    taken = [template(axis(0))]
    assert is_double(template(like((0, 0.95))), taken)
    assert not is_double(template(like((0, 0.85))), taken)
    assert not is_double(template(axis(0), network="another"), taken), "of another network nothing can be said"


def test_a_photo_that_looks_more_like_somebody_else_is_told() -> None:
    home = gallery(ada=axis(0), grace=axis(1))
    assert looks_more_like(template(like((1, 0.7), (0, 0.2))), "ada", home, CALIBRATION) == "grace"
    assert looks_more_like(template(like((0, 0.7), (1, 0.2))), "ada", home, CALIBRATION) is None
    assert looks_more_like(template(like((1, 0.15))), "ada", home, CALIBRATION) is None, "like neither: a new look"
    assert looks_more_like(template(like((1, 0.7))), "new", home, CALIBRATION) == "grace", "before the first photo, too"
