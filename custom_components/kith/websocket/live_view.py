"""A camera's live picture with what Kith sees in it, for as long as somebody watches."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any

from homeassistant.components.websocket_api import ActiveConnection, event_message
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..cameras.coordinator import CameraCoordinator
from ..const import DOMAIN
from ..descriptions.sentences import say
from ..http_views import PICTURES, WATCHED
from ..identity.evidence import Outcome
from ..kith_engine.analysis import Analysis, Box, Face, Flaw
from ..runtime import Home
from ..subentries import name_of
from .command import ID, Command, RefusedError, iso_time, running
from .serialize import signed

LIVE_EVERY = 1.0
"""Seconds: fast enough for adjusting a camera, slow enough for the others to get their turns."""
HIDDEN: JsonObjectType = {
    "picture": None,
    "width": 0,
    "height": 0,
    "captured": None,
    "persons": [],
    "faces": [],
    "ms": None,
}


async def _watch(hass: HomeAssistant, connection: ActiveConnection, request: dict[str, Any]) -> None:
    home = running(hass)
    camera = home.cameras.get(request["camera_id"])
    if camera is None:
        raise RefusedError("camera_unknown")
    watched = hass.data.setdefault(WATCHED, [])

    @callback
    def send(event: JsonObjectType) -> None:
        connection.send_message(event_message(request["id"], event))

    watched.append(camera.camera_id)
    connection.send_result(request["id"])
    work = home.entry.async_create_background_task(
        hass, _look_on(home, camera, send), f"{DOMAIN} shows {camera.camera} to somebody"
    )

    @callback
    def stop() -> None:
        work.cancel()
        watched.remove(camera.camera_id)

    connection.subscriptions[request["id"]] = stop


async def _look_on(home: Home, camera: CameraCoordinator, send: Any) -> None:
    last: datetime | None = None
    begun = False
    while True:
        with suppress(UpdateFailed):  # the camera's entities report this; an earlier picture may exist
            await camera.scan()
        analysis = camera.last.analysis
        if not begun or camera.last.captured != last:
            hidden = not camera.last.picture or analysis is None or not analysis.looked
            send(HIDDEN if hidden or analysis is None else _shown(home, camera, analysis))
            begun, last = True, camera.last.captured
        await asyncio.sleep(LIVE_EVERY)


@callback
def _shown(home: Home, camera: CameraCoordinator, analysis: Analysis) -> JsonObjectType:
    captured = camera.last.captured
    stamp = round(captured.timestamp() * 1000) if captured else 0
    faces: list[JsonValueType] = [
        {
            "box": _box(face.box),
            "name": _name(home, camera, face.box),
            "words": _words(home, camera, face),
            "ok": face.quality.usable,
        }
        for face in analysis.faces
    ]
    persons: list[JsonValueType] = [
        {"box": _box(person.box), "name": _name(home, camera, person.box)} for person in analysis.persons
    ]
    return {
        "picture": signed(home.hass, f"{PICTURES}/{camera.camera_id}/{stamp}"),
        "width": analysis.width,
        "height": analysis.height,
        "captured": iso_time(captured),
        "persons": persons,
        "faces": faces,
        "ms": round(sum(analysis.timings.values()), 1) if analysis.timings else None,
    }


def _box(box: Box) -> list[JsonValueType]:
    return [round(edge, 1) for edge in (box.left, box.top, box.right, box.bottom)]


@callback
def _name(home: Home, camera: CameraCoordinator, box: Box) -> str | None:
    """Who it is, as far as that is decided."""
    verdict = home.household.verdict_of(camera.camera_id, box)
    if verdict is not None and verdict.outcome is Outcome.STRANGER:
        return say(home.hass, "logbook_a_stranger")
    return name_of(home.entry, verdict.person_id) if verdict is not None else None


@callback
def _words(home: Home, camera: CameraCoordinator, face: Face) -> str:
    width = round(face.quality.width)
    if face.quality.usable:
        return say(home.hass, "watched_usable", width=width)
    flaw, facts = face.quality.flaws[0], home.engine.facts
    smallest = max(facts.smallest_face if facts else 0, camera.settings.scope.smallest_face)
    key = "watched_too_small" if flaw is Flaw.TOO_SMALL else f"flaw_{flaw}"
    return say(home.hass, key, width=width, smallest=smallest)


WATCH = Command("cameras/watch", schema={vol.Required("camera_id"): ID}, follow=_watch)
