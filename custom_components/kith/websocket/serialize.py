"""People, cameras and pictures as every part of the page shows them."""

from datetime import timedelta

from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.json import JsonObjectType

from ..const import CONF_PERSON_ID, SUBENTRY_PERSON
from ..descriptions.sentences import say
from ..http_views import PEOPLE, STRANGERS
from ..identity.enrollment import Grade, grade_of
from ..runtime import Home
from ..subentries import name_of, subentries_of
from .command import RefusedError

SHOWN_FOR = timedelta(hours=1)
"""As long as a page may stand open before its pictures have to be asked for again."""

type Portraits = dict[str, tuple[str, ...]]
"""By person, the templates of which a photo is kept."""


@callback
def signed(hass: HomeAssistant, path: str) -> str:
    return async_sign_path(hass, path, SHOWN_FOR)


@callback
def face_picture(home: Home, face_id: str | None) -> str | None:
    return signed(home.hass, f"{STRANGERS}/{face_id}") if face_id else None


@callback
def photo(home: Home, person_id: str, template_id: str, kept: Portraits) -> str | None:
    """None where the person did not agree to it."""
    if template_id not in kept.get(person_id, ()):
        return None
    return signed(home.hass, f"{PEOPLE}/{person_id}/{template_id}")


@callback
def chip(home: Home, person_id: str, kept: Portraits) -> JsonObjectType:
    """A person with the best photo that there is."""
    templates = home.stores.gallery.gallery.templates.get(person_id, ())
    shown = [one for one in templates if one.template_id in kept.get(person_id, ())]
    best = max(shown, key=lambda one: one.quality, default=None)
    portrait = photo(home, person_id, best.template_id, kept) if best else None
    return {"person_id": person_id, "name": name_of(home.entry, person_id), "portrait": portrait}


@callback
def camera_name(home: Home, camera_id: str) -> str:
    camera = home.entry.subentries.get(camera_id)
    return camera.title if camera else say(home.hass, "camera_removed")


def quality_word(quality: float) -> str:
    grade = grade_of(quality)
    return "weak" if grade is Grade.POOR else str(grade)


@callback
def demand_person(home: Home, person_id: str) -> str:
    """Their name. Raises Refused."""
    people = subentries_of(home.entry, SUBENTRY_PERSON)
    found = next((person for person in people if person.data[CONF_PERSON_ID] == person_id), None)
    if found is None:
        raise RefusedError("person_unknown")
    return found.title
