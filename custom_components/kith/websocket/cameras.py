"""The cameras, their live views, and the sureness setting."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..cameras.coordinator import CameraCoordinator
from ..const import CONF_CAMERA, CONF_SURENESS, SUBENTRY_CAMERA
from ..descriptions.sentences import judge_camera, say, say_source
from ..identity.demand import Sureness
from ..identity.gallery_check import Check, check
from ..identity.suitability import Suitability
from ..identity.visit_record import changes
from ..runtime import Home
from ..settings import sureness_of
from ..subentries import subentries_of
from .command import Command, RefusedError
from .live_view import WATCH
from .serialize import pictures_of
from .visits import visit, would

MOST_REPLAYED = 200
"""Visits: as many as somebody would look through."""


async def _list(home: Home, _request: dict[str, Any]) -> JsonObjectType:
    return {"cameras": [_camera(home, camera) for camera in subentries_of(home.entry, SUBENTRY_CAMERA)]}


async def sureness_choices(home: Home) -> JsonObjectType:
    """The current sureness, and what each would mean."""
    facts = home.engine.facts
    found = Check({})
    if facts is not None:
        found = await home.hass.async_add_executor_job(
            check, home.stores.gallery.gallery, facts.embedding, facts.calibration
        )
    return {
        "now": str(sureness_of(home.entry)),
        "choices": [_choice(home, sureness, found) for sureness in Sureness],
    }


@callback
def _camera(home: Home, camera: ConfigSubentry) -> JsonObjectType:
    coordinator = home.coordinator(camera)
    suitability = home.household.suitability.get(camera.subentry_id, Suitability())
    analysis = coordinator.last.analysis
    return {
        "camera_id": camera.subentry_id,
        "name": camera.title,
        "entity_id": camera.data[CONF_CAMERA],
        "wake": [_name(home, entity_id) for entity_id in coordinator.woken_by],
        "recognition": coordinator.recognizes,
        "source": say_source(home.hass, coordinator.sources),
        "frame_ms": round(sum(analysis.timings.values()), 1) if analysis and analysis.timings else None,
        "suitability": {
            "usable": round(100 * suitability.share) if suitability.telling else None,
            "limit": str(suitability.limit) if suitability.telling and suitability.limit else None,
            "words": judge_camera(home.hass, suitability),
        },
        "state": _state(coordinator),
    }


@callback
def _name(home: Home, entity_id: str) -> str:
    state = home.hass.states.get(entity_id)
    return state.name if state else entity_id


@callback
def _state(coordinator: CameraCoordinator) -> str:
    if not coordinator.enabled:
        return "off"
    if not coordinator.last_update_success:
        return "unavailable"
    return "watching" if coordinator.awake else "asleep"


@callback
def _choice(home: Home, sureness: Sureness, found: Check) -> JsonObjectType:
    expected = found.expected.get(sureness)
    return {
        "value": str(sureness),
        "words": say(home.hass, f"sureness_{sureness}"),
        "figures": {
            "photos": expected.photos if expected else 0,
            "missed": expected.missed if expected else 0,
            "mixed_up": expected.mixed_up if expected else 0,
            "strangers_named": round(100 * sureness.false_names, 2),
        },
    }


async def _replay(home: Home, request: dict[str, Any]) -> JsonObjectType:
    """What the last visits would have been with another sureness."""
    facts = home.engine.facts
    if facts is None:
        raise RefusedError("engine_away")
    entries = home.stores.visits.newest_first[: request["sample"]]
    then = Sureness(request["sureness"])
    now = sureness_of(home.entry)
    count, found = await home.hass.async_add_executor_job(changes, entries, now, then, facts)
    kept = await pictures_of(home)
    changed: list[JsonValueType] = [{**visit(home, one.entry, kept), "would": would(home, one.would)} for one in found]
    return {"visits": count, "changed": changed}


async def _set(home: Home, request: dict[str, Any]) -> JsonObjectType:
    options = {**home.entry.options, CONF_SURENESS: request["sureness"]}
    home.hass.config_entries.async_update_entry(home.entry, options=options)
    return {}


KNOB = {vol.Required("sureness"): vol.In([str(sureness) for sureness in Sureness])}
SAMPLE = vol.All(int, vol.Range(1, MOST_REPLAYED))
COMMANDS = (
    Command("cameras/list", _list),
    Command("knob/replay", _replay, {**KNOB, vol.Optional("sample", default=MOST_REPLAYED): SAMPLE}),
    Command("knob/set", _set, KNOB),
    WATCH,
)
