"""Sensors of people: their last sightings."""

from datetime import datetime
import math
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import PERCENTAGE, EntityCategory
from homeassistant.core import callback

from ..bus_events import area_of, describe_seen
from ..entity import PersonEntity
from ..runtime import Home
from ..settings import CameraSettings
from ..sighting import Sighting, SightingKind
from .description import DescribedSensor, KithSensorDescription


def _last_seen(home: Home, person_id: str) -> datetime | None:
    seen = home.household.presence.last.get(person_id)
    return seen.captured if seen else None


def _last_camera(home: Home, person_id: str) -> str | None:
    seen = home.household.presence.last.get(person_id)
    camera = home.entry.subentries.get(seen.camera) if seen else None
    return camera.title if camera else None


def _last_area(home: Home, person_id: str) -> str | None:
    seen = home.household.presence.last.get(person_id)
    if seen is None or seen.camera not in home.entry.subentries:
        return None
    return area_of(home.hass, CameraSettings.of(home.entry.subentries[seen.camera]).camera)


def _rests_on(home: Home, person_id: str) -> dict[str, Any]:
    return describe_seen(home.entry, home.household.presence.last.get(person_id))


PERSON_SENSORS = (
    KithSensorDescription[Home, str](
        key="last_seen", device_class=SensorDeviceClass.TIMESTAMP, value_fn=_last_seen, attributes_fn=_rests_on
    ),
    KithSensorDescription[Home, str](key="last_camera", value_fn=_last_camera, attributes_fn=_rests_on),
    KithSensorDescription[Home, str](key="last_area", value_fn=_last_area, attributes_fn=_rests_on),
)


class PersonSensor(PersonEntity, DescribedSensor[Home, str]):
    """Describes a person's last sighting, also after the person left and over restarts."""

    def __init__(self, home: Home, subentry: ConfigSubentry, description: KithSensorDescription[Home, str]) -> None:
        super().__init__(home, subentry, description.key)
        self.entity_description = description
        self._subject = home, self.person_id


class Confidence(PersonEntity, SensorEntity):
    """The probability that the last recognition was right, given even odds against a stranger."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False
    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_suggested_display_precision = 2

    def __init__(self, home: Home, subentry: ConfigSubentry) -> None:
        super().__init__(home, subentry, "confidence")

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.home.household.on_sighting.subscribe(self._sighted))

    @callback
    def _sighted(self, sighting: Sighting) -> None:
        evidence = sighting.verdict.evidence
        if (
            sighting.kind is SightingKind.RECOGNIZED
            and sighting.verdict.person_id == self.person_id
            and evidence is not None
        ):
            self._attr_native_value = 100 / (1 + math.exp(-evidence))
            self.async_write_ha_state()
