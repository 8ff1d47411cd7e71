"""Listens to the entities that one camera waits for."""

from collections.abc import Callable, Iterable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util


class EntityListener:
    """Calls `changed` at each change of an entity's state between `listen` and `close`; both may be called twice."""

    def __init__(
        self, hass: HomeAssistant, entities: Iterable[str], changed: Callable[[Event[EventStateChangedData]], None]
    ) -> None:
        self._hass = hass
        self._entities = tuple(entities)
        self._changed = changed
        self._stop: CALLBACK_TYPE | None = None

    @callback
    def listen(self) -> None:
        if self._entities and self._stop is None:
            self._stop = async_track_state_change_event(self._hass, self._entities, self._changed)

    @callback
    def close(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None


def event_time(state: State) -> datetime | None:
    """When the last event was of an entity whose state is that time; None if it says none.

    Some integrations leave the time zone out: they mean Home Assistant's.
    """
    happened = dt_util.parse_datetime(state.state)
    return None if happened is None else dt_util.as_utc(happened)
