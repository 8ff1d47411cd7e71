"""Enroll somebody from a live camera: sends the current instruction and the progress, like the person's form."""

import asyncio
from collections.abc import Callable
from typing import Any

from homeassistant.components.websocket_api import ActiveConnection, event_message
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import CONF_CAMERA, DOMAIN, SUBENTRY_CAMERA
from ..descriptions.sentences import say_count, say_error, say_progress
from ..enrollment.guide import LOOK_EVERY, Guide
from ..enrollment.session import Wish
from ..errors import details
from ..kith_engine.errors import KithError
from ..runtime import Home
from ..settings import Agreement
from ..subentries import subentries_of
from .command import ID, Command, RefusedError, running
from .serialize import demand_person


async def _look(hass: HomeAssistant, connection: ActiveConnection, request: dict[str, Any]) -> None:
    home = running(hass)
    name = demand_person(home, request["person_id"]).title
    person = home.person(request["person_id"])
    if person is None or not person.consent.to & {Agreement.RECOGNIZE, Agreement.NEVER}:
        raise RefusedError("not_agreed", person=name)
    cameras = {one.subentry_id: str(one.data[CONF_CAMERA]) for one in subentries_of(home.entry, SUBENTRY_CAMERA)}
    if request["camera_id"] not in cameras:
        raise RefusedError("camera_unknown")
    guide = Guide(home, request["person_id"], cameras[request["camera_id"]])

    @callback
    def send(event: JsonObjectType) -> None:
        connection.send_message(event_message(request["id"], event))

    connection.send_result(request["id"])
    work = home.entry.async_create_background_task(
        hass, _look_on(home, guide, name, send), f"{DOMAIN} looks at who stands before {guide.camera}"
    )
    connection.subscriptions[request["id"]] = work.cancel


async def _look_on(home: Home, guide: Guide, name: str, send: Callable[[JsonObjectType], None]) -> None:
    """Runs until there are enough pictures or the page stops listening."""
    said: tuple[str, int] | None = None
    trouble: str | None = None
    while trouble is None and not guide.over:
        session = guide.session
        if said != (session.instruction, session.taken):
            said = session.instruction, session.taken
            words = say_progress(home.hass, session.instruction, name=name, taken=str(session.taken))
            send(_progress(guide, words))
        try:
            await guide.look_once()
        except KithError as error:
            trouble = say_error(home.hass, error.code, {"details": details(error)})
        except UpdateFailed as error:
            trouble = f"{error}."
        await asyncio.sleep(LOOK_EVERY)
    taken = guide.session.taken
    send({**_progress(guide, trouble or say_count(home.hass, "look_over", taken)), "done": True})


@callback
def _progress(guide: Guide, words: str) -> JsonObjectType:
    return {
        "wish": guide.session.instruction,
        "taken": guide.session.taken,
        "wanted": len(Wish),
        "words": words,
        "done": False,
    }


COMMANDS = (
    Command("people/look", schema={vol.Required("person_id"): ID, vol.Required("camera_id"): ID}, follow=_look),
)
