"""Which cameras must not stay connected while they sleep: a stream would empty their battery within days."""

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..settings import CameraSettings, Connected


def connects_on_demand(hass: HomeAssistant, settings: CameraSettings) -> bool:
    """Should the camera's stream be connected only while something has woken it?"""
    if not settings.wake or settings.connected is Connected.ALWAYS:
        return False
    return settings.connected is Connected.AWAKE or has_battery(hass, settings.camera)


def has_battery(hass: HomeAssistant, camera: str) -> bool:
    """Does the camera's device say how full its battery is, or that it is low?"""
    entities = er.async_get(hass)
    registered = entities.async_get(camera)
    if registered is None or registered.device_id is None:
        return False
    siblings = er.async_entries_for_device(entities, registered.device_id)
    return any((one.device_class or one.original_device_class) == SensorDeviceClass.BATTERY for one in siblings)
