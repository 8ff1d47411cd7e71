"""Follows entities that get another entity id: cameras and people in Kith go on with theirs."""

from collections.abc import Mapping
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import CONF_CAMERA, CONF_CLOSE_UP, CONF_PERSON, CONF_WAKE, DOMAIN, SUBENTRY_CAMERA

_LOGGER = logging.getLogger(__name__)


@callback
def follow_renamed_entities(hass: HomeAssistant) -> None:
    """From now on, whether Kith's entry is loaded or not: what it does not hear of, it would look for in vain."""

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
    if old in data.get(CONF_WAKE, ()):
        data[CONF_WAKE] = [new if one == old else one for one in data[CONF_WAKE]]
    if data == dict(subentry.data):
        return
    unique_id = subentry.unique_id
    if subentry.subentry_type == SUBENTRY_CAMERA and unique_id == old:
        if any(other.unique_id == new for other in entry.subentries.values()):
            _LOGGER.warning("%s is now %s, which Kith already watches: remove one of the two from Kith", old, new)
            return
        unique_id = new
    hass.config_entries.async_update_subentry(entry, subentry, data=data, unique_id=unique_id)
