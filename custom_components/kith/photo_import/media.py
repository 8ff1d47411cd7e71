"""A folder of Home Assistant's media with a folder for each person, such as Immich's "people"."""

from functools import partial
from pathlib import Path

from aiohttp import ClientError
from homeassistant.components.media_player import BrowseError, BrowseMedia, MediaClass
from homeassistant.components.media_source import Unresolvable, async_browse_media, async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..errors import ImportUnreadableError
from ..identity.photo_policy import Refusal
from ..kith_engine.wire import LARGEST_PICTURE
from ..media import requested
from .found import MOST_PEOPLE, Found, Read, found, name_in


async def open_media(hass: HomeAssistant, content_id: str) -> Found:
    """Raises ImportUnreadableError if the folder cannot be browsed."""
    chosen = await _browse(hass, content_id)
    children = chosen.children or []
    people: dict[str, list[str]] = {}
    for folder in children:
        if folder.can_expand and (name := name_in(folder.title)) and len(people) < MOST_PEOPLE:
            people.setdefault(name, []).extend(_photos_in(await _browse(hass, folder.media_content_id)))
    if not people and (name := name_in(chosen.title)):
        people = {name: _photos_in(chosen)}

    def reader(photo: str) -> Read:
        return partial(_read, hass, photo)

    return found({name: photos for name, photos in people.items() if photos}, reader, _nothing)


async def _browse(hass: HomeAssistant, content_id: str) -> BrowseMedia:
    try:
        return await async_browse_media(hass, content_id)
    except BrowseError as error:
        raise ImportUnreadableError(f"This folder of the media cannot be opened: {error}.") from error


def _photos_in(folder: BrowseMedia) -> list[str]:
    return [
        child.media_content_id
        for child in folder.children or []
        if not child.can_expand
        and (child.media_class == MediaClass.IMAGE or child.media_content_type.startswith("image/"))
    ]


async def _read(hass: HomeAssistant, content_id: str) -> bytes | Refusal:
    try:
        media = await async_resolve_media(hass, content_id, None)
        if media.path is not None:
            return await hass.async_add_executor_job(_read_file, media.path)
        async with requested(hass, media.url) as response:
            response.raise_for_status()
            content = await response.content.read(LARGEST_PICTURE + 1)
            while len(content) <= LARGEST_PICTURE and (more := await response.content.readany()):
                content += more
    except Unresolvable, HomeAssistantError, ClientError, TimeoutError, OSError:
        return Refusal("media_unreadable")
    return content if len(content) <= LARGEST_PICTURE else Refusal("picture_too_large")


def _read_file(path: Path) -> bytes | Refusal:
    with path.open("rb") as file:
        content = file.read(LARGEST_PICTURE + 1)
    return content if len(content) <= LARGEST_PICTURE else Refusal("picture_too_large")


def _nothing() -> None:
    """Media stay where they are."""
