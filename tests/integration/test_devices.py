"""Kith's devices are removed when nothing uses them any more, and only then."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith import async_remove_config_entry_device
from custom_components.kith.const import DOMAIN

from .conftest import Scripted, eventually


def identifiers(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {identifier for device in devices for _, identifier in device.identifiers}


def add_device(hass: HomeAssistant, entry: MockConfigEntry, identifier: str, **more: str) -> dr.DeviceEntry:
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, identifier)}, **more
    )


async def test_what_stands_for_nothing_is_gone_after_the_next_start(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    before = identifiers(hass, entry)
    add_device(hass, entry, "somebody who was removed")
    await hass.config_entries.async_reload(entry.entry_id)
    assert identifiers(hass, entry) == before
    assert {"ada", "grace", entry.entry_id} <= before


async def test_a_camera_that_has_a_device_of_its_own_by_now_keeps_no_second_one(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    camera_id = next(iter(entry.subentries))
    assert camera_id in identifiers(hass, entry)
    others = MockConfigEntry(domain="test", title="Cameras")
    others.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(config_entry_id=others.entry_id, identifiers={("test", "hall")})
    er.async_get(hass).async_update_entity("camera.hall", device_id=device.id)
    await hass.config_entries.async_reload(entry.entry_id)
    await eventually(lambda: hass.states.get("binary_sensor.hall_person_detected") is not None)
    assert camera_id not in identifiers(hass, entry)
    assert er.async_get(hass).async_get("binary_sensor.hall_person_detected").device_id == device.id


async def test_a_device_with_entities_is_kept_and_cannot_be_removed_by_hand(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    stale = add_device(hass, entry, "somebody who was removed")
    assert await async_remove_config_entry_device(hass, entry, stale)
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        if device.id != stale.id:
            assert not await async_remove_config_entry_device(hass, entry, device)
