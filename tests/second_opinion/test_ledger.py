"""What the ledger keeps, and for how long."""

from dataclasses import replace
from datetime import timedelta

from custom_components.kith.second_opinion.ledger import LEDGER_KEPT_FOR, MOST_ENTRIES, LedgerEntry, Purpose, kept
from custom_components.kith.settings import ServiceKind
from tests.identity.faces import NOON

ASKED = LedgerEntry(NOON, "azure", ServiceKind.AZURE, Purpose.ASK)


def test_a_quarter_of_a_year_is_kept_oldest_first() -> None:
    old = replace(ASKED, at=NOON - LEDGER_KEPT_FOR - timedelta(seconds=1))
    late = replace(ASKED, at=NOON - LEDGER_KEPT_FOR)
    assert kept([ASKED, old, late], NOON) == [late, ASKED]


def test_what_a_wrong_clock_dated_far_ahead_goes_too() -> None:
    assert kept([replace(ASKED, at=NOON + LEDGER_KEPT_FOR + timedelta(days=1))], NOON) == []


def test_of_too_many_the_checks_go_first_then_the_oldest() -> None:
    checks = [replace(ASKED, at=NOON + timedelta(seconds=one), purpose=Purpose.CHECK) for one in range(2)]
    asked = [replace(ASKED, at=NOON - timedelta(seconds=one)) for one in range(MOST_ENTRIES)]
    assert kept([*checks, *asked], NOON) == asked[::-1]
    assert kept([replace(ASKED, at=NOON + timedelta(seconds=1)), *asked], NOON)[0] == asked[-2]
