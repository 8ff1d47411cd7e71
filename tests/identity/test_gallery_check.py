"""What a home's own photos say about how well its people can be told apart."""

import numpy as np
import pytest

from custom_components.kith.identity.demand import Sureness
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.gallery_check import Advice, Expected, check

from .faces import CALIBRATION, NETWORK, axis, like, template


def looks(person: int, *others: int) -> list[np.ndarray]:
    """Photos of one person, each slightly different."""
    return [(0.8 * axis(person) + 0.6 * axis(other)).astype(np.float32) for other in others]


def home(**people: list[np.ndarray]) -> Gallery:
    return Gallery(
        {who: tuple(template(v, f"{who}{n}") for n, v in enumerate(vectors)) for who, vectors in people.items()}
    )


def test_people_who_are_easily_told_apart_need_nothing() -> None:
    found = check(home(ada=looks(0, 2, 3, 4), grace=looks(1, 2, 3, 4)), NETWORK, CALIBRATION)
    assert all((e.photos, e.missed, e.mixed_up) == (6, 0, 0) for e in found.expected.values())
    assert (found.odd, dict(found.advice)) == ((), {})
    assert found.closest is not None
    assert {found.closest.first, found.closest.second} == {"ada", "grace"}
    assert found.closest.alike < 0


def test_a_photo_in_the_wrong_folder_is_found_and_whom_it_shows() -> None:
    mixed = home(ada=[*looks(0, 2, 3, 4), looks(1, 5)[0]], grace=looks(1, 2, 3, 4))
    found = check(mixed, NETWORK, CALIBRATION)
    assert [(odd.person_id, odd.template_id, odd.likest) for odd in found.odd] == [("ada", "ada3", "grace")]
    assert Advice.REPLACE_OUTLIERS in found.advice["ada"]
    assert found.expected[Sureness.NORMAL].mixed_up == 1


def test_a_photo_that_is_like_nobody_is_odd_without_being_anybody_elses() -> None:
    found = check(home(ada=[*looks(0, 2, 3, 4), axis(6)], grace=looks(1, 2, 3, 4)), NETWORK, CALIBRATION)
    assert [(odd.template_id, odd.likest) for odd in found.odd] == [("ada3", None)]
    assert found.expected[Sureness.NORMAL].missed == 1


def test_two_who_look_alike_are_named() -> None:
    twins = home(ada=looks(0, 2, 3, 4), eve=[like((0, 0.85), (5, n)) for n in (0.1, 0.2, 0.3)], grace=looks(1, 2, 3, 4))
    found = check(twins, NETWORK, CALIBRATION)
    assert found.closest is not None
    assert (found.closest.first, found.closest.second) == ("ada", "eve")
    assert found.closest.alike > 0
    assert all(Advice.TELL_APART in found.advice[who] for who in ("ada", "eve"))
    assert "grace" not in found.advice


def test_who_has_few_photos_is_advised_to_add_some() -> None:
    found = check(home(ada=looks(0, 2), grace=looks(1, 2, 3, 4)), NETWORK, CALIBRATION)
    assert found.advice["ada"] == (Advice.ADD_PHOTOS,)
    assert found.expected[Sureness.NORMAL].photos == 3, "a single photo cannot be compared with itself"


def test_stricter_settings_miss_no_less() -> None:
    blurred = home(ada=[like((0, share)) for share in (0.3, 0.4, 0.5)], grace=looks(1, 2, 3, 4))
    missed = [check(blurred, NETWORK, CALIBRATION).expected[sureness].missed for sureness in Sureness]
    assert missed == sorted(missed)


@pytest.mark.parametrize(
    ("photos", "missed", "between"),
    [(9, 1, None), (10, 0, (0.0, 0.278)), (10, 5, (0.237, 0.763)), (100, 1, (0.002, 0.054))],
)
def test_a_share_is_told_with_its_uncertainty_or_not_at_all(
    photos: int, missed: int, between: tuple[float, float] | None
) -> None:
    assert Expected(photos, missed, 0, 0.001).share_missed == (between and pytest.approx(between, abs=5e-4))


def test_an_empty_gallery_has_nothing_to_check() -> None:
    found = check(Gallery(), NETWORK, CALIBRATION)
    assert (found.closest, found.odd, dict(found.advice)) == (None, (), {})
