"""Who is recognised much less often than the others is found, and nobody by mere chance."""

import pytest

from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.served import REMEMBERED, Served, belongs_to, compare


def test_who_is_named_far_less_often_is_found_with_both_shares() -> None:
    (found,) = compare({"ada": Served(95, 5), "grace": Served(88, 12), "eve": Served(40, 30)})
    assert found.person_id == "eve"
    assert found.share == pytest.approx(30 / 70)
    assert found.others == pytest.approx(17 / 200)


@pytest.mark.parametrize(
    "tallies",
    [
        {"ada": Served(95, 5), "eve": Served(5, 6)},
        {"ada": Served(8, 0), "eve": Served(20, 20)},
        {"ada": Served(95, 5), "eve": Served(18, 3)},
        {"ada": Served(60, 40), "eve": Served(50, 50)},
        {"ada": Served(0, 100)},
        {"ada": Served(100, 0), "eve": Served(100, 0)},
        {},
    ],
    ids=["few visits", "few of the others", "by chance", "not by much", "nobody else", "nothing wrong", "nobody"],
)
def test_nobody_is_told_without_need(tallies: dict[str, Served]) -> None:
    assert compare(tallies) == []


def test_an_undecided_visit_belongs_to_whom_it_was_likelier_than_anybody_else() -> None:
    assert belongs_to(Verdict(Outcome.UNSURE, evidence=2.0, likely="eve")) == "eve"
    assert belongs_to(Verdict(Outcome.UNSURE, evidence=-1.0, likely="eve")) is None, "as well a stranger's"
    assert belongs_to(Verdict(Outcome.STRANGER, evidence=9.0, likely="eve")) is None
    assert belongs_to(Verdict(Outcome.UNUSABLE)) is None


def test_better_photos_show_before_long() -> None:
    eve = Served(0, REMEMBERED)
    for _ in range(2 * REMEMBERED):
        eve.add(named=True)
    assert eve.share < 0.2


def test_what_was_told_holds_a_little_below_the_limit() -> None:
    tallies = {"ada": Served(90, 10), "eve": Served(38, 12)}
    assert compare(tallies) == []
    assert [found.person_id for found in compare(tallies, told=["eve"])] == ["eve"]
    assert compare({**tallies, "eve": Served(45, 5)}, told=["eve"]) == []
