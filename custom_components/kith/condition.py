"""Conditions for automations: is_present, seen_within, nobody_known. The trace explains the result."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Unpack, cast, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConditionErrorMessage
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import (
    ATTR_BEHAVIOR,
    BEHAVIOR_ALL,
    BEHAVIOR_ANY,
    Condition,
    ConditionCheckParams,
    ConditionConfig,
    condition_trace_update_result,
)
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .automation_target import PLACES, resolve_target, schema_of
from .const import DOMAIN
from .descriptions.sentences import say
from .runtime import KithConfigEntry, loaded_entry
from .subentries import name_of

CONF_WITHIN = "within"
BEHAVIOR: dict[vol.Marker, Any] = {
    vol.Optional(ATTR_BEHAVIOR, default=BEHAVIOR_ANY): vol.In([BEHAVIOR_ANY, BEHAVIOR_ALL])
}


class KithCondition(Condition):
    """The base of all conditions. If the result is unknown, it raises: `not` would turn false into true."""

    _fields: ClassVar[dict[vol.Marker, Any]]

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        return cast(ConfigType, schema_of(cls._fields)(config))

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        super().__init__(hass, config)
        self._target = config.target
        self._options = config.options or {}

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        if (entry := loaded_entry(self._hass)) is None:
            raise ConditionErrorMessage(DOMAIN, say(self._hass, "not_loaded"))
        holds, explanation = self._check(entry, dt_util.utcnow())
        condition_trace_update_result(explanation=explanation)
        return holds

    @abstractmethod
    def _check(self, entry: KithConfigEntry, now: datetime) -> tuple[bool, str]:
        """Whether the condition holds, and why."""

    def _demand_engine(self, entry: KithConfigEntry) -> None:
        if not entry.runtime_data.engine.available:
            raise ConditionErrorMessage(DOMAIN, say(self._hass, "engine_away"))


class PeopleCondition(KithCondition):
    """Holds for any or all of the targeted people."""

    def _check_people(self, entry: KithConfigEntry, holds: Callable[[str], bool]) -> tuple[bool, str]:
        """holds: whether it is true of this person, at any place."""
        choice = resolve_target(self._hass, entry, self._target, self._options)
        people = choice.whom(person.person_id for person in entry.runtime_data.agreements.recognized())
        last = entry.runtime_data.household.presence.last
        answers = {who: holds(who) and who in last and choice.there(last[who].camera) for who in people}
        if not answers:
            return False, say(self._hass, "nobody_chosen")
        wanted = all if self._options.get(ATTR_BEHAVIOR) == BEHAVIOR_ALL else any
        return wanted(answers.values()), "; ".join(_when_seen(self._hass, entry, who) for who in people)


class IsPresent(PeopleCondition):
    """Recognized within the time that is set for the person."""

    _fields: ClassVar[dict[vol.Marker, Any]] = {**PLACES, **BEHAVIOR}

    @override
    def _check(self, entry: KithConfigEntry, now: datetime) -> tuple[bool, str]:
        self._demand_engine(entry)
        return self._check_people(entry, lambda person_id: entry.runtime_data.household.presence.here(person_id, now))


class SeenWithin(PeopleCondition):
    """Seen within the given time; also works while the engine is away."""

    _fields: ClassVar[dict[vol.Marker, Any]] = {
        **PLACES,
        **BEHAVIOR,
        vol.Optional(CONF_WITHIN, default=timedelta(minutes=5)): cv.positive_time_period,
    }

    @override
    def _check(self, entry: KithConfigEntry, now: datetime) -> tuple[bool, str]:
        last = entry.runtime_data.household.presence.last

        def recently(person_id: str) -> bool:
            return person_id in last and now - last[person_id].captured <= self._options[CONF_WITHIN]

        return self._check_people(entry, recently)


class NobodyKnown(KithCondition):
    """Nobody of the household is present."""

    _fields: ClassVar[dict[vol.Marker, Any]] = {}

    @override
    def _check(self, entry: KithConfigEntry, now: datetime) -> tuple[bool, str]:
        self._demand_engine(entry)
        home = entry.runtime_data
        here = [
            person.name
            for person in home.agreements.recognized()
            if home.household.presence.here(person.person_id, now)
        ]
        if here:
            return False, say(self._hass, "present_now", people=", ".join(here))
        return True, say(self._hass, "nobody_known_present")


def _when_seen(hass: HomeAssistant, entry: KithConfigEntry, person_id: str) -> str:
    """As in "Ada: last seen 12 min ago at Hall"."""
    name, seen = name_of(entry, person_id), entry.runtime_data.household.presence.last.get(person_id)
    if seen is None:
        return say(hass, "never_seen", name=name)
    camera = entry.subentries.get(seen.camera)
    ago = max(0, round((dt_util.utcnow() - seen.captured).total_seconds()))
    key, count = ("seen_seconds_ago", ago) if ago < 120 else ("seen_minutes_ago", ago // 60)
    return say(hass, key, name=name, count=count, camera=camera.title if camera else "?")


CONDITIONS: dict[str, type[Condition]] = {
    "is_present": IsPresent,
    "seen_within": SeenWithin,
    "nobody_known": NobodyKnown,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    return CONDITIONS
