"""Kith's actions."""

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN, async_get_image
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.helpers.translation import async_get_exception_message
import voluptuous as vol

from .const import CONF_CAMERA, CONF_PERSON, CONF_PERSON_ID, DOMAIN, SUBENTRY_PERSON
from .coordinator import CAMERA_TIMEOUT
from .enrolment import examine, read_file, read_upload
from .errors import translated
from .home import KithConfigEntry, subentries
from .identity.enrolment import Refusal
from .identity.gallery import Source
from .kith_engine.errors import KithError

SERVICE_ENROLL = "enroll"
ATTR_FILE = "file"
ATTR_UPLOAD = "upload"
SOURCES = (CONF_CAMERA, ATTR_FILE, ATTR_UPLOAD)

ENROLL_SCHEMA = vol.All(
    vol.Schema(
        {
            vol.Required(CONF_PERSON): cv.entity_domain(BINARY_SENSOR_DOMAIN),
            vol.Exclusive(CONF_CAMERA, "picture"): cv.entity_domain(CAMERA_DOMAIN),
            vol.Exclusive(ATTR_FILE, "picture"): cv.string,
            vol.Exclusive(ATTR_UPLOAD, "picture"): cv.string,
        }
    ),
    cv.has_at_least_one_key(*SOURCES),
)


@callback
def register_services(hass: HomeAssistant) -> None:
    async_register_admin_service(
        hass, DOMAIN, SERVICE_ENROLL, _enroll, ENROLL_SCHEMA, supports_response=SupportsResponse.OPTIONAL
    )


async def _enroll(call: ServiceCall) -> ServiceResponse:
    """Make a picture one of a person's templates; a refused one is an answer with the reason, not an error."""
    entry = _loaded_entry(call.hass)
    home = entry.runtime_data
    person_id, name = _person(call.hass, entry, call.data[CONF_PERSON])
    try:
        picture = await _picture(call)
        source = Source.CAMERA if CONF_CAMERA in call.data else Source.PHOTO
        found = picture if isinstance(picture, Refusal) else await examine(home.engine, picture, source)
        if not isinstance(found, Refusal):
            await home.enrol(person_id, [found])
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    if isinstance(found, Refusal):
        facts = home.engine.facts
        placeholders = {"width": str(found.width), "smallest": str(facts.smallest_face) if facts else "?"}
        message = async_get_exception_message(DOMAIN, found.code, placeholders)
        return {"accepted": False, "person": name, "reason": found.code, "message": message}
    return {
        "accepted": True,
        "person": name,
        "face_width": round(found.width),
        "templates": len(home.gallery.gallery.templates[person_id]),
    }


@callback
def _loaded_entry(hass: HomeAssistant) -> KithConfigEntry:
    entries: list[KithConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    for entry in entries:
        if entry.state is ConfigEntryState.LOADED:
            return entry
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_loaded")


@callback
def _person(hass: HomeAssistant, entry: KithConfigEntry, entity_id: str) -> tuple[str, str]:
    """Id and name of the person whose presence this entity is."""
    entity = er.async_get(hass).async_get(entity_id)
    for person in subentries(entry, SUBENTRY_PERSON):
        if entity is not None and entity.config_subentry_id == person.subentry_id:
            return person.data[CONF_PERSON_ID], person.title
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="no_such_person", translation_placeholders={"entity": entity_id}
    )


async def _picture(call: ServiceCall) -> bytes | Refusal:
    if upload := call.data.get(ATTR_UPLOAD):
        return await read_upload(call.hass, upload)
    if file := call.data.get(ATTR_FILE):
        return await read_file(call.hass, file)
    camera = call.data[CONF_CAMERA]
    try:
        image = await async_get_image(call.hass, camera, timeout=CAMERA_TIMEOUT)
    except Exception as error:  # a camera's own code raises what it likes
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="camera_unavailable",
            translation_placeholders={"camera": camera, "details": str(error)},
        ) from error
    return image.content
