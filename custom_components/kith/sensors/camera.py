"""Sensors of cameras: what they show, how useful that is, and where their pictures come from."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime
from homeassistant.helpers.event import async_track_time_interval

from ..cameras.coordinator import CameraCoordinator
from ..descriptions.sentences import judge_camera
from ..entity import CameraEntity
from ..identity.suitability import Suitability
from .description import DescribedSensor, KithSensorDescription

MEASURED_EVERY = timedelta(minutes=1)
"""A value per second would only fill the recorder."""


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
    return sum(coordinator.last.analysis.timings.values()) if coordinator.last.analysis else None


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


class CameraSensor(CameraEntity, DescribedSensor[CameraCoordinator]):
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
        self.async_on_remove(async_track_time_interval(self.hass, self._measure, MEASURED_EVERY))

    @property
    def native_value(self) -> str:
        return self.coordinator.sources.kind

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        return self.coordinator.sources.describe()

    async def _measure(self, _now: datetime) -> None:
        await self.coordinator.sources.update_health()
        self.async_write_ha_state()
