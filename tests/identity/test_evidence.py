"""A sequential test with three outcomes: a name, a stranger, or not sure yet; each has its price."""

from dataclasses import replace

from hypothesis import given, strategies as st
import numpy as np
import pytest

from custom_components.kith.identity.demand import FRAMES_CALIBRATED, HASTE, Demand, Sureness, demand_of
from custom_components.kith.identity.evidence import (
    FRAMES_FOR_A_NAME,
    FRAMES_FOR_A_STRANGER,
    FRAMES_WEIGHED,
    Doubt,
    Frame,
    History,
    Outcome,
    Verdict,
    decide,
)
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.scores import Probe
from custom_components.kith.kith_engine.analysis import Flaw

from .faces import CALIBRATION, NETWORK, after, axis, gallery, like, template

HOME = gallery(ada=axis(0), grace=axis(1)).index(NETWORK, CALIBRATION)
DEMAND = demand_of(Sureness.NORMAL, 2, CALIBRATION)
ADA, GRACE, STRANGER = like((0, 0.8)), like((1, 0.8)), axis(5)


def frames(*vectors: np.ndarray, quality: float = 0.8) -> list[Frame]:
    return [Frame(after(n * 0.3), Probe(vector, quality), width=60) for n, vector in enumerate(vectors)]


def verdict(*vectors: np.ndarray, quality: float = 0.8, demand: Demand = DEMAND, home=HOME) -> Verdict:
    """The verdict after these frames."""
    seen, answer = frames(*vectors, quality=quality), None
    for count in range(1, len(seen) + 1):
        answer = decide(seen[:count], home, demand, answer)
    return answer or decide([], home, demand)


def test_a_single_frame_names_nobody_however_good_it_is() -> None:
    answer = verdict(axis(0))
    assert (answer.outcome, answer.person_id, answer.likely) == (Outcome.LIKELY, None, "ada")
    assert answer.evidence is not None
    assert answer.evidence > DEMAND.name
    assert answer.demanded == DEMAND.likely


def test_a_single_frame_that_is_less_clear_is_no_more_than_a_doubt() -> None:
    answer = verdict(like((0, 0.28)))
    assert (answer.outcome, answer.doubt) == (Outcome.UNSURE, Doubt.FEW_FRAMES)


def test_what_more_frames_leave_in_doubt_is_not_likely() -> None:
    assert verdict(ADA).outcome is Outcome.LIKELY
    assert verdict(ADA, GRACE).outcome is Outcome.UNSURE


def test_enough_evidence_names_a_person_and_says_what_it_is() -> None:
    answer = verdict(*[ADA] * FRAMES_FOR_A_NAME)
    assert (answer.outcome, answer.person_id, answer.frames) == (Outcome.KNOWN, "ada", FRAMES_FOR_A_NAME)
    assert answer.evidence is not None
    assert answer.evidence >= DEMAND.after(FRAMES_FOR_A_NAME) == answer.demanded
    assert answer.score == pytest.approx(0.8, abs=1e-3)
    assert answer.margin is not None
    assert answer.margin > 5
    assert answer.seconds == pytest.approx(0.3)
    assert answer.captured == after(0.3)


def test_what_is_enough_in_the_end_is_not_yet_after_two_frames() -> None:
    enough = verdict(*[ADA] * FRAMES_FOR_A_NAME).evidence
    assert enough is not None
    demand = replace(DEMAND, name=enough / (1 + 0.6 * HASTE / FRAMES_FOR_A_NAME))
    assert verdict(*[ADA] * FRAMES_FOR_A_NAME, demand=demand).outcome is Outcome.UNSURE
    assert verdict(*[ADA] * 2 * FRAMES_FOR_A_NAME, demand=demand).outcome is Outcome.KNOWN


def test_two_people_who_are_as_likely_keep_each_other_from_being_named() -> None:
    answer = verdict(*[like((0, 0.6), (1, 0.6))] * 8)
    assert (answer.outcome, answer.doubt) == (Outcome.UNSURE, Doubt.TWO_ALIKE)
    assert {answer.likely, answer.rival} == {"ada", "grace"}


def test_frames_that_take_turns_between_two_people_name_neither() -> None:
    assert verdict(*[ADA, GRACE] * 4).outcome is Outcome.UNSURE


def test_a_stranger_is_not_named_after_one_lookalike_frame() -> None:
    assert verdict(like((0, 0.6)), *[STRANGER] * 7).outcome is Outcome.STRANGER


def test_a_stranger_needs_more_frames_than_a_name() -> None:
    assert FRAMES_FOR_A_STRANGER > FRAMES_FOR_A_NAME
    assert verdict(*[STRANGER] * (FRAMES_FOR_A_STRANGER - 1)).outcome is Outcome.UNSURE
    assert verdict(*[STRANGER] * FRAMES_FOR_A_STRANGER).outcome is Outcome.STRANGER


def test_faces_seen_badly_are_never_called_a_stranger() -> None:
    assert verdict(*[STRANGER] * FRAMES_WEIGHED, quality=0.2).outcome is Outcome.UNSURE


def test_many_frames_of_little_worth_add_up_only_if_they_are_not_the_same() -> None:
    """Each frame points to Ada with a cosine of 0.3; together they name her, unless they all err in the same way."""
    rng = np.random.default_rng(1)
    home = Gallery({"ada": (template(np.eye(64, dtype=np.float32)[0]),)}).index(
        NETWORK, CALIBRATION.__class__(**{**_fields(), "common": np.zeros((2, 64)), "crowd": -np.eye(1, 64, 63)})
    )
    errors = rng.normal(size=(8, 64)) * np.r_[0, np.ones(63)]
    vectors = [0.3 * np.eye(64)[0] + np.sqrt(0.91) * error / np.linalg.norm(error) for error in errors]
    demand = demand_of(Sureness.NORMAL, 1, CALIBRATION)
    differing = verdict(*(vector.astype(np.float32) for vector in vectors), quality=0.3, home=home, demand=demand)
    repeated = verdict(*[vectors[0].astype(np.float32)] * 8, quality=0.3, home=home, demand=demand)
    assert differing.outcome is Outcome.KNOWN
    assert repeated.outcome is Outcome.UNSURE
    assert repeated.doubt is Doubt.WEAK


def test_a_frame_that_is_seen_again_adds_almost_nothing() -> None:
    for vector in (ADA, like((0, 0.4)), STRANGER):
        few, many = verdict(*[vector] * 2), verdict(*[vector] * FRAMES_WEIGHED)
        assert many.for_name == pytest.approx(few.for_name, abs=0.01)
        assert many.for_stranger == pytest.approx(few.for_stranger, abs=0.01)


def test_the_more_moments_agree_the_more_evidence_there_is() -> None:
    """Each moment is two frames of one look; the looks err in different ways."""
    looks = [(0.6 * axis(0) + 0.8 * axis(place)).astype(np.float32) for place in (2, 3, 4, 5)]
    evidence = [
        verdict(*(look for look in looks[:moments] for _ in range(2)), quality=0.6).for_name for moments in (1, 2, 4)
    ]
    assert all(found is not None for found in evidence)
    assert evidence == sorted(evidence)
    assert evidence[0] < evidence[-1] - 5


def _fields() -> dict[str, object]:
    return {name: getattr(CALIBRATION, name) for name in CALIBRATION.__slots__}


def test_without_anybody_enrolled_nobody_is_a_stranger() -> None:
    answer = verdict(*[STRANGER] * 12, home=Gallery().index(NETWORK, CALIBRATION))
    assert (answer.outcome, answer.doubt) == (Outcome.UNSURE, Doubt.NOBODY_ENROLLED)


def test_a_person_without_a_usable_face_is_neither_unsure_nor_a_stranger() -> None:
    answer = decide([Frame(after(n), flaws=(Flaw.TOO_SMALL,), width=20) for n in range(9)], HOME, DEMAND)
    assert (answer.outcome, answer.flaw, answer.width) == (Outcome.UNUSABLE, Flaw.TOO_SMALL, 20)
    assert answer.refused == ((Flaw.TOO_SMALL, 9),)


def test_refused_frames_are_counted_with_their_reasons_and_say_nothing() -> None:
    refused = [Frame(after(n), flaws=(flaw,), width=50) for n, flaw in ((5, Flaw.BLURRED), (6, Flaw.TOO_DARK))]
    answer = decide(frames(ADA, ADA) + refused, HOME, DEMAND)
    assert (answer.outcome, answer.frames) == (Outcome.KNOWN, 2)
    assert dict(answer.refused) == {Flaw.BLURRED: 1, Flaw.TOO_DARK: 1}


def test_an_answer_holds_through_a_doubtful_frame_and_turns_when_the_evidence_does() -> None:
    weak = frames(like((0, 0.32)), like((0, 0.32)))
    assert decide(weak, HOME, DEMAND).outcome is Outcome.UNSURE
    before = verdict(ADA, ADA)
    assert decide(weak, HOME, DEMAND, before).person_id == "ada"
    assert verdict(ADA, ADA, *[GRACE] * FRAMES_WEIGHED).person_id == "grace"


def test_only_the_newest_frames_count() -> None:
    assert verdict(*[GRACE] * 60, *[ADA] * FRAMES_WEIGHED).person_id == "ada"


def test_who_stays_longer_has_more_chances_so_that_more_is_demanded() -> None:
    weak = frames(like((0, 0.42)), like((0, 0.42)), like((0, 0.42)))
    assert decide(weak, HOME, DEMAND).person_id == "ada"
    assert decide(weak, HOME, DEMAND, history=History(FRAMES_CALIBRATED)).person_id == "ada"
    late = decide(weak, HOME, DEMAND, history=History(200))
    assert (late.outcome, late.frames, late.demanded) == (Outcome.UNSURE, 200, DEMAND.after(200))
    assert DEMAND.after(200) > DEMAND.after(FRAMES_CALIBRATED)
    far = verdict(STRANGER, STRANGER, STRANGER)
    assert far.demanded == DEMAND.of_a_stranger_after(3) < DEMAND.of_a_stranger_after(200)


def test_the_first_frames_show_least_so_that_more_is_demanded_of_them() -> None:
    for demanded, finally_ in ((DEMAND.after, DEMAND.name), (DEMAND.of_a_stranger_after, DEMAND.stranger)):
        steps = [demanded(frames) for frames in range(2, FRAMES_CALIBRATED + 1)]
        assert steps == sorted(steps, reverse=True)
        assert steps[-1] < 1.2 * finally_


def test_bad_frames_of_somebody_who_was_named_make_nobody_a_stranger() -> None:
    far = frames(STRANGER, STRANGER, STRANGER)
    assert decide(far, HOME, DEMAND).outcome is Outcome.STRANGER
    assert decide(far, HOME, DEMAND, history=History(named=True)).outcome is Outcome.UNSURE


def test_the_surer_kith_must_be_and_the_more_people_there_are_the_more_is_demanded() -> None:
    by_knob = [demand_of(sureness, 4, CALIBRATION).name for sureness in Sureness]
    assert by_knob == sorted(by_knob)
    assert len(set(by_knob)) == 3
    likely = [demand_of(sureness, 4, CALIBRATION).likely for sureness in Sureness]
    assert likely == sorted(set(likely))
    by_people = [demand_of(Sureness.NORMAL, people, CALIBRATION).name for people in (1, 4, 50)]
    assert by_people == sorted(by_people)
    # a stranger reaches r with exp(-(4 + 0.75 r)): one in a thousand, with four people, is one in four thousand
    assert demand_of(Sureness.NORMAL, 4, CALIBRATION).name == pytest.approx((np.log(4000) - 4) / 0.75)


def test_where_strangers_hardly_reach_anything_a_name_still_takes_something() -> None:
    demand = demand_of(Sureness.RELAXED, 1, replace(CALIBRATION, tail=(6.0, 0.75)))
    assert demand.name == demand.likely == pytest.approx(np.log(2))


def test_what_a_stranger_takes_is_learned_from_how_residents_are_mistaken() -> None:
    learned = replace(CALIBRATION, stranger=(2.0, 0.5))
    by_people = [demand_of(Sureness.NORMAL, people, learned).stranger for people in (1, 10)]
    # the evidence is weighed against the mean of ten people: it is ln 10 more against each of them
    assert by_people == pytest.approx([(np.log(200) - 2) / 0.5, (np.log(200) - 2) / 0.5 + np.log(10)])
    assert demand_of(Sureness.NORMAL, 10, CALIBRATION).stranger == pytest.approx(np.log(200)), "an older pack"


@given(st.lists(st.tuples(st.floats(-0.7, 0.7), st.floats(-0.7, 0.7)), max_size=20))
def test_whatever_is_seen_a_name_has_the_evidence_that_is_demanded_and_nobody_is_likelier(shares) -> None:
    seen = frames(*(like((0, ada), (1, grace)) for ada, grace in shares))
    answer = decide(seen, HOME, DEMAND)
    if answer.outcome is Outcome.KNOWN:
        assert answer.evidence is not None
        assert answer.evidence >= DEMAND.name
        assert answer.person_id == answer.likely
        assert len(seen) >= FRAMES_FOR_A_NAME
        assert answer.margin is not None
        assert answer.margin >= 0
    if answer.outcome is Outcome.STRANGER:
        assert len(seen) >= FRAMES_FOR_A_STRANGER


def test_who_is_enrolled_by_one_weak_picture_is_not_named_until_there_is_a_better_one() -> None:
    weak = template(axis(0), quality=0.6)
    frames = [Frame(after(n), probe=template(axis(0)).probe(CALIBRATION)) for n in range(4)]
    demand = demand_of(Sureness.NORMAL, 1, CALIBRATION)
    index = Gallery({"ada": (weak,)}).index(NETWORK, CALIBRATION)
    verdict = decide(frames, index, demand)
    assert (verdict.outcome, verdict.doubt, verdict.likely) == (Outcome.UNSURE, Doubt.NEEDS_PHOTOS, "ada")
    assert index.weak == {"ada"}
    better = Gallery({"ada": (weak, template(axis(0), "good"))}).index(NETWORK, CALIBRATION)
    assert decide(frames, better, demand).person_id == "ada"
    assert better.weak == frozenset()


def test_a_doubt_about_faces_behind_masks_says_so_and_about_others_does_not() -> None:
    def doubt(covered: int) -> Doubt | None:
        seen = [Frame(after(n * 0.3), Probe(like((0, 0.25)), 0.5, covered=n < covered), width=60) for n in range(4)]
        return decide(seen, HOME, DEMAND).doubt

    assert [doubt(covered) for covered in (0, 2, 3, 4)] == [
        Doubt.WEAK,
        Doubt.WEAK,
        Doubt.MOUTH_COVERED,
        Doubt.MOUTH_COVERED,
    ]
