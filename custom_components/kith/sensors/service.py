"""Sensors of second-opinion services: how they are, and what is left of their budget."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory

from ..entity import ServiceEntity
from ..runtime import Home
from ..second_opinion.active_service import ActiveService
from ..second_opinion.service_state import ServiceState
from .description import DescribedSensor, KithSensorDescription

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


class ServiceSensor(ServiceEntity, DescribedSensor[ActiveService]):
    """Describes a second-opinion service, whether it answers or not."""

    def __init__(self, home: Home, subentry: ConfigSubentry, description: KithSensorDescription[ActiveService]) -> None:
        super().__init__(home, subentry, description.key)
        self.entity_description = description
        self._subject = (self.service,)
