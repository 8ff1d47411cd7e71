"""Describes Kith's events in the logbook."""

from collections.abc import Callable

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
    LazyEventPartialState,
)
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN, EVENT_FOLLOWED, EVENT_LIKELY, EVENT_RECOGNIZED, EVENT_STRANGER
from .descriptions.sentences import decimal, frames, say
from .identity.evidence import Outcome

type Describe = Callable[[LazyEventPartialState], dict[str, str | None]]


@callback
def async_describe_events(hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]) -> None:
    """As in "Ada was recognized at Hall camera from 4 frames in 1.8 s"."""

    @callback
    def recognized(event: LazyEventPartialState) -> dict[str, str | None]:
        wrong = event.data.get("corrects")
        if wrong == Outcome.STRANGER:
            wrong = say(hass, "stranger_before")
        message = _say(hass, "logbook_corrected" if wrong else "logbook_recognized", event, wrong=wrong)
        return _line(event.data.get("person"), message, "mdi:face-recognition")

    @callback
    def likely(event: LazyEventPartialState) -> dict[str, str | None]:
        return _line(event.data.get("likely"), _say(hass, "logbook_likely", event), "mdi:account-clock")

    @callback
    def stranger(event: LazyEventPartialState) -> dict[str, str | None]:
        message = _say(hass, "logbook_stranger", event)
        return _line(say(hass, "logbook_a_stranger"), message, "mdi:account-question")

    @callback
    def followed(event: LazyEventPartialState) -> dict[str, str | None]:
        return _line(event.data.get("person"), _say(hass, "logbook_followed", event), "mdi:walk")

    async_describe_event(DOMAIN, EVENT_RECOGNIZED, recognized)
    async_describe_event(DOMAIN, EVENT_LIKELY, likely)
    async_describe_event(DOMAIN, EVENT_STRANGER, stranger)
    async_describe_event(DOMAIN, EVENT_FOLLOWED, followed)


def _say(hass: HomeAssistant, key: str, event: LazyEventPartialState, **more: str | None) -> str:
    """Old events, and those that others fire for tests, may lack data."""
    evidence = event.data.get("evidence") or {}
    seconds = decimal(hass, evidence.get("seconds", 0))
    count = frames(hass, evidence.get("frames", 0))
    return say(hass, key, camera=event.data.get("camera_name"), frames=count, seconds=seconds, **more)


def _line(name: str | None, message: str, icon: str) -> dict[str, str | None]:
    """Sets no entity: the page would show "Presence" instead of the name. Finding by entity works anyway."""
    return {LOGBOOK_ENTRY_NAME: name, LOGBOOK_ENTRY_MESSAGE: message, LOGBOOK_ENTRY_ICON: icon}
