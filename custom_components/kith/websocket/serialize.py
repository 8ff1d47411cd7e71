"""People, cameras, and pictures as the panel's parts show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.websocket_api import current_connection
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.json import JsonObjectType

from ..descriptions.sentences import say
from ..http_views import PEOPLE, STRANGERS, VISITS
from ..identity.gallery_check import check
from ..identity.photo_policy import Grade, grade_of
from ..identity.visit_record import VisitRecord
from ..runtime import Home
from ..subentries import name_of, person_subentry
from .command import RefusedError

PAGE_OPEN_FOR = timedelta(hours=1)
"""How long the page's pictures work before the page must ask for them again."""


@dataclass(frozen=True, slots=True)
class Portraits:
    """kept: by person, the ids of the templates whose photo is kept. odd: those that look like somebody else."""

    kept: Mapping[str, tuple[str, ...]]
    odd: frozenset[str] = frozenset()


async def portraits_of(home: Home) -> Portraits:
    """The photos that can be shown, and which of them are no portrait of their person."""
    kept, facts = await home.stores.photos.people(), home.engine.facts
    if facts is None:
        return Portraits(kept)
    found = await home.hass.async_add_executor_job(
        check, home.stores.gallery.gallery, facts.embedding, facts.calibration
    )
    return Portraits(kept, frozenset(odd.template_id for odd in found.odd))


@callback
def signed(hass: HomeAssistant, path: str) -> str:
    return async_sign_path(hass, path, PAGE_OPEN_FOR)


@callback
def face_picture(home: Home, face_id: str | None) -> str | None:
    return signed(home.hass, f"{STRANGERS}/{face_id}") if face_id else None


@dataclass(frozen=True, slots=True)
class Pictures:
    """faces: ids of kept faces without a name. visits: those with a picture, by person."""

    faces: frozenset[str]
    visits: Mapping[str, tuple[str, ...]]

    @callback
    def of(self, home: Home, entry: VisitRecord) -> str | None:
        """The picture of a visit, as far as it is kept."""
        if entry.face_id in self.faces:
            return face_picture(home, entry.face_id)
        who = entry.named
        if who is not None and entry.visit_id in self.visits.get(who, ()) and home.keeps_pictures(who):
            return signed(home.hass, f"{VISITS}/{entry.visit_id}")
        return None


async def pictures_of(home: Home) -> Pictures:
    faces = frozenset(stranger.stranger_id for stranger in await home.stores.photos.strangers())
    return Pictures(faces, await home.stores.visit_pictures.people())


@callback
def photo(home: Home, person_id: str, template_id: str, kept: Portraits) -> str | None:
    """None if the person did not agree to keeping it, or the reader is no administrator, to whom they did."""
    reader = current_connection.get()
    if template_id not in kept.kept.get(person_id, ()) or (reader is not None and not reader.user.is_admin):
        return None
    return signed(home.hass, f"{PEOPLE}/{person_id}/{template_id}")


@callback
def chip(home: Home, person_id: str, kept: Portraits) -> JsonObjectType:
    """A person with their best photo, one that their other photos confirm."""
    templates = home.stores.gallery.gallery.templates.get(person_id, ())
    shown = [one for one in templates if one.template_id in kept.kept.get(person_id, ())]
    best = max(shown, key=lambda one: (one.template_id not in kept.odd, one.quality), default=None)
    portrait = photo(home, person_id, best.template_id, kept) if best else None
    return {"person_id": person_id, "name": name_of(home.entry, person_id), "portrait": portrait}


@callback
def camera_name(home: Home, camera_id: str) -> str:
    camera = home.entry.subentries.get(camera_id)
    return camera.title if camera else say(home.hass, "camera_removed")


@callback
def whose(home: Home, named: str | None, followed: str | None) -> JsonObjectType:
    """Whom a visit was of. by: their face, or only the appearance that they had where it was seen."""
    person_id = named or followed
    by = "face" if named else "appearance" if followed else None
    return {"person_id": person_id, "name": name_of(home.entry, person_id), "by": by}


def quality_word(quality: float) -> str:
    grade = grade_of(quality)
    return "weak" if grade is Grade.POOR else str(grade)


@callback
def demand_person(home: Home, person_id: str) -> ConfigSubentry:
    """Raises RefusedError for somebody who was removed."""
    if (found := person_subentry(home.entry, person_id)) is None:
        raise RefusedError("person_unknown")
    return found
