"""What the ledger keeps of too many entries."""

from dataclasses import replace
from datetime import timedelta

from custom_components.kith.second_opinion.budget import questions
from custom_components.kith.second_opinion.ledger import MOST_ENTRIES, LedgerEntry, Purpose, kept
from custom_components.kith.settings import ServiceKind
from tests.identity.faces import NOON

ASKED = LedgerEntry(NOON, "azure", ServiceKind.AZURE, Purpose.ASK)


LONG_AGO = replace(ASKED, at=NOON - timedelta(days=2))


def test_it_is_kept_oldest_first() -> None:
    assert kept([ASKED, LONG_AGO], NOON) == [LONG_AGO, ASKED]


def test_of_too_many_the_checks_go_first_then_the_oldest() -> None:
    checks = [replace(LONG_AGO, at=LONG_AGO.at + timedelta(seconds=one), purpose=Purpose.CHECK) for one in range(2)]
    asked = [replace(LONG_AGO, at=LONG_AGO.at - timedelta(seconds=one)) for one in range(MOST_ENTRIES)]
    assert kept([*checks, *asked], NOON) == asked[::-1]
    assert kept([ASKED, *asked], NOON)[0] == asked[-2]


def test_what_is_sent_to_one_service_costs_no_other_its_record() -> None:
    enrolled = [
        replace(ASKED, service_id="nas", purpose=Purpose.ENROLL, at=NOON + timedelta(seconds=one))
        for one in range(MOST_ENTRIES + 1)
    ]
    assert kept([LONG_AGO, *enrolled], NOON) == [LONG_AGO, *enrolled[1:]]


def test_a_question_counts_toward_the_budget_whatever_else_is_sent() -> None:
    """The day on which clocks are set back has 25 hours."""
    asked = [replace(ASKED, at=NOON - timedelta(hours=one)) for one in (25, 24, 1)]
    enrolled = [replace(ASKED, purpose=Purpose.ENROLL, at=NOON + timedelta(seconds=one)) for one in range(MOST_ENTRIES)]
    found = kept([*asked, *enrolled], NOON)
    assert found == [*asked[1:], *enrolled[2:]]
    assert questions(found, "azure") == [one.at for one in asked[1:]]
