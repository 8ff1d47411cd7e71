"""What went to services, or was tried: one entry for each time, and no picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..settings import ServiceKind
from .protocol import Said

KEPT_FOR = timedelta(days=90)
"""A quarter: long enough to compare with what a service's own bill says."""
MOST_KEPT = 2000


class Purpose(StrEnum):
    """What for."""

    ASK = "ask"
    ENROLL = "enrol"
    ERASE = "erase"
    """With the proof of it."""
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """at: when it began. camera: the id of its subentry. about: ids of people. sent: bytes of bodies. calls: requests.

    said, score: the answer to a question. error: the code of what came instead of an answer.
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
    """Without what is too old, or dated ahead by a clock that was wrong; oldest first.

    Where they are too many, checks go first: in them nobody was sent, and a service that stays away fills the ledger
    with them.
    """
    recent = sorted((one for one in entries if abs(now - one.at) <= KEPT_FOR), key=lambda one: one.at)
    over = len(recent) - MOST_KEPT
    if over <= 0:
        return recent
    gone = {id(one) for one in sorted(recent, key=lambda one: (one.purpose is not Purpose.CHECK, one.at))[:over]}
    return [one for one in recent if id(one) not in gone]
