"""Triggers for automations. If one does not fire, the trace says why."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, cast, override

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import (
    NotTriggeredInfo,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .automation_target import PEOPLE_AND_PLACES, AutomationTarget, Miss, resolve_target, schema_of
from .bus_events import area_of, describe, describe_seen, entity_of
from .const import CONF_CAMERA
from .descriptions.sentences import explain, say
from .identity.evidence import FRAMES_FOR_A_NAME, Verdict
from .runtime import KithConfigEntry
from .sighting import Sighting, SightingKind
from .signals import AGREED, DOUBTED, EMPTIED, MOVED, SIGHTED, Move, Movement
from .subentries import name_of

CONF_FRAMES = "frames"
MOST_FRAMES = 12
"""The most frames that a trigger can wait for."""
CONF_LIKELY = "likely"


class KithTrigger(Trigger):
    """The base of all triggers: their target, and how they fire or report a miss."""

    _fields: ClassVar[dict[vol.Marker, Any]] = PEOPLE_AND_PLACES

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        return cast(ConfigType, schema_of(cls._fields)(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._target = config.target
        self._options = config.options or {}
        self._run: TriggerActionRunner
        self._report: TriggerNotTriggeredReporter | None

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        self._run, self._report = run_action, did_not_trigger
        listening = self._listen()

        @callback
        def stop() -> None:
            for end in listening:
                end()

        return stop

    @abstractmethod
    def _listen(self) -> list[Callable[[], None]]:
        """Connect to signals. Returns functions that disconnect."""

    def _resolve(self, entry: KithConfigEntry) -> AutomationTarget:
        return resolve_target(self._hass, entry, self._target, self._options)

    def _explain_miss(self, entry: KithConfigEntry, misses: set[Miss], data: dict[str, Any]) -> None:
        """Report why a sighting missed the target, if it missed in one way only."""
        if len(misses) != 1:
            return
        miss = next(iter(misses))
        if miss is Miss.CAMERA:
            text = "other_camera" if data["camera_name"] else "other_camera_unknown"
            explanation = say(self._hass, text, camera=data["camera_name"])
        else:
            people = self._resolve(entry).wanted()
            wanted = ", ".join(person.name for person in entry.runtime_data.people() if person.person_id in people)
            text = "other_person" if wanted else "other_person_than_nobody"
            explanation = say(self._hass, text, name=data["person"], wanted=wanted)
        self._report_miss(miss, explanation, data)

    def _report_miss(self, reason: str, explanation: str, data: dict[str, Any]) -> None:
        if self._report is not None:
            shared = {key: data.get(key) for key in ("person", "camera", "captured")}
            self._report(NotTriggeredInfo(reason, {"explanation": explanation, **shared}))


class SightingTrigger(KithTrigger):
    """Fires on sightings of one kind, once per visit."""

    _kind: ClassVar[SightingKind]

    @override
    def _listen(self) -> list[Callable[[], None]]:
        return [
            async_dispatcher_connect(self._hass, SIGHTED, self._sighted),
            async_dispatcher_connect(self._hass, DOUBTED, self._doubted),
        ]

    @callback
    def _sighted(self, entry: KithConfigEntry, sighting: Sighting) -> None:
        if not self._takes(sighting):
            self._report_other_kind(entry, sighting)
            return
        if misses := self._resolve(entry).misses(sighting.verdict.person_id or sighting.likely, sighting.camera):
            self._explain_miss(entry, misses, describe(self._hass, entry, sighting))
        else:
            self._fire(entry, sighting)

    def _takes(self, sighting: Sighting) -> bool:
        return sighting.kind is self._kind

    def _fire(self, entry: KithConfigEntry, sighting: Sighting) -> None:
        data = describe(self._hass, entry, sighting)
        variables = {ATTR_ENTITY_ID: entity_of(self._hass, sighting.verdict.person_id, sighting.camera), **data}
        self._run(variables, _words(self._hass, sighting.kind, data))

    def _report_other_kind(self, entry: KithConfigEntry, sighting: Sighting) -> None:
        """Report that somebody was recognized and not a stranger, or the other way round."""
        if SightingKind.PERSON in (self._kind, sighting.kind):
            return
        if Miss.CAMERA not in self._resolve(entry).misses(sighting.verdict.person_id, sighting.camera):
            data = describe(self._hass, entry, sighting)
            self._report_miss(str(sighting.kind), data["explanation"], data)

    @callback
    def _doubted(self, entry: KithConfigEntry, camera: str, verdict: Verdict) -> None:
        if self._kind is SightingKind.PERSON or not self._resolve(entry).watches(camera):
            return
        data = describe(
            self._hass, entry, Sighting(SightingKind.PERSON, camera, verdict.captured or dt_util.utcnow(), verdict)
        )
        reason = "not_sure" if verdict.outcome.inconclusive else "no_usable_face"
        self._report_miss(reason, explain(verdict, entry, camera), data)


class Recognized(SightingTrigger):
    """A person was recognized; fires once enough frames agree. If wanted, also if it was likely a person."""

    _kind = SightingKind.RECOGNIZED
    _fields: ClassVar[dict[vol.Marker, Any]] = {
        **PEOPLE_AND_PLACES,
        vol.Optional(CONF_FRAMES, default=FRAMES_FOR_A_NAME): vol.All(
            vol.Coerce(int), vol.Range(FRAMES_FOR_A_NAME, MOST_FRAMES)
        ),
        vol.Optional(CONF_LIKELY, default=False): bool,
    }

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._frames: int = self._options.get(CONF_FRAMES, FRAMES_FOR_A_NAME)
        self._likely: bool = self._options.get(CONF_LIKELY, False)
        self._waiting: dict[tuple[str, str | None], Sighting] = {}

    @override
    def _listen(self) -> list[Callable[[], None]]:
        return [
            *super()._listen(),
            async_dispatcher_connect(self._hass, AGREED, self._agreed),
            async_dispatcher_connect(self._hass, EMPTIED, self._emptied),
        ]

    @override
    def _takes(self, sighting: Sighting) -> bool:
        if self._likely and (sighting.kind is SightingKind.LIKELY or sighting.confirms):
            return not sighting.confirms  # it took the likely one before
        return super()._takes(sighting)

    @override
    def _fire(self, entry: KithConfigEntry, sighting: Sighting) -> None:
        if sighting.kind is SightingKind.LIKELY or sighting.verdict.frames >= self._frames:
            super()._fire(entry, sighting)
        else:
            self._waiting[sighting.camera, sighting.verdict.person_id] = sighting

    @callback
    def _agreed(self, entry: KithConfigEntry, camera: str, verdict: Verdict) -> None:
        sighting = self._waiting.get((camera, verdict.person_id))
        if sighting is not None and verdict.frames >= self._frames:
            del self._waiting[camera, verdict.person_id]
            captured = verdict.captured or sighting.captured
            super()._fire(entry, replace(sighting, verdict=verdict, captured=captured))

    @callback
    def _emptied(self, entry: KithConfigEntry, camera: str) -> None:
        for where, who in list(self._waiting):
            if where == camera:
                data = describe(self._hass, entry, self._waiting.pop((where, who)))
                counts = {"count": data["evidence"]["frames"], "wanted": self._frames}
                self._report_miss("few_frames", say(self._hass, "too_few_agree", name=data["person"], **counts), data)


class StrangerSeen(SightingTrigger):
    """Somebody who is not of the household was seen."""

    _kind = SightingKind.STRANGER
    _fields: ClassVar[dict[vol.Marker, Any]] = {}


class PersonSeen(SightingTrigger):
    """Somebody was seen, before it is clear who."""

    _kind = SightingKind.PERSON
    _fields: ClassVar[dict[vol.Marker, Any]] = {}


class MovementTrigger(KithTrigger):
    """Fires when somebody's presence changes."""

    _move: ClassVar[Move]

    @override
    def _listen(self) -> list[Callable[[], None]]:
        return [async_dispatcher_connect(self._hass, MOVED, self._moved)]

    @callback
    def _moved(self, entry: KithConfigEntry, movement: Movement) -> None:
        misses = self._resolve(entry).misses(movement.person_id, movement.seen.camera)
        data = _describe_movement(self._hass, entry, movement)
        if movement.move is not self._move:
            if not misses and self._move is Move.CAME and movement.move is Move.STAYED:
                self._report_miss("here_already", say(self._hass, "here_already", name=data["person"]), data)
        elif misses:
            self._explain_miss(entry, misses, data)
        else:
            variables = {ATTR_ENTITY_ID: entity_of(self._hass, movement.person_id, movement.seen.camera), **data}
            self._run(variables, _words(self._hass, self._move, data))


class Arrived(MovementTrigger):
    """Somebody is present after an absence."""

    _move = Move.CAME


class Left(MovementTrigger):
    """Somebody is no longer present."""

    _move = Move.LEFT


def _describe_movement(hass: HomeAssistant, entry: KithConfigEntry, movement: Movement) -> dict[str, Any]:
    """The same data as for a sighting, even without one: somebody left, or is back in the same visit."""
    name, seen = name_of(entry, movement.person_id), movement.seen
    if movement.sighting is not None:
        return describe(hass, entry, movement.sighting)
    camera = entry.subentries.get(seen.camera)
    explanation = None
    if movement.move is Move.LEFT:
        explanation = say(hass, "taken_back" if movement.taken_back else "not_seen_any_more", name=name)
    return {
        "person": name,
        "person_id": movement.person_id,
        "likely": None,
        "camera": camera.data[CONF_CAMERA] if camera else None,
        "camera_name": camera.title if camera else None,
        "area": area_of(hass, camera.data[CONF_CAMERA]) if camera else None,
        "captured": seen.captured.isoformat(),
        **describe_seen(entry, seen),
        "evidence": None,
        "explanation": explanation,
        "corrects": None,
        "accompanied_by": [],
        "visit": None,
    }


def _words(hass: HomeAssistant, what: SightingKind | Move, data: dict[str, Any]) -> str:
    """The text after "triggered by"."""
    return say(hass, f"trigger_{what}", name=data["person"] or data.get("likely"), camera=data["camera_name"])


TRIGGERS: dict[str, type[Trigger]] = {
    "recognized": Recognized,
    "arrived": Arrived,
    "left": Left,
    "stranger_seen": StrangerSeen,
    "person_seen": PersonSeen,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    return TRIGGERS
