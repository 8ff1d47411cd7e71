"""Entities that name who was seen: they wake a camera, and only the names of people who agreed are evidence."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import wake
from custom_components.kith.cameras.namers import said
from custom_components.kith.identity.hearsay import VALID_FOR, Reliability
from custom_components.kith.kith_engine.analysis import Look
from tests.identity.faces import EMPTY, like, shown

from .conftest import Scripted, Shown, camera_subentry, eventually, person_subentry, remote_entry
from .test_cameras import camera_of

NAME, RING = "sensor.person_name", "event.person"
NEARLY = like((0, 0.32))

SAID = [
    (State(NAME, ""), State(NAME, "Ada"), {"Ada"}),
    (State(NAME, "unknown"), State(NAME, "Ada, Grace"), {"Ada", "Grace"}),
    (State(NAME, "none"), State(NAME, "none", {"sub_label": ["Ada", 0.87]}), {"Ada"}),
    (State(NAME, "Ada"), State(NAME, "Grace, Ada"), {"Ada", "Grace"}),
    (State(NAME, "Ada", {"rssi": "-50"}), State(NAME, "Ada", {"rssi": "-51"}), {"-51"}),
    (State(NAME, "Ada", {"rssi": -50}), State(NAME, "Ada", {"rssi": -51}), set()),
    (
        State(RING, "unknown"),
        State(RING, "2026-11-23T12:00:00", {"event_type": "person", "person_name": "Ada", "friendly_name": "Grace"}),
        {"2026-11-23T12:00:00", "Ada"},
    ),
    (
        State(RING, "2026-11-23T11:59:00", {"person_name": "Ada"}),
        State(RING, "2026-11-23T12:00:00", {"person_name": "Ada"}),
        {"2026-11-23T12:00:00", "Ada"},
    ),
]
SILENT = [
    (None, State(NAME, "Ada")),
    (State(NAME, "unavailable"), State(NAME, "Ada")),
    (State(NAME, "", {"restored": True}), State(NAME, "Ada")),
    (State(NAME, "Ada"), State(NAME, "unavailable")),
    (State(NAME, "Ada"), None),
]


@pytest.mark.one_release
@pytest.mark.parametrize(("old", "new", "words"), SAID)
def test_names_are_found_wherever_integrations_put_them(old: State, new: State, words: set[str]) -> None:
    assert said(old, new) == words


@pytest.mark.one_release
@pytest.mark.parametrize(("old", "new"), SILENT)
def test_what_is_repeated_or_gone_says_nothing(old: State | None, new: State | None) -> None:
    assert said(old, new) is None


@pytest.mark.one_release
def test_long_texts_are_no_names() -> None:
    assert said(State(NAME, ""), State(NAME, "a" * 101)) == frozenset()


@pytest.fixture
async def kith(hass: HomeAssistant, hall: Shown, engine: Scripted, quick: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Kith with camera.hall, which sleeps until a sensor calls it, and is named by another; Grace has not agreed."""
    monkeypatch.setattr(wake, "AWAKE_FOR", 0.1)
    hass.states.async_set(NAME, "")
    hass.states.async_set("binary_sensor.motion", "off")
    watched = camera_subentry(wake=["binary_sensor.motion"], named_by=[NAME])
    entry = remote_entry(engine, watched, person_subentry("Ada"), person_subentry("Grace", consent=False))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_name_wakes_the_camera_and_is_evidence_for_who_agreed(
    hass: HomeAssistant, kith: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    camera, hearsay = camera_of(kith), kith.runtime_data.household.hearsay
    await eventually(lambda: camera.data is not None)
    assert hall.taken == 0
    hass.states.async_set(NAME, "grace")
    await eventually(lambda: engine.asked)
    assert engine.asked[-1][1] is Look.PEOPLE
    assert not hearsay.ratios(camera.camera_id, dt_util.utcnow()), "she has not agreed"
    hass.states.async_set(NAME, " ADA ")
    await hass.async_block_till_done()
    assert hearsay.ratios(camera.camera_id, dt_util.utcnow()).keys() == {"ada"}
    await eventually(lambda: not camera.awake)


async def test_a_name_is_heard_when_it_is_said_and_not_for_as_long_as_it_stands_there(
    hass: HomeAssistant, kith: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    camera, hearsay = camera_of(kith), kith.runtime_data.household.hearsay
    hass.states.async_set(NAME, "Ada", {"rssi": -50})
    await hass.async_block_till_done()
    assert hearsay.ratios(camera.camera_id, dt_util.utcnow())
    freezer.tick(VALID_FOR + timedelta(seconds=1))
    hass.states.async_set(NAME, "Ada", {"rssi": -51})
    await hass.async_block_till_done()
    assert not hearsay.ratios(camera.camera_id, dt_util.utcnow())


async def test_a_name_that_counted_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    hass.states.async_set(NAME, "")
    subentry = next(one for one in entry.subentries.values() if one.title == "Hall")
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "named_by": [NAME]})
    await hass.async_block_till_done()
    household = entry.runtime_data.household
    household.hearsay.cameras[subentry.subentry_id] = Reliability(right=40)
    engine.answer = shown(NEARLY)
    await eventually(lambda: hass.states.get("binary_sensor.hall_person_detected").state == "on")
    assert not household.presence.last
    hass.states.async_set(NAME, "Ada")
    await eventually(lambda: "ada" in household.presence.last)
    told = hass.states.get("event.ada_sighting").attributes
    assert told["evidence"]["named_by_others"] is True
    engine.answer = EMPTY


async def test_what_was_learned_of_a_camera_survives_a_restart_and_goes_with_it(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    camera = camera_of(entry).camera_id
    entry.runtime_data.household.hearsay.cameras[camera] = Reliability(right=3, wrong=1)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.household.hearsay.cameras == {camera: Reliability(3, 1)}
    stored = Path(hass.config.path(".storage", "kith.hearsay"))
    assert json.loads(await hass.async_add_executor_job(stored.read_text))["data"] == {camera: {"right": 3, "wrong": 1}}
    hass.config_entries.async_remove_subentry(entry, camera)
    await hass.async_block_till_done()
    assert not entry.runtime_data.household.hearsay.cameras


async def test_an_entity_that_is_renamed_is_followed(hass: HomeAssistant, kith: MockConfigEntry) -> None:
    entities = er.async_get(hass)
    entity = entities.async_get_or_create("sensor", "test", "other", suggested_object_id="other_name")
    subentry = next(one for one in kith.subentries.values() if one.title == "Hall")
    data = {**subentry.data, "named_by": [NAME, entity.entity_id]}
    hass.config_entries.async_update_subentry(kith, subentry, data=data)
    entities.async_update_entity(entity.entity_id, new_entity_id="sensor.who")
    await hass.async_block_till_done()
    assert subentry.data["named_by"] == [NAME, "sensor.who"]
    assert camera_of(kith).settings.named_by == (NAME, "sensor.who")


async def test_an_event_long_ago_names_and_wakes_nobody(
    hass: HomeAssistant, kith: MockConfigEntry, hall: Shown
) -> None:
    camera = camera_of(kith)
    await eventually(lambda: camera.data is not None)
    past = (dt_util.utcnow() - timedelta(hours=1)).isoformat()
    hass.states.async_set(NAME, "Ada", {"restored": True})
    hass.states.async_set(NAME, past)
    await hass.async_block_till_done()
    assert not kith.runtime_data.household.hearsay.ratios(camera.camera_id, dt_util.utcnow())
