"""A camera with a stream, and what Home Assistant shows of it."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..conftest import Shown

DETECTED, SOURCE = "binary_sensor.hall_person_detected", "sensor.hall_picture_source"
SECRET = "hunter2"

type Load = Callable[..., Any]
"""Loads Kith with a local engine, watching the hall with these settings."""


class Streaming(Shown):
    """A camera with a stream, and a still of an astronaut."""

    url: str | None = None
    asked = 0

    async def stream_source(self) -> str | None:
        self.asked += 1
        return self.url


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    found = hass.states.get(entity_id)
    return found.state if found else None


def coordinator_of(entry: MockConfigEntry) -> Any:
    [found] = entry.runtime_data.cameras.values()
    return found
