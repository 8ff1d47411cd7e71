"""The way to kept faces over HTTP: signed paths and logged-in administrators only, and nothing of it in a cache."""

from aiohttp import hdrs, web
from homeassistant.components.http import KEY_HASS
from homeassistant.components.http.decorators import require_admin
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView

from .home import loaded_entry
from .photos import PhotoStore

PEOPLE = "/api/kith/photos/people"
STRANGERS = "/api/kith/photos/strangers"


@callback
def register_views(hass: HomeAssistant) -> None:
    hass.http.register_view(PersonPhotoView)
    hass.http.register_view(StrangerPhotoView)


class PersonPhotoView(HomeAssistantView):
    """The face of an enrolled photo."""

    url = f"{PEOPLE}/{{person_id}}/{{template_id}}"
    name = "api:kith:photos:person"

    @require_admin
    async def get(self, request: web.Request, person_id: str, template_id: str) -> web.Response:
        return _answer(await _photos(request).person(person_id, template_id))


class StrangerPhotoView(HomeAssistantView):
    """The face of somebody nobody knew."""

    url = f"{STRANGERS}/{{stranger_id}}"
    name = "api:kith:photos:stranger"

    @require_admin
    async def get(self, request: web.Request, stranger_id: str) -> web.Response:
        return _answer(await _photos(request).stranger(stranger_id))


def _photos(request: web.Request) -> PhotoStore:
    if (entry := loaded_entry(request.app[KEY_HASS])) is None:
        raise web.HTTPNotFound
    return entry.runtime_data.photos


def _answer(jpeg: bytes | None) -> web.Response:
    if jpeg is None:
        raise web.HTTPNotFound
    return web.Response(body=jpeg, content_type="image/jpeg", headers={hdrs.CACHE_CONTROL: "no-store"})
