"""Hears entities that name people: what a doorbell, a recorder, or a cloud makes of the same people."""

from collections.abc import Callable, Iterable, Iterator
import re
from typing import Any

from homeassistant.const import (
    ATTR_ATTRIBUTION,
    ATTR_DEVICE_CLASS,
    ATTR_ENTITY_PICTURE,
    ATTR_FRIENDLY_NAME,
    ATTR_ICON,
    ATTR_RESTORED,
    STATE_UNAVAILABLE,
)
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from .wake import SAYS_NOTHING, wakes

_ABOUT_THE_ENTITY = {
    *(ATTR_ATTRIBUTION, ATTR_DEVICE_CLASS, ATTR_ENTITY_PICTURE, ATTR_FRIENDLY_NAME, ATTR_ICON, ATTR_RESTORED),
    *("event_type", "event_types", "options"),
}
_BETWEEN = re.compile(r"\s*[,;]\s*")
LONGEST = 100
"""Characters of a name; longer texts are something else."""


def said(old: State | None, new: State | None) -> frozenset[str] | None:
    """The words of an entity that has just changed, any of which may be a name; None if it says nothing new.

    An entity that was set up, restored or unreachable a moment ago repeats its last word.
    """
    if old is None or new is None or new.state in SAYS_NOTHING:
        return None
    if old.state == STATE_UNAVAILABLE or ATTR_RESTORED in {*old.attributes, *new.attributes}:
        return None
    texts = [new.state, *(value for key, value in new.attributes.items() if key not in _ABOUT_THE_ENTITY)]
    return frozenset(_words(texts))


def _words(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str) and len(value) <= LONGEST:
            yield from filter(None, _BETWEEN.split(value.strip()))
        elif isinstance(value, list | tuple):  # as in Frigate's ["Ada", 0.87]
            yield from _words(value)


class Namers:
    """Listens to the entities that one camera is named by."""

    def __init__(
        self, hass: HomeAssistant, entities: tuple[str, ...], heard: Callable[[frozenset[str], bool], None]
    ) -> None:
        """heard: called with the words, and whether somebody may be coming."""
        self._hass = hass
        self._entities = entities
        self._heard = heard
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

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        words = said(old, new)
        if words is not None:
            self._heard(words, wakes(old, new, dt_util.utcnow()))
