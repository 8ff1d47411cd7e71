"""What each service for second opinions was asked today, may still be asked, and how it is."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory
from homeassistant.helpers.typing import StateType

from .entity import ServiceEntity
from .home import Home
from .opinions.running import Running
from .opinions.state import State


@dataclass(frozen=True, kw_only=True)
class ServiceSensorDescription(SensorEntityDescription):
    """value: of this service, now."""

    value: Callable[[Running], StateType]
    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC


SERVICE_SENSORS = (
    ServiceSensorDescription(
        key="opinions_left", state_class=SensorStateClass.MEASUREMENT, value=lambda running: running.left_today
    ),
    ServiceSensorDescription(
        key="opinions_asked", state_class=SensorStateClass.TOTAL_INCREASING, value=lambda running: running.asked_today
    ),
    ServiceSensorDescription(
        key="service_state",
        device_class=SensorDeviceClass.ENUM,
        options=list(State),
        value=lambda running: running.state,
    ),
)


def service_sensors(home: Home, subentry: ConfigSubentry) -> list[SensorEntity]:
    return [ServiceSensor(home, subentry, description) for description in SERVICE_SENSORS]


class ServiceSensor(ServiceEntity, SensorEntity):
    """Says what it knows, whether the service answers or not."""

    entity_description: ServiceSensorDescription

    def __init__(self, home: Home, subentry: ConfigSubentry, description: ServiceSensorDescription) -> None:
        super().__init__(home, subentry, description.key)
        self.entity_description = description

    @property
    def native_value(self) -> StateType:
        return self.entity_description.value(self.running)
