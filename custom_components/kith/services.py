"""Kith's actions."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN, async_get_image
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.helpers.translation import async_get_exception_message
from homeassistant.util.json import JsonValueType
import voluptuous as vol

from .const import CONF_CAMERA, CONF_PERSON, CONF_PERSON_ID, DOMAIN, SUBENTRY_PERSON
from .enrolment import examine, read_file, read_upload
from .errors import translated
from .findings import describe_check
from .home import Home, KithConfigEntry, name_of, subentries
from .identity.check import check
from .identity.enrolment import Refusal
from .identity.gallery import Source, Template
from .kith_engine.errors import KithError
from .shots import CAMERA_TIMEOUT

SERVICE_ENROLL = "enroll"
SERVICE_MARK_FACE = "mark_face"
SERVICE_CHECK_GALLERY = "check_gallery"
ATTR_NOT_PERSON = "not_person"
ATTR_FILE = "file"
ATTR_UPLOAD = "upload"
SOURCES = (CONF_CAMERA, ATTR_FILE, ATTR_UPLOAD)

PICTURE = {
    vol.Exclusive(CONF_CAMERA, "picture"): cv.entity_domain(CAMERA_DOMAIN),
    vol.Exclusive(ATTR_FILE, "picture"): cv.string,
    vol.Exclusive(ATTR_UPLOAD, "picture"): cv.string,
}
PRESENCE_ENTITY = cv.entity_domain(BINARY_SENSOR_DOMAIN)
ENROLL_SCHEMA = vol.All(
    vol.Schema({vol.Required(CONF_PERSON): PRESENCE_ENTITY, **PICTURE}), cv.has_at_least_one_key(*SOURCES)
)
MARK_FACE_SCHEMA = vol.All(
    vol.Schema({vol.Optional(ATTR_NOT_PERSON): PRESENCE_ENTITY, **PICTURE}), cv.has_at_least_one_key(*SOURCES)
)


@callback
def register_services(hass: HomeAssistant) -> None:
    def register(
        name: str,
        action: Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]],
        schema: vol.Schema,
        answers: SupportsResponse,
    ) -> None:
        async_register_admin_service(hass, DOMAIN, name, action, schema, supports_response=answers)

    register(SERVICE_ENROLL, _enroll, ENROLL_SCHEMA, SupportsResponse.OPTIONAL)
    register(SERVICE_MARK_FACE, _mark_face, MARK_FACE_SCHEMA, SupportsResponse.OPTIONAL)
    register(SERVICE_CHECK_GALLERY, _check_gallery, vol.Schema({}), SupportsResponse.ONLY)


async def _enroll(call: ServiceCall) -> ServiceResponse:
    """Make a picture one of a person's templates; a refused one is an answer with the reason, not an error."""
    entry = _loaded_entry(call.hass)
    home = entry.runtime_data
    person_id, name = _person(call.hass, entry, call.data[CONF_PERSON])
    taken = home.gallery.gallery.templates.get(person_id, ())
    try:
        found = await _examine(call, home, taken)
        if not isinstance(found, Refusal):
            other = home.looks_more_like(found, person_id)
            await home.enrol(person_id, [found])
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    if isinstance(found, Refusal):
        return {"person": name, **_refused(home, found)}
    return {
        "accepted": True,
        "person": name,
        "face_width": round(found.width),
        "templates": len(home.gallery.gallery.templates[person_id]),
        "looks_more_like": name_of(entry, other),
    }


async def _mark_face(call: ServiceCall) -> ServiceResponse:
    """Keep a face as "not this person", or as nobody of the household whom the owner knows (the postman)."""
    entry = _loaded_entry(call.hass)
    home = entry.runtime_data
    against = _person(call.hass, entry, call.data[ATTR_NOT_PERSON]) if ATTR_NOT_PERSON in call.data else None
    try:
        found = await _examine(call, home)
        if not isinstance(found, Refusal):
            await home.change(
                lambda gallery: gallery.with_negative(against[0], found) if against else gallery.with_stranger(found)
            )
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    if isinstance(found, Refusal):
        return _refused(home, found)
    return {"accepted": True, ATTR_NOT_PERSON: against[1] if against else None, "face_width": round(found.width)}


async def _check_gallery(call: ServiceCall) -> ServiceResponse:
    """How well this home can be told apart, and what to do about it."""
    entry = _loaded_entry(call.hass)
    home = entry.runtime_data
    if (facts := home.engine.facts) is None:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="engine_away")
    found = await call.hass.async_add_executor_job(check, home.gallery.gallery, facts.embedding, facts.calibration)
    return describe_check(found, entry)


async def _examine(call: ServiceCall, home: Home, taken: Sequence[Template] = ()) -> Template | Refusal:
    picture = await _picture(call)
    if isinstance(picture, Refusal):
        return picture
    source = Source.CAMERA if CONF_CAMERA in call.data else Source.PHOTO
    return await examine(home.engine, picture, source, taken)


@callback
def _refused(home: Home, refusal: Refusal) -> dict[str, JsonValueType]:
    facts = home.engine.facts
    placeholders = {"width": str(refusal.width), "smallest": str(facts.smallest_face) if facts else "?"}
    message = async_get_exception_message(DOMAIN, refusal.code, placeholders)
    return {"accepted": False, "reason": refusal.code, "message": message}


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
