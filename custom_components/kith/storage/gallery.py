"""The gallery on disk.

Its two copies are written one after the other, so that one is intact whatever happens during a write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import hashlib
import json
import logging
from pathlib import Path
from typing import Any, TypedDict, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..errors import GalleryNotSavedError, GalleryUnreadableError
from ..identity.gallery import Gallery
from .records import DAMAGED_CONTENT, Records
from .template_codec import StoredTemplate, decode_template, encode_template

_LOGGER = logging.getLogger(__name__)

GALLERY = f"{DOMAIN}.gallery"
COPIES = (GALLERY, f"{GALLERY}.copy")
MINOR = 3
"""Since 2, templates have a quality, and faces can be marked as negatives and strangers; since 3, each copy has a
checksum."""
DAMAGED = "gallery_damaged"
USUAL_QUALITY = 0.75
"""Assumed for a template that was stored without its quality."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A copy as it was read."""

    generation: int
    gallery: Gallery


class _StoredFaces(TypedDict):
    people: dict[str, list[StoredTemplate]]
    negatives: dict[str, list[StoredTemplate]]
    strangers: list[StoredTemplate]


class _StoredGallery(_StoredFaces):
    """generation: counts the writes; the newer of two copies has the higher one. checksum: of all the rest."""

    generation: int
    checksum: str


class _Copy(Records[_StoredGallery]):
    """One of the two copies."""

    async def gallery(self) -> _Read | None:
        """None if there is no file or it is damaged. Raises StorageTooNewError."""
        try:
            return await self.read(_decode)
        except DAMAGED_CONTENT as error:
            _LOGGER.warning("%s is damaged: %s", self.path, error)
            return None

    async def put(self, content: _StoredGallery) -> bool:
        """Write it. Returns whether the file holds this now: Home Assistant's store only logs a failed write."""
        await self.async_save(content)
        written = await self.gallery()
        return written is not None and written.generation == content["generation"]

    @override
    def complete(self, older: dict[str, Any]) -> None:
        older.setdefault("negatives", {})
        older.setdefault("strangers", [])
        for found in (*older["people"].values(), *older["negatives"].values(), older["strangers"]):
            for template in found:
                template.setdefault("quality", USUAL_QUALITY)
        older.setdefault("checksum", _checksum(older))


class GalleryStore:
    """The gallery's store. Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._stores = [_Copy(hass, key, _StoredGallery, MINOR, frozen=True) for key in COPIES]
        self._generation = 0
        self.gallery = Gallery()
        self.lost = False
        """Was there no copy? A home without photos has lost nothing by that."""

    async def load(self) -> None:
        """Read the newer intact copy.

        Raises GalleryUnreadableError if there are files but none is intact, StorageTooNewError for one of a newer Kith.
        Home Assistant sets aside what is no JSON: until somebody restores a copy or erases those files, they count.
        """
        paths = [Path(store.path) for store in self._stores]
        existing, set_aside = await self._hass.async_add_executor_job(_find, paths)
        copies = [found for store in self._stores if (found := await store.gallery()) is not None]
        if (existing or set_aside) and not copies:
            raise GalleryUnreadableError(f"no intact copy in {paths[0].parent}")
        self.lost = not copies
        if self.lost:
            return
        newest = max(copies, key=lambda found: found.generation)
        self._generation = newest.generation
        self.gallery = newest.gallery
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
        """Write both copies and read them back.

        Raises GalleryNotSavedError; then the gallery is unchanged, and the next start finds it so unless the error says
        otherwise.
        """
        generation = self._generation + 1
        content = await self._hass.async_add_executor_job(_encode, gallery, generation)
        for number, store in enumerate(self._stores):
            if not await store.put(content):
                message = f"{store.path} could not be written; free up some space, or make the folder writable"
                if left := await self._put_back(self._stores[:number]):
                    self._generation = generation  # what is written next is newer
                    message = f"{message}. Until then, a restart may bring the change back from {', '.join(left)}"
                    _LOGGER.error("%s", message)
                raise GalleryNotSavedError(message)
        self._generation = generation
        self.gallery = gallery

    async def _put_back(self, stores: Sequence[_Copy]) -> list[str]:
        """Write the gallery as it was to these copies. Returns the paths where that failed."""
        if self._generation == 0:  # there was no copy, and a home without one is another than one with nobody in it
            for store in stores:
                await store.async_remove()
            return []
        content = await self._hass.async_add_executor_job(_encode, self.gallery, self._generation)
        return [store.path for store in stores if not await store.put(content)]

    async def save(self) -> None:
        """Nothing: each change is written at once."""

    async def known_people(self) -> set[str]:
        return self.gallery.people

    async def forget(self, person_id: str) -> None:
        """Raises GalleryNotSavedError."""
        if person_id in self.gallery.people:
            await self.replace(self.gallery.without(person_id))

    async def remove(self) -> None:
        for store in self._stores:
            await store.async_remove()


def _find(paths: list[Path]) -> tuple[int, int]:
    """The number of copies, and of those that were set aside. Run it in an executor."""
    set_aside = [found for path in paths for found in path.parent.glob(f"{path.name}.corrupt.*")]
    return sum(path.exists() for path in paths), len(set_aside)


def _encode(gallery: Gallery, generation: int) -> _StoredGallery:
    """Run it in an executor."""
    content: dict[str, Any] = {
        "generation": generation,
        "people": {who: [encode_template(face) for face in found] for who, found in gallery.templates.items()},
        "negatives": {who: [encode_template(face) for face in found] for who, found in gallery.negatives.items()},
        "strangers": [encode_template(face) for face in gallery.strangers],
    }
    return {**content, "checksum": _checksum(content)}  # type: ignore[typeddict-item]


def _decode(content: _StoredGallery) -> _Read:
    """Raises ValueError for a gallery that is not as it was written."""
    if content["checksum"] != _checksum(content):
        raise ValueError("its checksum is not that of its content")
    gallery = Gallery(
        {who: tuple(map(decode_template, found)) for who, found in content["people"].items()},
        {who: tuple(map(decode_template, found)) for who, found in content["negatives"].items()},
        tuple(map(decode_template, content["strangers"])),
    )
    return _Read(content["generation"], gallery)


def _checksum(content: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in content.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
