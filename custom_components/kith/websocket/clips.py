"""Look at a recording: sends the progress, then who was in it."""

from typing import Any

from homeassistant.components.websocket_api import ActiveConnection, event_message
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..clips.clip_visits import look_at, remember
from ..clips.findings import describe
from ..clips.recording import RecordingSource, fetched
from ..const import DOMAIN
from ..descriptions.sentences import say_error
from ..errors import details
from ..kith_engine.errors import KithError
from ..runtime import Home
from .command import ID, Command, RefusedError, running

LEAST_PROGRESS = 0.02
"""Of the recording, between two messages."""
LATEST = 4e9
"""Seconds since the epoch: some time in 2096."""


async def _analyze(hass: HomeAssistant, connection: ActiveConnection, request: dict[str, Any]) -> None:
    home = running(hass)
    if request["camera_id"] not in (None, *home.cameras):
        raise RefusedError("camera_unknown")

    @callback
    def send(event: JsonObjectType) -> None:
        connection.send_message(event_message(request["id"], event))

    connection.send_result(request["id"])
    work = home.entry.async_create_background_task(hass, _look(home, request, send), f"{DOMAIN} looks at a recording")
    connection.subscriptions[request["id"]] = work.cancel


async def _look(home: Home, request: dict[str, Any], send: Any) -> None:
    told = 0.0

    @callback
    def progress(share: float) -> None:
        nonlocal told
        if share >= told + LEAST_PROGRESS:
            told = share
            send({"share": round(share, 2), "done": False})

    camera, written = request["camera_id"], request["written"]
    place = RecordingSource(upload=request["upload"], written=dt_util.utc_from_timestamp(written) if written else None)
    try:
        async with fetched(home.hass, place) as recording:
            found = await look_at(home, recording, camera, None, progress)
        if request["record"] and camera is not None:
            remember(home, found, dt_util.utcnow())
    except KithError as error:
        words = say_error(home.hass, error.code, {"details": details(error)})
        send({"share": told, "done": True, "trouble": words, "found": None})
    else:
        send({"share": 1.0, "done": True, "trouble": None, "found": describe(home.entry, found)})


COMMANDS = (
    Command(
        "clips/analyze",
        schema={
            vol.Required("upload"): ID,
            vol.Optional("camera_id", default=None): vol.Any(None, ID),
            vol.Optional("record", default=False): bool,
            vol.Optional("written", default=None): vol.Any(None, vol.All(vol.Coerce(float), vol.Range(0, LATEST))),
        },
        follow=_analyze,
    ),
)
