"""What was sent to services, or tried: one entry per call, and no picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..settings import ServiceKind
from .protocol import Said

LEDGER_KEPT_FOR = timedelta(days=90)
"""A quarter: long enough to compare with a service's bill."""
MOST_ENTRIES = 2000
"""Of each service."""
BUDGETED_FOR = timedelta(hours=25)
"""Questions count toward the budget of their day for at most this long, in a night in which clocks are set back."""


class Purpose(StrEnum):
    """The reason for a call."""

    ASK = "ask"
    ENROLL = "enroll"
    ERASE = "erase"
    """Includes the proof of erasure."""
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """at: when the call began. camera: its subentry's id. about: ids of people. sent: bytes of bodies. calls: requests.

    said, score: the answer to a question. error: an error's code if there was no answer.
    """

    at: datetime
    service_id: str
    kind: ServiceKind
    purpose: Purpose
    camera: str | None = None
    about: tuple[str, ...] = ()
    sent: int = 0
    calls: int = 0
    said: Said | None = None
    error: str | None = None
    score: float | None = None


def kept(entries: Iterable[LedgerEntry], now: datetime) -> list[LedgerEntry]:
    """The entries to keep, oldest first.

    If there are too many of a service, checks go first: they contain nothing about anybody, and a service that stays
    away fills the ledger with them.
    """
    found = sorted(entries, key=lambda one: one.at)
    by_service: dict[str, list[LedgerEntry]] = {}
    for one in found:
        by_service.setdefault(one.service_id, []).append(one)
    gone = {id(one) for entries in by_service.values() for one in _surplus(entries, now)}
    return [one for one in found if id(one) not in gone]


def _surplus(entries: Sequence[LedgerEntry], now: datetime) -> list[LedgerEntry]:
    """entries: of one service, oldest first."""
    over = max(0, len(entries) - MOST_ENTRIES)
    droppable = [one for one in entries if one.purpose is not Purpose.ASK or one.at <= now - BUDGETED_FOR]
    return sorted(droppable, key=lambda one: one.purpose is not Purpose.CHECK)[:over]
