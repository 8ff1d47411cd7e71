"""What follows Kith for one page or card, even through reloads, and tells it about changes in bursts."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.websocket_api import ActiveConnection, current_connection, event_message
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util.json import JsonObjectType

from ..const import DOMAIN
from ..descriptions.sentences import speak, spoken
from ..runtime import Home, loaded_entry

TOGETHER = 0.5
"""Seconds: changes come in bursts."""


class Follower(ABC):
    """One subscription. Its `follow` answers the command."""

    def __init__(self, hass: HomeAssistant, connection: ActiveConnection, request_id: int) -> None:
        self.hass = hass
        self._connection = connection
        self._request_id = request_id
        self._language = spoken()
        self._stops: list[CALLBACK_TYPE] = []
        self._stop_following: CALLBACK_TYPE | None = None
        self._waiting: CALLBACK_TYPE | None = None

    @classmethod
    async def follow(cls, hass: HomeAssistant, connection: ActiveConnection, request: dict[str, Any]) -> None:
        follower = cls(hass, connection, request["id"])
        connection.subscriptions[request["id"]] = follower._stop
        connection.send_result(request["id"])
        follower._start()

    @abstractmethod
    def listen(self, home: Home | None) -> list[CALLBACK_TYPE]:
        """Subscribe to changes, also after each reload. home: None while Kith is not loaded. Returns how to end it."""

    @abstractmethod
    async def state(self, home: Home | None) -> JsonObjectType:
        """What is told."""

    @property
    def user(self) -> User:
        return self._connection.user

    @property
    def _home(self) -> Home | None:
        entry = loaded_entry(self.hass)
        return entry.runtime_data if entry else None

    @callback
    def tell(self, after: float | None = None) -> None:
        """Send the state, with whatever else changes in this many seconds."""
        if self._waiting is None:
            self._waiting = async_call_later(self.hass, TOGETHER if after is None else after, self._send)

    @callback
    def _start(self) -> None:
        self._stop_following = async_dispatcher_connect(self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed)
        self._attach()
        self.tell(0)

    @callback
    def _stop(self) -> None:
        self._detach()
        for stop in (self._stop_following, self._waiting):
            if stop is not None:
                stop()
        self._stop_following = self._waiting = None

    @callback
    def _attach(self) -> None:
        self._stops = self.listen(self._home)

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
            self.tell()

    async def _send(self, _now: datetime) -> None:
        self._waiting = None
        # whatever changed came from elsewhere, perhaps from somebody who may see more
        current_connection.set(self._connection)
        await speak(self.hass, self._language)
        state = await self.state(self._home)
        if self._stop_following is not None:  # not stopped in the meantime
            self._connection.send_message(event_message(self._request_id, state))
