"""The gallery on disk.

Its two copies are written one after the other, so that one is intact whatever happens during a write.
"""

import logging
from pathlib import Path
from typing import Any, TypedDict, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import STORAGE_DIR

from ..const import DOMAIN
from ..errors import GalleryNotSavedError, GalleryUnreadableError
from ..identity.gallery import Gallery
from .records import Records
from .template_codec import StoredTemplate, decode_template, encode_template

_LOGGER = logging.getLogger(__name__)

GALLERY = f"{DOMAIN}.gallery"
COPIES = (GALLERY, f"{GALLERY}.copy")
MINOR = 2
"""Since 2, templates have a quality, and faces can be marked as negatives and strangers."""
DAMAGED = "gallery_damaged"
USUAL_QUALITY = 0.75
"""Assumed for a template that was stored without its quality."""


class _StoredFaces(TypedDict):
    people: dict[str, list[StoredTemplate]]
    negatives: dict[str, list[StoredTemplate]]
    strangers: list[StoredTemplate]


class _StoredGallery(_StoredFaces):
    """generation: counts the writes; the newer of two copies has the higher one."""

    generation: int


class _Copy(Records[_StoredGallery]):
    """One of the two copies."""

    @override
    async def load(self) -> _StoredGallery | None:
        """None also if the file is no gallery."""
        content = await super().load()
        return content if isinstance(content, dict) and content.keys() >= _StoredGallery.__required_keys__ else None

    @override
    def complete(self, older: dict[str, Any]) -> None:
        if "people" not in older:
            return
        older.setdefault("negatives", {})
        older.setdefault("strangers", [])
        for found in (*older["people"].values(), *older["negatives"].values(), older["strangers"]):
            for template in found:
                template.setdefault("quality", USUAL_QUALITY)


class GalleryStore:
    """The gallery's store. Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._stores = [_Copy(hass, key, MINOR, frozen=True) for key in COPIES]
        self._generation = 0
        self.gallery = Gallery()

    async def load(self) -> None:
        """Read the newer intact copy.

        Raises GalleryUnreadableError if there are files but none is intact, StorageTooNewError for one of a newer Kith.
        """
        existing = await self._hass.async_add_executor_job(_existing, [store.path for store in self._stores])
        copies = [content for store in self._stores if (content := await store.load()) is not None]
        if existing and not copies:
            raise GalleryUnreadableError(
                "both copies of the gallery are damaged; restore .storage/kith.gallery from a backup"
            )
        if not copies:
            return
        newest = max(copies, key=lambda content: content["generation"])
        self._generation = newest["generation"]
        self.gallery = _decode(newest)
        if len(copies) < existing:
            _LOGGER.warning("A damaged copy of the gallery was replaced with the intact one; nothing was lost")
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                DAMAGED,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=DAMAGED,
            )
            await self.replace(self.gallery)

    async def replace(self, gallery: Gallery) -> None:
        """Write both copies and read them back. Raises GalleryNotSavedError; then the gallery is unchanged."""
        content: _StoredGallery = {"generation": self._generation + 1, **_encode(gallery)}
        for store in self._stores:
            await store.async_save(content)
            # Home Assistant's store only logs a failed write: a full disk shows when the file is read again
            written = await store.load()
            if written is None or written["generation"] != content["generation"]:
                raise GalleryNotSavedError(
                    f"{store.path} could not be written; free up some space, or make the folder writable"
                )
        self._generation = content["generation"]
        self.gallery = gallery

    async def save(self) -> None:
        """Nothing: each change is written at once."""

    async def known_people(self) -> set[str]:
        return self.gallery.people

    async def forget(self, person_id: str) -> None:
        """Raises GalleryNotSavedError."""
        if person_id in self.gallery.people:
            await self.replace(self.gallery.without(person_id))
        await self.remove_damaged()

    async def remove(self) -> None:
        """Erase the gallery, including damaged files that Home Assistant set aside."""
        for store in self._stores:
            await store.async_remove()
        await self.remove_damaged()

    async def remove_damaged(self) -> None:
        """Erase damaged copies that Home Assistant set aside: they may hold people who were removed since."""
        await self._hass.async_add_executor_job(_remove_set_aside, self._hass.config.path(STORAGE_DIR))


def _existing(paths: list[str]) -> int:
    return sum(Path(path).exists() for path in paths)


def _remove_set_aside(folder: str) -> None:
    for path in Path(folder).glob(f"{GALLERY}*.corrupt.*"):
        path.unlink()


def _encode(gallery: Gallery) -> _StoredFaces:
    return {
        "people": {who: [encode_template(face) for face in found] for who, found in gallery.templates.items()},
        "negatives": {who: [encode_template(face) for face in found] for who, found in gallery.negatives.items()},
        "strangers": [encode_template(face) for face in gallery.strangers],
    }


def _decode(content: _StoredGallery) -> Gallery:
    return Gallery(
        {who: tuple(map(decode_template, found)) for who, found in content["people"].items()},
        {who: tuple(map(decode_template, found)) for who, found in content["negatives"].items()},
        tuple(map(decode_template, content["strangers"])),
    )
