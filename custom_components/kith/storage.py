"""The gallery and the last sightings on disk, readable for Home Assistant's own user only.

Two copies of the gallery are written one after the other: whatever happens during a write, one of them is whole.
"""

import base64
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
import logging
from pathlib import Path
from typing import NotRequired, TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import STORAGE_DIR, Store
import numpy as np

from .const import DOMAIN
from .errors import GalleryNotSaved, GalleryUnreadable
from .identity.gallery import Gallery, Source, Template
from .identity.presence import Presence, Seen, Visit
from .identity.suitability import Suitability
from .kith_engine.analysis import Flaw

_LOGGER = logging.getLogger(__name__)

VERSION = 1
GALLERY = f"{DOMAIN}.gallery"
COPIES = (GALLERY, f"{GALLERY}.copy")
PRESENCE = f"{DOMAIN}.presence"
SAVE_PRESENCE_AFTER = 10.0
"""Seconds: sightings come in bursts; Home Assistant writes what is waiting when it stops."""
SUITABILITY = f"{DOMAIN}.suitability"
SAVE_SUITABILITY_AFTER = 600.0
"""Seconds: a report over weeks may lose ten minutes."""
DAMAGED = "gallery_damaged"
USUAL_QUALITY = 0.75
"""Of a template that was stored before its quality was."""


class _StoredTemplate(TypedDict):
    """vector: base64 of little-endian float32."""

    id: str
    vector: str
    embedding: str
    added: str
    source: str
    width: float
    quality: NotRequired[float]


class _StoredFaces(TypedDict):
    people: dict[str, list[_StoredTemplate]]
    negatives: NotRequired[dict[str, list[_StoredTemplate]]]
    strangers: NotRequired[list[_StoredTemplate]]


class _StoredGallery(_StoredFaces):
    """generation: counts the writes, so that the newer of two copies can be told."""

    generation: int


class _StoredVisit(TypedDict):
    last: str
    named: list[str]
    stranger: bool


class _StoredPresence(TypedDict):
    people: dict[str, dict[str, str]]
    cameras: dict[str, _StoredVisit]


class _StoredSuitability(TypedDict):
    faces: int
    usable: int
    flaws: dict[str, int]
    widths: dict[str, int]


class GalleryStore:
    """The gallery's place on disk. Call `load` once before all else."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._stores = [_store(hass, key) for key in COPIES]
        self._generation = 0
        self.gallery = Gallery()

    async def load(self) -> None:
        """Read the newer whole copy. Raises GalleryUnreadable where files are there, but none is whole."""
        there = await self._hass.async_add_executor_job(_existing, [store.path for store in self._stores])
        found = [content for store in self._stores if (content := await _load(store)) is not None]
        if there and not found:
            raise GalleryUnreadable(
                "both copies of the gallery are damaged; restore .storage/kith.gallery from a backup"
            )
        if not found:
            return
        newest = max(found, key=lambda content: content["generation"])
        self._generation = newest["generation"]
        self.gallery = _decode(newest)
        if len(found) < there:
            _LOGGER.warning("A damaged copy of the gallery was replaced by the whole one; nothing was lost")
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                DAMAGED,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=DAMAGED,
            )
            await self.save(self.gallery)

    async def save(self, gallery: Gallery) -> None:
        """Write both copies and read them back. Raises GalleryNotSaved; then the gallery is as it was before."""
        content: _StoredGallery = {"generation": self._generation + 1, **_encode(gallery)}
        for store in self._stores:
            await store.async_save(content)
            # Home Assistant's store only logs what it could not write: a full disk shows when the file is read again
            written = await _load(store)
            if written is None or written["generation"] != content["generation"]:
                raise GalleryNotSaved(
                    f"{store.path} could not be written; free some space, or make the folder writable"
                )
        self._generation = content["generation"]
        self.gallery = gallery

    async def keep_only(self, people: Iterable[str]) -> None:
        """Erase the templates of everybody else."""
        kept = self.gallery.only(people)
        if kept.people != self.gallery.people:
            await self.save(kept)

    async def remove(self) -> None:
        """Erase the gallery, damaged files that Home Assistant set aside included."""
        for store in self._stores:
            await store.async_remove()
        await self._hass.async_add_executor_job(_remove_set_aside, self._hass.config.path(STORAGE_DIR))


class PresenceStore:
    """The last sightings' and visits' place on disk."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._store: Store[_StoredPresence] = Store(hass, VERSION, PRESENCE, private=True, atomic_writes=True)

    async def load(self) -> Presence:
        stored = await self._store.async_load() or {"people": {}, "cameras": {}}
        last = {
            who: Seen(datetime.fromisoformat(seen["captured"]), seen["camera"])
            for who, seen in stored["people"].items()
        }
        visits = {
            camera: Visit(datetime.fromisoformat(visit["last"]), set(visit["named"]), visit["stranger"], resumed=True)
            for camera, visit in stored["cameras"].items()
        }
        return Presence(last, visits)

    @callback
    def save_soon(self, presence: Presence) -> None:
        self._store.async_delay_save(lambda: _encode_presence(presence), SAVE_PRESENCE_AFTER)

    async def save(self, presence: Presence) -> None:
        await self._store.async_save(_encode_presence(presence))

    async def remove(self) -> None:
        await self._store.async_remove()


class SuitabilityStore:
    """The place of what was counted at each camera: widths and flaws, nothing of anybody."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._store: Store[dict[str, _StoredSuitability]] = Store(hass, VERSION, SUITABILITY, private=True)

    async def load(self) -> dict[str, Suitability]:
        stored = await self._store.async_load() or {}
        return {camera: _decode_suitability(tallies) for camera, tallies in stored.items()}

    @callback
    def save_soon(self, cameras: Mapping[str, Suitability]) -> None:
        self._store.async_delay_save(lambda: _encode_suitability(cameras), SAVE_SUITABILITY_AFTER)

    async def save(self, cameras: Mapping[str, Suitability]) -> None:
        await self._store.async_save(_encode_suitability(cameras))

    async def remove(self) -> None:
        await self._store.async_remove()


def _store(hass: HomeAssistant, key: str) -> Store[_StoredGallery]:
    return Store(hass, VERSION, key, private=True, atomic_writes=True, serialize_in_event_loop=False)


async def _load(store: Store[_StoredGallery]) -> _StoredGallery | None:
    """None where the file is missing, damaged (Home Assistant sets it aside then), or not ours."""
    content = await store.async_load()
    return content if isinstance(content, dict) and content.keys() >= _StoredGallery.__required_keys__ else None


def _existing(paths: list[str]) -> int:
    return sum(Path(path).exists() for path in paths)


def _remove_set_aside(folder: str) -> None:
    for path in Path(folder).glob(f"{GALLERY}*.corrupt.*"):
        path.unlink()


def _encode_presence(presence: Presence) -> _StoredPresence:
    return {
        "people": {
            who: {"captured": seen.captured.isoformat(), "camera": seen.camera} for who, seen in presence.last.items()
        },
        "cameras": {
            camera: {"last": visit.last.isoformat(), "named": sorted(visit.named), "stranger": visit.stranger}
            for camera, visit in presence.visits.items()
        },
    }


def _encode_suitability(cameras: Mapping[str, Suitability]) -> dict[str, _StoredSuitability]:
    return {
        camera: {
            "faces": told.faces,
            "usable": told.usable,
            "flaws": {str(flaw): count for flaw, count in told.flaws.items()},
            "widths": {str(width): count for width, count in told.widths.items()},
        }
        for camera, told in cameras.items()
    }


def _decode_suitability(stored: _StoredSuitability) -> Suitability:
    flaws = Counter({Flaw(flaw): count for flaw, count in stored["flaws"].items()})
    widths = Counter({int(width): count for width, count in stored["widths"].items()})
    return Suitability(stored["faces"], stored["usable"], flaws, widths)


def _encode(gallery: Gallery) -> _StoredFaces:
    return {
        "people": {who: [_encode_template(face) for face in found] for who, found in gallery.templates.items()},
        "negatives": {who: [_encode_template(face) for face in found] for who, found in gallery.negatives.items()},
        "strangers": [_encode_template(face) for face in gallery.strangers],
    }


def _encode_template(template: Template) -> _StoredTemplate:
    return {
        "id": template.template_id,
        "vector": base64.b64encode(template.vector.astype("<f4").tobytes()).decode(),
        "embedding": template.embedding,
        "added": template.added.isoformat(),
        "source": str(template.source),
        "width": template.width,
        "quality": template.quality,
    }


def _decode(content: _StoredGallery) -> Gallery:
    return Gallery(
        {who: tuple(map(_decode_template, found)) for who, found in content["people"].items()},
        {who: tuple(map(_decode_template, found)) for who, found in content.get("negatives", {}).items()},
        tuple(map(_decode_template, content.get("strangers", []))),
    )


def _decode_template(stored: _StoredTemplate) -> Template:
    return Template(
        stored["id"],
        np.frombuffer(base64.b64decode(stored["vector"]), "<f4"),
        stored["embedding"],
        datetime.fromisoformat(stored["added"]),
        Source(stored["source"]),
        stored["width"],
        stored.get("quality", USUAL_QUALITY),
    )
