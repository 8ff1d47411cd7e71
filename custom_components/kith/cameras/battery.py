"""Cameras with a battery: to be watched all the time, or to stay connected, would empty it within days."""

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN, BinarySensorDeviceClass
from homeassistant.components.event import DOMAIN as EVENT_DOMAIN, EventDeviceClass
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..settings import CameraSettings, Connected

_BATTERY: set[tuple[str, str]] = {
    (SENSOR_DOMAIN, SensorDeviceClass.BATTERY),
    (BINARY_SENSOR_DOMAIN, BinarySensorDeviceClass.BATTERY),
}
_WAKING: set[tuple[str, str]] = {
    *((BINARY_SENSOR_DOMAIN, kind) for kind in ("motion", "occupancy", "presence")),
    *((EVENT_DOMAIN, kind) for kind in EventDeviceClass if kind is not EventDeviceClass.BUTTON),
}
"""What says that somebody is coming, by its domain and device class."""


def connects_on_demand(hass: HomeAssistant, settings: CameraSettings) -> bool:
    """Should the camera's stream be connected only while something has woken it?"""
    if not settings.wake or settings.connected is Connected.ALWAYS:
        return False
    return settings.connected is Connected.AWAKE or has_battery(hass, settings.camera)


def has_battery(hass: HomeAssistant, camera: str) -> bool:
    """Does the camera's device say how full its battery is, or that it is low?"""
    return bool(_siblings(hass, camera, _BATTERY))


def wakers(hass: HomeAssistant, camera: str) -> list[str]:
    """What the camera's device itself has to wake it: motion sensors and doorbells."""
    return _siblings(hass, camera, _WAKING)


def _siblings(hass: HomeAssistant, camera: str, kinds: set[tuple[str, str]]) -> list[str]:
    """The entities of the camera's device with one of these domains and device classes."""
    entities = er.async_get(hass)
    registered = entities.async_get(camera)
    if registered is None or registered.device_id is None:
        return []
    siblings = er.async_entries_for_device(entities, registered.device_id)
    return [one.entity_id for one in siblings if (one.domain, one.device_class or one.original_device_class) in kinds]
