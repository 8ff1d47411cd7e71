"""Actions that add, list, and remove templates."""

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import CONF_CAMERA, CONF_PERSON, CONF_PERSON_ID, DOMAIN, SUBENTRY_PERSON
from ..descriptions.sentences import judge_quality
from ..enrollment.acceptance import accept
from ..enrollment.portrait import Portrait, portray
from ..errors import translated
from ..identity.gallery import Source, Template
from ..identity.gallery_check import check
from ..identity.photo_policy import Refusal
from ..kith_engine.errors import KithError
from ..review.marks import contradicted
from ..settings import Agreement, PersonSettings
from ..subentries import name_of, subentries_of
from .call import ONE_PICTURE, PICTURE, person_of, picture_of, refused, running_entry

ATTR_ALLOW_LOOKALIKE = "allow_lookalike"
ATTR_NOT_PERSON = "not_person"
ATTR_SURE = "sure"
ATTR_TEMPLATE = "template"
ENROLL_SCHEMA = vol.All(
    vol.Schema(
        {vol.Required(CONF_PERSON): cv.string, vol.Optional(ATTR_ALLOW_LOOKALIKE, default=False): bool, **PICTURE}
    ),
    ONE_PICTURE,
)
MARK_FACE_SCHEMA = vol.All(
    vol.Schema({vol.Optional(ATTR_NOT_PERSON): cv.string, vol.Optional(ATTR_SURE, default=False): bool, **PICTURE}),
    ONE_PICTURE,
)
LIST_SCHEMA = vol.Schema({vol.Optional(CONF_PERSON): cv.string})
REMOVE_SCHEMA = vol.Schema({vol.Required(ATTR_TEMPLATE): vol.All(cv.ensure_list, [cv.string])})


async def enroll(call: ServiceCall) -> ServiceResponse:
    """Make a picture one of a person's templates. If it is refused, the response says why; that is not an error."""
    entry = running_entry(call.hass)
    home = entry.runtime_data
    person = person_of(call.hass, entry, call.data[CONF_PERSON])
    _demand_consent(person)
    person_id = person.data[CONF_PERSON_ID]
    try:
        picture = await picture_of(call)
        found: Portrait | Refusal = (
            picture
            if isinstance(picture, Refusal)
            else await accept(home, person_id, picture, _source(call), allow_lookalike=call.data[ATTR_ALLOW_LOOKALIKE])
        )
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    if isinstance(found, Refusal):
        return {"person": person.title, **refused(entry, found), "looks_more_like": name_of(entry, found.like)}
    template = found.template
    return {
        "accepted": True,
        "person": person.title,
        "template": template.template_id,
        "face_width": round(template.width),
        "templates": len(home.stores.gallery.gallery.templates[person_id]),
        "looks_more_like": name_of(entry, found.like),
    }


def _demand_consent(person: ConfigSubentry) -> None:
    """People who must never be recognized can be enrolled, too: Kith needs a template to drop their pictures."""
    if not PersonSettings.of(person).consent.to & {Agreement.RECOGNIZE, Agreement.NEVER}:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_agreed",
            translation_placeholders={"person": person.title},
        )


async def mark_face(call: ServiceCall) -> ServiceResponse:
    """Keep a face as "not this person", or as a stranger whom the owner knows (the mail carrier).

    A face that looks very much like the person, or like anybody at home, is refused unless the caller is sure.
    """
    entry = running_entry(call.hass)
    home = entry.runtime_data
    against = person_of(call.hass, entry, call.data[ATTR_NOT_PERSON]) if ATTR_NOT_PERSON in call.data else None
    try:
        picture = await picture_of(call)
        portrait = picture if isinstance(picture, Refusal) else await portray(home.engine, picture, _source(call))
        if isinstance(portrait, Refusal):
            return refused(entry, portrait)
        found, person_id = portrait.template, against.data[CONF_PERSON_ID] if against is not None else None
        like = None if call.data[ATTR_SURE] else await contradicted(home, found, person_id)
        if like is not None:
            return {**refused(entry, Refusal("mark_contradicts", like=like)), "looks_like": name_of(entry, like)}
        if person_id is not None:
            await home.change(lambda gallery: gallery.with_negative(person_id, found), person_id)
        else:
            await home.change(lambda gallery: gallery.with_stranger(found))
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    return {
        "accepted": True,
        ATTR_NOT_PERSON: against.title if against else None,
        "template": found.template_id,
        "face_width": round(found.width),
    }


async def list_templates(call: ServiceCall) -> ServiceResponse:
    """What is stored about each person, without vectors and pictures."""
    entry = running_entry(call.hass)
    home = entry.runtime_data
    chosen = [person_of(call.hass, entry, call.data[CONF_PERSON])] if CONF_PERSON in call.data else None
    gallery, facts = home.stores.gallery.gallery, home.engine.facts
    odd: dict[str, str | None] = {}
    if facts is not None:
        found = await call.hass.async_add_executor_job(check, gallery, facts.embedding, facts.calibration)
        odd = {photo.template_id: name_of(entry, photo.likest) for photo in found.odd}
    photos = await home.stores.photos.people()
    model = facts.embedding if facts else None

    def describe(template: Template) -> JsonObjectType:
        return {
            "id": template.template_id,
            "added": template.added.isoformat(),
            "source": str(template.source),
            "face_width": round(template.width),
            "quality": round(template.quality, 2),
            "judgement": judge_quality(call.hass, template.quality),
            "odd": template.template_id in odd,
            "more_like": odd.get(template.template_id),
            "compared": template.embedding == model,
        }

    people: list[JsonObjectType] = []
    for person in chosen or subentries_of(entry, SUBENTRY_PERSON):
        person_id = person.data[CONF_PERSON_ID]
        people.append(
            {
                "person": person.title,
                "templates": [describe(template) for template in gallery.templates.get(person_id, ())],
                "not_this_person": [describe(template) for template in gallery.negatives.get(person_id, ())],
                "photos_kept": len(photos.get(person_id, ())),
            }
        )
    return {
        "people": list(people),
        "strangers": [] if chosen else [describe(template) for template in gallery.strangers],
    }


async def remove_template(call: ServiceCall) -> ServiceResponse:
    """Remove an enrolled photo or a marked face, by the id from `list_templates`."""
    home = running_entry(call.hass).runtime_data
    wanted = set(call.data[ATTR_TEMPLATE])
    if missing := wanted - home.stores.gallery.gallery.template_ids:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_such_template",
            translation_placeholders={"template": ", ".join(sorted(missing))},
        )
    try:
        await home.change(lambda gallery: gallery.without_templates(wanted))
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    return {"removed": len(wanted)}


def _source(call: ServiceCall) -> Source:
    return Source.CAMERA if CONF_CAMERA in call.data else Source.PHOTO
