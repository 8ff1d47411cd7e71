"""What a face is worth as evidence: less if seen badly, once if repeated, less in a crowd."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.kith.identity.scores import (
    BEST,
    WORST,
    Probe,
    above_crowds,
    centered,
    crowd_around,
    direction_of,
    in_proportion,
    likelihood_ratios,
    probe_of,
    quality_of,
)
from custom_components.kith.kith_engine.analysis import Flaw
from custom_components.kith.kith_engine.calibration import CERTAINTIES
from custom_components.kith.kith_engine.manifest import load_manifest

from .faces import CALIBRATION, HEAD, axis, face, like

STANDARD = load_manifest("standard").calibration


def seen(width: float, sharpness: float, clarity: float):
    shown = face(axis(0), HEAD, width=width)
    return replace(
        shown,
        quality=replace(shown.quality, sharpness=sharpness),
        embeddings=(shown.embeddings[0]._replace(clarity=clarity),),
    )


def test_the_less_a_camera_shows_of_a_face_the_less_the_standard_pack_believes_it() -> None:
    portrait, doorstep, smear = seen(120, 0.6, 18), seen(45, 0.4, 15), seen(26, 0.2, 12)
    qualities = [quality_of(shown, STANDARD) for shown in (portrait, doorstep, smear)]
    assert qualities == sorted(qualities, reverse=True)
    assert WORST <= qualities[-1] < qualities[0] <= BEST


def test_a_face_that_could_not_be_compared_is_no_probe() -> None:
    assert probe_of(face(None, HEAD, flaws=(Flaw.BLURRED,)), CALIBRATION) is None


def test_what_all_faces_have_in_common_says_nothing_of_who_it_is() -> None:
    shared = replace(CALIBRATION, common=np.stack([0.5 * axis(6), 0 * axis(6)]))
    ada, grace = ((0.8 * axis(n) + 0.6 * axis(6)).astype(np.float32) for n in (0, 1))
    assert centered(ada, 0.8, shared) @ centered(grace, 0.8, shared) < 0.1 < ada @ grace


def test_independent_frames_make_a_direction_surer_and_repeated_ones_do_not() -> None:
    one = Probe(like((0, 0.8)), 0.8)
    other = Probe((0.8 * axis(0) + 0.6 * axis(2)).astype(np.float32), 0.8)
    assert direction_of([one] * 9).certainty == pytest.approx(0.8, abs=1e-6)
    both = direction_of([one, other])
    assert both.certainty > 0.85
    assert both.vector @ axis(0) > 0.85, "their errors cancel out"


def test_frames_that_repeat_one_another_are_one_look_and_different_ones_are_many() -> None:
    one, other, third = (Probe(axis(place), 0.8) for place in range(3))
    assert direction_of([one]).looks == 1
    assert direction_of([one] * 9).looks == pytest.approx(1)
    assert direction_of([one, other, third]).looks == pytest.approx(3)
    assert direction_of([one, one, other]).looks == pytest.approx(1.8), "a third of the pairs are alike"


def test_a_good_frame_outweighs_a_bad_one() -> None:
    good, bad = Probe(axis(0), 0.85), Probe(axis(1), 0.2)
    assert direction_of([good, bad]).vector @ axis(0) > 0.98


def test_evidence_is_for_one_person_above_what_is_to_be_expected_and_against_below() -> None:
    for_them, even, against = likelihood_ratios(
        np.array([0.6, 0.64 * 20 / 60, 0.0], np.float32), np.full(3, 0.64, np.float32), CALIBRATION
    )
    assert for_them > 10
    assert even == pytest.approx(0, abs=1e-5)
    assert against < -5


def test_a_poor_comparison_says_little_either_way() -> None:
    poor = likelihood_ratios(np.array([0.3, 0.0], np.float32), np.full(2, 0.1, np.float32), CALIBRATION)
    assert np.abs(poor).max() < 2


def test_what_speaks_for_a_person_is_stretched_where_little_can_be_seen_and_nothing_else_is() -> None:
    stretched = replace(CALIBRATION, stretch=(3.0, 2.0, *[1.0] * (len(CERTAINTIES) - 2)))
    ratios, certainties = np.array([4.0, 4.0, 4.0, -4.0], np.float32), np.array([0.15, 0.2, 0.8, 0.1], np.float32)
    assert in_proportion(ratios, certainties, stretched) == pytest.approx([10.0, 8.0, 4.0, -4.0])


def test_each_look_is_a_chance_for_a_stranger_and_lowers_only_what_speaks_for_a_person() -> None:
    many = replace(CALIBRATION, stretch=(1.0,) * len(CERTAINTIES), chances=0.5)
    ratios, certainties = np.array([4.0, 4.0, -4.0], np.float32), np.full(3, 0.5, np.float32)
    looks = np.array([1.0, 4.0, 4.0], np.float32)
    assert in_proportion(ratios, certainties, many, looks) == pytest.approx([4.0, 2.0, -4.0])


def test_a_pack_without_a_stretch_weighs_as_before() -> None:
    ratios = np.array([4.0, -4.0], np.float32)
    assert in_proportion(ratios, np.array([0.1, 0.1], np.float32), CALIBRATION) == pytest.approx([4.0, -4.0])


def test_what_a_covered_face_says_counts_as_much_as_strangers_and_residents_with_one_reach() -> None:
    learned = replace(CALIBRATION, covered=(1.5, 0.5))
    ratios, certainties = np.array([4.0, -4.0], np.float32), np.full(2, 0.5, np.float32)
    counted = [in_proportion(ratios, certainties, learned, covered=share).tolist() for share in (0.0, 0.5, 1.0)]
    assert counted == [pytest.approx([4, -4]), pytest.approx([5, -3]), pytest.approx([6, -2])]


def test_a_direction_knows_how_many_of_its_faces_are_covered() -> None:
    bare, covered = Probe(axis(0), 0.8), Probe(axis(0), 0.8, covered=True)
    assert direction_of([bare, covered, covered, bare]).covered == pytest.approx(0.5)


def test_the_crowd_around_a_face_is_as_near_as_the_people_there() -> None:
    crowded = replace(CALIBRATION, crowd=np.stack([like((0, share)) for share in (0.5, 0.5, 0.6, 0.6, 0.7)]))
    alone, among = crowd_around(np.stack([axis(1), axis(0)]), crowded)
    assert alone == pytest.approx(0)
    assert among == pytest.approx(0.58, abs=0.01)


def test_a_cosine_says_less_the_more_people_look_like_either_face() -> None:
    both = replace(CALIBRATION, crowding=0.4, crowding_seen=0.2)
    seen, known = np.array([0.0, 0.5], np.float32), np.array([0.0, 0.25, 0.5], np.float32)
    left = above_crowds(np.full((2, 3), 0.7, np.float32), seen, known, both)
    assert left == pytest.approx(np.array([[0.7, 0.6, 0.5], [0.6, 0.5, 0.4]]))
