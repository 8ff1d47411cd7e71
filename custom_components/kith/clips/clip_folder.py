"""A folder of Home Assistant's media in which a camera, an integration, or an automation saves clips of events."""

import asyncio
from collections.abc import Iterator, Sequence
import logging

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.image import DOMAIN as IMAGE_DOMAIN
from homeassistant.components.media_player import BrowseMedia, MediaClass
from homeassistant.components.media_source import (
    DOMAIN as MEDIA_SOURCE,
    URI_SCHEME,
    async_browse_media,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN

_LOGGER = logging.getLogger(__name__)

MOST_FOLDERS = 12
"""Folders that are read to find the newest clip: some recorders ask their cameras about each."""
DEEPEST = 5
"""Folders inside each other, such as one for each year, month, and day."""
MOST_OFFERED = 100
TIMEOUT = 10.0
"""Seconds to read all of it."""


class ClipFolder:
    """Which clips in a folder are new. folder: the id that its media source gives it."""

    def __init__(self, hass: HomeAssistant, folder: str) -> None:
        self._hass = hass
        self._folder = folder
        self._known: set[str] | None = None
        """The ids of clips and folders; None until they were read."""

    async def note(self) -> None:
        """What is there now is not new. Does nothing if it cannot be read."""
        if (inside := await self._inside()) is not None:
            self._known = {child.media_content_id for child in inside}

    async def new(self) -> list[str]:
        """The ids of the clips that were not there when `note` was called last, and were not skipped since."""
        if self._known is None:
            await self.note()
            return []
        inside = [child.media_content_id for child in await self._inside() or () if _may_be_clip(child)]
        return [clip for clip in inside if clip not in self._known]

    def skip(self, clip: str) -> None:
        """Leave it out from now on."""
        if self._known is not None:
            self._known.add(clip)

    async def _inside(self) -> list[BrowseMedia] | None:
        """Clips and folders; None if they cannot be read now, because the integration may still be starting."""
        found: list[BrowseMedia] = []
        left = [(self._folder, 1)]
        try:
            async with asyncio.timeout(TIMEOUT):
                for _ in range(MOST_FOLDERS):
                    if not left:
                        break
                    folder, depth = left.pop(0)
                    children = (await async_browse_media(self._hass, folder)).children or []
                    found += children
                    if depth < DEEPEST:
                        left = [*((one, depth + 1) for one in self._promising(children)), *left]
        except Exception as error:  # an integration's own code may raise anything
            _LOGGER.debug("%s cannot be read now: %s", self._folder, error)
            return None
        return found

    def _promising(self, children: Sequence[BrowseMedia]) -> list[str]:
        """The folders in which something may be new: those that are new themselves, the last, and the first one."""
        folders = [child.media_content_id for child in children if child.can_expand]
        known = self._known
        new = [] if known is None else [folder for folder in folders if folder not in known]
        return list(dict.fromkeys([*new, *folders[-1:], *folders[:1]]))


async def clip_folders(hass: HomeAssistant) -> dict[str, str]:
    """Folders in which clips of cameras may be: their titles by their ids.

    They are those of integrations that have cameras, and those of this home's media, two levels deep.
    """
    if MEDIA_SOURCE not in hass.config.components:
        return {}
    entities = er.async_get(hass).entities.values()
    with_cameras = {entity.platform for entity in entities if entity.domain in (CAMERA_DOMAIN, IMAGE_DOMAIN)}
    offered: dict[str, str] = {}
    for source in (MEDIA_SOURCE, *sorted(with_cameras - {DOMAIN})):
        root = f"{URI_SCHEME}{source}"
        try:
            async with asyncio.timeout(TIMEOUT):
                top = await async_browse_media(hass, root)
                for folder in _folders(top):
                    offered[folder.media_content_id] = title = f"{top.title} › {folder.title}"
                    for inner in _folders(await async_browse_media(hass, folder.media_content_id)):
                        offered[inner.media_content_id] = f"{title} › {inner.title}"
        except Exception as error:  # as above; most integrations have no media at all
            _LOGGER.debug("%s cannot be read now: %s", root, error)
    return dict(list(offered.items())[:MOST_OFFERED])


def _folders(parent: BrowseMedia) -> Iterator[BrowseMedia]:
    return (child for child in parent.children or () if child.can_expand)


def _may_be_clip(child: BrowseMedia) -> bool:
    return not child.can_expand and (
        child.media_class == MediaClass.VIDEO or child.media_content_type.startswith("video")
    )
