"""An unload leaves nothing running, and nothing of anybody."""

import asyncio

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import CONF_ALLOWED, SUBENTRY_CAMERA
from custom_components.kith.storage import PresenceStore, RecognitionRateStore
from custom_components.kith.subentries import person_subentry, subentries_of
from tests.identity.faces import shown

from .conftest import Scripted, as_subentry, camera_subentry, eventually, face_of


async def test_a_change_that_comes_with_an_unload_begins_nothing_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    home = entry.runtime_data
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")
    door = camera_subentry(camera="camera.door") | {"title": "Door", "unique_id": "camera.door"}
    hass.config_entries.async_add_subentry(entry, as_subentry(door))
    await asyncio.gather(home.follow_entry(), home.stop(), home.follow_entry())
    assert home.cameras == {}
    home.household.notify_presence()  # a leftover timer would fail the test


async def test_of_who_is_removed_while_kith_is_not_loaded_nothing_is_remembered(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")
    entry.runtime_data.stores.recognition_rate.count({"ada"}, set())
    await hass.config_entries.async_unload(entry.entry_id)
    presence = PresenceStore(hass)
    await presence.load()
    assert "ada" in presence.presence.last
    ada = next(one for one in entry.subentries.values() if one.title == "Ada")
    hass.config_entries.async_remove_subentry(entry, ada.subentry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    presence, served = PresenceStore(hass), RecognitionRateStore(hass)
    await presence.load()
    await served.load()
    assert "ada" not in presence.presence.people
    assert "ada" not in served.tallies


async def test_a_camera_whose_list_named_somebody_removed_meanwhile_is_watched_once_and_no_more_once_removed(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    def watching() -> int:
        return sum(task.get_name() == "kith watches camera.hall" for task in entry._background_tasks)

    camera = subentries_of(entry, SUBENTRY_CAMERA)[0]
    hass.config_entries.async_update_subentry(entry, camera, data={**camera.data, CONF_ALLOWED: ["ada", "grace"]})
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_remove_subentry(entry, person_subentry(entry, "ada").subentry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.runtime_data.cameras[camera.subentry_id].settings.allowed == {"grace"}
    assert watching() == 1
    hass.config_entries.async_remove_subentry(entry, camera.subentry_id)
    await hass.async_block_till_done()
    assert watching() == 0
