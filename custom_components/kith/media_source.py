"""Kept faces in Home Assistant's media: people's photos, and strangers with the days that they are kept.

For administrators. AI tasks get neither a file's path nor its content from here, only the URL of a view.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from homeassistant.components import websocket_api
from homeassistant.components.media_player import BrowseError, MediaClass
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .descriptions.sentences import say
from .http_views import PEOPLE, STRANGERS
from .runtime import Home, loaded_entry
from .settings import retention_days
from .storage.photos import Stranger
from .subentries import name_of

JPEG = "image/jpeg"


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    return FaceSource(hass)


class FaceSource(MediaSource):
    """Lists people/<person>/<template> and strangers/<stranger>; empty while nothing is kept."""

    name = "Kith"

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(DOMAIN)
        self._hass = hass

    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        if not _may_see():
            raise Unresolvable(translation_domain=DOMAIN, translation_key="photos_for_admins")
        photo, path = None, ""
        if entry := loaded_entry(self._hass):
            home = entry.runtime_data
            match (item.identifier or "").split("/"):
                case ["people", person_id, template_id]:
                    photo = await home.stores.photos.find(person_id, template_id)
                    path = f"{PEOPLE}/{person_id}/{template_id}"
                case ["strangers", stranger_id]:
                    photo = await home.stores.photos.stranger(stranger_id)
                    path = f"{STRANGERS}/{stranger_id}"
        if photo is None:
            raise Unresolvable(translation_domain=DOMAIN, translation_key="photo_gone")
        return PlayMedia(path, JPEG)

    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        if not _may_see():
            raise BrowseError(translation_domain=DOMAIN, translation_key="photos_for_admins")
        if entry := loaded_entry(self._hass):
            home = entry.runtime_data
            match (item.identifier or "").split("/"):
                case [""]:
                    folders = await _people(home), await _strangers(home)
                    return _folder("", self.name, [folder for folder in folders if folder.children])
                case ["people"]:
                    return await _people(home)
                case ["people", person_id]:
                    return await _person(home, person_id)
                case ["strangers"]:
                    return await _strangers(home)
        raise BrowseError(translation_domain=DOMAIN, translation_key="photo_gone")


@callback
def _may_see() -> bool:
    """A websocket caller must be an administrator; a picture's path alone gives no access."""
    connection = websocket_api.current_connection.get()
    return connection is None or connection.user.is_admin


async def _people(home: Home) -> BrowseMediaSource:
    photos = await home.stores.photos.people()
    folders = [
        _folder(
            f"people/{person_id}",
            name,
            [_photo(home, person_id, template_id) for template_id in photos[person_id]],
            _picture(person_id, photos[person_id][-1]),
        )
        for person_id in photos
        if (name := name_of(home.entry, person_id))
    ]
    return _folder("people", say(home.hass, "media_people"), sorted(folders, key=lambda folder: folder.title))


async def _person(home: Home, person_id: str) -> BrowseMediaSource:
    photos = (await home.stores.photos.people()).get(person_id, ())
    name = name_of(home.entry, person_id) or ""
    return _folder(f"people/{person_id}", name, [_photo(home, person_id, photo) for photo in photos])


async def _strangers(home: Home) -> BrowseMediaSource:
    files = [_stranger(home, stranger) for stranger in await home.stores.photos.strangers()]
    return _folder("strangers", say(home.hass, "media_strangers"), files)


def _photo(home: Home, person_id: str, template_id: str) -> BrowseMediaSource:
    templates = home.stores.gallery.gallery.templates.get(person_id, ())
    added = {template.template_id: template.added for template in templates}
    when = _moment(added[template_id]) if template_id in added else template_id
    return _file(f"people/{person_id}/{template_id}", when, _picture(person_id, template_id))


def _picture(person_id: str, template_id: str) -> str:
    return f"{PEOPLE}/{person_id}/{template_id}"


def _stranger(home: Home, stranger: Stranger) -> BrowseMediaSource:
    camera = home.entry.subentries.get(stranger.camera)
    until = stranger.captured + timedelta(days=retention_days(home.entry))
    title = say(
        home.hass,
        "media_stranger" if camera else "media_stranger_somewhere",
        when=_moment(stranger.captured),
        camera=camera.title if camera else "",
        until=_moment(until),
    )
    path = f"{STRANGERS}/{stranger.stranger_id}"
    return _file(f"strangers/{stranger.stranger_id}", title, path)


def _moment(when: datetime) -> str:
    """In the home's time zone, in one format for all languages."""
    return dt_util.as_local(when).strftime("%Y-%m-%d %H:%M")


def _folder(
    identifier: str, title: str, children: Sequence[BrowseMediaSource], thumbnail: str | None = None
) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type="",
        title=title,
        can_play=False,
        can_expand=True,
        children=children,
        thumbnail=thumbnail,
    )


def _file(identifier: str, title: str, path: str) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.IMAGE,
        media_content_type=JPEG,
        title=title,
        can_play=True,
        can_expand=False,
        thumbnail=path,
    )
