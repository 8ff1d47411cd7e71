"""Visits at a glance: a day from midnight to midnight, and how often each person was named, unsure, or missed."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.visit_record import Correction
from tests.contract import assert_like

from .page import Caller
from .test_websocket_visits import visit_of

pytestmark = pytest.mark.one_release


async def test_a_day_goes_from_midnight_to_midnight(entry: MockConfigEntry, page: Caller) -> None:
    midnight = dt_util.start_of_local_day()
    for number, begin in enumerate((midnight - timedelta(seconds=2), midnight + timedelta(seconds=1))):
        record = replace(visit_of(entry, number), begin=begin, end=begin + timedelta(seconds=4))
        entry.runtime_data.stores.visits.put(record)
    today = await page.ask("visits/day")
    assert_like(today, "visits_day")
    assert [one["visit_id"] for one in today["visits"]] == ["visit000", "visit001"], "one was there at midnight"
    assert len(today["days"]) == 2
    yesterday = await page.ask("visits/day", day=today["days"][1])
    assert [one["visit_id"] for one in yesterday["visits"]] == ["visit000"]
    assert yesterday["end"] == today["begin"]
    assert await page.refused("visits/day", day="2026-02-30") == "invalid_format"


async def test_the_week_counts_what_the_owner_said(entry: MockConfigEntry, page: Caller) -> None:
    """Named, unsure, missed, wrongly named, and too old."""
    stranger = Verdict(Outcome.STRANGER, likely="ada", frames=3)
    was_ada = {"correction": Correction("ada", dt_util.utcnow())}
    for number, who, changes in (
        (0, "ada", {}),
        (1, None, {}),
        (2, None, {"verdict": stranger, **was_ada}),
        (3, "grace", was_ada),
        (24 * 8, "ada", {}),
    ):
        entry.runtime_data.stores.visits.put(visit_of(entry, number, who, **changes))
    found = await page.ask("visits/week")
    assert_like(found, "visits_week")
    assert len(found["days"]) == 7
    assert [sum(day[kind] for day in found["days"]) for kind in ("known", "stranger", "unsure")] == [3, 0, 1]
    ada, grace = found["people"]
    assert (ada["named"], ada["unsure"], ada["missed"]) == (1, 1, 2)
    assert (grace["named"], grace["unsure"], grace["missed"]) == (0, 0, 0)
