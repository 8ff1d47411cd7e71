"""Trackers say who is at home by the house's rule, and Home Assistant's people use them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.components import person
from homeassistant.const import STATE_HOME, STATE_NOT_HOME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.presence import Seen
from custom_components.kith.identity.visit_record import VisitRecord
from custom_components.kith.kith_engine.errors import EngineRefusedError
from custom_components.kith.review.corrections import correct
from custom_components.kith.storage.presence import PRESENCE
from custom_components.kith.storage.recognition_rate import SERVED
from tests.identity.faces import EMPTY, NOON, after, shown

from .automations import automate
from .conftest import Scripted, eventually, face_of
from .page import ADA_PERHAPS, Caller, waiting
from .people import agree, chosen, configured, person_of

ADA, HOME = "device_tracker.ada_at_home", "sensor.kith_known_people_at_home"
PRESENT = "sensor.kith_known_people_present"
PHONE = "device_tracker.phone"


def stored(hass: HomeAssistant, key: str) -> str:
    return Path(hass.config.path(".storage", key)).read_text()


def state(hass: HomeAssistant, entity_id: str = ADA) -> str:
    return hass.states.get(entity_id).state


def hall_of(entry: MockConfigEntry) -> Any:
    return next(one for one in entry.subentries.values() if one.subentry_type == "camera")


async def look_at(hass: HomeAssistant, entry: MockConfigEntry, place: str) -> None:
    """Say what the hall's camera looks at."""
    hall = hall_of(entry)
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "place": place})
    await hass.async_block_till_done()


async def see(hass: HomeAssistant, entry: MockConfigEntry, when: Any) -> str:
    home = entry.runtime_data
    home.household.presence.see("ada", Seen(when, hall_of(entry).subentry_id))
    home.household.notify_presence()
    await hass.async_block_till_done()
    return state(hass)


async def link(hass: HomeAssistant, entry: MockConfigEntry, *trackers: str) -> str:
    """Home Assistant's person Ada, with these trackers, linked to Kith's."""
    people = {"person": [{"id": "1", "name": "Ada L", "device_trackers": list(trackers)}]}
    assert await async_setup_component(hass, person.DOMAIN, people)
    ada = person_of(entry, "Ada")
    hass.config_entries.async_update_subentry(entry, ada, data={**ada.data, "person": "person.ada_l"})
    await hass.async_block_till_done()
    return "person.ada_l"


async def move_phone(hass: HomeAssistant, where: str) -> None:
    hass.states.async_set(PHONE, where, {"source_type": "gps"})
    await hass.async_block_till_done()


async def test_who_is_seen_at_an_entrance_comes_in_and_later_leaves(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    assert state(hass) == STATE_UNKNOWN
    await look_at(hass, entry, "entrance")
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass) == STATE_HOME)
    assert (state(hass, HOME), hass.states.get(HOME).attributes["people"]) == ("1", ["Ada"])
    assert hass.states.get(ADA).attributes["source_type"] == "router"
    engine.answer = EMPTY
    seen = entry.runtime_data.household.presence.last["ada"].captured
    assert await see(hass, entry, seen + timedelta(hours=1)) == STATE_NOT_HOME
    assert state(hass, HOME) == "0"


async def test_it_is_not_presence(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await look_at(hass, entry, "inside")
    assert await see(hass, entry, NOON) == STATE_HOME
    assert state(hass, "binary_sensor.ada_presence") == "off", "that was long ago"


async def test_it_outlives_a_restart_and_an_engine_that_is_away(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    await look_at(hass, entry, "entrance")
    await see(hass, entry, NOON)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert state(hass) == STATE_UNAVAILABLE
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert state(hass) == STATE_HOME
    engine.answer = EngineRefusedError("changed meanwhile")
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_UNAVAILABLE)
    assert (state(hass), state(hass, HOME)) == (STATE_HOME, "1")
    assert await see(hass, entry, after(60)) == STATE_HOME, "the passage goes on after the restart"


async def test_home_assistant_s_person_uses_it_and_its_phone_says_when_she_leaves(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await move_phone(hass, STATE_NOT_HOME)
    linked = await link(hass, entry, PHONE, ADA)
    await look_at(hass, entry, "entrance")
    assert state(hass) == STATE_UNKNOWN, "a phone that lies somewhere says nothing new"
    assert await see(hass, entry, NOON) == STATE_HOME
    assert state(hass, linked) == STATE_HOME, "sooner than her phone"
    await move_phone(hass, STATE_HOME)
    assert await see(hass, entry, after(3600)) == STATE_HOME, "she only opened the door"
    await move_phone(hass, STATE_UNAVAILABLE)
    assert state(hass) == STATE_HOME
    await move_phone(hass, "Office")
    assert (state(hass), state(hass, linked)) == (STATE_NOT_HOME, "Office")


async def test_its_own_tracker_is_no_phone(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    linked = await link(hass, entry, ADA)
    await look_at(hass, entry, "entrance")
    assert await see(hass, entry, NOON) == STATE_HOME
    assert state(hass, linked) == STATE_HOME
    assert await see(hass, entry, after(3600)) == STATE_NOT_HOME, "else nobody would ever be seen leaving"


async def test_withdrawal_and_forgetting_leave_no_trace(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await move_phone(hass, STATE_NOT_HOME)
    await link(hass, entry, PHONE)
    await look_at(hass, entry, "inside")
    await see(hass, entry, NOON)
    flow = await chosen(hass, entry, "Ada", "consent", "withdraw")
    assert (await configured(hass, flow, {}))["reason"] == "withdrawn"
    await hass.async_block_till_done()
    assert state(hass) == STATE_UNKNOWN
    await move_phone(hass, STATE_HOME)
    assert state(hass) == STATE_UNKNOWN, "nothing is noted of somebody who does not agree"
    assert "ada" not in await hass.async_add_executor_job(stored, hass, PRESENCE)


async def test_a_phone_that_moves_while_its_owner_is_erased_stores_nothing(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await move_phone(hass, STATE_HOME)
    await link(hass, entry, PHONE)
    home = entry.runtime_data
    with home.agreements.leaving("ada"):
        await move_phone(hass, STATE_NOT_HOME)
    assert home.household.presence.stays == {}


async def test_who_must_not_be_recognized_has_no_tracker(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    agree(hass, entry, "Ada", "never")
    await hass.async_block_till_done()
    await eventually(lambda: er.async_get(hass).async_get(ADA) is None)


async def test_who_must_not_be_recognized_any_more_is_neither_present_nor_at_home(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await move_phone(hass, STATE_NOT_HOME)
    await link(hass, entry, PHONE)
    await look_at(hass, entry, "inside")
    await see(hass, entry, dt_util.utcnow())
    home = entry.runtime_data
    home.stores.recognition_rate.count({"ada"}, set())
    assert (state(hass, HOME), state(hass, PRESENT)) == ("1", "1")
    automation = await automate(hass, {"trigger": "kith.left"})
    agree(hass, entry, "Ada", "never")
    home.household.notify_presence()
    assert (state(hass, HOME), state(hass, PRESENT)) == ("0", "0"), "even before it is erased"
    await hass.async_block_till_done()
    await eventually(lambda: entry.runtime_data is not home and er.async_get(hass).async_get(ADA) is None)
    assert automation.calls == [], "nobody saw her leave"
    await move_phone(hass, STATE_HOME)
    home = entry.runtime_data
    assert (state(hass, HOME), home.household.presence.people) == ("0", set())
    assert home.stores.gallery.gallery.templates.keys() == {"ada", "grace"}, "her photo tells her from others"
    assert home.stores.recognition_rate.tallies == {}
    for key in (PRESENCE, SERVED):
        assert "ada" not in await hass.async_add_executor_job(stored, hass, key)


async def test_undoing_a_correction_does_not_bring_back_who_must_not_be_recognized(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home, now = entry.runtime_data, dt_util.utcnow()
    await see(hass, entry, now)
    told = VisitRecord("told", hall_of(entry).subentry_id, now, now, Verdict(Outcome.KNOWN, "ada"))
    home.stores.visits.put(told)
    corrected = await correct(home, told, None)
    assert "ada" not in home.household.presence.last
    ada = person_of(entry, "Ada")
    never = {"to": ["never"], "by": "Ada", "at": "2026-11-23T12:00:00+00:00"}
    object.__setattr__(ada, "data", {**ada.data, "consent": never})
    await home.undos.undo(corrected.undo)
    assert "ada" not in home.household.presence.last


async def test_a_visit_that_was_not_hers_takes_her_home_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    presence = entry.runtime_data.household.presence
    await look_at(hass, entry, "entrance")
    assert await see(hass, entry, NOON) == STATE_HOME
    assert await see(hass, entry, after(3600)) == STATE_NOT_HOME
    presence.take_back("ada", after(3590), after(3610), Seen(NOON, hall_of(entry).subentry_id))
    entry.runtime_data.household.notify_presence()
    assert state(hass) == STATE_HOME


@pytest.mark.parametrize("how", ["answer", "correction"])
@pytest.mark.parametrize("place", ["inside", "entrance"])
async def test_an_old_answer_does_not_bring_home_who_left_since(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, how: str, place: str
) -> None:
    await look_at(hass, entry, place)
    now, home = dt_util.utcnow(), entry.runtime_data
    await see(hass, entry, now - timedelta(hours=12))
    seen = now - timedelta(hours=3)
    home.household.presence.phone("ada", at_home=False, when=now - timedelta(hours=2))
    home.household.notify_presence()
    assert state(hass) == STATE_NOT_HOME
    if how == "answer":
        face = await waiting(entry, ADA_PERHAPS, when=seen)
        answered = await page.ask("inbox/assign", group_id=face, person_id="ada")
    else:
        unsure = Verdict(Outcome.UNSURE)
        home.stores.visits.put(VisitRecord("old", hall_of(entry).subentry_id, seen, seen, unsure))
        answered = await page.ask("visits/correct", visit_id="old", person_id="ada")
    await hass.async_block_till_done()
    assert (state(hass), home.household.presence.last["ada"].captured) == (STATE_NOT_HOME, seen)
    await page.ask("inbox/undo", undo=answered["undo"])
    await hass.async_block_till_done()
    assert (state(hass), home.household.presence.last["ada"].captured) == (STATE_NOT_HOME, now - timedelta(hours=12))


pytestmark = pytest.mark.usefixtures("brisk")
