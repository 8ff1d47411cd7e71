"""Why a camera cannot be looked at, in Home Assistant's form."""

from homeassistant.helpers.update_coordinator import UpdateFailed

from ..const import DOMAIN
from ..errors import translated
from ..kith_engine.errors import KithError


def camera_failure(key: str, camera: str, **details: str) -> UpdateFailed:
    """key: of a text that names the camera."""
    return UpdateFailed(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders={"camera": camera, **details}
    )


def as_failure(error: Exception, camera: str) -> UpdateFailed:
    """Any error of a look at this camera."""
    match error:
        case UpdateFailed():
            return error
        case KithError():
            return translated(error, UpdateFailed)
    return camera_failure("look_failed", camera, details=str(error) or type(error).__name__)
