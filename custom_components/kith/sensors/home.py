"""Sensors of the home: who is in, and how the engine is."""

from datetime import datetime, timedelta
import time

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..entity import HomeEntity
from ..runtime import Home
from .description import DescribedSensor, KithSensorDescription

RATE_EVERY = timedelta(minutes=1)
"""The time over which frames are counted: a value per second would only fill the recorder."""


def _names_present(home: Home) -> list[str]:
    now = dt_util.utcnow()
    return [
        person.name for person in home.agreements.recognized() if home.household.presence.here(person.person_id, now)
    ]


def _names_at_home(home: Home) -> list[str]:
    return [person.name for person in home.agreements.recognized() if home.household.presence.at_home(person.person_id)]


HOME_SENSORS = (
    KithSensorDescription[Home](
        key="known_present",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda home: len(_names_present(home)),
        attributes_fn=lambda home: {"people": _names_present(home)},
    ),
    KithSensorDescription[Home](
        key="known_at_home",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda home: len(_names_at_home(home)),
        attributes_fn=lambda home: {"people": _names_at_home(home)},
        always=True,
    ),
    KithSensorDescription[Home](
        key="engine_state",
        entity_category=EntityCategory.DIAGNOSTIC,
        device_class=SensorDeviceClass.ENUM,
        options=["running", "away"],
        value_fn=lambda home: "running" if home.engine.available else "away",
        always=True,
    ),
    KithSensorDescription[Home](
        key="pack",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda home: home.engine.facts.pack if home.engine.facts else None,
    ),
    KithSensorDescription[Home](
        key="runtime",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda home: home.engine.facts.runtime if home.engine.facts else None,
    ),
)


class HomeSensor(HomeEntity, DescribedSensor[Home]):
    """Describes the engine, or the home as a whole."""

    def __init__(self, home: Home, description: KithSensorDescription[Home]) -> None:
        super().__init__(home, description.key)
        self.entity_description = description
        self._subject = (home,)

    @property
    def available(self) -> bool:
        return self.entity_description.always or self.home.engine.available


class FrameRate(HomeEntity, SensorEntity):
    """Pictures analyzed per second, over the last minute."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_native_unit_of_measurement = "fps"
    _attr_suggested_display_precision = 1

    def __init__(self, home: Home) -> None:
        super().__init__(home, "frame_rate")
        self._counted, self._since = home.engine.frames, time.monotonic()

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(async_track_time_interval(self.hass, self._count, RATE_EVERY))

    @callback
    def _count(self, _now: datetime) -> None:
        counted, now = self.home.engine.frames, time.monotonic()
        self._attr_native_value = max(0, counted - self._counted) / max(now - self._since, 1.0)
        self._counted, self._since = counted, now
        self.async_write_ha_state()
