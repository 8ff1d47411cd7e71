"""A camera with a stream, and what Home Assistant shows of it."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.streams.protocol import Glimpse, LookRequest

from ..conftest import Shown

DETECTED, SOURCE = "binary_sensor.hall_person_detected", "sensor.hall_picture_source"
SECRET = "hunter2"

type Load = Callable[..., Any]
"""Loads Kith with a local engine, watching the hall with these settings."""


class Answers:
    """What an engine was asked about streams, what it answered, and which looks were cut short."""

    def __init__(self) -> None:
        self.asked: list[LookRequest] = []
        self.given: list[Glimpse] = []
        self.cut: list[Look] = []


type Spied = Callable[..., Answers]
"""Notes what this entry's engine is asked about streams from now on; other arguments replace those it is asked with."""


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
