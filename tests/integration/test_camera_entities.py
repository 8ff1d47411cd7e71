"""Camera entities that are renamed, removed, and come back."""

import asyncio
from contextlib import suppress

from homeassistant.components.camera.const import DATA_COMPONENT
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import availability
from custom_components.kith.cameras.availability import appears
from custom_components.kith.const import DOMAIN
from custom_components.kith.identity.evidence import Outcome
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.sighting import View
from tests.identity.faces import EMPTY, shown

from .conftest import Scripted, Shown, camera_subentry, eventually, face_of, person_subentry, remote_entry

DETECTED = "binary_sensor.hall_person_detected"


def state(hass: HomeAssistant) -> str:
    return hass.states.get(DETECTED).state


def hall_of(entry: MockConfigEntry) -> ConfigSubentry:
    return next(one for one in entry.subentries.values() if one.subentry_type == "camera")


def issues(hass: HomeAssistant) -> dict[str, dict[str, str]]:
    """What Kith's issues are about, by kind."""
    found = ir.async_get(hass).issues.values()
    return {one.translation_key: one.translation_placeholders for one in found if one.domain == DOMAIN and one.active}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "GONE_AFTER", 0.05)
    monkeypatch.setattr(availability, "APPEARS_WITHIN", 0.05)


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, engine: Scripted) -> MockConfigEntry:
    """Kith is loaded, and Ada is in front of the camera."""
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get(DETECTED).attributes.get("outcome") == "known")
    return entry


def made(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Kith's entities, with their unique ids."""
    return {
        one.entity_id: one.unique_id for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    }


def rename(hass: HomeAssistant, old: str, new: str) -> None:
    er.async_get(hass).async_update_entity(old, new_entity_id=new)


async def test_a_renamed_camera_is_watched_on_and_nothing_is_lost_or_told_twice(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    engine: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for patience in ("APPEARS_WITHIN", "GONE_AFTER"):
        monkeypatch.setattr(availability, patience, 5)
    told: list[object] = []
    loaded.runtime_data.household.on_sighting.subscribe(told.append)
    states: set[str] = set()
    hass.bus.async_listen(
        "state_changed",
        lambda event: states.add(event.data["new_state"].state) if event.data["entity_id"] == DETECTED else None,
    )
    kept = made(hass, loaded)
    rename(hass, "camera.hall", "camera.entrance")
    await hass.async_block_till_done()
    assert hall_of(loaded).data["camera"] == "camera.entrance"
    assert hall_of(loaded).unique_id == "camera.entrance"
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 5)
    assert state(hass) == "on"
    assert not told, "she was told before"
    assert states <= {"on"}, "not for a moment anything else"
    assert "provided no picture" not in caplog.text
    assert made(hass, loaded) == kept
    assert not issues(hass)


async def test_a_look_that_is_overtaken_by_a_new_name_is_no_failure(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    camera = loaded.runtime_data.cameras[hall_of(loaded).subentry_id]
    rename(hass, "camera.hall", "camera.entrance")
    with suppress(UpdateFailed):
        await camera.scan()
    assert camera.last_update_success
    assert "provided no picture" not in caplog.text


async def test_a_camera_that_is_renamed_while_kith_is_not_loaded_is_found_again(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    rename(hass, "camera.hall", "camera.entrance")
    await hass.async_block_till_done()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: state(hass) == "off")
    assert entry.state is ConfigEntryState.LOADED


async def test_close_up_wake_and_person_follow_too(hass: HomeAssistant, hall: Shown, engine: Scripted) -> None:
    registry = er.async_get(hass)
    for entity in ("binary_sensor.motion", "person.ada"):
        domain, name = entity.split(".")
        registry.async_get_or_create(domain, "test", name, suggested_object_id=name)
    registry.async_get_or_create("camera", "test", "big", suggested_object_id="big")
    camera = camera_subentry(close_up="camera.big", wake=["event.bell", "binary_sensor.motion"])
    person = person_subentry("Ada")
    person["data"] = {**person["data"], "person": "person.ada"}
    entry = remote_entry(engine, camera, person)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    for old in ("camera.big", "binary_sensor.motion", "person.ada"):
        rename(hass, old, f"{old}_new")
        await hass.async_block_till_done()
    assert hall_of(entry).data["close_up"] == "camera.big_new"
    assert hall_of(entry).data["wake"] == ["event.bell", "binary_sensor.motion_new"]
    assert hall_of(entry).unique_id == "camera.hall"
    assert next(one for one in entry.subentries.values() if one.title == "Ada").data["person"] == "person.ada_new"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_camera_that_takes_another_watched_ones_name_does_not_push_it_out(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """The old camera broke; its successor was added as camera.hall_2, and then gets the old one's name."""
    from .conftest import as_subentry

    successor = Shown("Hall 2")
    await hass.data[DATA_COMPONENT].async_add_entities([successor])
    found = camera_subentry(camera="camera.hall_2")
    hass.config_entries.async_add_subentry(entry, as_subentry({**found, "unique_id": "camera.hall_2"}))
    await hass.async_block_till_done()
    er.async_get(hass).async_remove("camera.hall")
    await hass.async_block_till_done()
    rename(hass, "camera.hall_2", "camera.hall")
    await hass.async_block_till_done()
    assert sorted(one.unique_id for one in entry.subentries.values() if one.subentry_type == "camera") == [
        "camera.hall",
        "camera.hall_2",
    ]
    assert "remove one of the two" in caplog.text
    taken = successor.taken
    await eventually(lambda: successor.taken > taken + 2 and "camera_gone" in issues(hass))
    assert issues(hass)["camera_gone"]["entities"] == "camera.hall_2"


async def test_a_removed_camera_is_told_once_and_comes_back_by_itself(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hall: Shown,
    engine: Scripted,
    caplog: pytest.LogCaptureFixture,
) -> None:
    er.async_get(hass).async_remove("camera.hall")
    await eventually(lambda: "camera_gone" in issues(hass))
    assert issues(hass)["camera_gone"] == {"name": "Hall", "entities": "camera.hall"}
    assert state(hass) == "unavailable"
    asked = len(engine.asked)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(engine.asked) == asked
    assert caplog.text.count("Error requesting Hall data") == 1
    engine.answer = EMPTY
    await hass.data[DATA_COMPONENT].async_add_entities([Shown("Hall")])
    await eventually(lambda: state(hass) == "off")
    assert not issues(hass)
    assert "Hall can be looked at again" in caplog.text


async def test_a_camera_without_a_place_in_the_registry_is_missed_too(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown
) -> None:
    await eventually(lambda: state(hass) == "off")
    er.async_get(hass).async_remove("camera.hall")
    await eventually(lambda: "camera_gone" in issues(hass))
    hass.states.async_set("camera.hall", "idle")
    await hass.async_block_till_done()
    assert not issues(hass)


async def test_a_camera_that_is_gone_for_a_moment_is_not_missed(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its integration was reloaded."""
    monkeypatch.setattr(availability, "GONE_AFTER", 3600)
    er.async_get(hass).async_remove("camera.hall")
    await eventually(lambda: state(hass) == "unavailable")
    await hass.data[DATA_COMPONENT].async_add_entities([Shown("Hall")])
    await eventually(lambda: state(hass) == "off")
    assert not issues(hass)


@pytest.mark.parametrize("end", ["unload", "remove"])
async def test_what_kith_does_not_watch_any_more_is_not_missed(
    hass: HomeAssistant, entry: MockConfigEntry, end: str
) -> None:
    er.async_get(hass).async_remove("camera.hall")
    await eventually(lambda: "camera_gone" in issues(hass))
    if end == "unload":
        assert await hass.config_entries.async_unload(entry.entry_id)
    else:
        hass.config_entries.async_remove_subentry(entry, hall_of(entry).subentry_id)
    await hass.async_block_till_done()
    assert not issues(hass)


async def test_what_was_ignored_stays_ignored_when_kith_is_loaded_again(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    entry = remote_entry(engine, camera_subentry(wake=["event.bell"]))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    registry, issue_id = ir.async_get(hass), f"camera_part_gone_{hall_of(entry).subentry_id}"
    await eventually(lambda: "camera_part_gone" in issues(hass))
    registry.async_ignore(DOMAIN, issue_id, True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await eventually(lambda: state(hass) == "off")
    assert registry.async_get_issue(DOMAIN, issue_id).dismissed_version is not None
    hass.states.async_set("event.bell", "unknown")
    await eventually(lambda: registry.async_get_issue(DOMAIN, issue_id) is None)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("end", ["camera", "Kith"])
async def test_what_was_ignored_is_forgotten_with_its_camera(
    hass: HomeAssistant, entry: MockConfigEntry, end: str
) -> None:
    registry, issue_id = ir.async_get(hass), f"camera_gone_{hall_of(entry).subentry_id}"
    er.async_get(hass).async_remove("camera.hall")
    await eventually(lambda: "camera_gone" in issues(hass))
    registry.async_ignore(DOMAIN, issue_id, True)
    if end == "camera":
        hass.config_entries.async_remove_subentry(entry, hall_of(entry).subentry_id)
    else:
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert registry.async_get_issue(DOMAIN, issue_id) is None


async def test_what_a_camera_needs_besides_is_missed_too(hass: HomeAssistant, hall: Shown, engine: Scripted) -> None:
    hass.states.async_set("binary_sensor.motion", "off")
    hass.states.async_set("camera.big", "idle")
    entry = remote_entry(engine, camera_subentry(close_up="camera.big", wake=["binary_sensor.motion", "event.bell"]))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: "camera_part_gone" in issues(hass))
    assert issues(hass)["camera_part_gone"] == {"name": "Hall", "entities": "event.bell"}
    assert state(hass) == "off", "the camera itself is there"
    hass.states.async_remove("camera.big")
    await eventually(lambda: issues(hass)["camera_part_gone"]["entities"] == "event.bell, camera.big")
    hass.states.async_set("camera.big", "idle")
    hass.states.async_set("event.bell", "unknown")
    await hass.async_block_till_done()
    assert not issues(hass)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_camera_that_is_removed_while_it_is_looked_at_is_gone(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    await eventually(lambda: state(hass) == "off")
    asked, go_on = Event(), Event()

    def analyze(*_: object) -> object:
        asked.set()
        go_on.wait(10)
        return shown(face_of(0))

    monkeypatch.setattr(engine, "analyze", analyze)
    await eventually(asked.is_set)
    scanning = hass.async_create_task(loaded_camera(entry).scan())
    er.async_get(hass).async_remove("camera.hall")
    await eventually(lambda: "camera_gone" in issues(hass))
    go_on.set()
    with pytest.raises(UpdateFailed):
        await scanning
    assert state(hass) == "unavailable"


def loaded_camera(entry: MockConfigEntry):
    [found] = entry.runtime_data.cameras.values()
    return found


async def test_kith_waits_for_a_camera_that_is_set_up_after_it(
    hass: HomeAssistant, hall: Shown, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "APPEARS_WITHIN", 60)
    hass.states.async_set("camera.late", "unavailable", {"restored": True})
    waiting = asyncio.create_task(appears(hass, "camera.late"))
    await hass.async_block_till_done()
    assert not waiting.done()
    hass.states.async_set("camera.late", "idle")
    await waiting


async def test_other_settings_do_not_make_kith_forget_who_is_there(
    hass: HomeAssistant, loaded: MockConfigEntry, engine: Scripted
) -> None:
    told: list[object] = []
    loaded.runtime_data.household.on_sighting.subscribe(told.append)
    hall = hall_of(loaded)
    hass.config_entries.async_update_subentry(loaded, hall, data={**hall.data, "interval": 0.02})
    await hass.async_block_till_done()
    assert state(hass) == "on"
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 3)
    assert {look for _, look, *_ in engine.asked[asked:]} == {Look.PEOPLE}
    assert not told


async def test_another_camera_begins_from_a_clean_slate(
    hass: HomeAssistant, loaded: MockConfigEntry, engine: Scripted
) -> None:
    await hass.data[DATA_COMPONENT].async_add_entities([Shown("Door")])
    hall = hall_of(loaded)
    camera = loaded_camera(loaded)
    seen: list[View | None] = []
    camera.async_add_listener(lambda: seen.append(camera.data))
    hass.config_entries.async_update_subentry(
        loaded, hall, data={**hall.data, "camera": "camera.door"}, unique_id="camera.door"
    )
    await eventually(lambda: None in seen and seen[-1] is not None)
    first = seen[seen.index(None) + 1]  # before it, a look at the old camera may have ended
    assert first.outcome is not Outcome.KNOWN, "what the old one saw proves nothing"
