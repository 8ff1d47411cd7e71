"""When a person was last seen."""

from datetime import datetime

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import SUBENTRY_PERSON
from .entity import PersonEntity
from .home import KithConfigEntry, for_each_subentry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    @callback
    def add(subentry: ConfigSubentry) -> None:
        entity = LastSeen(entry.runtime_data, subentry, "last_seen")
        async_add_entities([entity], config_subentry_id=subentry.subentry_id)

    for_each_subentry(hass, entry, SUBENTRY_PERSON, add)


class LastSeen(PersonEntity, SensorEntity):
    """When the last picture was taken in which this person was recognised. Stays when the person has gone."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._home.household.listen_to_presence(self.async_write_ha_state))

    @property
    def native_value(self) -> datetime | None:
        seen = self._home.household.presence.last.get(self._person_id)
        return seen.captured if seen else None
