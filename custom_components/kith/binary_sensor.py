"""Is somebody at this camera; is this person here."""

from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .const import SUBENTRY_CAMERA, SUBENTRY_PERSON
from .entity import CameraEntity, PersonEntity
from .home import KithConfigEntry, for_each_subentry
from .sentences import explain

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data

    @callback
    def add_camera(subentry: ConfigSubentry) -> None:
        entity = PersonDetected(home.coordinator(subentry), subentry, "person_detected")
        async_add_entities([entity], config_subentry_id=subentry.subentry_id)

    @callback
    def add_person(subentry: ConfigSubentry) -> None:
        async_add_entities([PersonPresence(home, subentry, "presence")], config_subentry_id=subentry.subentry_id)

    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera)
    for_each_subentry(hass, entry, SUBENTRY_PERSON, add_person)


class PersonDetected(CameraEntity, BinarySensorEntity):
    """Somebody is in this camera's view; and, as attributes, what can be said of them."""

    _attr_device_class = BinarySensorDeviceClass.OCCUPANCY

    @property
    def is_on(self) -> bool | None:
        return self.coordinator.data.detected if self.coordinator.data else None

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        view = self.coordinator.data
        if view is None:
            return None
        return {
            "outcome": view.outcome,
            "people": len(view.verdicts),
            "explanation": explain(view.verdicts[0], self.coordinator.config_entry, self.coordinator.camera_id)
            if view.verdicts
            else None,
        }


class PersonPresence(PersonEntity, BinarySensorEntity):
    """This person was recognised a short while ago."""

    _attr_device_class = BinarySensorDeviceClass.OCCUPANCY

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._home.household.listen_to_presence(self.async_write_ha_state))
        self.async_on_remove(self._home.engine.subscribe(self.async_write_ha_state))

    @property
    def available(self) -> bool:
        """Who is here cannot be said while nobody looks."""
        return self._home.engine.available

    @property
    def is_on(self) -> bool:
        return self._home.household.presence.here(self._person_id, dt_util.utcnow())
