"""The visits at a glance: one day by person and camera, and the last week by outcome and person."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from homeassistant.core import callback
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..identity.evidence import Outcome
from ..identity.visit_record import VisitRecord
from ..runtime import Home
from .command import DAY, Command, iso_time
from .serialize import camera_name, whose

WEEK = 7
"""Days, today among them."""
SHOWN = (Outcome.KNOWN, Outcome.STRANGER, Outcome.UNSURE, Outcome.UNUSABLE)


async def _day(home: Home, request: dict[str, Any]) -> JsonObjectType:
    """begin, end: of that day in the home; it may have 23 or 25 hours."""
    day = date.fromisoformat(request["day"]) if request.get("day") else dt_util.now().date()
    begin, end = (dt_util.start_of_local_day(one) for one in (day, day + timedelta(days=1)))
    entries = home.stores.visits.newest_first
    visits: list[JsonValueType] = [
        brief_visit(home, entry) for entry in reversed(entries) if entry.begin < end and entry.end >= begin
    ]
    days = dict.fromkeys(_day_of(entry).isoformat() for entry in entries)
    return {
        "day": day.isoformat(),
        "begin": iso_time(begin),
        "end": iso_time(end),
        "days": [*days],
        "visits": visits,
    }


def _shown_as(entry: VisitRecord) -> Outcome:
    return Outcome.UNSURE if entry.outcome.inconclusive else entry.outcome


@callback
def brief_visit(home: Home, entry: VisitRecord) -> JsonObjectType:
    """Who came, where, and when, as the owner said or as it was announced."""
    return {
        "visit_id": entry.visit_id,
        "outcome": str(_shown_as(entry)),
        **whose(home, entry.named, entry.followed),
        "camera_id": entry.camera,
        "camera": camera_name(home, entry.camera),
        "begin": iso_time(entry.begin),
        "end": iso_time(entry.end),
    }


async def _week(home: Home, _request: dict[str, Any]) -> JsonObjectType:
    today = dt_util.now().date()
    week = [today - timedelta(days=back) for back in reversed(range(WEEK))]
    entries = [entry for entry in home.stores.visits.newest_first if _day_of(entry) >= week[0]]
    counts = Counter((_day_of(entry), _shown_as(entry)) for entry in entries)
    days: list[JsonValueType] = [
        {"day": day.isoformat(), **{str(outcome): counts[day, outcome] for outcome in SHOWN}} for day in week
    ]
    people: list[JsonValueType] = [
        _tally(person.person_id, person.name, entries) for person in home.agreements.recognized()
    ]
    return {"days": days, "people": people}


def _tally(person_id: str, name: str, entries: list[VisitRecord]) -> JsonObjectType:
    """named: right away. unsure: most likely theirs. missed: the owner had to say that it was them."""
    named = unsure = missed = 0
    for entry in entries:
        told = entry.verdict.person_id == person_id
        named += told and entry.named == person_id
        missed += not told and entry.correction is not None and entry.correction.to == person_id
        unsure += entry.correction is None and entry.verdict.outcome.inconclusive and entry.of == person_id
    return {"person_id": person_id, "name": name, "named": named, "unsure": unsure, "missed": missed}


def _day_of(entry: VisitRecord) -> date:
    return dt_util.as_local(entry.begin).date()


COMMANDS = (
    Command("visits/day", _day, {vol.Optional("day"): DAY}),
    Command("visits/week", _week),
)
