"""Every rival decides by its published rule, and their differences are kept."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
import pytest

from evaluation.peers import (
    COMPREFACE,
    DOUBLE_TAKE,
    FACEID,
    IMMICH,
    NOBODY,
    RTSP_RECORDER,
    RULES,
    SFACE,
    Answer,
    Frigate,
    Rule,
    trimmed_template,
)
from evaluation.probes import Probes

type Vector = NDArray[np.float32]

DIMENSIONS = 16
ADA, GRACE = 0, 1
FRIGATE = Frigate()
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def looking(ada: float = 0, grace: float = 0, rest: int = DIMENSIONS - 1) -> Vector:
    """A face with these cosines to the two people; the rest of its length is in a separate dimension."""
    vector = np.zeros(DIMENSIONS, np.float32)
    vector[[ADA, GRACE]] = ada, grace
    vector[rest] += np.sqrt(max(0.0, 1 - ada**2 - grace**2))
    return vector


def faces(*vectors: Vector, **columns: float | Sequence[float]) -> Probes:
    """One row each; large, sharp, and certain unless the columns say otherwise."""
    usual = {
        "found": True,
        "width": 200,
        "area": 50_000,
        "score": 0.95,
        "laplacian": 1000,
        "usable": True,
        "covered": False,
    }
    given = {name: np.broadcast_to(np.float32(value), len(vectors)) for name, value in {**usual, **columns}.items()}
    zeros = np.zeros(len(vectors), np.float32)
    rest = ("clarity", "sharpness", "yaw", "light", "eyes", "second_clarity", "size")
    flags = {name: given.pop(name).astype(bool) for name in ("found", "usable", "covered")}
    alone = np.zeros((len(vectors), 0), np.float32)  # no second network
    return Probes(vectors=np.stack(vectors), second=alone, **flags, **given, **dict.fromkeys(rest, zeros))


HOME = [faces(looking(ada=1)), faces(looking(grace=1))]


def ask(rule: Rule, track: Probes, home: Sequence[Probes] = HOME, *, gated: bool = True) -> Answer:
    return rule.enroll(home).answer(track, gated)


def confidence(cosine: float) -> float:
    """Frigate's confidence in a sharp face."""
    return 1 / (1 + np.exp(-20 * (cosine - 0.30)))


# All


def test_thresholds_are_those_that_the_rivals_ship() -> None:
    assert {rule.name: rule.shipped for rule in RULES} == {
        "Frigate": 0.9,
        "faceid": 0.5,
        "CompreFace": 0.5,
        "Double Take": 0.6,
        "Immich": 0.5,
        "RTSP-Recorder": 0.35,
        "OpenCV SFace": 0.363,
    }


@EVERY_RULE
@pytest.mark.parametrize("gated", [True, False])
def test_every_rule_names_who_stands_before_it_as_on_the_photo(rule: Rule, gated: bool) -> None:
    answer = ask(rule, faces(looking(grace=1), looking(grace=1)), gated=gated)
    assert answer.person == GRACE
    assert answer.score >= rule.shipped


@EVERY_RULE
@pytest.mark.parametrize("gated", [True, False])
def test_frames_without_a_face_are_skipped(rule: Rule, gated: bool) -> None:
    seen = faces(looking(grace=1), looking(ada=0.9), looking(grace=1), found=[False, True, False])
    assert ask(rule, seen, gated=gated) == ask(rule, faces(looking(ada=0.9)), gated=gated)
    assert ask(rule, faces(looking(ada=1), found=False), gated=gated) == NOBODY


@EVERY_RULE
def test_a_resident_without_a_photo_is_refused(rule: Rule) -> None:
    with pytest.raises(ValueError, match="photo"):
        rule.enroll([HOME[ADA], HOME[GRACE].rows([])])


@pytest.mark.parametrize(
    ("rule", "enough", "short"),
    [
        (FRIGATE, {"area": 750}, {"area": 749}),
        (FRIGATE, {"score": 0.7}, {"score": 0.69}),
        (FACEID, {"width": 48, "area": 48 * 60}, {"width": 47, "area": 47 * 60}),
        (FACEID, {"width": 60, "area": 60 * 48}, {"width": 60, "area": 60 * 47}),
        (FACEID, {"score": 0.55}, {"score": 0.54}),
        (COMPREFACE, {"score": 0.8}, {"score": 0.79}),
        (DOUBLE_TAKE, {"score": 0.8}, {"score": 0.79}),
        (DOUBLE_TAKE, {"area": 10_000}, {"area": 9_999}),
        (IMMICH, {"score": 0.7}, {"score": 0.69}),
        (RTSP_RECORDER, {"score": 0.2}, {"score": 0.19}),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_faces_too_small_or_uncertain_count_only_where_a_threshold_is_tried(
    rule: Rule, enough: dict[str, float], short: dict[str, float]
) -> None:
    ada = looking(ada=1)
    assert ask(rule, faces(ada, **enough)).person == ADA
    assert ask(rule, faces(ada, **short)) == NOBODY
    assert ask(rule, faces(ada, **short), gated=False).person == ADA


# Frigate


def test_frigate_names_from_a_cosine_of_0_41() -> None:
    enough, short = (ask(FRIGATE, faces(looking(ada=cosine))).score for cosine in (0.415, 0.405))
    assert enough > FRIGATE.shipped > short


def test_frigate_calls_a_frame_unknown_that_is_not_surer_than_0_8() -> None:
    assert ask(FRIGATE, faces(looking(ada=0.365))) == NOBODY
    assert ask(FRIGATE, faces(looking(ada=0.375))).person == ADA


@pytest.mark.parametrize(
    ("variance", "penalty"),
    [(119, 0.06), (120, 0.04), (159, 0.04), (160, 0.02), (199, 0.02), (200, 0.01), (249, 0.01), (250, 0)],
)
def test_frigate_is_less_sure_of_a_blurred_face(variance: float, penalty: float) -> None:
    score = ask(FRIGATE, faces(looking(ada=0.45), laplacian=variance)).score
    assert score == pytest.approx(confidence(0.45) - penalty, abs=1e-6)


def test_frigate_weighs_frames_by_area_and_by_how_sure_they_are() -> None:
    first, second = confidence(0.40), confidence(0.60)
    weights = np.array([3000 * (first - 0.8), 1000 * (second - 0.8)])
    track = faces(looking(ada=0.40), looking(ada=0.60), area=[3000, 1000])
    assert ask(FRIGATE, track).score == pytest.approx(np.average([first, second], weights=weights), abs=1e-6)


def test_frigate_lets_a_face_count_no_more_above_4000_square_pixels() -> None:
    frames = looking(ada=0.40), looking(ada=0.60)
    assert ask(FRIGATE, faces(*frames, area=[90_000, 4000])) == ask(FRIGATE, faces(*frames, area=[4000, 4000]))
    assert ask(FRIGATE, faces(*frames, area=[4000, 4000])) != ask(FRIGATE, faces(*frames, area=[3000, 4000]))


def test_frigate_names_nobody_while_two_are_seen_equally_often() -> None:
    answer = ask(FRIGATE, faces(looking(ada=0.38), looking(grace=0.9)))
    assert answer.person == ADA, "after the first frame she was alone, but not sure enough"
    assert answer.score == pytest.approx(confidence(0.38), abs=1e-6)
    assert ask(FRIGATE, faces(looking(ada=0.38), looking(grace=0.9), looking(grace=0.9))).person == GRACE


def test_frigate_prefers_a_name_that_is_sure_to_one_that_is_frequent() -> None:
    answer = ask(FRIGATE, faces(looking(ada=0.375), looking(ada=0.375), looking(grace=0.6)))
    assert answer == Answer(GRACE, pytest.approx(confidence(0.6), abs=1e-6))


def test_frigate_has_told_a_name_that_was_sure_for_one_frame() -> None:
    answer = ask(FRIGATE, faces(looking(ada=0.6), looking(ada=0.38), looking(ada=0.38)))
    assert answer.score == pytest.approx(confidence(0.6), abs=1e-6)


def test_frigates_template_is_the_plain_mean_of_few_photos() -> None:
    photos = np.stack([looking(ada=1), looking(ada=1), looking(grace=1)])
    assert trimmed_template(photos) == pytest.approx(photos.mean(axis=0))


def test_frigates_template_trims_what_single_photos_exaggerate() -> None:
    template = trimmed_template(np.stack([looking(ada=1)] * 6 + [looking(ada=0.8, grace=0.6)]))
    assert template[ADA] == pytest.approx(1)
    assert template[GRACE] == 0


def test_frigates_template_leaves_out_a_photo_of_somebody_else() -> None:
    photos = [looking(ada=1)] * 5
    assert trimmed_template(np.stack([*photos, looking(grace=1)]))[GRACE] == 0
    assert trimmed_template(np.stack([*photos, looking(ada=0.4, grace=0.9)]))[GRACE] > 0


def test_frigates_template_looks_again_without_the_first_strays() -> None:
    strays, their_friends = [looking(ada=-0.5, grace=np.sqrt(0.75))] * 2, [looking(ada=0.2, grace=np.sqrt(0.96))] * 2
    assert trimmed_template(np.stack([looking(ada=1)] * 11 + strays + their_friends))[GRACE] == 0


def test_frigates_template_keeps_at_least_five_photos() -> None:
    assert trimmed_template(np.stack([looking(ada=1)] * 4 + [looking(rest=2)]))[ADA] == pytest.approx(4 / 5)


def test_frigates_template_keeps_at_least_seven_photos_in_ten() -> None:
    strays = [looking(rest=dimension) for dimension in range(2, 7)]
    assert trimmed_template(np.stack([looking(ada=1)] * 5 + strays))[ADA] == pytest.approx(4 / 5)


# faceid


def test_faceid_takes_the_mean_of_the_three_most_similar_photos() -> None:
    photos = faces(*(looking(ada=cosine, rest=number + 2) for number, cosine in enumerate((0.1, 0.9, 0.3, 0.6))))
    assert ask(FACEID, faces(looking(ada=1)), [photos, HOME[GRACE]]).score == pytest.approx(0.6)


def test_faceid_takes_the_mean_of_what_there_is() -> None:
    photos = faces(looking(ada=0.9, rest=2), looking(ada=0.5, rest=3))
    assert ask(FACEID, faces(looking(ada=1)), [HOME[GRACE], photos]) == Answer(1, pytest.approx(0.7))


def test_faceid_stops_at_the_first_frame_a_tenth_above_its_threshold() -> None:
    sure, unsure, later = looking(ada=0.61), looking(ada=0.59), looking(grace=0.95)
    assert ask(FACEID, faces(sure, later)) == Answer(ADA, pytest.approx(0.61))
    assert ask(FACEID, faces(unsure, later)) == Answer(GRACE, pytest.approx(0.95))


def test_faceid_tries_six_times() -> None:
    nothing, ada = looking(), looking(ada=1)
    assert ask(FACEID, faces(*[nothing] * 5, ada)).score == pytest.approx(1)
    assert ask(FACEID, faces(*[nothing] * 6, ada)).score == pytest.approx(0)


# CompreFace and Double Take


def at_distance(distance: float) -> Vector:
    return looking(ada=1 - distance**2 / 2)


def test_comprefaces_similarity_is_a_sigmoid_of_the_distance() -> None:
    assert ask(COMPREFACE, faces(at_distance(1.26538905))).score == pytest.approx(0.5, abs=1e-5)
    assert ask(COMPREFACE, faces(at_distance(1.0))).score == pytest.approx(0.9501, abs=1e-4)


def test_compreface_always_has_a_name() -> None:
    answer = ask(COMPREFACE, faces(looking(ada=-0.1, grace=-0.2)))
    assert answer.person == ADA
    assert answer.score < COMPREFACE.shipped
    assert ask(FRIGATE, faces(looking(ada=-0.1, grace=-0.2))) == NOBODY


def test_compreface_takes_the_surest_frame() -> None:
    assert ask(COMPREFACE, faces(looking(ada=0.4), looking(grace=0.9), looking(ada=0.5))).person == GRACE


def test_double_take_stops_at_the_first_match() -> None:
    unsure, match, later = looking(ada=0.22), looking(ada=0.26), looking(grace=0.95)
    assert ask(DOUBLE_TAKE, faces(match, later)).person == ADA
    assert ask(DOUBLE_TAKE, faces(unsure, later)).person == GRACE


def test_double_takes_match_must_itself_be_large() -> None:
    assert ask(DOUBLE_TAKE, faces(looking(ada=0.9), looking(grace=0.3), area=[9_000, 10_000])).person == GRACE


def test_double_take_asks_for_more_similarity_than_viseron() -> None:
    between = faces(looking(ada=0.22))
    assert ask(COMPREFACE, between).score >= COMPREFACE.shipped
    assert ask(DOUBLE_TAKE, between).score < DOUBLE_TAKE.shipped


@pytest.mark.parametrize("rule", [FACEID, DOUBLE_TAKE], ids=lambda rule: rule.name)
def test_where_a_threshold_is_tried_the_stop_moves_with_it(rule: Rule) -> None:
    assert ask(rule, faces(looking(ada=0.65), looking(grace=0.95)), gated=False).person == GRACE


# Immich, RTSP-Recorder, OpenCV

TWO_LOOKS = [faces(looking(ada=1), looking(rest=5)), faces(looking(grace=1), looking(grace=1))]
"""Ada has two photos that are not alike at all."""


def test_immich_goes_by_the_nearest_face_of_anybody() -> None:
    assert ask(IMMICH, faces(looking(ada=0.7, grace=0.6)), TWO_LOOKS) == Answer(ADA, pytest.approx(0.7))


def test_immich_accepts_a_cosine_distance_of_a_half() -> None:
    assert ask(IMMICH, faces(looking(ada=0.5))).score >= IMMICH.shipped > ask(IMMICH, faces(looking(ada=0.499))).score


def test_rtsp_recorder_goes_by_the_middle_of_the_photos() -> None:
    assert ask(RTSP_RECORDER, faces(looking(ada=0.7, grace=0.6)), TWO_LOOKS).person == GRACE
    between = looking(ada=np.sqrt(0.5), rest=5)
    assert ask(RTSP_RECORDER, faces(between), TWO_LOOKS) == Answer(ADA, pytest.approx(1))


def test_opencv_goes_by_the_nearest_photo_however_small_the_face() -> None:
    track = faces(looking(ada=0.7, grace=0.6), width=12, area=150, score=0.1)
    assert ask(SFACE, track, TWO_LOOKS) == Answer(ADA, pytest.approx(0.7))
