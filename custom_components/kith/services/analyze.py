"""The action that looks at a recording: who was there, and when?"""

from typing import Any

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.image import DOMAIN as IMAGE_DOMAIN
from homeassistant.components.media_player import ATTR_MEDIA_CONTENT_ID
from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..clips.clip_visits import look_at, remember
from ..clips.findings import describe
from ..clips.recording import RecordingSource, fetched
from ..const import CONF_CAMERA, DOMAIN
from ..errors import translated
from ..kith_engine.errors import KithError
from .call import ATTR_FILE, ATTR_UPLOAD, camera_of, running_entry

ATTR_MEDIA = "media"
ATTR_BEGIN = "begin"
ATTR_RECORD = "record"


def _media_id(chosen: Any) -> str:
    """From the media selector, or as it is."""
    return cv.string(chosen[ATTR_MEDIA_CONTENT_ID] if isinstance(chosen, dict) else chosen)


ANALYZE_SCHEMA = vol.All(
    vol.Schema(
        {
            vol.Exclusive(ATTR_FILE, "recording"): cv.string,
            vol.Exclusive(ATTR_MEDIA, "recording"): vol.All(
                vol.Any(cv.string, vol.Schema({vol.Required(ATTR_MEDIA_CONTENT_ID): str}, extra=vol.ALLOW_EXTRA)),
                _media_id,
            ),
            vol.Exclusive(ATTR_UPLOAD, "recording"): cv.string,
            vol.Optional(CONF_CAMERA): cv.entity_domain([CAMERA_DOMAIN, IMAGE_DOMAIN]),
            vol.Optional(ATTR_BEGIN): cv.datetime,
            vol.Optional(ATTR_RECORD, default=False): bool,
        }
    ),
    cv.has_at_least_one_key(ATTR_FILE, ATTR_MEDIA, ATTR_UPLOAD),
)


async def analyze(call: ServiceCall) -> ServiceResponse:
    """Look at a recording. It announces nothing; if wanted, what it shows is listed among the visits."""
    entry = running_entry(call.hass)
    home, data = entry.runtime_data, call.data
    if data[ATTR_RECORD] and CONF_CAMERA not in data:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="record_needs_camera")
    camera = camera_of(entry, data[CONF_CAMERA]).camera_id if CONF_CAMERA in data else None
    begin = dt_util.as_utc(data[ATTR_BEGIN]) if ATTR_BEGIN in data else None
    source = RecordingSource(data.get(ATTR_FILE), data.get(ATTR_MEDIA), data.get(ATTR_UPLOAD))
    try:
        async with fetched(call.hass, source) as recording:
            found = await look_at(home, recording, camera, begin)
        if data[ATTR_RECORD]:
            remember(home, found, dt_util.utcnow())
    except KithError as error:
        raise translated(error, HomeAssistantError) from error
    return {**describe(entry, found), "recorded": data[ATTR_RECORD]}
