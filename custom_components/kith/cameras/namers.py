"""Hears entities that name people: what a doorbell, a recorder, or a cloud makes of the same people."""

from collections.abc import Callable, Iterable, Iterator
import re
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_ATTRIBUTION,
    ATTR_DEVICE_CLASS,
    ATTR_ENTITY_PICTURE,
    ATTR_FRIENDLY_NAME,
    ATTR_ICON,
    ATTR_RESTORED,
    STATE_UNAVAILABLE,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.util import dt as dt_util

from ..const import CONF_PERSON_ID
from ..identity.hearsay import Hearsay
from ..settings import Agreement
from ..subentries import agreeing, person_called
from .entity_listener import EntityListener
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

    An entity that was set up, restored or unreachable a moment ago repeats its last word, and one whose state is the
    same says only what was not in it before: other attributes, such as a signal's strength, change all the time.
    """
    if old is None or new is None or new.state in SAYS_NOTHING:
        return None
    if old.state == STATE_UNAVAILABLE or ATTR_RESTORED in {*old.attributes, *new.attributes}:
        return None
    return _words_of(new) - (_words_of(old) if old.state == new.state else frozenset())


def _words_of(state: State) -> frozenset[str]:
    about = (value for key, value in state.attributes.items() if key not in _ABOUT_THE_ENTITY)
    return frozenset(_words((state.state, *about)))


def _words(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str) and len(value) <= LONGEST:
            yield from filter(None, _BETWEEN.split(value.strip()))
        elif isinstance(value, list | tuple):  # as in Frigate's ["Ada", 0.87]
            yield from _words(value)


class Namers(EntityListener):
    """Listens to the entities that one camera is named by."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        camera_id: str,
        entities: tuple[str, ...],
        *,
        hearsay: Hearsay,
        coming: Callable[[], None],
    ) -> None:
        """hearsay: where names are kept as evidence. coming: called when somebody may be coming."""
        super().__init__(hass, entities, self._named)
        self._entry = entry
        self._camera_id = camera_id
        self._hearsay = hearsay
        self._coming = coming

    @callback
    def _named(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        words = said(old, new)
        if words is None:
            return
        now = dt_util.utcnow()
        self._hearsay.hear(self._camera_id, self._people(words), now)
        if wakes(old, new, now):
            self._coming()

    def _people(self, words: frozenset[str]) -> set[str]:
        """The ids of those who are named. Only those who agreed are more than a word."""
        found = (person_called(self._entry, word) for word in words)
        people = {str(person.data[CONF_PERSON_ID]) for person in found if person is not None}
        return people & agreeing(self._entry, Agreement.RECOGNIZE)
