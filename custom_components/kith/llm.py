"""Tools for assistants: who is there, and when was somebody last seen.

They tell what the owner exposed to the assistant: a person through the presence sensor, a place through its camera.
Anybody else is "somebody". An unsure verdict gets no name: a language model would take it for certain.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.homeassistant import async_should_expose
from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext, Tool, ToolAnnotations, ToolInput, ToolResult
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from .bus_events import APPEARANCE, FACE, area_of
from .cameras.coordinator import CameraCoordinator
from .const import DOMAIN
from .identity.evidence import Outcome, Verdict
from .runtime import Home, loaded_entry
from .settings import PersonSettings

ATTR_CAMERA = "camera"
ATTR_PERSON = "person"
PROMPT = (
    "Kith recognizes people at cameras. For questions about who is at a camera or a door, who is at home, or when "
    "somebody was last seen, call its tools. Say a name only if a tool's answer has it."
)
SOMEBODY = {
    Outcome.KNOWN: "somebody whose name is not exposed to this assistant",
    Outcome.STRANGER: "a stranger: nobody in the household",
    Outcome.UNSURE: "somebody who is not recognized yet",
    Outcome.LIKELY: "somebody who is not recognized yet",
    Outcome.UNUSABLE: "somebody whose face cannot be seen well enough",
}
ENGINE_AWAY = "Kith cannot tell right now: its engine is not responding."
NO_SUCH_PERSON = "Kith knows nobody by this name, or may not tell this assistant."
NO_SUCH_CAMERA = "Kith watches no camera with this name or area, or may not tell this assistant."


@callback
def async_get_tools(hass: HomeAssistant, llm_context: LLMContext, api_id: str) -> LLMTools | None:
    """None while Kith is not running, or if nothing of it is exposed to the assistant."""
    home = _home(hass)
    if api_id != LLM_API_ASSIST or home is None:
        return None
    exposed = _Exposed(home, llm_context.assistant)
    people, cameras = exposed.people(), exposed.cameras()
    tools: list[Tool] = []
    if cameras:
        tools.append(WhoIsThere())
    if people:
        tools += [LastSeen(), WhoIsHome()]
    return LLMTools(tools, PROMPT) if tools else None


@dataclass(frozen=True, slots=True)
class _Exposed:
    """What is exposed to one assistant."""

    home: Home
    assistant: str

    @callback
    def people(self) -> list[PersonSettings]:
        """The people who agreed to be recognized and whose presence is exposed."""
        people = self.home.agreements.recognized()
        return [person for person in people if self._is(BINARY_SENSOR_DOMAIN, f"{person.person_id}_presence")]

    @callback
    def cameras(self) -> list[CameraCoordinator]:
        """The cameras that are exposed, or whose occupancy sensor is."""
        return [
            camera
            for camera in self.home.cameras.values()
            if async_should_expose(self.home.hass, self.assistant, camera.camera)
            or self._is(BINARY_SENSOR_DOMAIN, f"{camera.camera_id}_person_detected")
        ]

    @callback
    def name(self, person_id: str | None) -> str | None:
        return next((person.name for person in self.people() if person.person_id == person_id), None)

    @callback
    def place(self, camera_id: str) -> JsonObjectType:
        """The camera and its area; empty if the camera is not exposed."""
        camera = next((one for one in self.cameras() if one.camera_id == camera_id), None)
        return _place(self.home.hass, camera) if camera else {}

    def _is(self, domain: str, unique_id: str) -> bool:
        entity_id = er.async_get(self.home.hass).async_get_entity_id(domain, DOMAIN, unique_id)
        return entity_id is not None and async_should_expose(self.home.hass, self.assistant, entity_id)


class _Question(Tool):
    """A tool that only reads."""

    integration = DOMAIN
    annotations = ToolAnnotations(read_only=True, destructive=False, idempotent=True, open_world=False)
    needs_engine: ClassVar = True
    """Without the engine, nothing is known about the present."""

    async def async_call(self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext) -> ToolResult:
        home = _home(hass)
        if home is None or (self.needs_engine and not home.engine.available):
            return _error(ENGINE_AWAY)
        return self.answer(_Exposed(home, llm_context.assistant), self.parameters(tool_input.tool_args))

    @callback
    def answer(self, exposed: _Exposed, arguments: dict[str, Any]) -> ToolResult:
        raise NotImplementedError


class WhoIsThere(_Question):
    """Who is at one camera, or at all."""

    name = f"{DOMAIN}__who_is_there"
    title = "Who is there"
    description = (
        "Says who is in a camera's view now, or was in the last visit, such as at the door or in the garden. "
        "Omit the camera to ask about all."
    )
    parameters = vol.Schema({vol.Optional(ATTR_CAMERA, description="Name or area of the camera"): cv.string})

    @callback
    def answer(self, exposed: _Exposed, arguments: dict[str, Any]) -> ToolResult:
        wanted = arguments.get(ATTR_CAMERA)
        places = [(camera, _place(exposed.home.hass, camera)) for camera in exposed.cameras()]
        if wanted is not None:
            places = [(camera, place) for camera, place in places if _matches_name(wanted, *place.values())]
        if not places:
            return _error(NO_SUCH_CAMERA)
        return ToolResult({"cameras": [{**place, **_seen(exposed, camera)} for camera, place in places]})


class LastSeen(_Question):
    """Also answers while the engine is away."""

    name = f"{DOMAIN}__last_seen"
    title = "When somebody was last seen"
    description = "Says when and where a person was last recognized. Omit the person to ask about everybody."
    parameters = vol.Schema({vol.Optional(ATTR_PERSON, description="Name of the person"): cv.string})
    needs_engine = False

    @callback
    def answer(self, exposed: _Exposed, arguments: dict[str, Any]) -> ToolResult:
        wanted, presence = arguments.get(ATTR_PERSON), exposed.home.household.presence
        people = [one for one in exposed.people() if wanted is None or _matches_name(wanted, one.name)]
        if not people:
            return _error(NO_SUCH_PERSON)
        answers: list[JsonValueType] = []
        for person in people:
            seen = presence.last.get(person.person_id)
            when: JsonObjectType = {"last_seen": None}
            if seen is not None:
                by = APPEARANCE if seen.root is not None else FACE
                when = {"last_seen": _local(seen.captured), **exposed.place(seen.camera), "by": by}
            answers.append({"name": person.name, **when})
        return ToolResult({"now": _local(dt_util.utcnow()), "people": answers})


class WhoIsHome(_Question):
    """Who was recognized recently at any camera, and who came in and was not seen leaving."""

    name = f"{DOMAIN}__who_is_home"
    title = "Who is home"
    description = (
        "Says which people are at home: they came in and were not seen leaving; and which are present: they were "
        "recognized in the last few minutes. Cameras see doors and halls, not every room: somebody who is in neither "
        "list of at_home and away may be home or not."
    )

    @callback
    def answer(self, exposed: _Exposed, arguments: dict[str, Any]) -> ToolResult:
        presence, now = exposed.home.household.presence, dt_util.utcnow()
        people = exposed.people()
        here: list[JsonValueType] = [one.name for one in people if presence.here(one.person_id, now)]
        known = {one.name: presence.at_home(one.person_id) for one in people}
        at_home: list[JsonValueType] = [name for name, there in known.items() if there]
        away: list[JsonValueType] = [name for name, there in known.items() if there is False]
        return ToolResult(
            {"present": here, "at_home": at_home, "away": away, "stranger_present": presence.stranger_here(now)}
        )


@callback
def _home(hass: HomeAssistant) -> Home | None:
    entry = loaded_entry(hass)
    return entry.runtime_data if entry else None


@callback
def _place(hass: HomeAssistant, camera: CameraCoordinator) -> JsonObjectType:
    return {"camera": camera.name, "area": area_of(hass, camera.camera)}


def _matches_name(wanted: str, *names: JsonValueType) -> bool:
    return any(isinstance(name, str) and name.casefold() == wanted.strip().casefold() for name in names)


@callback
def _seen(exposed: _Exposed, camera: CameraCoordinator) -> JsonObjectType:
    """Who is in view now, and who was in the last visit."""
    view = camera.data
    if view is None or not camera.last_update_success:
        return {"error": "no picture from this camera right now"}
    visit = exposed.home.household.presence.visits.get(camera.camera_id)
    last_visit: JsonObjectType | None = None
    if visit is not None:
        names: list[JsonValueType] = [_exposed_name(exposed, who) for who in sorted(visit.named)]
        last_visit = {"until": _local(visit.last), "people": names, "stranger": visit.stranger}
    in_view: list[JsonValueType] = [_somebody(exposed, verdict) for verdict in view.verdicts]
    return {"in_view_now": in_view, "last_visit": last_visit}


def _somebody(exposed: _Exposed, verdict: Verdict) -> str:
    return _exposed_name(exposed, verdict.person_id) if verdict.person_id else SOMEBODY.get(verdict.outcome, "somebody")


def _exposed_name(exposed: _Exposed, person_id: str) -> str:
    return exposed.name(person_id) or SOMEBODY[Outcome.KNOWN]


def _local(when: datetime) -> str:
    return dt_util.as_local(when).isoformat(timespec="seconds")


def _error(message: str) -> ToolResult:
    return ToolResult({"error": message}, error=True)
