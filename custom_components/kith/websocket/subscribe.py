"""Tells the page what changed: the only message that Kith sends on its own."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from homeassistant.components.websocket_api import ActiveConnection, event_message
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util.json import JsonObjectType

from ..const import CONF_ENABLED, DOMAIN, SUBENTRY_SERVICE
from ..descriptions.sentences import say_error, speak, spoken
from ..errors import details
from ..review.inbox import groups_of
from ..runtime import SIGNAL_GALLERY, Home, loaded_entry
from ..settings import retention_days
from ..subentries import subentries_of
from .command import Command
from .first_steps import first_steps

TOGETHER = 0.5
"""Seconds: changes come in bursts."""
PARTS = ("inbox", "people", "visits", "cameras", "settings")
COUNTED = {"inbox", "people"}
"""Parts that can change the number of questions."""
NOT_LOADED: JsonObjectType = {
    "loaded": False,
    "entry_id": None,
    "engine": {"state": "off", "reason": None},
    "unanswered": 0,
    "people": 0,
    "keeping_days": 0,
    "second_opinion": False,
    "first_steps": None,
}


async def _subscribe(hass: HomeAssistant, connection: ActiveConnection, request: dict[str, Any]) -> None:
    @callback
    def send(event: JsonObjectType) -> None:
        connection.send_message(event_message(request["id"], event))

    follower = _Follower(hass, send)
    connection.subscriptions[request["id"]] = follower.stop
    connection.send_result(request["id"])
    follower.start()


class _Follower:
    """Follows Kith for one page, even through reloads."""

    def __init__(self, hass: HomeAssistant, send: Callable[[JsonObjectType], None]) -> None:
        self._hass = hass
        self._send = send
        self._language = spoken()
        self._home: Home | None = None
        self._stops: list[CALLBACK_TYPE] = []
        self._stop_following: CALLBACK_TYPE | None = None
        self._waiting: CALLBACK_TYPE | None = None
        self._changed: set[str] = set()
        self._unanswered = 0
        self._cameras: list[bool] = []

    @callback
    def start(self) -> None:
        self._stop_following = async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed)
        self._attach()
        self._mark_changed(0, *PARTS)

    @callback
    def stop(self) -> None:
        self._detach()
        for stop in (self._stop_following, self._waiting):
            if stop is not None:
                stop()
        self._stop_following = self._waiting = None

    @callback
    def _attach(self) -> None:
        entry = loaded_entry(self._hass)
        home = self._home = entry.runtime_data if entry else None
        if home is None:
            return
        self._cameras = []
        self._stops = [
            home.stores.faces.on_change.subscribe(partial(self._mark_changed, TOGETHER, "inbox")),
            home.stores.visits.on_change.subscribe(partial(self._mark_changed, TOGETHER, "visits")),
            home.household.on_presence.subscribe(partial(self._mark_changed, TOGETHER, "people")),
            home.engine.subscribe(partial(self._mark_changed, TOGETHER, *PARTS)),
            async_dispatcher_connect(
                self._hass, SIGNAL_GALLERY, partial(self._mark_changed, TOGETHER, "inbox", "people", "settings")
            ),
            *(camera.async_add_listener(self._camera_moved) for camera in home.cameras.values()),
        ]

    @callback
    def _detach(self) -> None:
        for stop in self._stops:
            stop()
        self._stops = []

    @callback
    def _entry_changed(self, _change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        if entry.domain == DOMAIN:
            self._detach()
            self._attach()
            self._mark_changed(TOGETHER, *PARTS)

    @callback
    def _camera_moved(self) -> None:
        """Reports only whether cameras are available; other commands show what they see."""
        cameras = [camera.last_update_success for camera in self._home.cameras.values()] if self._home else []
        if cameras != self._cameras:
            self._cameras = cameras
            self._mark_changed(TOGETHER, "cameras")

    @callback
    def _mark_changed(self, after: float, *changed: str) -> None:
        self._changed.update(changed)
        if self._waiting is None:
            self._waiting = async_call_later(self._hass, after, self._send_state)

    async def _send_state(self, _now: datetime) -> None:
        changed, self._changed, self._waiting = self._changed, set(), None
        await speak(self._hass, self._language)  # whatever changed came from elsewhere
        home = self._home
        if home is not None and changed & COUNTED:
            self._unanswered = len(await groups_of(home))
        if self._stop_following is None:  # stopped in the meantime
            return
        state = _state(home, self._unanswered) if home is not None else _not_loaded(self._hass)
        self._send({**state, "changed": [part for part in PARTS if part in changed]})


@callback
def _state(home: Home, unanswered: int) -> JsonObjectType:
    engine = home.engine
    reason = None
    if engine.reason is not None:
        reason = say_error(home.hass, engine.reason.code, {"details": details(engine.reason)})
    services = subentries_of(home.entry, SUBENTRY_SERVICE)
    return {
        "loaded": True,
        "entry_id": home.entry.entry_id,
        "engine": {"state": "ready" if engine.available else "unavailable", "reason": reason},
        "unanswered": unanswered,
        "people": len(home.people()),
        "keeping_days": retention_days(home.entry),
        "second_opinion": any(service.data.get(CONF_ENABLED, True) for service in services),
        "first_steps": first_steps(home),
    }


@callback
def _not_loaded(hass: HomeAssistant) -> JsonObjectType:
    """The engine can be moved all the same, if there is an entry."""
    entries = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    return {**NOT_LOADED, "entry_id": entries[0].entry_id if entries else None}


COMMANDS = (Command("subscribe", follow=_subscribe, trusted=True),)
