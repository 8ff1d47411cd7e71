"""Reads an action's data: the entry, a person, a picture."""

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.image import DOMAIN as IMAGE_DOMAIN
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..cameras.coordinator import CameraCoordinator
from ..cameras.snapshot import Snapshots
from ..const import CONF_CAMERA, DOMAIN, SUBENTRY_PERSON
from ..descriptions.sentences import say_refusal
from ..enrollment.portrait import read_file, read_upload
from ..identity.photo_policy import Refusal
from ..kith_engine.analysis import EngineFacts
from ..runtime import Home, KithConfigEntry, loaded_entry
from ..subentries import subentries_of

ATTR_FILE = "file"
ATTR_UPLOAD = "upload"
SOURCES = (CONF_CAMERA, ATTR_FILE, ATTR_UPLOAD)
PICTURE = {
    vol.Exclusive(CONF_CAMERA, "picture"): cv.entity_domain([CAMERA_DOMAIN, IMAGE_DOMAIN]),
    vol.Exclusive(ATTR_FILE, "picture"): cv.string,
    vol.Exclusive(ATTR_UPLOAD, "picture"): cv.string,
}
ONE_PICTURE = cv.has_at_least_one_key(*SOURCES)


@callback
def running_entry(hass: HomeAssistant) -> KithConfigEntry:
    """Raises ServiceValidationError while Kith is not running."""
    if (entry := loaded_entry(hass)) is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_loaded")
    return entry


@callback
def facts_of(home: Home) -> EngineFacts:
    """Raises HomeAssistantError while there is no engine."""
    if home.engine.facts is None:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="engine_away")
    return home.engine.facts


@callback
def person_of(hass: HomeAssistant, entry: KithConfigEntry, asked: str) -> ConfigSubentry:
    """Finds a person by an entity of their device or by a unique name. Raises ServiceValidationError."""
    people = subentries_of(entry, SUBENTRY_PERSON)
    entity = er.async_get(hass).async_get(asked)
    found = [person for person in people if entity is not None and entity.config_subentry_id == person.subentry_id]
    found = found or [person for person in people if person.title == asked]
    if len(found) != 1:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="several_persons" if found else "no_such_person",
            translation_placeholders={"entity": asked},
        )
    return found[0]


@callback
def camera_of(entry: KithConfigEntry, entity_id: str) -> CameraCoordinator:
    """The camera that watches this entity. Raises ServiceValidationError."""
    cameras = entry.runtime_data.cameras.values()
    found = next((camera for camera in cameras if camera.camera == entity_id), None)
    if found is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_such_camera", translation_placeholders={"camera": entity_id}
        )
    return found


async def picture_of(call: ServiceCall) -> bytes | Refusal:
    """From a camera, an allowed file, or an upload. Raises HomeAssistantError if the camera has no picture."""
    if upload := call.data.get(ATTR_UPLOAD):
        return await read_upload(call.hass, upload)
    if file := call.data.get(ATTR_FILE):
        return await read_file(call.hass, file)
    return await Snapshots(call.hass, running_entry(call.hass), call.data[CONF_CAMERA]).take_new()


@callback
def refused(entry: KithConfigEntry, refusal: Refusal) -> JsonObjectType:
    """The response for a refused picture: the reason, not an error."""
    return {"accepted": False, "reason": refusal.code, "message": say_refusal(entry, refusal)}
