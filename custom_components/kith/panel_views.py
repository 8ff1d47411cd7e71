"""The page's ways over HTTP: photos in, and a camera's picture out while somebody watches it."""

from http import HTTPStatus

from aiohttp import hdrs, web
from homeassistant.components.http import KEY_HASS
from homeassistant.components.http.decorators import require_admin
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .enrolment import enrol, portray
from .errors import details
from .home import Home, loaded_entry, name_of
from .identity.enrolment import Refusal
from .identity.gallery import Source, Template
from .kith_engine.errors import EngineError, KithError
from .kith_engine.wire import LARGEST_PICTURE
from .sentences import judge_quality, say, say_error
from .settings import Agreement

PICTURES = "/api/kith/pictures"
UPLOADS = "/api/kith/photos"
WATCHED: HassKey[list[str]] = HassKey(f"{DOMAIN}_watched")
"""The cameras that are watched now, once for each who does."""


@callback
def register_panel_views(hass: HomeAssistant) -> None:
    hass.http.register_view(PictureView)
    hass.http.register_view(UploadView)


class PictureView(HomeAssistantView):
    """A camera's newest picture. stamp: keeps a browser from showing an older one."""

    url = f"{PICTURES}/{{camera_id}}/{{stamp}}"
    name = "api:kith:pictures"

    @require_admin
    async def get(self, request: web.Request, camera_id: str, stamp: str) -> web.Response:
        hass = request.app[KEY_HASS]
        entry = loaded_entry(hass)
        camera = entry.runtime_data.cameras.get(camera_id) if entry else None
        if camera is None or not camera.picture or camera_id not in hass.data.get(WATCHED, ()):
            raise web.HTTPNotFound
        kind = "image/png" if camera.picture.startswith(b"\x89PNG") else "image/jpeg"
        return web.Response(body=camera.picture, content_type=kind, headers={hdrs.CACHE_CONTROL: "private, no-store"})


class UploadView(HomeAssistantView):
    """One photo to enrol a person by; the body is the picture."""

    url = UPLOADS
    name = "api:kith:photos"
    max_body_size = LARGEST_PICTURE

    @require_admin
    async def post(self, request: web.Request) -> web.Response:
        hass = request.app[KEY_HASS]
        if (entry := loaded_entry(hass)) is None:
            return _refused(hass, HTTPStatus.SERVICE_UNAVAILABLE, "not_loaded")
        home, person_id = entry.runtime_data, request.query.get("person_id", "")
        person = home.person(person_id)
        if person is None:
            return _refused(hass, HTTPStatus.NOT_FOUND, "person_unknown")
        if not person.consent.to & {Agreement.RECOGNIZE, Agreement.NEVER}:
            return _refused(hass, HTTPStatus.UNPROCESSABLE_ENTITY, "not_agreed", person=person.name)
        try:
            found = await _take(home, person_id, await request.read())
        except (web.HTTPRequestEntityTooLarge, KithError) as error:
            return _failed(hass, error)
        if isinstance(found, Refusal):
            return _refused(hass, HTTPStatus.UNPROCESSABLE_ENTITY, found.code, **_placeholders(home, found))
        return web.json_response({"template_id": found.template_id, "words": _words(hass, found)})


@callback
def _failed(hass: HomeAssistant, error: web.HTTPRequestEntityTooLarge | KithError) -> web.Response:
    if not isinstance(error, KithError):
        return _refused(hass, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "picture_too_large")
    away = isinstance(error, EngineError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.INTERNAL_SERVER_ERROR
    return _refused(hass, status, error.code, details=details(error))


async def _take(home: Home, person_id: str, picture: bytes) -> Template | Refusal:
    """Enrol it, if it adds something and looks like nobody else. Raises KithError."""
    person = home.person(person_id)
    keep_photo = person is not None and Agreement.PHOTOS in person.consent.to
    taken = home.gallery.gallery.templates.get(person_id, ())
    found = await portray(home.engine, picture, Source.PHOTO, taken, keep_photo=keep_photo)
    if isinstance(found, Refusal):
        return found
    if other := await home.hass.async_add_executor_job(home.looks_more_like, found.template, person_id):
        return Refusal("photo_like_other", round(found.template.width), other)
    await enrol(home, person_id, [found])
    return found.template


def _placeholders(home: Home, refusal: Refusal) -> dict[str, str]:
    facts = home.engine.facts
    return {
        "width": str(refusal.width or 0),
        "smallest": str(facts.smallest_face) if facts else "?",
        "other": name_of(home.entry, refusal.like) or "",
    }


@callback
def _words(hass: HomeAssistant, template: Template) -> str:
    return say(
        hass,
        "photo_words",
        when=dt_util.as_local(template.added).strftime("%Y-%m-%d"),
        source=say(hass, f"source_{template.source}"),
        width=round(template.width),
        quality=judge_quality(hass, template.quality),
    )


@callback
def _refused(hass: HomeAssistant, status: HTTPStatus, code: str, **placeholders: str) -> web.Response:
    """A refusal of a photo is an answer that a person reads."""
    message = say_error(hass, code, placeholders)
    return web.json_response({"code": code, "message": message}, status=status)
