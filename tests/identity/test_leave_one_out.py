"""A home's scores: every photo against other photos of the same person and of everybody else."""

import pytest

from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.leave_one_out import scores

from .faces import CALIBRATION, NETWORK, axis, template
from .test_gallery_check import home, looks


def test_each_photo_is_shown_once_to_everybody_and_never_to_itself() -> None:
    found = scores(home(ada=looks(0, 2, 3, 4), grace=looks(1, 2, 3)), NETWORK, CALIBRATION)
    assert sorted((score.shown, score.against) for score in found) == [
        *[("ada", "ada")] * 3,
        *[("ada", "grace")] * 3,
        *[("grace", "ada")] * 2,
        *[("grace", "grace")] * 2,
    ]
    genuine = [score.llr for score in found if score.genuine]
    impostor = [score.llr for score in found if not score.genuine]
    assert min(genuine) > 0 > max(impostor)
    same = scores(home(ada=[axis(0)] * 2), NETWORK, CALIBRATION)
    assert [score.llr for score in found if score.genuine] < [score.llr for score in same]


def test_a_single_photo_has_no_genuine_score_and_other_networks_have_none_at_all() -> None:
    single = home(ada=looks(0, 2), grace=looks(1, 2, 3))
    assert [score for score in scores(single, NETWORK, CALIBRATION) if score.shown == "ada" and score.genuine] == []
    other = Gallery({"ada": (template(axis(0), network="other"), template(axis(1), network="other"))})
    assert scores(other, NETWORK, CALIBRATION) == ()


def test_a_score_does_not_depend_on_who_else_is_enrolled() -> None:
    def genuine(*others: int) -> list[float]:
        people = {"ada": looks(0, 2, 3), **{f"p{n}": looks(n, 2, 3) for n in others}}
        found = scores(home(**people), NETWORK, CALIBRATION)
        return [score.llr for score in found if score.shown == "ada" and score.genuine]

    assert genuine() == pytest.approx(genuine(1, 5))
