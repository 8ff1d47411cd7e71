"""Tells the page what changed: the only message that Kith sends on its own."""

from functools import partial

from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.json import JsonObjectType

from ..const import CONF_ENABLED, DOMAIN, SUBENTRY_SERVICE
from ..descriptions.sentences import say_error
from ..errors import details
from ..review.inbox import groups_of
from ..runtime import SIGNAL_GALLERY, Home
from ..settings import retention_days
from ..subentries import subentries_of
from .command import Command
from .first_steps import first_steps
from .follower import Follower

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


class _Page(Follower):
    def __init__(self, hass: HomeAssistant, connection: ActiveConnection, request_id: int) -> None:
        super().__init__(hass, connection, request_id)
        self._changed: set[str] = set()
        self._unanswered = 0
        self._recorded = 0
        self._cameras: list[bool] = []

    def listen(self, home: Home | None) -> list[CALLBACK_TYPE]:
        self._changed.update(PARTS)
        self._cameras = []
        if home is None:
            return []
        self._recorded = len(home.stores.visits.recorded)
        return [
            home.stores.faces.on_change.subscribe(partial(self._mark_changed, "inbox")),
            home.stores.visits.on_change.subscribe(partial(self._visits_changed, home)),
            home.household.on_presence.subscribe(partial(self._mark_changed, "people")),
            home.engine.subscribe(partial(self._mark_changed, *PARTS)),
            async_dispatcher_connect(
                self.hass, SIGNAL_GALLERY, partial(self._mark_changed, "inbox", "people", "settings")
            ),
            *(camera.async_add_listener(partial(self._camera_moved, home)) for camera in home.cameras.values()),
        ]

    async def state(self, home: Home | None) -> JsonObjectType:
        changed, self._changed = self._changed, set()
        if home is not None and changed & COUNTED:
            self._unanswered = len(await groups_of(home))
        state = _state(home, self._unanswered) if home is not None else _not_loaded(self.hass)
        return {**state, "changed": [part for part in PARTS if part in changed]}

    @callback
    def _visits_changed(self, home: Home) -> None:
        """Those found in clips answer questions about the pictures of the same events."""
        recorded = len(home.stores.visits.recorded)
        self._mark_changed("visits", *["inbox"] * (recorded != self._recorded))
        self._recorded = recorded

    @callback
    def _camera_moved(self, home: Home) -> None:
        """Reports only whether cameras are available; other commands show what they see."""
        cameras = [camera.last_update_success for camera in home.cameras.values()]
        if cameras != self._cameras:
            self._cameras = cameras
            self._mark_changed("cameras")

    @callback
    def _mark_changed(self, *changed: str) -> None:
        self._changed.update(changed)
        self.tell()


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


COMMANDS = (Command("subscribe", follow=_Page.follow, trusted=True),)
