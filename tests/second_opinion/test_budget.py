"""How many opinions are left: counted from the ledger, by minute and by calendar day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from custom_components.kith.second_opinion.budget import Budget, asked_today, questions
from custom_components.kith.second_opinion.ledger import LedgerEntry, Purpose
from custom_components.kith.settings import ServiceKind

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, tzinfo=BERLIN)


def ago(**when: float) -> datetime:
    """A time in UTC, as in the ledger."""
    return (NOON - timedelta(**when)).astimezone(UTC)


def test_a_burst_at_the_door_is_limited_and_a_minute_later_there_is_more() -> None:
    budget = Budget(per_minute=2, per_day=30)
    asked = [ago(seconds=50), ago(seconds=10)]
    assert budget.left(asked, NOON) == 0
    assert budget.left(asked, NOON + timedelta(seconds=10)) == 1
    assert budget.left(asked, NOON + timedelta(seconds=50)) == 2


def test_a_day_begins_at_midnight_where_the_home_is() -> None:
    budget = Budget(per_minute=2, per_day=3)
    asked = [ago(hours=11), ago(hours=10), ago(hours=9)]
    assert budget.left_today(asked, NOON) == 0
    assert budget.left(asked, NOON) == 0
    assert budget.left_today([ago(hours=12, minutes=1), *asked[1:]], NOON) == 1
    assert budget.left_today(asked, NOON + timedelta(hours=12)) == 3


def test_a_lower_limit_than_what_was_asked_leaves_nothing_not_less() -> None:
    assert Budget(per_minute=1, per_day=1).left([ago(seconds=1), ago(seconds=2)], NOON) == 0
    assert Budget(per_minute=1, per_day=1).left_today([ago(seconds=1), ago(seconds=2)], NOON) == 0


def test_a_clock_that_was_set_back_gives_no_minute_back() -> None:
    assert Budget(per_minute=1, per_day=9).left([ago(seconds=-30)], NOON) == 0


def test_only_questions_to_this_service_are_counted() -> None:
    def entry(service_id: str, purpose: Purpose) -> LedgerEntry:
        return LedgerEntry(ago(hours=1), service_id, ServiceKind.AZURE, purpose)

    entries = [entry("azure", Purpose.ASK), entry("azure", Purpose.ENROLL), entry("other", Purpose.ASK)]
    assert asked_today(questions(entries, "azure"), NOON) == 1
