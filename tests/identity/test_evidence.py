"""A name needs frames that agree; a stranger needs frames that speak for one."""

from hypothesis import given, strategies as st
import pytest

from custom_components.kith.identity.evidence import VOTES_FOR_A_NAME, VOTES_FOR_A_STRANGER, Frame, Outcome, decide
from custom_components.kith.identity.gallery import Ranks
from custom_components.kith.kith_engine.analysis import Flaw

from .faces import RULE, after


def frames(*scores: tuple[float, float]) -> list[Frame]:
    """One frame for each (score of Ada, score of Grace)."""
    ranks = (Ranks(tuple(sorted((("ada", a), ("grace", g)), key=lambda s: -s[1]))) for a, g in scores)
    return [Frame(after(n * 0.3), rank, width=60) for n, rank in enumerate(ranks)]


def test_a_single_frame_names_nobody() -> None:
    assert decide(frames((0.9, 0.0)), RULE).outcome is Outcome.UNSURE


def test_enough_agreeing_frames_name_a_person_and_say_on_what_evidence() -> None:
    verdict = decide(frames(*[(0.7, 0.2)] * VOTES_FOR_A_NAME), RULE)
    assert (verdict.outcome, verdict.person_id, verdict.frames) == (Outcome.KNOWN, "ada", VOTES_FOR_A_NAME)
    assert verdict.score == pytest.approx(0.7)
    assert verdict.margin == pytest.approx(0.5)
    assert verdict.seconds == pytest.approx(0.6)
    assert verdict.captured == after(0.6)


def test_frames_like_two_people_of_the_house_name_neither() -> None:
    assert decide(frames(*[(0.7, 0.65)] * 8), RULE).outcome is Outcome.UNSURE


def test_frames_that_take_turns_between_two_people_name_neither() -> None:
    assert decide(frames(*[(0.7, 0.1), (0.1, 0.7)] * 4), RULE).outcome is Outcome.UNSURE


def test_a_stranger_is_not_named_after_one_lookalike_frame() -> None:
    verdict = decide(frames((0.8, 0.1), *[(0.1, 0.1)] * 7), RULE)
    assert verdict.outcome is Outcome.STRANGER


def test_a_stranger_needs_more_frames_than_a_name() -> None:
    assert decide(frames(*[(0.1, 0.1)] * (VOTES_FOR_A_STRANGER - 1)), RULE).outcome is Outcome.UNSURE
    assert decide(frames(*[(0.1, 0.1)] * VOTES_FOR_A_STRANGER), RULE).outcome is Outcome.STRANGER


def test_doubtful_frames_never_add_up_to_a_stranger() -> None:
    assert decide(frames(*[(0.4, 0.1)] * 12), RULE).outcome is Outcome.UNSURE


def test_doubtful_frames_keep_a_resident_from_being_called_a_stranger() -> None:
    seen_badly = [(0.1, 0.1)] * 5 + [(0.45, 0.1)] * 3
    assert decide(frames(*seen_badly), RULE).outcome is Outcome.UNSURE


def test_without_anybody_enrolled_nobody_is_a_stranger() -> None:
    assert decide([Frame(after(n), Ranks(), width=60) for n in range(12)], RULE).outcome is Outcome.UNSURE


def test_a_person_without_a_usable_face_is_neither_unsure_nor_a_stranger() -> None:
    verdict = decide([Frame(after(n), flaws=(Flaw.TOO_SMALL,), width=20) for n in range(9)], RULE)
    assert (verdict.outcome, verdict.flaw, verdict.width, verdict.refused) == (Outcome.UNUSABLE, Flaw.TOO_SMALL, 20, 9)


def test_refused_frames_do_not_vote_but_are_counted() -> None:
    refused = [Frame(after(n), flaws=(Flaw.BLURRED,), width=50) for n in range(5, 9)]
    verdict = decide(frames(*[(0.7, 0.2)] * 3) + refused, RULE)
    assert (verdict.outcome, verdict.compared, verdict.refused) == (Outcome.KNOWN, 3, 4)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), max_size=30))
def test_no_frames_whatever_name_somebody_whom_too_few_of_them_are_like(scores: list[tuple[float, float]]) -> None:
    verdict = decide(frames(*scores), RULE)
    if verdict.outcome is Outcome.KNOWN:
        place = ("ada", "grace").index(verdict.person_id or "")
        enough = [s for s in scores if s[place] >= RULE.known and s[place] - s[1 - place] >= RULE.margin]
        assert len(enough) >= VOTES_FOR_A_NAME
    if verdict.outcome is Outcome.STRANGER:
        assert sum(max(s) < RULE.stranger for s in scores) >= VOTES_FOR_A_STRANGER
