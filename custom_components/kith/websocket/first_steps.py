"""What comes next after set-up: the first camera, the first person, and the first automation."""

from homeassistant.components.automation import (
    automations_with_blueprint,
    automations_with_device,
    automations_with_entity,
)
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.json import JsonObjectType

from ..const import CONF_GUIDED, SUBENTRY_CAMERA
from ..runtime import Home
from ..subentries import subentries_of
from .blueprints import PATHS


@callback
def first_steps(home: Home) -> JsonObjectType | None:
    """Which of them are done; None once all are, or if the owner wants no more of this."""
    if home.entry.options.get(CONF_GUIDED):
        return None
    done: JsonObjectType = {
        "camera": bool(subentries_of(home.entry, SUBENTRY_CAMERA)),
        "person": any(home.stores.gallery.gallery.templates.values()),
        "automation": _is_automated(home),
    }
    return None if all(done.values()) else done


@callback
def _is_automated(home: Home) -> bool:
    """Does an automation use anything of Kith's?"""
    hass, entry_id = home.hass, home.entry.entry_id
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    return (
        any(automations_with_device(hass, device.id) for device in devices)
        or any(automations_with_entity(hass, entity.entity_id) for entity in entities)
        or any(automations_with_blueprint(hass, path) for path in PATHS)
    )
