"""What sensors are made of: a description that computes their values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.helpers.typing import StateType


@dataclass(frozen=True, kw_only=True)
class KithSensorDescription[*Subject](SensorEntityDescription):
    """value_fn, attributes_fn: called with the sensor's subject. always: available while the engine is away."""

    value_fn: Callable[[*Subject], StateType | datetime]
    attributes_fn: Callable[[*Subject], dict[str, Any]] | None = None
    always: bool = False


class DescribedSensor[*Subject](SensorEntity):
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
