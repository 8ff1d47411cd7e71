"""Erases a person wherever Kith has their data, loaded or not, and verifies that it is gone."""

from dataclasses import dataclass
import json
from pathlib import Path

from homeassistant.components.backup import DOMAIN as BACKUP_DOMAIN
from homeassistant.components.recorder import DOMAIN as RECORDER_DOMAIN
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.json import JsonObjectType

from ..const import CONF_PERSON_ID, DOMAIN
from ..descriptions.sentences import say, say_count
from ..errors import translated
from ..identity.recognition_rate import RecognitionRate
from ..kith_engine.errors import KithError
from ..people_lists import listing, strike
from ..runtime import Home, KithConfigEntry
from ..settings import retention_days
from ..storage.leftovers import unfinished
from ..stores import Stores


@dataclass(frozen=True, slots=True)
class Erased:
    """The numbers of templates and photos. left_at: services that could not be reached; Kith keeps trying."""

    templates: int
    photos: int
    left_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """erased: the number of items of each kind. The rest: what Home Assistant itself may have, and what to do.

    history_days: how long it is kept; None if forever. entities: those with a history. advice: sentences.
    """

    erased: JsonObjectType
    backups: list[dict[str, str]]
    history: bool
    history_days: int | None
    entities: list[str]
    advice: list[str]


async def erase(hass: HomeAssistant, entry: KithConfigEntry, person_id: str) -> Erased:
    """Erase all but the person's place in Kith's list.

    Raises KithError if the disk fails; then only unnamed faces are gone.

    Unnamed faces go too if they are most likely this person's, or if Kith cannot tell: while it is not loaded, all of
    them.
    """
    home = entry.runtime_data if entry.state is ConfigEntryState.LOADED else None
    stores = home.stores if home else Stores.of(hass)
    if home is None:
        await stores.load()
    templates = len(stores.gallery.gallery.templates.get(person_id, ()))
    photos = len((await stores.photos.people()).get(person_id, ()))
    if home is not None:
        with home.agreements.leaving(person_id):
            await _erase_loaded(home, person_id)
    else:
        await stores.forget(person_id)
        await _erase_unnamed(stores)
    strike(hass, entry, person_id)
    return Erased(templates, photos, tuple(stores.enrolled.left_at(person_id)))


async def _erase_loaded(home: Home, person_id: str) -> None:
    await home.undos.finish()  # taking an action back could bring back what is erased
    await home.forget(person_id)
    await home.opinions.forget(person_id)  # last: afterwards no service can be asked about the person
    for camera in home.cameras.values():
        camera.forget_picture()
    home.household.notify_presence()


async def erase_unnamed(hass: HomeAssistant, entry: KithConfigEntry) -> None:
    """Erase all unnamed faces if Kith is not loaded: somebody must never be recognized from now on, and nobody can say
    which faces are theirs. While it is loaded, it erases those by itself. Raises StorageTooNewError.
    """
    if entry.state is not ConfigEntryState.LOADED:
        stores = Stores.of(hass)
        await stores.faces.load()
        await _erase_unnamed(stores)


async def forget(home: Home, person: ConfigSubentry) -> Forgotten:
    """Erase a person, verify it, and remove them from the list last, so that a failure can be retried.

    Raises HomeAssistantError.
    """
    person_id = person.data[CONF_PERSON_ID]
    kept, entities = await kept_of(home, person), entities_of(home, person)
    with home.agreements.leaving(person_id):
        try:
            await erase(home.hass, home.entry, person_id)
        except KithError as error:
            raise translated(error, HomeAssistantError) from error
        _raise_if_left(await left_of(home, person_id))
        if person.subentry_id not in home.entry.subentries:  # removed meanwhile, perhaps merged into somebody
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="person_unknown")
        home.hass.config_entries.async_remove_subentry(home.entry, person.subentry_id)
    _raise_if_left(entities_of(home, person))
    return await _beyond_reach(home, kept, entities)


async def kept_of(home: Home, person: ConfigSubentry) -> JsonObjectType:
    """The number of items of each kind that Kith has of this person."""
    person_id, stores = person.data[CONF_PERSON_ID], home.stores
    gallery = stores.gallery.gallery
    return {
        "templates": len(gallery.templates.get(person_id, ())),
        "not_this_person": len(gallery.negatives.get(person_id, ())),
        "photos": len((await stores.photos.people()).get(person_id, ())),
        "last_sighting": person_id in home.household.presence.last,
        "visits_counted": stores.recognition_rate.tallies.get(person_id, RecognitionRate()).visits,
        "visits_logged": stores.visits.count(person_id),
        "faces_at_services": {**home.opinions.faces_at(person_id)},
        "listed_at": [subentry.title for subentry in listing(home.entry, person_id)],
        "entities": len(entities_of(home, person)),
    }


async def left_of(home: Home, person_id: str) -> list[str]:
    """The services and files that still have data of this person; none if all went well."""
    photos = Path(home.hass.config.path(DOMAIN, "photos"))
    storage = Path(home.hass.config.path(STORAGE_DIR))
    found = await home.hass.async_add_executor_job(_traces, storage, photos, person_id)
    return [*home.stores.enrolled.left_at(person_id), *found]


@callback
def entities_of(home: Home, person: ConfigSubentry) -> list[str]:
    entities = er.async_entries_for_config_entry(er.async_get(home.hass), home.entry.entry_id)
    return [entity.entity_id for entity in entities if entity.config_subentry_id == person.subentry_id]


async def _erase_unnamed(stores: Stores) -> None:
    """Erase vectors first: without them a picture cannot be compared."""
    faces = [face.face_id for face in stores.faces.unanswered]
    await stores.faces.drop(faces)
    for face_id in faces:
        await stores.photos.forget_stranger(face_id)


def _traces(storage: Path, photos: Path, person_id: str) -> list[str]:
    """Searches the files' bytes, whatever they mean."""
    stored = json.dumps(person_id).encode()
    files = [*sorted(storage.glob(f"{DOMAIN}.*")), *unfinished(storage)]
    found = [path.name for path in files if stored in _read(path)]
    return [*found, *(f"{folder.parent.name}/{person_id}" for folder in photos.glob(f"*/{person_id}"))]


def _read(path: Path) -> bytes:
    """Nothing of a file that is gone: Home Assistant renames what it has written."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _raise_if_left(left: list[str]) -> None:
    if left:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="not_forgotten",
            translation_placeholders={"left": ", ".join(left)},
        )


async def _beyond_reach(home: Home, erased: JsonObjectType, entities: list[str]) -> Forgotten:
    """What Home Assistant itself may have, for how long, and what to do about it."""
    hass = home.hass
    backups = await _backups(hass)
    recorded, days = _history(hass)
    words = [say_count(hass, "forgotten_backups", len(backups))] if backups else []
    if recorded:
        words.append(say_count(hass, "forgotten_history", days) if days else say(hass, "forgotten_history_kept"))
    words.append(say(hass, "forgotten_ids"))
    if kept := retention_days(home.entry):
        words.append(say_count(hass, "forgotten_strangers", kept))
    return Forgotten(erased, backups, recorded, days, entities if recorded else [], words)


def _history(hass: HomeAssistant) -> tuple[bool, int | None]:
    """Whether history is recorded, and for how many days; None if forever."""
    if RECORDER_DOMAIN not in hass.config.components:
        return False, None
    from homeassistant.components.recorder import get_instance  # noqa: PLC0415  only where it is set up

    recorder = get_instance(hass)
    return True, recorder.keep_days if recorder.auto_purge else None


async def _backups(hass: HomeAssistant) -> list[dict[str, str]]:
    """Backups of Home Assistant's settings or history, which may contain what was just erased."""
    if BACKUP_DOMAIN not in hass.config.components:
        return []
    from homeassistant.components.backup import async_get_manager  # noqa: PLC0415  only where it is set up

    backups, _ = await async_get_manager(hass).async_get_backups()
    found = [backup for backup in backups.values() if backup.homeassistant_included or backup.database_included]
    return [{"name": backup.name, "date": backup.date} for backup in sorted(found, key=lambda backup: backup.date)]
