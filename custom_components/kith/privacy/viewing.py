"""Who may see whom: a user sees what Home Assistant lets them see of Kith's entities."""

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..runtime import Home
from ..settings import CameraSettings


@callback
def presence_entity(home: Home, person_id: str) -> str | None:
    """The entity that shows whether the person is here."""
    return er.async_get(home.hass).async_get_entity_id(BINARY_SENSOR_DOMAIN, DOMAIN, f"{person_id}_presence")


async def users_to_trust(hass: HomeAssistant) -> list[User]:
    """Those whom the owner may let answer questions: administrators may anyway."""
    users = await hass.auth.async_get_users()
    return [user for user in users if user.is_active and not user.is_admin and not user.system_generated]


@callback
def may_see_person(home: Home, user: User, person_id: str) -> bool:
    entity_id = presence_entity(home, person_id)
    return entity_id is not None and user.permissions.check_entity(entity_id, POLICY_READ)


@callback
def may_see_camera(home: Home, user: User, camera_id: str) -> bool:
    """camera_id: of its subentry. One that was removed may be named to everybody who may see all entities."""
    subentry = home.entry.subentries.get(camera_id)
    if subentry is None:
        return user.permissions.access_all_entities(POLICY_READ)
    return user.permissions.check_entity(CameraSettings.of(subentry).camera, POLICY_READ)
