"""What the ledger keeps of too many entries."""

from dataclasses import replace
from datetime import timedelta

from custom_components.kith.second_opinion.ledger import MOST_ENTRIES, LedgerEntry, Purpose, kept
from custom_components.kith.settings import ServiceKind
from tests.identity.faces import NOON

ASKED = LedgerEntry(NOON, "azure", ServiceKind.AZURE, Purpose.ASK)


def test_it_is_kept_oldest_first() -> None:
    before = replace(ASKED, at=NOON - timedelta(days=1))
    assert kept([ASKED, before]) == [before, ASKED]


def test_of_too_many_the_checks_go_first_then_the_oldest() -> None:
    checks = [replace(ASKED, at=NOON + timedelta(seconds=one), purpose=Purpose.CHECK) for one in range(2)]
    asked = [replace(ASKED, at=NOON - timedelta(seconds=one)) for one in range(MOST_ENTRIES)]
    assert kept([*checks, *asked]) == asked[::-1]
    assert kept([replace(ASKED, at=NOON + timedelta(seconds=1)), *asked])[0] == asked[-2]
