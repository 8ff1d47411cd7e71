"""What the trackers of linked people say about who is at home, as far as they do not have it from Kith itself."""

from dataclasses import dataclass, field

from homeassistant.components.device_tracker import DOMAIN as DEVICE_TRACKER_DOMAIN
from homeassistant.components.person import DOMAIN as PERSON_DOMAIN, entities_in_person
from homeassistant.const import EVENT_STATE_CHANGED, STATE_HOME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..runtime import Home

TELLING = (f"{DEVICE_TRACKER_DOMAIN}.", f"{PERSON_DOMAIN}.")
SILENT = (STATE_UNAVAILABLE, STATE_UNKNOWN)


@callback
def follow_phones(home: Home) -> None:
    """Follow until the entry is unloaded. Only changes count: a phone that lies at home says nothing new."""
    follower = _Follower(home)
    follower.look()

    @callback
    def telling(event: EventStateChangedData) -> bool:
        return event["entity_id"].startswith(TELLING)

    @callback
    def changed(_event: Event[EventStateChangedData]) -> None:
        follower.look()

    home.entry.async_on_unload(home.hass.bus.async_listen(EVENT_STATE_CHANGED, changed, event_filter=telling))


@dataclass(slots=True)
class _Follower:
    """Remembers what each person's trackers said last."""

    home: Home
    said: dict[str, bool] = field(default_factory=dict)

    @callback
    def look(self) -> None:
        presence, moved = self.home.household.presence, False
        people = self.home.agreements.recognized()
        presence.phones_home.intersection_update(person.person_id for person in people)
        for person in people:
            says = _says(self.home.hass, person.linked) if person.linked else None
            before = self.said.get(person.person_id)
            if says is not None:
                self.said[person.person_id] = says
                if before is not None and before is not says:
                    presence.phone(person.person_id, says, dt_util.utcnow())
                    moved = True
            (presence.phones_home.add if says else presence.phones_home.discard)(person.person_id)
        if moved:
            self.home.household.notify_presence()


def _says(hass: HomeAssistant, person: str) -> bool | None:
    """Whether a tracker of this person entity that is not Kith's is at home; None if none says."""
    entities = er.async_get(hass)
    said = set[bool]()
    for entity_id in entities_in_person(hass, person):
        entity, tracker = entities.async_get(entity_id), hass.states.get(entity_id)
        if tracker is not None and tracker.state not in SILENT and (entity is None or entity.platform != DOMAIN):
            said.add(tracker.state == STATE_HOME)
    return (True in said) if said else None
