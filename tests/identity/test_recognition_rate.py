"""A person who is recognized much less often than others is found, but not because of mere chance."""

import pytest

from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.recognition_rate import MOST_VISITS_COUNTED, RecognitionRate, belongs_to, compare


def test_who_is_named_far_less_often_is_found_with_both_shares() -> None:
    (found,) = compare(
        {"ada": RecognitionRate(95, 5), "grace": RecognitionRate(88, 12), "eve": RecognitionRate(40, 30)}
    )
    assert found.person_id == "eve"
    assert found.share == pytest.approx(30 / 70)
    assert found.others == pytest.approx(17 / 200)


@pytest.mark.parametrize(
    "tallies",
    [
        {"ada": RecognitionRate(95, 5), "eve": RecognitionRate(5, 6)},
        {"ada": RecognitionRate(8, 0), "eve": RecognitionRate(20, 20)},
        {"ada": RecognitionRate(95, 5), "eve": RecognitionRate(18, 3)},
        {"ada": RecognitionRate(60, 40), "eve": RecognitionRate(50, 50)},
        {"ada": RecognitionRate(0, 100)},
        {"ada": RecognitionRate(100, 0), "eve": RecognitionRate(100, 0)},
        {},
    ],
    ids=["few visits", "few of the others", "by chance", "not by much", "nobody else", "nothing wrong", "nobody"],
)
def test_nobody_is_told_without_need(tallies: dict[str, RecognitionRate]) -> None:
    assert compare(tallies) == []


def test_an_undecided_visit_belongs_to_whom_it_was_likelier_than_anybody_else() -> None:
    assert belongs_to(Verdict(Outcome.UNSURE, evidence=2.0, likely="eve")) == "eve"
    assert belongs_to(Verdict(Outcome.UNSURE, evidence=-1.0, likely="eve")) is None, "as well a stranger's"
    assert belongs_to(Verdict(Outcome.STRANGER, evidence=9.0, likely="eve")) is None
    assert belongs_to(Verdict(Outcome.UNUSABLE)) is None


def test_better_photos_show_before_long() -> None:
    eve = RecognitionRate(0, MOST_VISITS_COUNTED)
    for _ in range(2 * MOST_VISITS_COUNTED):
        eve.add(named=True)
    assert eve.share < 0.2


def test_what_was_told_holds_a_little_below_the_limit() -> None:
    tallies = {"ada": RecognitionRate(90, 10), "eve": RecognitionRate(38, 12)}
    assert compare(tallies) == []
    assert [found.person_id for found in compare(tallies, told=["eve"])] == ["eve"]
    assert compare({**tallies, "eve": RecognitionRate(45, 5)}, told=["eve"]) == []
