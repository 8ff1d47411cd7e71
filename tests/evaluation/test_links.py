"""Broken walks are played as cameras would show them, and what came of it is counted."""

from pathlib import Path

import pytest

from custom_components.kith.kith_engine.analysis import Body
from custom_components.kith.kith_engine.manifest import SHIPPED
from custom_components.kith.kith_engine.packs import open_pack
from evaluation import links
from evaluation.links import Bodies, figures, followed, linked
from tests.identity.faces import axis

RED, BLACK = 0, 1


def walk(outfit: int, pictures: int = 20) -> Bodies:
    return [Body(axis(outfit))] * pictures


def test_a_walk_goes_on_by_what_is_worn() -> None:
    assert linked([walk(RED)], walk(RED), 0) == "right"
    assert linked([walk(RED), walk(BLACK)], walk(BLACK), 1) == "right"
    assert linked([walk(RED)], walk(BLACK), None) == "none"
    assert linked([walk(RED), walk(RED)], walk(RED), 0) == "none", "two alike are a doubt"


def test_whoever_wears_the_same_is_taken_for_them() -> None:
    assert linked([walk(RED)], walk(RED), None) == "wrong"
    assert linked([walk(RED), walk(BLACK)], walk(BLACK), 0) == "wrong"
    assert followed(walk(RED), [], walk(RED), same=False) == "wrong"


def test_somebody_is_followed_to_the_next_camera_unless_two_are_alike() -> None:
    assert followed(walk(RED), [], walk(RED), same=True) == "right"
    assert followed(walk(RED), [walk(BLACK)], walk(RED), same=True) == "right"
    assert followed(walk(RED), [walk(RED)], walk(RED), same=True) == "none"
    assert followed(walk(RED), [], walk(BLACK), same=False) == "none"


def test_where_too_little_was_seen_nothing_is_counted() -> None:
    assert linked([walk(RED, 2)], walk(RED), 0) == "unseen"
    assert linked([walk(RED)], [None] * 9, 0) == "unseen"
    assert followed(walk(RED), [], [None] * 9, same=True) == "unseen"


def test_walks_are_broken_mixed_and_taken_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures([(("film", 1), walk(RED)), (("film", 2), walk(BLACK))])
    assert found["broken"] == {"right": 6}
    assert found["broken beside another"] == {"right": 2}
    assert found["somebody else comes"] == {"none": 18}
    assert found["next camera, somebody else"] == {"none": 18}
    links.show({"walks": 2, "people": 2, "day": found, "night": {}})
    assert "day: somebody else comes" in capsys.readouterr().out


def test_a_pack_without_bodies_has_nothing_to_measure(capsys: pytest.CaptureFixture[str]) -> None:
    found = links.measure(open_pack(Path(SHIPPED), "compact"))
    assert found["walks"] == 0
    links.show(found)
    assert "no network for bodies" in capsys.readouterr().out
