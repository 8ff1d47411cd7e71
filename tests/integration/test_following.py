"""Somebody who was recognized goes on to where their face is not seen: marked as such, and no trigger fires by it."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser, async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.kith.const import EVENT_FOLLOWED
from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.presence import Follow, Presence, Seen
from custom_components.kith.identity.visit_record import VisitRecord
from custom_components.kith.kith_engine.analysis import Box
from custom_components.kith.review.corrections import correct
from custom_components.kith.storage.presence import PresenceStore
from tests.identity.faces import EMPTY, NOON, clothed, shown

from .automations import automate, look, state
from .conftest import Scripted, as_subentry, camera_subentry, eventually, face_of
from .page import Caller, camera_id
from .people import agree

RED = 3
ADA = "binary_sensor.ada_presence"


@pytest.fixture
async def kitchen(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """A second camera, at which the test itself says what is seen."""
    added = as_subentry(
        camera_subentry(camera="camera.kitchen", enabled=False) | {"title": "Kitchen", "unique_id": "kitchen"}
    )
    hass.config_entries.async_add_subentry(entry, added)
    await hass.async_block_till_done()
    return added.subentry_id


async def recognized(hass: HomeAssistant, engine: Scripted) -> datetime:
    """Ada in red, at the hall's camera; then she leaves. Returns a time when she is gone."""
    engine.answer = clothed(shown(face_of(0)), RED)
    await eventually(lambda: state(hass, ADA) == STATE_ON)
    await look(engine, 10)
    engine.answer = EMPTY
    await look(engine, 3)
    return dt_util.utcnow() + timedelta(seconds=5)


def show(entry: MockConfigEntry, camera: str, since: datetime, outfit: int = RED, **seen: Any) -> None:
    for number in range(6):
        picture = clothed(shown(**seen), outfit)
        entry.runtime_data.household.observe(camera, picture, since + timedelta(seconds=number / 4))


async def test_presence_and_the_last_camera_move_on_and_say_why(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str
) -> None:
    events = async_capture_events(hass, EVENT_FOLLOWED)
    since = await recognized(hass, engine)
    assert hass.states.get(ADA).attributes["by"] == "face"
    assert hass.states.get(ADA).attributes["root"] is None
    show(entry, kitchen, since)
    await hass.async_block_till_done()
    assert (state(hass, ADA), state(hass, "sensor.ada_last_camera")) == (STATE_ON, "Kitchen")
    for entity_id in (ADA, "sensor.ada_last_camera", "sensor.ada_last_area", "sensor.ada_last_seen"):
        attributes = hass.states.get(entity_id).attributes
        assert (attributes["by"], attributes["root"]["camera_name"]) == ("appearance", "Hall")
    (event,) = events
    root = event.data["root"]
    assert (event.data["person"], event.data["by"], root["camera_name"]) == ("Ada", "appearance", "Hall")
    assert (event.data["entity_id"], event.data["camera_name"]) == (ADA, "Kitchen")
    assert event.data["evidence"] is None
    assert root["visit"] in {visit.visit_id for visit in entry.runtime_data.stores.visits.newest_first}
    assert event.data["explanation"].startswith("Ada went on to Kitchen, face not seen (same clothes as at Hall at ")
    assert "vector" not in str(event.data)


async def test_no_trigger_fires_by_appearance(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str
) -> None:
    since = await recognized(hass, engine)
    entry.runtime_data.household.presence.last["ada"] = Seen(since - timedelta(minutes=5), camera_id(entry))
    entry.runtime_data.household.notify_presence()
    await hass.async_block_till_done()
    automation = await automate(
        hass, {"trigger": "kith.recognized"}, {"trigger": "kith.arrived"}, {"trigger": "kith.stranger_seen"}
    )
    show(entry, kitchen, since)
    await hass.async_block_till_done()
    assert state(hass, ADA) == STATE_ON
    assert automation.calls == []
    traces = [run["trace"] for run in await automation.runs(triggered=False)]
    reasons = {steps[0]["result"]["reason"] for trace in traces for steps in trace.values()}
    assert reasons == {"followed"}
    show(entry, kitchen, since + timedelta(seconds=2), vector=face_of(0))
    await hass.async_block_till_done()
    assert sorted(call.data["platform"] for call in automation.calls) == ["kith.arrived", "kith.recognized"]


async def test_who_was_only_followed_does_not_leave(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str
) -> None:
    since = await recognized(hass, engine)
    presence = entry.runtime_data.household.presence
    presence.last["ada"] = Seen(since - timedelta(minutes=5), camera_id(entry))
    entry.runtime_data.household.notify_presence()
    await hass.async_block_till_done()
    automation = await automate(hass, {"trigger": "kith.left"})
    show(entry, kitchen, since)
    await hass.async_block_till_done()
    presence.last["ada"] = Seen(since - timedelta(minutes=5), camera_id(entry))
    entry.runtime_data.household.notify_presence()
    await hass.async_block_till_done()
    assert state(hass, ADA) == STATE_OFF
    assert automation.calls == []


async def test_whoever_withdraws_is_followed_no_more(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str
) -> None:
    events = async_capture_events(hass, EVENT_FOLLOWED)
    since = await recognized(hass, engine)
    agree(hass, entry, "Ada")
    await hass.async_block_till_done()
    show(entry, kitchen, since)
    await hass.async_block_till_done()
    assert events == []


async def test_the_page_shows_the_visit_in_words(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str, page: Caller
) -> None:
    since = await recognized(hass, engine)
    show(entry, kitchen, since)
    visits = (await page.ask("visits/list"))["visits"]
    (followed,) = [visit for visit in visits if visit["camera"] == "Kitchen"]
    assert followed["words"].startswith("Ada went on to Kitchen")
    assert (followed["outcome"], followed["name"], followed["by"]) == ("unusable", "Ada", "appearance")
    hers = (await page.ask("visits/list", person_id="ada"))["visits"]
    assert {(visit["camera"], visit["by"]) for visit in hers} == {("Kitchen", "appearance"), ("Hall", "face")}
    day = (await page.ask("visits/day"))["visits"]
    assert ("Kitchen", "Ada", "appearance") in {(one["camera"], one["name"], one["by"]) for one in day}
    people = (await page.ask("people/list"))["people"]
    assert [person["by_appearance"] for person in people if person["name"] == "Ada"] == [True]


async def test_the_card_shows_the_visit_to_whom_may_see_the_person(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Scripted,
    kitchen: str,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_user: MockUser,
    hass_read_only_access_token: str,
) -> None:
    since = await recognized(hass, engine)
    show(entry, kitchen, since)
    await hass.async_block_till_done()
    card = Caller(await hass_ws_client(hass, hass_read_only_access_token))
    await card.follow("card/subscribe")
    told = await card.event()
    assert {(visit["camera"], visit["name"], visit["by"], visit["picture"]) for visit in told["visits"]} == {
        ("Kitchen", "Ada", "appearance", None),
        ("Hall", "Ada", "face", None),
    }
    assert [(one["camera"], one["by_appearance"]) for one in told["people"] if one["name"] == "Ada"] == [
        ("Kitchen", True)
    ]
    hass_read_only_user.groups = []
    allowed = {entity_id: {POLICY_READ: True} for entity_id in ("camera.hall", "camera.kitchen")}
    hass_read_only_user.mock_policy({"entities": {"entity_ids": allowed}})
    await card.follow("card/subscribe")
    assert (await card.event())["visits"] == []


async def test_a_visit_of_who_was_followed_forgets_them(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str
) -> None:
    since = await recognized(hass, engine)
    show(entry, kitchen, since)
    visits = entry.runtime_data.stores.visits
    (followed,) = [visit for visit in visits.newest_first if visit.camera == kitchen]
    assert followed.mentions == {"ada"}
    assert followed.of is None, "it is not counted as hers"
    await entry.runtime_data.forget("ada")
    (left,) = [visit for visit in visits.newest_first if visit.camera == kitchen]
    assert left.verdict.follows is None
    assert "ada" not in await visits.known_people()


def visit_at(entry: MockConfigEntry, camera: str) -> VisitRecord:
    (found,) = [visit for visit in entry.runtime_data.stores.visits.newest_first if visit.camera == camera]
    return found


async def test_the_owner_can_say_that_it_was_somebody_else(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str
) -> None:
    home, since = entry.runtime_data, await recognized(hass, engine)
    show(entry, kitchen, since)
    corrected = await correct(home, visit_at(entry, kitchen), None)
    last = home.household.presence.last["ada"]
    assert (last.camera, last.root) == (camera_id(entry), None)
    show(entry, kitchen, since + timedelta(seconds=2))
    assert home.household.presence.last["ada"] == last, "it is not said again"
    await home.undos.undo(corrected.undo)
    assert home.household.presence.last["ada"].camera == kitchen


async def test_not_ada_is_said_on_the_page_of_a_visit_without_a_face(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str, page: Caller
) -> None:
    home, since = entry.runtime_data, await recognized(hass, engine)
    show(entry, kitchen, since)
    visit = visit_at(entry, kitchen).visit_id
    answer = await page.ask("visits/correct", visit_id=visit, person_id=None)
    assert answer["words"].startswith("Noted: it was not Ada.")
    assert home.household.presence.last["ada"].camera == camera_id(entry)
    told = await page.ask("visits/explain", visit_id=visit)
    assert (told["corrected"]["to"], told["name"], told["by"]) == ("A stranger", None, None)
    assert [one["visit_id"] for one in (await page.ask("visits/list", person_id="ada"))["visits"]] != [visit]
    await page.ask("visits/undo", undo=answer["undo"])
    assert (await page.ask("visits/explain", visit_id=visit))["by"] == "appearance"
    answer = await page.ask("visits/correct", visit_id=visit, person_id="grace")
    assert answer["words"].startswith("Noted: it was Grace.")
    assert home.household.presence.last["grace"].camera == kitchen
    await page.ask("visits/undo", undo=answer["undo"])
    linus = {"name": "Linus", "consent": {"by": "Linus", "photos": False}}
    answer = await page.ask("visits/create", visit_id=visit, **linus)
    assert (await page.ask("visits/list", person_id=answer["person_id"]))["visits"][0]["visit_id"] == visit


async def test_a_face_that_was_wrong_takes_along_what_rests_on_it(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str
) -> None:
    home, since = entry.runtime_data, await recognized(hass, engine)
    show(entry, kitchen, since)
    await correct(home, visit_at(entry, camera_id(entry)), None)
    assert "ada" not in home.household.presence.last
    show(entry, kitchen, since + timedelta(seconds=2))
    assert "ada" not in home.household.presence.last


async def test_a_broken_track_goes_on_with_its_visit(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kitchen: str
) -> None:
    since = dt_util.utcnow()
    show(entry, kitchen, since, vector=face_of(0))
    first = visit_at(entry, kitchen)
    show(entry, kitchen, since + timedelta(seconds=8), body=Box(1500, 100, 1600, 400))
    show(entry, kitchen, since + timedelta(seconds=16), body=Box(100, 100, 200, 400))
    newest, joined = [visit for visit in entry.runtime_data.stores.visits.newest_first if visit.camera == kitchen]
    assert (joined.visit_id, joined.end) == (first.visit_id, since + timedelta(seconds=9.25))
    assert newest.continues == first.visit_id
    assert (joined.verdict.person_id, newest.verdict.person_id) == ("ada", "ada")


def test_a_merged_person_s_visits_go_along() -> None:
    root = Seen(NOON, "hall")
    before = VisitRecord("v", "kitchen", NOON, NOON, Verdict(Outcome.UNUSABLE, follows=Follow("ada", root)))
    assert before.renamed("ada", "grace").verdict.follows == Follow("grace", root)
    assert before.renamed("bob", "grace") == before


async def test_what_it_rests_on_survives_a_restart(hass: HomeAssistant) -> None:
    store = PresenceStore(hass)
    seen = Seen(NOON, "kitchen", Seen(NOON - timedelta(minutes=2), "hall"))
    store.presence = Presence({"ada": seen})
    await store.save()
    again = PresenceStore(hass)
    await again.load()
    assert again.presence.last == {"ada": seen}
