"""Comparisons: only within a network and with people who agreed; evidence for one person is evidence against others."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.kith.identity.gallery import Gallery, Weights
from custom_components.kith.identity.scores import Probe, direction_of

from .faces import CALIBRATION, NETWORK, axis, gallery, like, template


def weigh(home: Gallery, vector: np.ndarray) -> Weights:
    return home.index(NETWORK, CALIBRATION).weigh(direction_of([Probe(vector, 0.8)]))


def evidence(home: Gallery, vector: np.ndarray, person: str = "ada") -> float:
    return dict(weigh(home, vector).people)[person]


def test_the_likest_person_comes_first_with_evidence_against_the_others() -> None:
    weights = weigh(gallery(ada=axis(0), grace=axis(1)), like((0, 0.8), (1, 0.2)))
    assert [who for who, _ in weights.people] == ["ada", "grace"]
    assert weights.people[0][1] > 10
    assert weights.people[1][1] < -10
    assert weights.cosines == pytest.approx((0.8, 0.2), abs=1e-4)
    assert weights.stranger < -10


def test_a_face_like_nobody_is_evidence_for_a_stranger() -> None:
    assert weigh(gallery(ada=axis(0), grace=axis(1)), axis(5)).stranger > 5


def test_several_looks_of_a_person_are_recognized_together() -> None:
    looks = gallery(ada=like((0, 0.8))).with_templates("ada", [template(0.8 * axis(0) + 0.6 * axis(2))])
    assert evidence(looks, axis(0)) > evidence(gallery(ada=like((0, 0.8))), axis(0))


def test_two_who_look_alike_raise_each_others_demand() -> None:
    seen = like((0, 0.7))
    alone = evidence(gallery(ada=axis(0)), seen)
    with_twin = evidence(gallery(ada=axis(0), grace=like((0, 0.9))), seen)
    assert with_twin < alone - 5


def test_a_face_that_was_marked_as_not_ada_counts_against_ada_and_nobody_else() -> None:
    sister = like((0, 0.6), (1, 0.3))
    home = gallery(ada=axis(0), grace=axis(1))
    marked = home.with_negative("ada", template(sister))
    assert evidence(marked, sister) < 0 < evidence(home, sister)
    assert evidence(marked, axis(1), "grace") == pytest.approx(evidence(home, axis(1), "grace"), abs=1e-3)


def test_the_postmans_kept_face_makes_him_a_stranger_and_no_lookalike() -> None:
    postman = like((0, 0.55))
    home = gallery(ada=axis(0))
    kept = home.with_stranger(template(postman))
    assert evidence(kept, postman) < 0 < evidence(home, postman)
    assert weigh(kept, postman).stranger > 0 > weigh(home, postman).stranger


def test_who_has_many_lookalikes_in_the_world_needs_more_evidence() -> None:
    seen, crowded = like((0, 0.5)), replace(CALIBRATION, crowd=np.stack([like((0, 0.6))] * 5))
    ordinary = dict(weigh(gallery(ada=axis(0)), seen).people)["ada"]
    index = gallery(ada=axis(0)).index(NETWORK, crowded)
    among_lookalikes = dict(index.weigh(direction_of([Probe(seen, 0.8)])).people)["ada"]
    assert among_lookalikes < ordinary - 5
    both = replace(crowded, crowding_seen=crowded.crowding)
    visitor_too = dict(gallery(ada=axis(0)).index(NETWORK, both).weigh(direction_of([Probe(seen, 0.8)])).people)["ada"]
    assert visitor_too < among_lookalikes


def test_templates_of_another_network_are_never_compared() -> None:
    home = gallery(ada=axis(0)).with_templates("grace", [template(axis(1), network="other-network")])
    home = home.with_stranger(template(axis(1), network="other-network"))
    assert [who for who, _ in weigh(home, axis(1)).people] == ["ada"]
    assert len(home.index(NETWORK, CALIBRATION).first.vectors) == 1


def test_who_is_not_allowed_is_not_in_the_gallery_with_all_that_was_kept_of_them() -> None:
    home = gallery(ada=axis(0), grace=axis(1)).with_negative("ada", template(axis(2)))
    allowed = home.only(["grace"])
    assert allowed.people == {"grace"}
    assert not allowed.negatives


def test_an_empty_gallery_says_nothing_of_anybody() -> None:
    assert weigh(gallery(), axis(0)) == Weights()


def test_taking_a_person_out_leaves_the_others() -> None:
    home = gallery(ada=axis(0), grace=axis(1)).without("ada")
    assert np.array_equal(home.templates["grace"][0].vector, axis(1))
    assert "ada" not in home.templates


def test_templates_can_be_taken_back_whosever_they_are() -> None:
    known = gallery(ada=axis(0)).with_templates("ada", [template(axis(1), name="more")])
    marked = known.with_negative("ada", template(axis(2), name="not her")).with_stranger(
        template(axis(3), name="postman")
    )
    assert marked.template_ids == {"t", "more", "not her", "postman"}
    left = marked.without_templates(["more", "not her", "postman"])
    assert left.template_ids == {"t"}
    assert left.without_templates(["t"]).people == set()


def test_many_directions_are_weighed_as_each_by_itself() -> None:
    home = Gallery({"ada": (template(axis(0)),), "grace": (template(axis(1)),)})
    index = home.with_negative("ada", template(like((0, 0.5)))).with_stranger(template(axis(3)))
    index = index.index(NETWORK, CALIBRATION)
    seen = [direction_of([Probe(like((0, share), (1, 0.2)), 0.8)]) for share in (0.0, 0.3, 0.7)]
    together = index.weigh_all(seen)
    for one, weights in zip(seen, together, strict=True):
        alone = index.weigh(one)
        assert [who for who, _ in weights.people] == [who for who, _ in alone.people]
        assert weights.alone == pytest.approx(alone.alone, abs=1e-4)
        assert weights.stranger == pytest.approx(alone.stranger, abs=1e-4)
    assert index.weigh_all([]) == []
