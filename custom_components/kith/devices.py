"""Devices of Kith that stand for nothing any more."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device import async_entity_id_to_device

from .const import CONF_CAMERA, CONF_PERSON_ID, DOMAIN, SUBENTRY_PERSON, SUBENTRY_SERVICE
from .home import KithConfigEntry
from .settings import Agreement, PersonSettings


@callback
def is_stale(hass: HomeAssistant, entry: KithConfigEntry, device: dr.DeviceEntry) -> bool:
    """Of somebody who was removed, or of a camera that was, or that has a device of its own by now.

    Entities sit on the device that they had when they were added, until the next start.
    """
    if er.async_entries_for_device(er.async_get(hass), device.id, include_disabled_entities=True):
        return False
    return not {identifier for domain, identifier in device.identifiers if domain == DOMAIN} & _wanted(hass, entry)


@callback
def remove_stale_devices(hass: HomeAssistant, entry: KithConfigEntry) -> None:
    devices = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        if is_stale(hass, entry, device):
            devices.async_remove_device(device.id)


def _wanted(hass: HomeAssistant, entry: KithConfigEntry) -> set[str]:
    wanted = {entry.entry_id}
    for subentry in entry.subentries.values():
        if subentry.subentry_type == SUBENTRY_PERSON:
            if Agreement.NEVER not in PersonSettings.of(subentry).consent.to:
                wanted.add(subentry.data[CONF_PERSON_ID])
        elif subentry.subentry_type == SUBENTRY_SERVICE or _own_device(hass, subentry.data[CONF_CAMERA]):
            wanted.add(subentry.subentry_id)
    return wanted


def _own_device(hass: HomeAssistant, camera: str) -> bool:
    """Does Kith make one for this camera, because it has none?"""
    return async_entity_id_to_device(hass, camera) is None
