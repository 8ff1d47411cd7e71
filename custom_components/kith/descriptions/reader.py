"""The language of whoever reads a sentence in Home Assistant's own dialogs, which do not say it."""

from homeassistant.auth.models import User
from homeassistant.components.frontend.storage import async_user_store
from homeassistant.components.http import KEY_HASS_USER
from homeassistant.components.websocket_api import current_connection
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import current_request

from .sentences import speak


async def speak_to_reader(hass: HomeAssistant) -> None:
    """Say everything in the language of the user whose request this is, in this task and in those that it starts."""
    connection, request = current_connection.get(), current_request.get()
    user = connection.user if connection is not None else request.get(KEY_HASS_USER) if request is not None else None
    await speak(hass, await language_of(hass, user) if user is not None else None)


async def language_of(hass: HomeAssistant, user: User) -> str | None:
    """What the user chose in their profile; None for the home's language."""
    chosen = (await async_user_store(hass, user.id)).data.get("language")
    language = chosen.get("language") if isinstance(chosen, dict) else None
    return language if isinstance(language, str) else None
