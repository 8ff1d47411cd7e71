"""What the trackers of linked people say about who is at home, as far as they do not have it from Kith itself."""

from dataclasses import dataclass, field

from homeassistant.components.device_tracker import DOMAIN as DEVICE_TRACKER_DOMAIN
from homeassistant.components.person import DOMAIN as PERSON_DOMAIN, entities_in_person
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_STATE_CHANGED, STATE_HOME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import CoreState, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, restore_state
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, SUBENTRY_PERSON
from ..runtime import Home
from ..subentries import for_each_subentry

TELLING = (f"{DEVICE_TRACKER_DOMAIN}.", f"{PERSON_DOMAIN}.")
SILENT = (STATE_UNAVAILABLE, STATE_UNKNOWN)


@callback
def follow_phones(home: Home) -> None:
    """Follow until the entry is unloaded. Only changes count: a phone that lies at home says nothing new."""
    follower = _Follower(home, restarted=home.hass.state is not CoreState.running)

    @callback
    def telling(event: EventStateChangedData) -> bool:
        return event["entity_id"].startswith(TELLING)

    @callback
    def changed(_event: Event[EventStateChangedData]) -> None:
        follower.look()

    @callback
    def linked(_person: ConfigSubentry) -> None:
        follower.look()

    for_each_subentry(home.hass, home.entry, SUBENTRY_PERSON, linked, linked)
    home.entry.async_on_unload(home.hass.bus.async_listen(EVENT_STATE_CHANGED, changed, event_filter=telling))
    home.entry.async_on_unload(async_at_started(home.hass, follower.start))


@dataclass(slots=True)
class _Follower:
    """Compares what each person's trackers say with what they said last, which is stored.

    restarted: did Home Assistant start with Kith? started: until it has, trackers come up one after another, and what
    they say is no change. heard: the people whose trackers have spoken since.
    """

    home: Home
    restarted: bool
    started: bool = False
    heard: set[str] = field(default_factory=set)
    linked: dict[str, str | None] = field(default_factory=dict)

    @callback
    def start(self, _hass: HomeAssistant) -> None:
        self.started = True
        self.look()

    @callback
    def look(self) -> None:
        presence, moved = self.home.household.presence, False
        people = self.home.agreements.recognized()
        presence.phones_home.intersection_update(person.person_id for person in people)
        for person in people:
            if self.linked.setdefault(person.person_id, person.linked) != person.linked:
                presence.phones.pop(person.person_id, None)  # what somebody else's said is nothing to compare with
                self.linked[person.person_id] = person.linked
            words = _words(self.home.hass, person.linked) if person.linked else {}
            says = True in words.values()
            (presence.phones_home.add if says else presence.phones_home.discard)(person.person_id)
            if words and self.started:
                before = presence.phones.get(person.person_id)
                if before is not None and before is not says and self._is_new(person.person_id, words, says):
                    presence.phone(person.person_id, says, dt_util.utcnow())
                    moved = True
                if before is not says:
                    presence.phones[person.person_id] = says
                    self.home.stores.presence.save_soon()
                self.heard.add(person.person_id)
        if moved:
            self.home.household.notify_presence()

    def _is_new(self, person_id: str, words: dict[str, bool], says: bool) -> bool:
        """What trackers say first after a restart may be what Home Assistant last wrote down for them."""
        if not self.restarted or person_id in self.heard:
            return True
        restoring = restore_state.async_get(self.home.hass).entities
        return any(word is says for tracker, word in words.items() if tracker not in restoring)


def _words(hass: HomeAssistant, person: str) -> dict[str, bool]:
    """Which trackers of this person entity are at home, and which are not, without Kith's own and those that are
    silent.
    """
    entities = er.async_get(hass)
    words: dict[str, bool] = {}
    for entity_id in entities_in_person(hass, person):
        entity, tracker = entities.async_get(entity_id), hass.states.get(entity_id)
        if tracker is not None and tracker.state not in SILENT and (entity is None or entity.platform != DOMAIN):
            words[entity_id] = tracker.state == STATE_HOME
    return words
