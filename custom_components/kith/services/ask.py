"""The action that asks on phones who somebody is."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.util import slugify
import voluptuous as vol

from ..const import DOMAIN
from ..phones.questions import QUESTIONS, Phone
from ..review.inbox import group_of
from ..runtime import KithConfigEntry
from ..settings import may_answer
from .call import running_entry

MOBILE_APP = "mobile_app"
"""Not imported: where nobody has the app, neither has Home Assistant what it needs."""
ATTR_VISIT = "visit"
ATTR_TITLE = "title"
ASK_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_VISIT): vol.All(cv.string, vol.Length(1, 64)),
        vol.Required(ATTR_DEVICE_ID): vol.All(cv.ensure_list, [cv.string], vol.Length(1, 16)),
        vol.Optional(ATTR_TITLE): cv.string,
    }
)


async def ask(call: ServiceCall) -> ServiceResponse:
    """Send the question about this visit, or about one of its faces, to these phones. Returns those that got it."""
    entry, hass = running_entry(call.hass), call.hass
    phones = [await _phone(hass, entry, device_id) for device_id in call.data[ATTR_DEVICE_ID]]
    group = await group_of(entry.runtime_data, call.data[ATTR_VISIT])
    if group is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="question_not_kept")
    asked = await hass.data[QUESTIONS].ask(group, phones, call.data.get(ATTR_TITLE))
    if not asked:
        names = ", ".join(phone.service for phone in phones)
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="no_phone_reached", translation_placeholders={"phones": names}
        )
    return {"question": group.group_id, "asked": [phone.service for phone in asked]}


async def _phone(hass: HomeAssistant, entry: KithConfigEntry, device_id: str) -> Phone:
    """Raises ServiceValidationError if there is no such phone, or whoever has it may not answer."""
    for app in _apps_of(hass, device_id):
        service = slugify(f"{MOBILE_APP}_{app.data.get('device_name', app.title)}")
        if hass.services.has_service("notify", service):
            user = await hass.auth.async_get_user(app.data.get("user_id", ""))
            if user is None or not may_answer(entry, user):
                raise _refused("phone_not_allowed", app.title)
            return Phone(service, user)
    raise _refused("no_such_phone", device_id)


def _apps_of(hass: HomeAssistant, device_id: str) -> list[ConfigEntry[Any]]:
    device = dr.async_get(hass).async_get(device_id)
    found = (hass.config_entries.async_get_entry(entry_id) for entry_id in device.config_entries) if device else ()
    return [app for app in found if app is not None and app.domain == MOBILE_APP]


def _refused(code: str, phone: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=code, translation_placeholders={"phone": phone}
    )
