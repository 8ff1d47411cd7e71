"""What all commands share: access rights, paging, and errors in words, also while Kith is not running."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import DOMAIN
from ..descriptions.sentences import say_error, speak
from ..errors import details
from ..kith_engine.errors import KithError
from ..review.answers import Answered
from ..runtime import Home, loaded_entry
from ..settings import may_answer

MOST_ITEMS = 100
"""Items in one answer: a message of some tens of kilobytes."""
USUAL = 50
CURSOR = r"^\d{1,6}\.[\w.-]{1,64}$"
PAGED = {
    vol.Optional("cursor"): vol.Any(None, vol.All(str, vol.Match(CURSOR))),
    vol.Optional("limit", default=USUAL): vol.All(int, vol.Range(1, MOST_ITEMS)),
}
ID = vol.All(str, vol.Length(1, 64))
DAY = vol.All(str, lambda day: date.fromisoformat(day).isoformat())
"""Of the home's calendar, such as 2026-11-23."""
LANGUAGE = vol.All(str, vol.Match(r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$"))
"""Of the reader, who may speak another one than the home."""

type Answer = Callable[[Home, dict[str, Any]], Awaitable[JsonObjectType]]
type Follow = Callable[[HomeAssistant, ActiveConnection, dict[str, Any]], Awaitable[None]]


class RefusedError(Exception):
    """The request cannot be carried out. code: an error key in the translations."""

    def __init__(self, code: str, **placeholders: str) -> None:
        super().__init__(code)
        self.code = code
        self.placeholders = placeholders


@dataclass(frozen=True, slots=True)
class Command:
    """kind: the type after "kith/". answer: for a single answer. follow: for a subscription.

    trusted: not only for administrators, but for whoever may answer questions. open_to_all: for everybody; the command
    itself asks what its user may see.
    """

    kind: str
    answer: Answer | None = None
    schema: Mapping[Any, Any] = field(default_factory=dict)
    follow: Follow | None = None
    trusted: bool = False
    open_to_all: bool = False

    @callback
    def register(self, hass: HomeAssistant) -> None:
        handler = websocket_api.async_response(self._handle)
        if not (self.trusted or self.open_to_all):
            handler = websocket_api.require_admin(handler)
        command = f"kith/{self.kind}"
        common = {vol.Required("type"): command, vol.Optional("language"): LANGUAGE}
        schema = websocket_api.BASE_COMMAND_MESSAGE_SCHEMA.extend({**common, **self.schema})
        websocket_api.async_register_command(hass, command, handler, schema)

    async def _handle(self, hass: HomeAssistant, connection: ActiveConnection, message: dict[str, Any]) -> None:
        entries = hass.config_entries.async_entries(DOMAIN)
        user = connection.user
        if not self.open_to_all and not user.is_admin and not any(may_answer(entry, user) for entry in entries):
            raise Unauthorized
        await speak(hass, message.get("language"))
        try:
            if self.follow is not None:
                await self.follow(hass, connection, message)
            elif self.answer is not None:
                connection.send_result(message["id"], await self.answer(running(hass), message))
        except RefusedError as refusal:
            text = say_error(hass, refusal.code, refusal.placeholders)
            connection.send_error(message["id"], refusal.code, text)
        except HomeAssistantError as error:  # raised by code shared with the actions
            code = error.translation_key or "failed"
            placeholders = error.translation_placeholders or {"details": str(error)}
            connection.send_error(message["id"], code, say_error(hass, code, placeholders))
        except KithError as error:
            connection.send_error(message["id"], error.code, say_error(hass, error.code, {"details": details(error)}))


@callback
def running(hass: HomeAssistant) -> Home:
    """Raises RefusedError while Kith is not running."""
    if (entry := loaded_entry(hass)) is None:
        raise RefusedError("not_loaded")
    return entry.runtime_data


def page[T](found: Sequence[T], request: Mapping[str, Any], name: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """The requested page, and the cursor of the next one: after the last item shown, wherever that is by then."""
    start = 0
    if cursor := request.get("cursor"):
        count, _, last = cursor.partition(".")
        start = next((place for place, one in enumerate(found, 1) if name(one) == last), int(count))
    end = start + request["limit"]
    shown = found[start:end]
    return shown, f"{end}.{name(shown[-1])}" if shown and end < len(found) else None


def iso_time(when: datetime | None) -> str | None:
    """In UTC and ISO 8601."""
    return dt_util.as_utc(when).isoformat() if when else None


def undoable(answered: Answered) -> JsonObjectType:
    return {"undo": answered.undo, "until": iso_time(answered.until)}


async def undo(home: Home, request: dict[str, Any]) -> JsonObjectType:
    """Undo any kind of change."""
    if not await home.undos.undo(request["undo"]):
        raise RefusedError("too_late")
    return {}


UNDO = {vol.Required("undo"): ID}
