"""When a person was last seen, and what each camera's pictures are good for."""

from datetime import datetime
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import PERCENTAGE, EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import SUBENTRY_CAMERA, SUBENTRY_PERSON
from .entity import CameraEntity, PersonEntity
from .home import KithConfigEntry, for_each_subentry
from .identity.suitability import Suitability
from .sentences import judge_camera

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data

    @callback
    def add_camera(subentry: ConfigSubentry) -> None:
        entity = UsableFaces(home.coordinator(subentry), subentry, "usable_faces")
        async_add_entities([entity], config_subentry_id=subentry.subentry_id)

    @callback
    def add_person(subentry: ConfigSubentry) -> None:
        async_add_entities([LastSeen(home, subentry, "last_seen")], config_subentry_id=subentry.subentry_id)

    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera)
    for_each_subentry(hass, entry, SUBENTRY_PERSON, add_person)


class UsableFaces(CameraEntity, SensorEntity):
    """The share of this camera's faces that can be compared, why not the others, and what helps. Unknown at first."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_suggested_display_precision = 0

    @property
    def _told(self) -> Suitability:
        home = self.coordinator.config_entry.runtime_data
        told: Suitability = home.household.suitability.get(self.coordinator.camera_id, Suitability())
        return told

    @property
    def native_value(self) -> int | None:
        return round(100 * self._told.share) if self._told.telling else None

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        told = self._told
        return {
            "face_width": told.width if told.telling else None,
            "limited_by": told.limit if told.telling else None,
            "advice": judge_camera(self.hass, told) if told.telling else None,
        }


class LastSeen(PersonEntity, SensorEntity):
    """When the last picture was taken in which this person was recognised. Stays when the person has gone."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._home.household.listen_to_presence(self.async_write_ha_state))

    @property
    def native_value(self) -> datetime | None:
        seen = self._home.household.presence.last.get(self._person_id)
        return seen.captured if seen else None
