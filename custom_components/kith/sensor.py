"""Sensors: people's last sightings, what cameras show, and how the engine and services are."""

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

from .bus_events import area_of, describe_seen
from .cameras.coordinator import CameraCoordinator
from .const import SUBENTRY_CAMERA, SUBENTRY_SERVICE
from .descriptions.sentences import judge_camera
from .entity import CameraEntity, HomeEntity, PersonEntity, ServiceEntity
from .identity.suitability import Suitability
from .runtime import Home, KithConfigEntry
from .second_opinion.active_service import ActiveService
from .second_opinion.service_state import ServiceState
from .sighting import Sighting, SightingKind
from .subentries import for_each_person, for_each_subentry

PARALLEL_UPDATES = 0
RATE_EVERY = timedelta(minutes=1)
"""The time over which frames are counted: a value per second would only fill the recorder."""


@dataclass(frozen=True, kw_only=True)
class KithSensorDescription[*Subject](SensorEntityDescription):
    """value_fn, attributes_fn: called with the sensor's subject. always: available while the engine is away."""

    value_fn: Callable[[*Subject], StateType | datetime]
    attributes_fn: Callable[[*Subject], dict[str, Any]] | None = None
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


def _rests_on(home: Home, person_id: str) -> dict[str, Any]:
    return describe_seen(home.entry, home.household.presence.last.get(person_id))


def _suitability(coordinator: CameraCoordinator) -> Suitability:
    by_camera: dict[str, Suitability] = coordinator.config_entry.runtime_data.household.suitability
    return by_camera.get(coordinator.camera_id, Suitability())


def _usable_faces(coordinator: CameraCoordinator) -> int | None:
    suitability = _suitability(coordinator)
    return round(100 * suitability.share) if suitability.telling else None


def _what_limits(coordinator: CameraCoordinator) -> dict[str, Any]:
    suitability = _suitability(coordinator)
    return {
        "face_width": suitability.width if suitability.telling else None,
        "limited_by": suitability.limit if suitability.telling else None,
        "advice": judge_camera(coordinator.hass, suitability) if suitability.telling else None,
    }


def _frame_time(coordinator: CameraCoordinator) -> float | None:
    return sum(coordinator.analysis.timings.values()) if coordinator.analysis else None


def _names_present(home: Home) -> list[str]:
    now = dt_util.utcnow()
    return [person.name for person in home.people() if home.household.presence.here(person.person_id, now)]


def _names_at_home(home: Home) -> list[str]:
    return [person.name for person in home.people() if home.household.presence.at_home(person.person_id)]


PERSON_SENSORS = (
    KithSensorDescription[Home, str](
        key="last_seen", device_class=SensorDeviceClass.TIMESTAMP, value_fn=_last_seen, attributes_fn=_rests_on
    ),
    KithSensorDescription[Home, str](key="last_camera", value_fn=_last_camera, attributes_fn=_rests_on),
    KithSensorDescription[Home, str](key="last_area", value_fn=_last_area, attributes_fn=_rests_on),
)
CAMERA_SENSORS = (
    KithSensorDescription[CameraCoordinator](
        key="people",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda coordinator: len(coordinator.data.verdicts) if coordinator.data else None,
    ),
    KithSensorDescription[CameraCoordinator](
        key="usable_faces",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=_usable_faces,
        attributes_fn=_what_limits,
    ),
    KithSensorDescription[CameraCoordinator](
        key="frame_time",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        value_fn=_frame_time,
    ),
)
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


SERVICE_SENSORS = (
    KithSensorDescription[ActiveService](
        key="opinions_left",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda service: service.left_today,
    ),
    KithSensorDescription[ActiveService](
        key="opinions_asked",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda service: service.asked_today,
    ),
    KithSensorDescription[ActiveService](
        key="service_state",
        entity_category=EntityCategory.DIAGNOSTIC,
        device_class=SensorDeviceClass.ENUM,
        options=list(ServiceState),
        value_fn=lambda service: service.state,
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
        async_add_entities(
            [*sensors, PictureSourceSensor(coordinator, subentry)], config_subentry_id=subentry.subentry_id
        )

    @callback
    def add_person(subentry: ConfigSubentry) -> None:
        sensors = [PersonSensor(home, subentry, description) for description in PERSON_SENSORS]
        async_add_entities([*sensors, Confidence(home, subentry)], config_subentry_id=subentry.subentry_id)

    @callback
    def add_service(subentry: ConfigSubentry) -> None:
        sensors = [ServiceSensor(home, subentry, description) for description in SERVICE_SENSORS]
        async_add_entities(sensors, config_subentry_id=subentry.subentry_id)

    async_add_entities([*(HomeSensor(home, description) for description in HOME_SENSORS), FrameRate(home)])
    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera)
    for_each_person(hass, entry, add_person)
    for_each_subentry(hass, entry, SUBENTRY_SERVICE, add_service)


class _DescribedSensor[*Subject](SensorEntity):
    """A sensor whose description computes its values from its subject."""

    entity_description: KithSensorDescription[*Subject]
    _subject: tuple[*Subject]

    @property
    def native_value(self) -> StateType | datetime:
        return self.entity_description.value_fn(*self._subject)

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        attributes_fn = self.entity_description.attributes_fn
        return attributes_fn(*self._subject) if attributes_fn else None


class PersonSensor(PersonEntity, _DescribedSensor[Home, str]):
    """Describes a person's last sighting, also after the person left and over restarts."""

    def __init__(self, home: Home, subentry: ConfigSubentry, description: KithSensorDescription[Home, str]) -> None:
        super().__init__(home, subentry, description.key)
        self.entity_description = description
        self._subject = home, self.person_id


class CameraSensor(CameraEntity, _DescribedSensor[CameraCoordinator]):
    """Describes what one camera shows, and how good its pictures are."""

    def __init__(
        self,
        coordinator: CameraCoordinator,
        subentry: ConfigSubentry,
        description: KithSensorDescription[CameraCoordinator],
    ) -> None:
        super().__init__(coordinator, subentry, description.key)
        self.entity_description = description
        self._subject = (coordinator,)


class PictureSourceSensor(CameraEntity, SensorEntity):
    """Says where a camera's pictures come from and why, and what they are like.

    It is no enumeration to Home Assistant: by that, conditions.yaml tells the home's device from a camera's.
    """

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _unrecorded_attributes = frozenset({"pictures_per_second", "age", "delay", "stream_rate", "keyframe_every"})

    def __init__(self, coordinator: CameraCoordinator, subentry: ConfigSubentry) -> None:
        super().__init__(coordinator, subentry, "picture_source")

    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(async_track_time_interval(self.hass, self._measure, RATE_EVERY))

    @property
    def native_value(self) -> str:
        return self.coordinator.sources.kind

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        return self.coordinator.sources.describe()

    async def _measure(self, _now: datetime) -> None:
        await self.coordinator.sources.update_health()
        self.async_write_ha_state()


class ServiceSensor(ServiceEntity, _DescribedSensor[ActiveService]):
    """Describes a second-opinion service, whether it answers or not."""

    def __init__(self, home: Home, subentry: ConfigSubentry, description: KithSensorDescription[ActiveService]) -> None:
        super().__init__(home, subentry, description.key)
        self.entity_description = description
        self._subject = (self.service,)


class HomeSensor(HomeEntity, _DescribedSensor[Home]):
    """Describes the engine, or the home as a whole."""

    def __init__(self, home: Home, description: KithSensorDescription[Home]) -> None:
        super().__init__(home, description.key)
        self.entity_description = description
        self._subject = (home,)

    @property
    def available(self) -> bool:
        return self.entity_description.always or self.home.engine.available


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
