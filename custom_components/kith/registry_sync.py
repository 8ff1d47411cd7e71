"""Follows Home Assistant's changes: names of linked people, renamed entities, stale devices."""

from collections.abc import Mapping
import logging
from typing import Any

from homeassistant.components.person import DOMAIN as PERSON_DOMAIN
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import ATTR_FRIENDLY_NAME, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device import async_entity_id_to_device

from .const import (
    CONF_CAMERA,
    CONF_CLOSE_UP,
    CONF_NAMED_BY,
    CONF_PERSON,
    CONF_PERSON_ID,
    CONF_WAKE,
    DOMAIN,
    SUBENTRY_CAMERA,
    SUBENTRY_PERSON,
    SUBENTRY_SERVICE,
)
from .runtime import KithConfigEntry
from .subentries import for_each_subentry, is_avoided, person_called, subentries_of

_LOGGER = logging.getLogger(__name__)


@callback
def follow_names(hass: HomeAssistant, entry: KithConfigEntry) -> None:
    """Follow names of linked people, and links to others, until the entry is unloaded.

    A person with another name in Kith keeps it.
    """
    linked: dict[str, str | None] = {}

    @callback
    def of_a_person(event: EventStateChangedData) -> bool:
        return event["entity_id"].startswith(f"{PERSON_DOMAIN}.")

    @callback
    def renamed(event: Event[EventStateChangedData]) -> None:
        before, after = _name(event.data["old_state"]), _name(event.data["new_state"])
        for person in subentries_of(entry, SUBENTRY_PERSON):
            if person.data.get(CONF_PERSON) == event.data["entity_id"]:
                _follow_name(hass, entry, person.subentry_id, before, after)

    @callback
    def added(person: ConfigSubentry) -> None:
        linked[person.subentry_id] = person.data.get(CONF_PERSON)

    @callback
    def changed(person: ConfigSubentry) -> None:
        before, after = linked.get(person.subentry_id), person.data.get(CONF_PERSON)
        added(person)
        if before and after and before != after:
            names = [_name(hass.states.get(one)) for one in (before, after)]
            _follow_name(hass, entry, person.subentry_id, *names)

    for_each_subentry(hass, entry, SUBENTRY_PERSON, added, changed)
    entry.async_on_unload(hass.bus.async_listen(EVENT_STATE_CHANGED, renamed, event_filter=of_a_person))


@callback
def _follow_name(
    hass: HomeAssistant, entry: KithConfigEntry, subentry_id: str, before: str | None, after: str | None
) -> None:
    """before, after: the names of who is linked. Somebody else's name in Kith is not taken: actions go by names."""
    person = entry.subentries.get(subentry_id)
    if person is None or after is None or person.title != before:
        return
    other = person_called(entry, after)
    if other is None or other.subentry_id == subentry_id:
        rename(hass, entry, person, after)


@callback
def rename(hass: HomeAssistant, entry: KithConfigEntry, person: ConfigSubentry, name: str) -> None:
    """Rename a person and their device."""
    hass.config_entries.async_update_subentry(entry, person, title=name)
    devices, identifier = dr.async_get(hass), (DOMAIN, person.data[CONF_PERSON_ID])
    if device := devices.async_get_device_by_identifier(identifier, entry.entry_id):
        devices.async_update_device(device.id, name=name)


def _name(state: State | None) -> str | None:
    return state.attributes.get(ATTR_FRIENDLY_NAME) if state else None


@callback
def follow_renamed_entities(hass: HomeAssistant) -> None:
    """Follow renames from now on, even while the entry is not loaded: a missed one would break the link."""

    @callback
    def renamed(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        if event.data["action"] != "update" or "old_entity_id" not in event.data:
            return
        old, new = event.data["old_entity_id"], event.data["entity_id"]
        for entry in hass.config_entries.async_entries(DOMAIN):
            for subentry in list(entry.subentries.values()):
                _follow(hass, entry, subentry, old, new)

    hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, renamed, event_filter=_renames)


@callback
def _renames(event: Mapping[str, Any]) -> bool:
    return "old_entity_id" in event


@callback
def _follow(hass: HomeAssistant, entry: ConfigEntry[Any], subentry: ConfigSubentry, old: str, new: str) -> None:
    data = dict(subentry.data)
    for key in (CONF_CAMERA, CONF_CLOSE_UP, CONF_PERSON):
        if data.get(key) == old:
            data[key] = new
    for key in (CONF_WAKE, CONF_NAMED_BY):
        if old in data.get(key, ()):
            data[key] = [new if entity_id == old else entity_id for entity_id in data[key]]
    if data == dict(subentry.data):
        return
    unique_id = subentry.unique_id
    if subentry.subentry_type == SUBENTRY_CAMERA and unique_id == old:
        if any(other.unique_id == new for other in entry.subentries.values()):
            _LOGGER.warning("%s is now %s, which Kith already watches: remove one of the two from Kith", old, new)
            return
        unique_id = new
    hass.config_entries.async_update_subentry(entry, subentry, data=data, unique_id=unique_id)


@callback
def is_stale(hass: HomeAssistant, entry: KithConfigEntry, device: dr.DeviceEntry) -> bool:
    """Does it belong to a removed person or camera, or to a camera that now has its own device?

    Until the next start, entities keep the device that they were added with.
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
            if not is_avoided(subentry):
                wanted.add(subentry.data[CONF_PERSON_ID])
        elif subentry.subentry_type == SUBENTRY_SERVICE or _own_device(hass, subentry.data[CONF_CAMERA]):
            wanted.add(subentry.subentry_id)
    return wanted


def _own_device(hass: HomeAssistant, camera: str) -> bool:
    """Does Kith add a device for this camera because it has none?"""
    return async_entity_id_to_device(hass, camera) is None
