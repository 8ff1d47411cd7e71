"""What another pack would change: the same faces and photos, judged by both."""

from dataclasses import replace

import pytest

from custom_components.kith.identity.comparison import Comparison
from custom_components.kith.identity.demand import Sureness
from custom_components.kith.identity.evidence import Conclusion, Outcome
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.pack_replay import (
    Change,
    PackReplay,
    ReplayedVisit,
    TriedPhotos,
    judge_alone,
    lost,
    tried_photos,
)

from .faces import FACTS, HEAD, NOON, axis, face, gallery, like, template

OTHER = replace(FACTS, embedding="net-other")
ADA, GRACE = Conclusion(Outcome.KNOWN, "ada"), Conclusion(Outcome.KNOWN, "grace")
STRANGER, UNSURE = Conclusion(Outcome.STRANGER), Conclusion(Outcome.UNSURE)
UNUSABLE = Conclusion(Outcome.UNUSABLE)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (ADA, ADA, None),
        (UNSURE, UNUSABLE, None),
        (STRANGER, STRANGER, None),
        (UNSURE, ADA, Change.NAMED),
        (STRANGER, ADA, Change.NAMED),
        (ADA, UNSURE, Change.UNNAMED),
        (ADA, STRANGER, Change.UNNAMED),
        (ADA, GRACE, Change.RENAMED),
        (UNSURE, STRANGER, Change.STRANGER),
        (STRANGER, UNUSABLE, Change.NO_STRANGER),
    ],
)
def test_each_pair_of_results_is_one_kind_of_change(
    before: Conclusion, after: Conclusion, change: Change | None
) -> None:
    assert ReplayedVisit("v", before, after).change is change


def test_changes_are_counted_by_the_people_they_are_about() -> None:
    pairs = [(UNSURE, ADA), (STRANGER, ADA), (UNSURE, GRACE), (ADA, GRACE), (UNSURE, UNSURE)]
    visits = tuple(ReplayedVisit(str(number), *pair) for number, pair in enumerate(pairs))
    replay = PackReplay("pack", visits, (), {})
    assert replay.people(Change.NAMED) == {(None, "ada"): 2, (None, "grace"): 1}
    assert replay.people(Change.RENAMED) == {("ada", "grace"): 1}
    assert len(replay.changed) == 4


def compared(known: Gallery, *avoided: str) -> Comparison:
    return Comparison.of(known, FACTS, Sureness.NORMAL, avoided)


def test_one_face_alone_is_judged_by_its_evidence() -> None:
    home = compared(gallery(ada=axis(0), grace=axis(1)))
    assert judge_alone(home, [face(like((0, 0.9)), HEAD)], NOON) == ADA
    assert judge_alone(home, [face(axis(5), HEAD)], NOON) == STRANGER
    assert judge_alone(home, [face(like((0, 0.3)), HEAD)], NOON) == UNSURE
    assert judge_alone(home, [], NOON) == UNUSABLE


def test_while_somebody_cannot_be_compared_nobody_is_a_stranger() -> None:
    """As at the cameras: it could be them."""
    waiting = Gallery({"ada": (template(axis(0)),), "grace": (template(axis(1), network="net-other"),)})
    assert judge_alone(compared(waiting), [face(axis(5), HEAD)], NOON) == UNSURE


def test_of_a_face_that_must_not_be_recognized_nothing_is_said() -> None:
    assert judge_alone(compared(gallery(ada=axis(0)), "ada"), [face(axis(0), HEAD)], NOON) is None


def photos(network: str, *vectors: tuple[tuple[int, float], ...]) -> Gallery:
    """Ada's, numbered."""
    made = [template(like(*vector), str(number), network) for number, vector in enumerate(vectors)]
    return Gallery({"ada": tuple(made), "grace": (template(axis(1), "g", network),)})


def test_photos_are_compared_with_each_other_by_each_pack() -> None:
    """By the first one, the last photo looks like Grace. The third is not kept."""
    before = compared(photos(FACTS.embedding, ((0, 0.9),), ((0, 0.9),), ((0, 0.9),), ((1, 0.9),)))
    after = Comparison.of(
        photos(OTHER.embedding, ((0, 0.9),), ((0, 0.9),), ((0, 0.9),), ((0, 0.9),)), OTHER, Sureness.NORMAL
    )
    assert tried_photos(before, after, {"ada": ["0", "1", "3"], "grace": ["g"]}) == {"ada": TriedPhotos(3, 2, 3)}
    assert tried_photos(before, after, {}) == {}, "none are kept"


def test_a_photo_that_the_other_pack_refuses_is_not_enough_for_a_name() -> None:
    both = photos(FACTS.embedding, ((0, 0.9),), ((0, 0.9),))
    refused = Comparison.of(both, OTHER, Sureness.NORMAL)
    assert tried_photos(compared(both), refused, {"ada": ["0", "1"]}) == {"ada": TriedPhotos(2, 2, 0)}
    assert lost(compared(both), refused) == ("ada", "grace")
    assert lost(compared(both), compared(both)) == ()


def test_photos_of_somebody_who_must_not_be_recognized_are_not_tried() -> None:
    both = photos(FACTS.embedding, ((0, 0.9),), ((0, 0.9),))
    assert tried_photos(compared(both, "ada"), compared(both, "ada"), {"ada": ["0", "1"]}) == {}
