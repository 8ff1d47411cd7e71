"""Outfits are compared only where they tell enough, and more strictly in the dark."""

import numpy as np
import pytest

from custom_components.kith.identity.outfit import BODIES_KEPT, ENOUGH, RENEWED_EVERY, SAME_BY_DAY, Outfit, likeness
from custom_components.kith.kith_engine.analysis import Body

from .faces import after, axis, like


def outfit(vector: np.ndarray, count: int = ENOUGH, *, dim: bool = False) -> Outfit:
    made = Outfit()
    for number in range(count):
        made.add(Body(vector, dim), after(number))
    return made


def test_a_body_seen_once_or_twice_tells_nothing() -> None:
    assert not outfit(axis(0), ENOUGH - 1).tells
    assert outfit(axis(0)).tells


def test_the_same_clothes_are_demanded_more_surely_in_the_dark() -> None:
    near = like((0, SAME_BY_DAY + 0.02))
    assert likeness(outfit(axis(0)), outfit(near)) == pytest.approx(0.02, abs=1e-5)
    assert likeness(outfit(axis(0)), outfit(near, dim=True)) < 0
    assert likeness(outfit(axis(0), dim=True), outfit(near)) < 0


def test_what_was_not_seen_is_like_nothing() -> None:
    assert likeness(Outfit(), outfit(axis(0))) < -1
    assert likeness(outfit(axis(0)), Outfit()) < -1


def test_bodies_of_another_network_are_never_compared() -> None:
    other = outfit(np.eye(5, dtype=np.float32)[0])
    assert likeness(outfit(axis(0)), other) < -1
    other.add(Body(axis(0)), after(9))
    assert likeness(outfit(axis(0)), other) == pytest.approx(1 - SAME_BY_DAY)
    assert not other.tells


def test_the_newest_bodies_count() -> None:
    changed = outfit(axis(0))
    for number in range(BODIES_KEPT):
        changed.add(Body(axis(1)), after(10 + number))
    assert likeness(changed, outfit(axis(1))) == pytest.approx(1 - SAME_BY_DAY)


def test_a_body_is_looked_at_again_after_a_while() -> None:
    seen = Outfit()
    assert seen.due(after(0))
    seen = outfit(axis(0))
    assert not seen.due(after(ENOUGH - 1))
    assert seen.due(after(ENOUGH - 1) + RENEWED_EVERY)
