"""The card for dashboards: who is here and who came, as far as its user may see them. Nothing of the gallery."""

from datetime import datetime
from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.websocket_api import ActiveConnection, current_connection, event_message
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.const import ATTR_ENTITY_PICTURE, STATE_ON
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..const import DOMAIN
from ..descriptions.sentences import speak, spoken
from ..identity.evidence import Outcome
from ..identity.visit_record import VisitRecord
from ..privacy import may_see_camera, may_see_person, presence_entity
from ..runtime import Home, loaded_entry
from ..settings import Agreement, PersonSettings
from ..subentries import name_of
from .command import Command, iso_time
from .serialize import Pictures, camera_name, pictures_of
from .subscribe import TOGETHER

MOST_VISITS = 20
"""More than a card shows."""
TOLD = (Outcome.KNOWN, Outcome.STRANGER, Outcome.UNSURE)
NOT_LOADED: JsonObjectType = {"loaded": False, "people": [], "visits": []}


async def _subscribe(hass: HomeAssistant, connection: ActiveConnection, request: dict[str, Any]) -> None:
    follower = _Follower(hass, connection, request["id"])
    connection.subscriptions[request["id"]] = follower.stop
    connection.send_result(request["id"])
    await follower.start()


class _Follower:
    """Follows Kith for one card, even through reloads."""

    def __init__(self, hass: HomeAssistant, connection: ActiveConnection, request_id: int) -> None:
        self._hass = hass
        self._connection = connection
        self._request_id = request_id
        self._language = spoken()
        self._stops: list[CALLBACK_TYPE] = []
        self._following: CALLBACK_TYPE | None = None
        self._waiting: CALLBACK_TYPE | None = None

    async def start(self) -> None:
        self._following = async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed)
        self._attach()
        await self._tell()

    @callback
    def stop(self) -> None:
        self._detach()
        for stop in (self._following, self._waiting):
            if stop is not None:
                stop()
        self._following = self._waiting = None

    @callback
    def _attach(self) -> None:
        if entry := loaded_entry(self._hass):
            home = entry.runtime_data
            self._stops = [
                home.household.on_presence.subscribe(self._changed),
                home.stores.visits.on_change.subscribe(self._changed),
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
            self._changed()

    @callback
    def _changed(self) -> None:
        if self._waiting is None:
            self._waiting = async_call_later(self._hass, TOGETHER, self._tell)

    async def _tell(self, _now: datetime | None = None) -> None:
        self._waiting = None
        # whatever changed came from elsewhere, perhaps from somebody who may see more
        current_connection.set(self._connection)
        await speak(self._hass, self._language)
        entry = loaded_entry(self._hass)
        state = await _state(entry.runtime_data, self._connection.user) if entry else NOT_LOADED
        if self._following is not None:  # not stopped in the meantime
            self._connection.send_message(event_message(self._request_id, state))


async def _state(home: Home, user: User) -> JsonObjectType:
    pictures = await pictures_of(home)
    people = [person for person in home.people() if Agreement.RECOGNIZE in person.consent.to]
    seen = [person for person in people if may_see_person(home, user, person.person_id)]
    visits = [entry for entry in home.stores.visits.newest_first if _may_see_visit(home, user, entry)]
    return {
        "loaded": True,
        "people": [_person(home, user, person, visits, pictures) for person in seen],
        "visits": [_visit(home, user, entry, pictures) for entry in visits[:MOST_VISITS]],
    }


@callback
def _may_see_visit(home: Home, user: User, entry: VisitRecord) -> bool:
    if entry.outcome not in TOLD or not may_see_camera(home, user, entry.camera):
        return False
    return entry.named is None or may_see_person(home, user, entry.named)


@callback
def _person(
    home: Home, user: User, person: PersonSettings, visits: list[VisitRecord], pictures: Pictures
) -> JsonValueType:
    """picture: of their last visit, else what Home Assistant shows of the linked person."""
    entity_id = presence_entity(home, person.person_id)
    state = home.hass.states.get(entity_id) if entity_id else None
    present = state is not None and state.state == STATE_ON
    last = home.household.presence.last.get(person.person_id)
    told = last is not None and may_see_camera(home, user, last.camera)
    own = [entry for entry in visits if entry.named == person.person_id]
    shown = next((picture for entry in own if (picture := pictures.of(home, entry))), None)
    return {
        "person_id": person.person_id,
        "entity_id": entity_id,
        "name": person.name,
        "present": present,
        "since": iso_time(_since(own, person, state.last_changed)) if state and present else None,
        "last_seen": iso_time(last.captured) if last else None,
        "camera": camera_name(home, last.camera) if last and told else None,
        "picture": shown or (state.attributes.get(ATTR_ENTITY_PICTURE) if state else None),
    }


def _since(visits: list[VisitRecord], person: PersonSettings, changed: datetime) -> datetime:
    """When the person came: the visits that follow each other say so even across a restart. visits: newest first."""
    begin = dt_util.utcnow()
    for entry in visits:
        if begin - entry.end > person.here_for:
            break
        begin = min(begin, entry.begin)
    return min(begin, changed)


@callback
def _visit(home: Home, user: User, entry: VisitRecord, pictures: Pictures) -> JsonValueType:
    """Pictures of people who agreed to nothing are for administrators."""
    return {
        "visit_id": entry.visit_id,
        "outcome": str(entry.outcome),
        "name": name_of(home.entry, entry.named),
        "person_id": entry.named,
        "camera_id": entry.camera,
        "camera": camera_name(home, entry.camera),
        "begin": iso_time(entry.begin),
        "end": iso_time(entry.end),
        "picture": pictures.of(home, entry) if entry.named is not None or user.is_admin else None,
    }


COMMANDS = (Command("card/subscribe", follow=_subscribe, open_to_all=True),)
