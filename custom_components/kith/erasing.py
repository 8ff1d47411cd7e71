"""Erases a person wherever Kith has something of them, and reads back that it is gone."""

import json
from pathlib import Path

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.json import JsonObjectType

from .const import CONF_ALLOWED, CONF_PERSON_ID, DOMAIN, SUBENTRY_CAMERA
from .home import Home, subentries
from .identity.served import Served
from .inbox import erase_like


async def kept_of(home: Home, person: ConfigSubentry) -> JsonObjectType:
    """How much of what there is of this person."""
    person_id, gallery = person.data[CONF_PERSON_ID], home.gallery.gallery
    return {
        "templates": len(gallery.templates.get(person_id, ())),
        "not_this_person": len(gallery.negatives.get(person_id, ())),
        "photos": len((await home.photos.people()).get(person_id, ())),
        "last_sighting": person_id in home.household.presence.last,
        "visits_counted": home.served.tallies.get(person_id, Served()).visits,
        "visits_logged": home.visits.count(person_id),
        "faces_at_services": {**home.opinions.faces_at(person_id)},
        "allowed_at": [camera.title for camera in _allowing(home, person_id)],
        "entities": len(entities_of(home, person)),
    }


async def erase(home: Home, person_id: str) -> None:
    """All but the person's place in Kith's list. Raises GalleryNotSaved; then nothing is changed.

    A service that does not answer is told by `left_of`; it is tried again until there is nothing left.

    Faces that nobody has named yet go too, if they are likelier this person's than anybody else's.
    """
    await erase_like(home, person_id)
    await home.change(lambda gallery: gallery.without(person_id))
    await home.gallery.remove_damaged()
    await home.photos.forget(person_id)
    home.household.forget(person_id)
    await home.presence.save(home.household.presence)
    await home.served.forget(person_id)
    await home.visits.forget(person_id)
    await home.faces.forget(person_id)
    await home.opinions.forget(person_id)  # last: from now on nobody can be asked about them
    for camera in home.cameras.values():
        camera.forget_picture()
    for subentry in _allowing(home, person_id):
        _allow_no_more(home, subentry, person_id)


async def left_of(home: Home, person_id: str) -> list[str]:
    """On the disk and at services, where something of this person still is; nowhere, if all went well."""
    photos = Path(home.hass.config.path(DOMAIN, "photos", "people", person_id))
    storage = Path(home.hass.config.path(STORAGE_DIR))
    found = await home.hass.async_add_executor_job(_traces, storage, photos, person_id)
    return [*home.opinions.left_at(person_id), *found]


@callback
def entities_of(home: Home, person: ConfigSubentry) -> list[str]:
    entities = er.async_entries_for_config_entry(er.async_get(home.hass), home.entry.entry_id)
    return [entity.entity_id for entity in entities if entity.config_subentry_id == person.subentry_id]


def _traces(storage: Path, photos: Path, person_id: str) -> list[str]:
    """The files as they lie there, not as they are understood."""
    stored = json.dumps(person_id).encode()
    found = [path.name for path in sorted(storage.glob(f"{DOMAIN}.*")) if stored in path.read_bytes()]
    return [*found, photos.name] if photos.exists() else found


@callback
def _allowing(home: Home, person_id: str) -> list[ConfigSubentry]:
    cameras = subentries(home.entry, SUBENTRY_CAMERA)
    return [camera for camera in cameras if person_id in camera.data.get(CONF_ALLOWED, ())]


@callback
def _allow_no_more(home: Home, camera: ConfigSubentry, person_id: str) -> None:
    """The last one's id stays in the list, and stands for nobody: with an empty list everybody would be allowed."""
    others = [who for who in camera.data[CONF_ALLOWED] if who != person_id]
    if others:
        data = {**camera.data, CONF_ALLOWED: others}
        home.hass.config_entries.async_update_subentry(home.entry, camera, data=data)
