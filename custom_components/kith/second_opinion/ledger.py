"""What was sent to services, or tried: one entry per call, and no picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..settings import ServiceKind
from .protocol import Said

LEDGER_KEPT_FOR = timedelta(days=90)
"""A quarter: long enough to compare with a service's bill."""
MOST_ENTRIES = 2000


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


def kept(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """The entries to keep, oldest first.

    If there are too many, checks go first: they contain nothing about anybody, and a service that stays away fills the
    ledger with them.
    """
    found = sorted(entries, key=lambda one: one.at)
    over = len(found) - MOST_ENTRIES
    if over <= 0:
        return found
    gone = {id(one) for one in sorted(found, key=lambda one: (one.purpose is not Purpose.CHECK, one.at))[:over]}
    return [one for one in found if id(one) not in gone]
