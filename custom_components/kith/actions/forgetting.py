"""The action that erases a person everywhere, checks that, and says what it cannot reach."""

from dataclasses import dataclass

from homeassistant.components.backup import DOMAIN as BACKUP_DOMAIN
from homeassistant.components.recorder import DOMAIN as RECORDER_DOMAIN
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import CONF_PERSON, CONF_PERSON_ID, DOMAIN
from ..erasing import entities_of, erase, kept_of, left_of
from ..errors import translated
from ..home import Home, days_of
from ..kith_engine.errors import KithError
from ..sentences import say
from .asked import person_of, running_entry

FORGET_SCHEMA = vol.Schema({vol.Required(CONF_PERSON): cv.string})


@dataclass(frozen=True, slots=True)
class Forgotten:
    """erased: how much of what there was. The rest: where Home Assistant itself may have something, and what to do.

    history_days: for how long it is kept; None if for good. entities: those that have one. advice: sentences.
    """

    erased: JsonObjectType
    backups: list[dict[str, str]]
    history: bool
    history_days: int | None
    entities: list[str]
    advice: list[str]


async def forget_person(call: ServiceCall) -> ServiceResponse:
    """As asked for by an automation, or in the developer tools."""
    entry = running_entry(call.hass)
    person = person_of(call.hass, entry, call.data[CONF_PERSON])
    found = await forget(entry.runtime_data, person)
    return {
        "person": person.title,
        "erased": found.erased,
        "proved": True,
        "may_still_hold": {
            "backups": [{**backup} for backup in found.backups],
            "history": found.history,
            "history_days": found.history_days,
            "entities": [*found.entities],
            "advice": [*found.advice],
        },
    }


async def forget(home: Home, person: ConfigSubentry) -> Forgotten:
    """The person goes last: what fails before can be tried again. Raises HomeAssistantError."""
    person_id = person.data[CONF_PERSON_ID]
    erased, entities = await kept_of(home, person), entities_of(home, person)
    try:
        await erase(home, person_id)
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    _demand_nothing(await left_of(home, person_id))
    home.hass.config_entries.async_remove_subentry(home.entry, person.subentry_id)
    _demand_nothing(entities_of(home, person))
    return await _beyond_reach(home, erased, entities)


def _demand_nothing(left: list[str]) -> None:
    if left:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="not_forgotten",
            translation_placeholders={"left": ", ".join(left)},
        )


async def _beyond_reach(home: Home, erased: JsonObjectType, entities: list[str]) -> Forgotten:
    """Where Home Assistant itself may have something, how long, and what to do about it."""
    hass = home.hass
    backups = await _backups(hass)
    recorded, days = _history(hass)
    words = [say(hass, "forgotten_backups", count=len(backups))] if backups else []
    if recorded:
        words.append(say(hass, "forgotten_history", days=days) if days else say(hass, "forgotten_history_kept"))
    words.append(say(hass, "forgotten_ids"))
    if kept := days_of(home.entry):
        words.append(say(hass, "forgotten_strangers", days=kept))
    return Forgotten(erased, backups, recorded, days, entities if recorded else [], words)


def _history(hass: HomeAssistant) -> tuple[bool, int | None]:
    """Is it recorded, and for how many days; None if for ever."""
    if RECORDER_DOMAIN not in hass.config.components:
        return False, None
    from homeassistant.components.recorder import get_instance  # noqa: PLC0415  only where it is set up

    recorder = get_instance(hass)
    return True, recorder.keep_days if recorder.auto_purge else None


async def _backups(hass: HomeAssistant) -> list[dict[str, str]]:
    """Those with Home Assistant's settings or history in them: each may hold what was erased just now."""
    if BACKUP_DOMAIN not in hass.config.components:
        return []
    from homeassistant.components.backup import async_get_manager  # noqa: PLC0415  only where it is set up

    backups, _ = await async_get_manager(hass).async_get_backups()
    found = [backup for backup in backups.values() if backup.homeassistant_included or backup.database_included]
    return [{"name": backup.name, "date": backup.date} for backup in sorted(found, key=lambda backup: backup.date)]
