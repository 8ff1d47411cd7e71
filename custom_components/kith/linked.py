"""A person who is linked to one of Home Assistant's is called what that one is called."""

from homeassistant.components.person import DOMAIN as PERSON_DOMAIN
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import ATTR_FRIENDLY_NAME, EVENT_STATE_CHANGED
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr

from .const import CONF_PERSON, CONF_PERSON_ID, DOMAIN, SUBENTRY_PERSON
from .home import KithConfigEntry, subentries


@callback
def follow_names(hass: HomeAssistant, entry: KithConfigEntry) -> CALLBACK_TYPE:
    """Until the returned function is called. Who was given another name in Kith keeps it."""

    @callback
    def of_a_person(event: EventStateChangedData) -> bool:
        return event["entity_id"].startswith(f"{PERSON_DOMAIN}.")

    @callback
    def renamed(event: Event[EventStateChangedData]) -> None:
        before, after = _name(event.data["old_state"]), _name(event.data["new_state"])
        if before is None or after is None or before == after:
            return
        for person in subentries(entry, SUBENTRY_PERSON):
            if person.data.get(CONF_PERSON) == event.data["entity_id"] and person.title == before:
                rename(hass, entry, person, after)

    return hass.bus.async_listen(EVENT_STATE_CHANGED, renamed, event_filter=of_a_person)


@callback
def rename(hass: HomeAssistant, entry: KithConfigEntry, person: ConfigSubentry, name: str) -> None:
    """Give a person, and their device, another name."""
    hass.config_entries.async_update_subentry(entry, person, title=name)
    devices, identifier = dr.async_get(hass), (DOMAIN, person.data[CONF_PERSON_ID])
    if device := devices.async_get_device_by_identifier(identifier, entry.entry_id):
        devices.async_update_device(device.id, name=name)


def _name(state: State | None) -> str | None:
    return state.attributes.get(ATTR_FRIENDLY_NAME) if state else None
