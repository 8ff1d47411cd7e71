"""Actions that look at a picture now: who is this, and who is there?"""

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.image import DOMAIN as IMAGE_DOMAIN
from homeassistant.core import ServiceCall, ServiceResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..cameras.event_picture import is_image
from ..const import CONF_CAMERA, DOMAIN
from ..descriptions.sentences import explain, say
from ..enrollment.portrait import look_at
from ..errors import translated
from ..identity.photo_policy import Refusal
from ..identity.single_frame import Hint, SingleFrame, judge
from ..kith_engine.errors import KithError
from ..runtime import KithConfigEntry
from ..subentries import name_of
from .call import ONE_PICTURE, PICTURE, camera_of, picture_of, refused, running_entry

IDENTIFY_SCHEMA = vol.All(vol.Schema(PICTURE), ONE_PICTURE)
SCAN_SCHEMA = vol.Schema({vol.Required(CONF_CAMERA): cv.entity_domain([CAMERA_DOMAIN, IMAGE_DOMAIN])})


async def identify(call: ServiceCall) -> ServiceResponse:
    """Who is in this picture? Announces and remembers nothing."""
    entry = running_entry(call.hass)
    home = entry.runtime_data
    picture = await picture_of(call)
    try:
        seen = picture if isinstance(picture, Refusal) else await look_at(home.engine, picture)
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    if isinstance(seen, Refusal):
        return refused(entry, seen)
    analysis, facts = seen
    comparison = home.household.comparison
    if comparison is None or comparison.facts.embedding != facts.embedding:  # it changed, or went away, in the meantime
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="engine_away")
    found = judge(comparison, analysis.faces, dt_util.utcnow())
    return {"faces": [_describe(entry, single) for single in found or ()], "one_picture": True}


@callback
def _describe(entry: KithConfigEntry, single: SingleFrame) -> JsonObjectType:
    verdict = single.verdict
    share = max(0.0, verdict.evidence or 0.0) / verdict.demanded if verdict.demanded else 0.0
    return {
        "hint": str(single.hint),
        "person": name_of(entry, single.person_id),
        "evidence_percent": round(100 * share),
        "explanation": _sentence(entry, single),
        "face_width": round(single.face.quality.width),
    }


@callback
def _sentence(entry: KithConfigEntry, single: SingleFrame) -> str:
    hass = entry.runtime_data.hass
    if single.hint is Hint.LIKELY:
        return say(hass, "looks_like", name=name_of(entry, single.person_id))
    if single.hint is Hint.LIKELY_STRANGER:
        return say(hass, "looks_like_nobody")
    return explain(single.verdict, entry)


async def scan(call: ServiceCall) -> ServiceResponse:
    """Look at a camera now, even if nothing woke it. What it sees counts as in any look.

    Automations and administrators are told who is there, others only whether anybody is: they may not see everybody's
    entities.
    """
    entry = running_entry(call.hass)
    coordinator = camera_of(entry, camera := call.data[CONF_CAMERA])
    if is_image(camera):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="pictures_of_events", translation_placeholders={"camera": camera}
        )
    view = await coordinator.scan()
    if not await _is_admin(call):
        return {"detected": view.detected}
    return {
        "outcome": str(view.outcome),
        "people": [
            {
                "person": name_of(entry, verdict.person_id),
                "outcome": str(verdict.outcome),
                "explanation": explain(verdict, entry, coordinator.camera_id),
            }
            for verdict in view.verdicts
        ],
    }


async def _is_admin(call: ServiceCall) -> bool:
    """Also true without a user, as in an automation."""
    if call.context.user_id is None:
        return True
    user = await call.hass.auth.async_get_user(call.context.user_id)
    return user is not None and user.is_admin
