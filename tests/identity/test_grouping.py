"""Faces of one person become one question; faces of two people never do."""

from collections.abc import Sequence

import numpy as np
import pytest

from custom_components.kith.identity import grouping
from custom_components.kith.identity.gallery import Template
from custom_components.kith.identity.grouping import grouped, is_one_of
from custom_components.kith.kith_engine.calibration import Calibration

from .faces import CALIBRATION, axis, like, template


def named(name: str, *parts: tuple[int, float]) -> Template:
    """A face with these shares of these people, and none of the crowd."""
    vector = sum((share * axis(number) for number, share in parts), np.zeros(8, np.float32))
    return template(vector / np.linalg.norm(vector), name=name)


def ids(groups: list[list[Template]]) -> set[frozenset[str]]:
    return {frozenset(face.template_id for face in mine) for mine in groups}


def test_nobody_is_no_group() -> None:
    assert grouped([], CALIBRATION) == []
    assert ids(grouped([template(axis(0), name="one")], CALIBRATION)) == {frozenset({"one"})}


def test_faces_of_one_person_come_together_and_two_people_stay_two() -> None:
    faces = [
        named("a1", (0, 0.8), (6, 0.3)),
        named("b1", (1, 0.8), (6, 0.3)),
        named("a2", (0, 0.8), (5, 0.3)),
        named("b2", (1, 0.8), (5, 0.3)),
    ]
    assert ids(grouped(faces, CALIBRATION)) == {frozenset({"a1", "a2"}), frozenset({"b1", "b2"})}


def test_one_face_between_two_people_does_not_make_them_one() -> None:
    """As they would be if the nearest pair alone decided."""
    ada = [named(f"a{number}", (0, 0.9), (6, 0.05 * number)) for number in range(3)]
    grace = [named(f"g{number}", (1, 0.9), (6, 0.05 * number)) for number in range(3)]
    groups = ids(grouped([*ada, *grace, named("between", (0, 0.6), (1, 0.6))], CALIBRATION))
    assert not any({"a0", "g0"} <= group for group in groups)


def test_every_face_is_in_one_group_in_the_order_it_came() -> None:
    random = np.random.default_rng(3)
    vectors = random.normal(size=(60, 8))
    faces = [template(vector / np.linalg.norm(vector), name=f"{number:02}") for number, vector in enumerate(vectors)]
    found = [[face.template_id for face in mine] for mine in grouped(faces, CALIBRATION)]
    assert sorted(name for mine in found for name in mine) == [f"{number:02}" for number in range(60)]
    assert all(mine == sorted(mine) for mine in found)


def test_who_is_known_is_found_again_and_nobody_else() -> None:
    postman = template(axis(3), name="postman")
    assert is_one_of([template(like((3, 0.8)), name="x")], [postman], CALIBRATION)
    assert not is_one_of([template(like((2, 0.8)), name="x")], [postman], CALIBRATION)
    assert not is_one_of([template(axis(3), name="x")], [template(axis(3), network="another")], CALIBRATION)


def test_one_group_is_found_without_grouping_all_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def counted(faces: Sequence[Template], calibration: Calibration) -> list[list[Template]]:
        calls.append(len(faces))
        return grouped(faces, calibration)

    monkeypatch.setattr(grouping, "grouped", counted)
    clusters, faces = grouping.Clusters(), [template(axis(0), name="one"), template(axis(1), name="two")]
    assert clusters.of(faces, CALIBRATION) == clusters.of(faces, CALIBRATION)
    assert calls == [2]
    clusters.of(faces[:1], CALIBRATION)
    clusters.forget()
    clusters.of(faces[:1], CALIBRATION)
    assert calls == [2, 1, 1]
