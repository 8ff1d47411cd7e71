"""Kith over HTTP: photos and files to download, photo upload, and the picture of a camera being watched.

Only for logged-in administrators and signed paths, but for pictures of visits, and strangers' faces for whoever may
answer; no response may be cached.
"""

from datetime import timedelta
from http import HTTPStatus

from aiohttp import hdrs, web
from homeassistant.components.http import KEY_HASS, KEY_HASS_USER
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.http.decorators import require_admin
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.json import json_bytes
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, SUBENTRY_SERVICE
from .descriptions.photo import describe_photo
from .descriptions.sent_log import as_csv, as_values, entries_of
from .descriptions.sentences import say_error, say_refusal, speak
from .enrollment.acceptance import accept
from .errors import AgreementGoneError, details
from .identity.gallery import Source
from .identity.photo_policy import Refusal
from .kith_engine.errors import EngineError, KithError
from .kith_engine.wire import LARGEST_PICTURE
from .privacy.viewing import may_see_person
from .runtime import loaded_entry
from .settings import Agreement, may_answer
from .storage.photos import PhotoStore
from .subentries import subentries_of

PEOPLE = "/api/kith/photos/people"
VISITS = "/api/kith/photos/visits"
STRANGERS = "/api/kith/photos/strangers"
PICTURES = "/api/kith/pictures"
UPLOADS = "/api/kith/photos"
SENT = "/api/kith/sent"
SENT_FORMS = {"csv": "text/csv", "json": "application/json"}
SENT_LINKS_LAST = timedelta(minutes=15)
"""The text beside the links says so."""
WATCHED: HassKey[list[str]] = HassKey(f"{DOMAIN}_watched")
"""The cameras watched now, one item per viewer."""


@callback
def register_views(hass: HomeAssistant) -> None:
    for view in (PersonPhotoView, StrangerPhotoView, VisitPictureView, PictureView, UploadView, SentView):
        hass.http.register_view(view)


class PersonPhotoView(HomeAssistantView):
    """The face in an enrolled photo."""

    url = f"{PEOPLE}/{{person_id}}/{{template_id}}"
    name = "api:kith:photos:person"

    @require_admin
    async def get(self, request: web.Request, person_id: str, template_id: str) -> web.Response:
        return _jpeg_response(await _photos(request).find(person_id, template_id))


class StrangerPhotoView(HomeAssistantView):
    """The face of an unknown person, for whoever may answer who it is."""

    url = f"{STRANGERS}/{{stranger_id}}"
    name = "api:kith:photos:stranger"

    async def get(self, request: web.Request, stranger_id: str) -> web.Response:
        user, entry = request[KEY_HASS_USER], loaded_entry(request.app[KEY_HASS])
        if not user.is_admin and (entry is None or not may_answer(entry, user)):
            raise Unauthorized
        return _jpeg_response(await _photos(request).stranger(stranger_id))


class VisitPictureView(HomeAssistantView):
    """The face of somebody who agreed to that, in one visit: for everybody who may see the person."""

    url = f"{VISITS}/{{visit_id}}"
    name = "api:kith:photos:visit"

    async def get(self, request: web.Request, visit_id: str) -> web.Response:
        entry = loaded_entry(request.app[KEY_HASS])
        visit = entry.runtime_data.stores.visits.get(visit_id) if entry else None
        if entry is None or visit is None or visit.named is None:
            raise web.HTTPNotFound
        home = entry.runtime_data
        if not may_see_person(home, request[KEY_HASS_USER], visit.named) or not home.keeps_pictures(visit.named):
            raise web.HTTPNotFound
        return _jpeg_response(await home.stores.visit_pictures.find(visit.named, visit_id))


class PictureView(HomeAssistantView):
    """A camera's newest picture. stamp: keeps a browser from showing an older one."""

    url = f"{PICTURES}/{{camera_id}}/{{stamp}}"
    name = "api:kith:pictures"

    @require_admin
    async def get(self, request: web.Request, camera_id: str, stamp: str) -> web.Response:
        hass = request.app[KEY_HASS]
        entry = loaded_entry(hass)
        camera = entry.runtime_data.cameras.get(camera_id) if entry else None
        if camera is None or not camera.last.picture or camera_id not in hass.data.get(WATCHED, ()):
            raise web.HTTPNotFound
        kind = "image/png" if camera.last.picture.startswith(b"\x89PNG") else "image/jpeg"
        return web.Response(
            body=camera.last.picture, content_type=kind, headers={hdrs.CACHE_CONTROL: "private, no-store"}
        )


class UploadView(HomeAssistantView):
    """Enrolls a person by one photo, the request's body. sure: even if it looks more like somebody else."""

    url = UPLOADS
    name = "api:kith:photos"
    max_body_size = LARGEST_PICTURE

    @require_admin
    async def post(self, request: web.Request) -> web.Response:
        hass = request.app[KEY_HASS]
        await speak(hass, request.query.get("language"))
        if (entry := loaded_entry(hass)) is None:
            return _refused(hass, HTTPStatus.SERVICE_UNAVAILABLE, "not_loaded")
        home, person_id = entry.runtime_data, request.query.get("person_id", "")
        person = home.person(person_id)
        if person is None:
            return _refused(hass, HTTPStatus.NOT_FOUND, "person_unknown")
        if not person.consent.to & {Agreement.RECOGNIZE, Agreement.NEVER}:
            return _refused(hass, HTTPStatus.UNPROCESSABLE_ENTITY, "not_agreed", person=person.name)
        try:
            picture, sure = await request.read(), request.query.get("sure") == "true"
            result = await accept(home, person_id, picture, Source.PHOTO, allow_lookalike=sure)
        except (web.HTTPRequestEntityTooLarge, KithError) as error:
            return _failed(hass, error)
        if isinstance(result, Refusal):
            answer = {"code": result.code, "message": say_refusal(entry, result)}
            return web.json_response(answer, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        template = result.template
        return web.json_response({"template_id": template.template_id, "words": describe_photo(hass, template)})


class SentView(HomeAssistantView):
    """What was sent to one service."""

    url = f"{SENT}/{{service_id}}/{{form}}"
    name = "api:kith:sent"

    @require_admin
    async def get(self, request: web.Request, service_id: str, form: str) -> web.Response:
        entry = loaded_entry(request.app[KEY_HASS])
        services = subentries_of(entry, SUBENTRY_SERVICE) if entry else []
        if entry is None or service_id not in {item.subentry_id for item in services} or form not in SENT_FORMS:
            raise web.HTTPNotFound
        rows = [as_values(entry, item) for item in entries_of(entry, service_id)]
        name = f"kith-sent-{dt_util.now():%Y-%m-%d}.{form}"
        return web.Response(
            body=json_bytes(rows) if form == "json" else as_csv(rows).encode(),
            content_type=SENT_FORMS[form],
            charset="utf-8",
            headers={
                hdrs.CACHE_CONTROL: "no-store",
                hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            },
        )


@callback
def sent_links(hass: HomeAssistant, service_id: str) -> str:
    """Signed links to the files; as HTML, since only then can a link in a dialog open outside the page."""
    signed = {form: async_sign_path(hass, f"{SENT}/{service_id}/{form}", SENT_LINKS_LAST) for form in SENT_FORMS}
    return ", ".join(f'<a href="{path}" target="_blank">{form.upper()}</a>' for form, path in signed.items())


def _photos(request: web.Request) -> PhotoStore:
    if (entry := loaded_entry(request.app[KEY_HASS])) is None:
        raise web.HTTPNotFound
    return entry.runtime_data.stores.photos


def _jpeg_response(jpeg: bytes | None) -> web.Response:
    if jpeg is None:
        raise web.HTTPNotFound
    return web.Response(body=jpeg, content_type="image/jpeg", headers={hdrs.CACHE_CONTROL: "no-store"})


@callback
def _failed(hass: HomeAssistant, error: web.HTTPRequestEntityTooLarge | KithError) -> web.Response:
    if not isinstance(error, KithError):
        return _refused(hass, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "picture_too_large")
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, EngineError):
        status = HTTPStatus.SERVICE_UNAVAILABLE
    elif isinstance(error, AgreementGoneError):
        status = HTTPStatus.CONFLICT
    return _refused(hass, status, error.code, details=details(error))


@callback
def _refused(hass: HomeAssistant, status: HTTPStatus, code: str, **placeholders: str) -> web.Response:
    """An error response with a message that a person can read."""
    message = say_error(hass, code, placeholders)
    return web.json_response({"code": code, "message": message}, status=status)
