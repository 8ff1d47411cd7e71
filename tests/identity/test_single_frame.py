"""A single picture gives a hint, never more."""

import pytest

from custom_components.kith.identity.comparison import Comparison
from custom_components.kith.identity.demand import Sureness
from custom_components.kith.identity.evidence import Doubt, Outcome
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.single_frame import Hint, judge
from custom_components.kith.kith_engine.analysis import Box, Flaw

from .faces import FACTS, HEAD, NOON, axis, face, gallery, like, template

HOME = gallery(ada=axis(0), grace=axis(1))


def compared(**people) -> Comparison:
    return Comparison.of(gallery(**people) if people else HOME, FACTS, Sureness.NORMAL)


@pytest.mark.parametrize(
    ("vector", "hint", "person_id"),
    [
        (like((0, 0.9)), Hint.LIKELY, "ada"),
        (axis(5), Hint.LIKELY_STRANGER, None),
        (like((0, 0.3)), Hint.UNSURE, None),
        (None, Hint.UNUSABLE, None),
    ],
)
def test_the_most_that_one_picture_says(vector, hint: Hint, person_id: str | None) -> None:
    flaws = () if vector is not None else (Flaw.BLURRED,)
    (found,) = judge(compared(), [face(vector, HEAD, flaws)], NOON) or ()
    assert (found.hint, found.person_id) == (hint, person_id)


def test_however_clear_it_is_a_camera_would_name_nobody_yet() -> None:
    (found,) = judge(compared(), [face(axis(0), HEAD)], NOON) or ()
    assert found.hint is Hint.LIKELY
    assert (found.verdict.outcome, found.verdict.doubt) == (Outcome.LIKELY, None)


def test_the_largest_face_comes_first() -> None:
    large = face(axis(1), Box(0, 0, 300, 300))
    assert [found.person_id for found in judge(compared(), [face(axis(0), HEAD), large], NOON) or ()] == [
        "grace",
        "ada",
    ]


def test_of_a_picture_with_somebody_who_is_not_to_be_recognized_nothing_is_said() -> None:
    avoiding = Comparison.of(HOME, FACTS, Sureness.NORMAL, {"grace"})
    faces = [face(axis(0), HEAD), face(axis(1), Box(300, 0, 360, 60))]
    assert judge(avoiding, faces, NOON) is None
    assert judge(avoiding, faces[:1], NOON) is not None


def test_with_nobody_enrolled_nobody_is_likely() -> None:
    nobody = Comparison.of(gallery(), FACTS, Sureness.NORMAL)
    (found,) = judge(nobody, [face(axis(0), HEAD)], NOON) or ()
    assert (found.hint, found.verdict.doubt) == (Hint.UNSURE, Doubt.NOBODY_ENROLLED)


def test_while_somebody_cannot_be_compared_nobody_is_likely_a_stranger() -> None:
    """Their template is another network's: it could be them."""
    waiting = Gallery({"ada": (template(axis(0)),), "grace": (template(axis(1), network="net-of-yore"),)})
    (found,) = judge(Comparison.of(waiting, FACTS, Sureness.NORMAL), [face(axis(5), HEAD)], NOON) or ()
    assert found.hint is Hint.UNSURE
