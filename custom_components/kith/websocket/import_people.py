"""Import people with their photos: what was found, what each photo is worth, and whom to enroll."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.websocket_api import ActiveConnection, event_message
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import DOMAIN
from ..descriptions.sentences import say, say_count, say_error
from ..errors import details
from ..kith_engine.errors import KithError
from ..photo_import.files import open_folder, open_upload
from ..photo_import.found import MOST_PEOPLE
from ..photo_import.media import open_media
from ..photo_import.session import IMPORT, Candidate, PhotoImport, begin
from ..runtime import Home
from ..subentries import person_called
from .command import ID, Command, RefusedError, running
from .newcomer import NEWCOMER, demand_newcomer

PATH = vol.All(str, vol.Length(1, 1_000))


async def _open(home: Home, request: dict[str, Any]) -> JsonObjectType:
    if "folder" in request:
        found = await open_folder(home.hass, request["folder"])
    elif "upload" in request:
        found = await open_upload(home.hass, request["upload"])
    elif "media" in request:
        found = await open_media(home.hass, request["media"])
    else:
        raise RefusedError("import_unreadable", details=say(home.hass, "import_nothing_chosen"))
    opened = await begin(home, found)
    if not opened.candidates:
        await opened.end()
        raise RefusedError("import_empty")
    return {
        "import_id": opened.import_id,
        "people": [_serialize(home, candidate) for candidate in opened.candidates.values()],
    }


async def _check(hass: HomeAssistant, connection: ActiveConnection, request: dict[str, Any]) -> None:
    home = running(hass)
    opened = _demand_open(home, request)

    @callback
    def send(event: JsonObjectType) -> None:
        connection.send_message(event_message(request["id"], event))

    connection.send_result(request["id"])
    work = _check_on(home, opened, request["names"], send)
    task = home.entry.async_create_background_task(hass, work, f"{DOMAIN} looks at photos to import")
    connection.subscriptions[request["id"]] = task.cancel


async def _check_on(home: Home, opened: PhotoImport, names: list[str], send: Callable[[JsonObjectType], None]) -> None:
    """Sends the person after each of their photos, until all were looked at or the page stops listening."""
    trouble: str | None = None
    try:
        async for candidate in opened.check(names):
            send({"person": _serialize(home, candidate), "done": False, "trouble": None})
    except KithError as error:
        trouble = say_error(home.hass, error.code, {"details": details(error)})
    send({"person": None, "done": True, "trouble": trouble})


async def _enroll(home: Home, request: dict[str, Any]) -> JsonObjectType:
    """Enroll one person whom somebody answers for."""
    opened = _demand_open(home, request)
    if (candidate := opened.candidates.get(request["name"])) is None or not candidate.good:
        raise RefusedError("import_nothing_good", person=request["name"])
    newcomer = None if candidate.known else demand_newcomer(home, request)
    if candidate.known and person_called(home.entry, candidate.name) is None:  # removed since
        raise RefusedError("person_unknown", person=candidate.name)
    enrolled = await opened.enroll(candidate, newcomer)
    return {"enrolled": enrolled, "words": say_count(home.hass, "import_enrolled", enrolled, name=candidate.name)}


async def _close(home: Home, request: dict[str, Any]) -> JsonObjectType:
    await _demand_open(home, request).end()
    return {}


@callback
def _demand_open(home: Home, request: dict[str, Any]) -> PhotoImport:
    opened = home.hass.data.get(IMPORT)
    if opened is None or opened.import_id != request["import_id"]:
        raise RefusedError("import_closed")
    opened.touch()
    return opened


@callback
def _serialize(home: Home, candidate: Candidate) -> JsonObjectType:
    return {
        "name": candidate.name,
        "known": candidate.known,
        "photos": len(candidate.found.photos),
        "total": candidate.found.total,
        "checked": candidate.checked,
        "good": len(candidate.good),
        "refused": [
            {"count": count, "words": say(home.hass, f"import_{code}")}
            for code, count in candidate.refused.most_common()
        ],
    }


OPENED = {vol.Required("import_id"): ID}
WHENCE = {vol.Exclusive(source, "whence"): PATH for source in ("folder", "upload", "media")}
NAMES = vol.All([PATH], vol.Length(1, MOST_PEOPLE))
COMMANDS = (
    Command("import/open", _open, WHENCE),
    Command("import/check", follow=_check, schema={**OPENED, vol.Required("names"): NAMES}),
    Command("import/enroll", _enroll, {**OPENED, **NEWCOMER}),
    Command("import/close", _close, OPENED),
)
