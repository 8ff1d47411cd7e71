"""What is too old goes in time, and nothing else, whatever the clock says."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.visit_record import VisitRecord
from custom_components.kith.runtime import Home
from custom_components.kith.second_opinion.ledger import LedgerEntry, Purpose
from custom_components.kith.settings import ServiceKind
from custom_components.kith.storage import RetentionStore, retention
from custom_components.kith.storage.faces import Kept
from tests.identity.faces import axis, template

from .conftest import JPEG

KEEP = timedelta(days=14)
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


class Clock:
    """The time of day, which can jump, and the loop's clock, which cannot."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop, self._ran = asyncio.get_running_loop(), 0.0
        self.now, real = NOW, loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + self._ran)

    def goes(self, **time: float) -> None:
        self._ran += timedelta(**time).total_seconds()
        self.jumps(**time)

    def jumps(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def store(hass: HomeAssistant) -> RetentionStore:
    return RetentionStore(hass)


def over(store: RetentionStore, clock: Clock, **dated: datetime) -> set[str]:
    return store.over("visits", dated, KEEP, clock.now)


async def test_what_is_old_goes_at_the_second_look(store: RetentionStore, clock: Clock) -> None:
    dated = {"old": NOW - KEEP, "young": NOW - KEEP + timedelta(days=1)}
    assert over(store, clock, **dated) == set()
    clock.goes(hours=1)
    assert over(store, clock, **dated) == {"old"}


async def test_a_shorter_time_holds_at_once(store: RetentionStore, clock: Clock) -> None:
    dated = {"old": NOW - timedelta(days=8), "young": NOW}
    assert over(store, clock, **dated) == set()
    assert store.over("visits", dated, timedelta(days=7), clock.now) == {"old"}
    clock.now = datetime(1970, 1, 1, tzinfo=UTC)
    assert store.over("visits", dated, timedelta(days=3), clock.now) == set()


async def test_nothing_goes_before_kith_was_made(store: RetentionStore, clock: Clock) -> None:
    clock.now = datetime(1970, 1, 1, tzinfo=UTC)
    for _ in range(30):
        assert over(store, clock, old=datetime(1969, 1, 1, tzinfo=UTC)) == set()
        clock.goes(days=1)


async def test_a_jump_ahead_that_is_taken_back_costs_nothing(store: RetentionStore, clock: Clock) -> None:
    for _ in range(3):
        over(store, clock, young=NOW)
        clock.goes(hours=1)
    clock.jumps(days=30)
    assert over(store, clock, young=NOW) == set()
    clock.goes(minutes=30)
    clock.jumps(days=-30)
    for _ in range(3):
        assert over(store, clock, young=NOW) == set()
        clock.goes(hours=1)


async def test_after_a_jump_ahead_that_lasts_the_next_look_counts(store: RetentionStore, clock: Clock) -> None:
    over(store, clock, old=NOW)
    clock.jumps(days=30)
    assert over(store, clock, old=NOW) == set()
    clock.goes(hours=1)
    assert over(store, clock, old=NOW) == {"old"}


async def test_what_is_dated_ahead_holds_the_rest_for_as_long_as_that_is_kept(
    hass: HomeAssistant, store: RetentionStore, clock: Clock
) -> None:
    dated = {"old": NOW - KEEP, "young": NOW + KEEP - timedelta(days=1), "ahead": datetime(2099, 1, 1, tzinfo=UTC)}
    over(store, clock, **dated)
    clock.goes(hours=1)
    assert over(store, clock, **dated) == set()
    await store.save()
    clock.goes(days=13)
    again = RetentionStore(hass)
    await again.load()
    assert over(again, clock, **dated) == set()
    clock.goes(days=1)
    assert over(again, clock, **dated) == {"old", "ahead"}


async def test_a_clock_that_was_behind_has_not_waited(store: RetentionStore, clock: Clock) -> None:
    """It is right again before what seemed ahead had to go; the next time, the days are counted anew."""
    over(store, clock, visit=NOW)
    clock.jumps(days=-100)
    for _ in range(2):
        assert over(store, clock, visit=NOW) == set()
        clock.goes(days=13)
    clock.jumps(days=100)
    over(store, clock, visit=NOW, old=NOW - KEEP)
    clock.goes(hours=1)
    assert over(store, clock, visit=clock.now, old=NOW - KEEP) == {"old"}
    clock.jumps(days=-100)
    over(store, clock, visit=NOW)
    clock.goes(days=13)
    assert over(store, clock, visit=NOW) == set()


async def test_if_nothing_is_to_be_kept_all_goes_at_once(store: RetentionStore) -> None:
    assert store.over("faces", {"one": NOW, "other": NOW}, timedelta(0), datetime(1970, 1, 1, tzinfo=UTC)) == {
        "one",
        "other",
    }


# In a home


async def left(home: Home) -> tuple[int, ...]:
    """How much is kept of each kind."""
    stores = home.stores
    pictures = (await stores.visit_pictures.people()).get("ada", ())
    strangers = await stores.photos.strangers()
    return tuple(
        map(len, (stores.visits.newest_first, stores.faces.unanswered, strangers, pictures, stores.ledger.entries))
    )


@pytest.mark.parametrize(
    ("shown", "steady", "kept"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), True, True),
        (dt_util.utcnow() - timedelta(days=30), True, True),
        (dt_util.utcnow() + timedelta(days=100), False, True),
        (dt_util.utcnow() + timedelta(days=100), True, False),
    ],
    ids=["no clock", "behind", "a jump ahead", "later"],
)
async def test_a_start_erases_nothing_by_a_wrong_clock(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    shown: datetime,
    steady: bool,
    kept: bool,
) -> None:
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 7})
    ada = next(person for person in entry.subentries.values() if person.title == "Ada")
    consent = {**ada.data["consent"], "to": ["recognize", "photos"]}
    hass.config_entries.async_update_subentry(entry, ada, data={**ada.data, "consent": consent})
    await hass.async_block_till_done()
    now, stores = dt_util.utcnow(), entry.runtime_data.stores
    stores.visits.put(VisitRecord(f"{1:026d}", "hall", now, now, Verdict(Outcome.KNOWN, "ada")))
    await stores.visit_pictures.keep("ada", f"{1:026d}", JPEG, lambda _who: True)
    face_id = await stores.photos.save_stranger(now, "hall", JPEG)
    await stores.faces.add(Kept(replace(template(axis(3)), template_id=face_id, added=now), "hall"))
    stores.ledger.begin(LedgerEntry(now, "azure", ServiceKind.AZURE, Purpose.ASK))
    await hass.config_entries.async_unload(entry.entry_id)
    with monkeypatch.context() as patch:
        patch.setattr(dt_util, "utcnow", lambda: shown)
        if steady:
            patch.setattr(retention, "STEADY_FOR", timedelta(0))
        await hass.config_entries.async_setup(entry.entry_id)
        assert await left(entry.runtime_data) == (int(kept),) * 5
        await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    assert await left(entry.runtime_data) == (int(kept),) * 5
