"""Triggers for automations. If one does not fire, the trace says why."""

from abc import abstractmethod
from collections.abc import Callable
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
from .bus_events import describe, describe_movement, entity_of
from .descriptions.sentences import explain, say
from .identity.evidence import FRAMES_FOR_A_NAME, Verdict
from .runtime import KithConfigEntry
from .sighting import Sighting, SightingKind
from .signals import AGREED, DOUBTED, LEFT_VIEW, MOVED, SIGHTED, Move, Movement

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
            name = data["person"] or data["likely"]
            unnamed = data["explanation"] or say(self._hass, "trigger_person", camera=data["camera_name"])
            explanation = say(self._hass, text, name=name, wanted=wanted) if name else unnamed
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

    @override
    def _listen(self) -> list[Callable[[], None]]:
        return [
            *super()._listen(),
            async_dispatcher_connect(self._hass, AGREED, self._agreed),
            async_dispatcher_connect(self._hass, LEFT_VIEW, self._left_view),
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

    @callback
    def _agreed(self, entry: KithConfigEntry, sighting: Sighting, before: int) -> None:
        if before < self._frames <= sighting.verdict.frames and self._wants(entry, sighting):
            self._fire(entry, sighting)

    @callback
    def _left_view(self, entry: KithConfigEntry, sighting: Sighting) -> None:
        if sighting.verdict.frames < self._frames and self._wants(entry, sighting):
            data = describe(self._hass, entry, sighting)
            counts = {"count": sighting.verdict.frames, "wanted": self._frames}
            self._report_miss("few_frames", say(self._hass, "too_few_agree", name=data["person"], **counts), data)

    def _wants(self, entry: KithConfigEntry, sighting: Sighting) -> bool:
        misses = self._resolve(entry).misses(sighting.verdict.person_id, sighting.camera)
        return self._takes(sighting) and not misses


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
        data = describe_movement(self._hass, entry, movement)
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
