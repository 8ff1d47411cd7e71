"""The action that erases a person everywhere, proves it, and says what it cannot reach."""

from homeassistant.components.backup import DOMAIN as BACKUP_DOMAIN
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..const import CONF_PERSON, CONF_PERSON_ID, DOMAIN
from ..errors import translated
from ..home import Home, KithConfigEntry
from ..kith_engine.errors import KithError
from ..storage import GalleryStore, PresenceStore
from .asked import loaded_entry, person_of

FORGET_SCHEMA = vol.Schema({vol.Required(CONF_PERSON): cv.string})


async def forget_person(call: ServiceCall) -> ServiceResponse:
    """The gallery first: if the disk refuses, the person is still there, and the action can be called again."""
    entry = loaded_entry(call.hass)
    home = entry.runtime_data
    person = person_of(call.hass, entry, call.data[CONF_PERSON])
    person_id = person.data[CONF_PERSON_ID]
    erased = await _kept_of(home, person)
    try:
        await home.change(lambda gallery: gallery.without(person_id))
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    await home.photos.forget(person_id)
    home.household.forget(person_id)
    await home.presence.save(home.household.presence)
    call.hass.config_entries.async_remove_subentry(entry, person.subentry_id)
    await _prove(call.hass, home, person)
    return {
        "person": person.title,
        "erased": erased,
        "proved": True,
        "may_still_hold": {"backups": await _backups(call.hass), "history": "recorder" in call.hass.config.components},
    }


async def _kept_of(home: Home, person: ConfigSubentry) -> JsonObjectType:
    person_id, gallery = person.data[CONF_PERSON_ID], home.gallery.gallery
    return {
        "templates": len(gallery.templates.get(person_id, ())),
        "not_this_person": len(gallery.negatives.get(person_id, ())),
        "photos": len((await home.photos.people()).get(person_id, ())),
        "last_sighting": person_id in home.household.presence.last,
        "entities": len(_entities_of(home.hass, home.entry, person)),
    }


def _entities_of(hass: HomeAssistant, entry: KithConfigEntry, person: ConfigSubentry) -> list[er.RegistryEntry]:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return [entity for entity in entities if entity.config_subentry_id == person.subentry_id]


async def _prove(hass: HomeAssistant, home: Home, person: ConfigSubentry) -> None:
    """Read everything back from where it is stored. Raises HomeAssistantError that says what is still there."""
    person_id = person.data[CONF_PERSON_ID]
    gallery = GalleryStore(hass)
    await gallery.load()
    presence = await PresenceStore(hass).load()
    left = [
        what
        for what, there in (
            ("gallery", person_id in gallery.gallery.people),
            ("photos", person_id in await home.photos.people()),
            ("presence", person_id in presence.last),
            ("entities", bool(_entities_of(hass, home.entry, person))),
        )
        if there
    ]
    if left:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="not_forgotten",
            translation_placeholders={"left": ", ".join(left)},
        )


async def _backups(hass: HomeAssistant) -> list[JsonValueType]:
    """Those that there are: each may hold what was erased just now."""
    if BACKUP_DOMAIN not in hass.config.components:
        return []
    from homeassistant.components.backup import async_get_manager  # noqa: PLC0415  only where it is set up

    backups, _ = await async_get_manager(hass).async_get_backups()
    found: list[JsonValueType] = [{"name": backup.name, "date": backup.date} for backup in backups.values()]
    return found
