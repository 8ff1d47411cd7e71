"""When and where a person was last seen, what each camera shows and is good for, and how engine and services are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
import math
import time
from typing import Any

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .const import SUBENTRY_CAMERA, SUBENTRY_SERVICE
from .coordinator import CameraCoordinator
from .entity import CameraEntity, HomeEntity, PersonEntity
from .following import for_each_person, for_each_subentry
from .home import Home, KithConfigEntry
from .identity.suitability import Suitability
from .sentences import judge_camera
from .service_sensors import service_sensors
from .sightings import area_of
from .told import Kind, Sighting

PARALLEL_UPDATES = 0
RATE_EVERY = timedelta(minutes=1)
"""Frames are counted over so long: a rate a second would only fill the recorder."""


@dataclass(frozen=True, kw_only=True)
class PersonSensorDescription(SensorEntityDescription):
    """value: of this person's last sighting."""

    value: Callable[[Home, str], StateType | datetime]


@dataclass(frozen=True, kw_only=True)
class CameraSensorDescription(SensorEntityDescription):
    """attributes: None for a sensor without."""

    value: Callable[[CameraCoordinator], StateType]
    attributes: Callable[[CameraCoordinator], dict[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class HomeSensorDescription(SensorEntityDescription):
    """always: said while the engine is away, too."""

    value: Callable[[Home], StateType]
    attributes: Callable[[Home], dict[str, Any]] | None = None
    always: bool = False


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
    return area_of(home.hass, home.camera_settings(seen.camera).camera)


def _suitability(coordinator: CameraCoordinator) -> Suitability:
    told: dict[str, Suitability] = coordinator.config_entry.runtime_data.household.suitability
    return told.get(coordinator.camera_id, Suitability())


def _usable_faces(coordinator: CameraCoordinator) -> int | None:
    told = _suitability(coordinator)
    return round(100 * told.share) if told.telling else None


def _what_limits(coordinator: CameraCoordinator) -> dict[str, Any]:
    told = _suitability(coordinator)
    return {
        "face_width": told.width if told.telling else None,
        "limited_by": told.limit if told.telling else None,
        "advice": judge_camera(coordinator.hass, told) if told.telling else None,
    }


def _frame_time(coordinator: CameraCoordinator) -> float | None:
    return sum(coordinator.analysis.timings.values()) if coordinator.analysis else None


def _names_present(home: Home) -> list[str]:
    now = dt_util.utcnow()
    return [person.name for person in home.people() if home.household.presence.here(person.person_id, now)]


PERSON_SENSORS = (
    PersonSensorDescription(key="last_seen", device_class=SensorDeviceClass.TIMESTAMP, value=_last_seen),
    PersonSensorDescription(key="last_camera", value=_last_camera),
    PersonSensorDescription(key="last_area", value=_last_area),
)
CAMERA_SENSORS = (
    CameraSensorDescription(
        key="people",
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda coordinator: len(coordinator.data.verdicts) if coordinator.data else None,
    ),
    CameraSensorDescription(
        key="usable_faces",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value=_usable_faces,
        attributes=_what_limits,
    ),
    CameraSensorDescription(
        key="frame_time",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        value=_frame_time,
    ),
)
HOME_SENSORS = (
    HomeSensorDescription(
        key="known_present",
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda home: len(_names_present(home)),
        attributes=lambda home: {"people": _names_present(home)},
    ),
    HomeSensorDescription(
        key="engine_state",
        entity_category=EntityCategory.DIAGNOSTIC,
        device_class=SensorDeviceClass.ENUM,
        options=["running", "away"],
        value=lambda home: "running" if home.engine.available else "away",
        always=True,
    ),
    HomeSensorDescription(
        key="pack",
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda home: home.engine.facts.pack if home.engine.facts else None,
    ),
    HomeSensorDescription(
        key="runtime",
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda home: home.engine.facts.runtime if home.engine.facts else None,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data

    @callback
    def add_camera(subentry: ConfigSubentry) -> None:
        coordinator = home.coordinator(subentry)
        sensors = [CameraSensor(coordinator, subentry, description) for description in CAMERA_SENSORS]
        async_add_entities(sensors, config_subentry_id=subentry.subentry_id)

    @callback
    def add_person(subentry: ConfigSubentry) -> None:
        sensors = [PersonSensor(home, subentry, description) for description in PERSON_SENSORS]
        async_add_entities([*sensors, Confidence(home, subentry)], config_subentry_id=subentry.subentry_id)

    @callback
    def add_service(subentry: ConfigSubentry) -> None:
        async_add_entities(service_sensors(home, subentry), config_subentry_id=subentry.subentry_id)

    async_add_entities([*(HomeSensor(home, description) for description in HOME_SENSORS), FrameRate(home)])
    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera)
    for_each_person(hass, entry, add_person)
    for_each_subentry(hass, entry, SUBENTRY_SERVICE, add_service)


class PersonSensor(PersonEntity, SensorEntity):
    """Of a person's last sighting. Stays when the person has gone, and over restarts."""

    entity_description: PersonSensorDescription

    def __init__(self, home: Home, subentry: ConfigSubentry, description: PersonSensorDescription) -> None:
        super().__init__(home, subentry, description.key)
        self.entity_description = description

    @property
    def native_value(self) -> StateType | datetime:
        return self.entity_description.value(self.home, self.person_id)


class Confidence(PersonEntity, SensorEntity):
    """How likely the last recognition was right, if this person and a stranger were equally likely before it."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False
    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_suggested_display_precision = 2

    def __init__(self, home: Home, subentry: ConfigSubentry) -> None:
        super().__init__(home, subentry, "confidence")

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.home.household.listen(self._sighted))

    @callback
    def _sighted(self, sighting: Sighting) -> None:
        evidence = sighting.verdict.evidence
        if sighting.kind is Kind.RECOGNIZED and sighting.verdict.person_id == self.person_id and evidence is not None:
            self._attr_native_value = 100 / (1 + math.exp(-evidence))
            self.async_write_ha_state()


class CameraSensor(CameraEntity, SensorEntity):
    """What one camera shows, and what its pictures are good for."""

    entity_description: CameraSensorDescription

    def __init__(
        self, coordinator: CameraCoordinator, subentry: ConfigSubentry, description: CameraSensorDescription
    ) -> None:
        super().__init__(coordinator, subentry, description.key)
        self.entity_description = description

    @property
    def native_value(self) -> StateType:
        return self.entity_description.value(self.coordinator)

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        attributes = self.entity_description.attributes
        return attributes(self.coordinator) if attributes else None


class HomeSensor(HomeEntity, SensorEntity):
    """Of the engine, or of the home as a whole."""

    entity_description: HomeSensorDescription

    def __init__(self, home: Home, description: HomeSensorDescription) -> None:
        super().__init__(home, description.key)
        self.entity_description = description

    @property
    def available(self) -> bool:
        return self.entity_description.always or self.home.engine.available

    @property
    def native_value(self) -> StateType:
        return self.entity_description.value(self.home)

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        attributes = self.entity_description.attributes
        return attributes(self.home) if attributes else None


class FrameRate(HomeEntity, SensorEntity):
    """Pictures that the engine looked at, a second, over the last minute."""

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
