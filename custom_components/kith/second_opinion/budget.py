"""How many more opinions may be asked for, counted from the ledger: a restart does not reset the count."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .ledger import LedgerEntry, Purpose

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """The most questions per minute and per day. The minute slides: a family at the door is one burst.

    The day is the calendar day of the home, as owners understand "today"; a sliding day would show two numbers that
    rise and fall all day. Around midnight, two days' worth can be asked within a few hours, but never more than
    `per_minute` at once.
    """

    per_minute: int
    per_day: int

    def left(self, asked: Collection[datetime], now: datetime) -> int:
        """How many may be asked now. asked: times of past questions. now: in the home's time zone."""
        lately = sum(abs(now - at) < MINUTE for at in asked)
        return max(0, min(self.per_minute - lately, self.left_today(asked, now)))

    def left_today(self, asked: Collection[datetime], now: datetime) -> int:
        return max(0, self.per_day - asked_today(asked, now))


def asked_today(asked: Iterable[datetime], now: datetime) -> int:
    """The number of questions on this calendar day. now: in the home's time zone."""
    return sum(at.astimezone(now.tzinfo).date() == now.date() for at in asked)


def questions(entries: Iterable[LedgerEntry], service_id: str) -> list[datetime]:
    """When this service was asked who somebody is, whatever the outcome."""
    return [one.at for one in entries if one.service_id == service_id and one.purpose is Purpose.ASK]
