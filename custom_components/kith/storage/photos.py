"""Cropped faces on disk: of enrolled photos if the person agreed, and of strangers for a limited time.

Recognition does not need them: if a file is missing, damaged or cannot be written, it is logged at most.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
import logging
import os
from pathlib import Path
import re
import shutil

from homeassistant.core import HomeAssistant
from homeassistant.util.ulid import ulid_at_time, ulid_now, ulid_to_bytes_or_none

from ..const import DOMAIN

_LOGGER = logging.getLogger(__name__)

SUFFIX = ".jpg"
_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""An id as Kith makes them; only such ids become part of a path."""
_JPEG = b"\xff\xd8"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A kept face. captured: when its picture was taken. camera: the id of its subentry."""

    stranger_id: str
    captured: datetime
    camera: str


class PhotoStore:
    """Below <config>/kith/photos: people/<person>/<template>.jpg and strangers/<ULID of the time>.<camera>.jpg."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._folder = Path(hass.config.path(DOMAIN, "photos"))
        self._people = self._folder / "people"
        self._strangers = self._folder / "strangers"
        self._writing = asyncio.Lock()

    async def save_person(self, person_id: str, template_id: str, jpeg: bytes) -> None:
        """Keep the face of an enrolled photo. The caller knows that the person agreed."""
        if _is_name(person_id) and _is_name(template_id):
            await self._write(self._people / person_id / f"{template_id}{SUFFIX}", jpeg)

    async def save_stranger(self, captured: datetime, camera: str, jpeg: bytes) -> str | None:
        """Keep an unknown person's face. Returns its id; None if it could not be written."""
        stranger_id = ulid_at_time(captured.timestamp())
        written = _is_name(camera) and await self._write(self._strangers / f"{stranger_id}.{camera}{SUFFIX}", jpeg)
        return stranger_id if written else None

    async def people(self) -> dict[str, tuple[str, ...]]:
        """The templates with a photo, by person, oldest first."""
        return await self._hass.async_add_executor_job(_photos_in, self._people)

    async def strangers(self) -> list[Stranger]:
        """Newest first."""
        found = await self._hass.async_add_executor_job(_strangers_in, self._strangers)
        return sorted((stranger for _, stranger in found), key=lambda one: one.captured, reverse=True)

    async def person(self, person_id: str, template_id: str) -> bytes | None:
        """A JPEG; None if there is none."""
        if not (_is_name(person_id) and _is_name(template_id)):
            return None
        return await self._hass.async_add_executor_job(_read, self._people / person_id / f"{template_id}{SUFFIX}")

    async def stranger(self, stranger_id: str) -> bytes | None:
        """A JPEG; None if there is none."""
        return await self._hass.async_add_executor_job(self._read_stranger, stranger_id)

    async def load(self) -> None:
        """Does nothing: pictures are read when somebody looks at them."""

    async def save(self) -> None:
        """Does nothing: each picture is written at once."""

    async def known_people(self) -> set[str]:
        return set(await self.people())

    async def forget(self, person_id: str) -> None:
        if _is_name(person_id):
            await self._change(lambda: _erase(self._people / person_id))

    async def remove(self) -> None:
        await self._change(lambda: _erase(self._folder))

    async def forget_stranger(self, stranger_id: str) -> None:
        """Erase a face, for example if it turned out to be somebody known."""
        await self._change(lambda: self._erase_strangers(lambda stranger: stranger.stranger_id == stranger_id))

    async def keep_only(self, people: Mapping[str, Collection[str]]) -> None:
        """Erase all photos except those of these templates, by person."""
        await self._change(lambda: _erase_others(self._people, people))

    async def prune(self, days: float, now: datetime) -> None:
        """Erase strangers' faces that are this many days old, or that a wrong clock dated ahead."""
        kept = timedelta(days=days)
        # abs: a new face may be dated a millisecond ahead
        await self._change(lambda: self._erase_strangers(lambda stranger: not abs(now - stranger.captured) < kept))

    def _read_stranger(self, stranger_id: str) -> bytes | None:
        for path, stranger in _strangers_in(self._strangers):
            if stranger.stranger_id == stranger_id:
                return _read(path)
        return None

    def _erase_strangers(self, over: Callable[[Stranger], bool]) -> None:
        """Also erases files that are no strangers, such as half-written ones."""
        known = dict(_strangers_in(self._strangers))
        for path in _files_in(self._strangers):
            if (stranger := known.get(path)) is None or over(stranger):
                _erase(path)

    async def _write(self, path: Path, jpeg: bytes) -> bool:
        async with self._writing:
            return await self._hass.async_add_executor_job(_write, self._folder, path, jpeg)

    async def _change(self, change: Callable[[], None]) -> None:
        async with self._writing:
            await self._hass.async_add_executor_job(change)


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _write(folder: Path, path: Path, jpeg: bytes) -> bool:
    """Whole or not at all; only Home Assistant's own user may read the file and its folders."""
    unfinished = path.with_name(f"{ulid_now()}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for step in (folder, *reversed(path.relative_to(folder).parents[:-1])):
            place = folder / step
            place.mkdir(mode=0o700, exist_ok=True)
            _close_to_others(place)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(jpeg)
        unfinished.replace(path)
    except OSError as error:
        _LOGGER.warning("A photo could not be kept: %s", error.strerror)
        unfinished.unlink(missing_ok=True)
        return False
    return True


def _close_to_others(folder: Path) -> None:
    """Some network shares (SMB, NFS) refuse that; their own settings then say who may read."""
    try:
        folder.chmod(0o700)
    except OSError as error:
        _tell_once(str(error.strerror))


@cache
def _tell_once(reason: str) -> None:
    _LOGGER.warning(
        "Kept photos cannot be closed to other users of this machine, as the folder refuses it (%s): who may read them "
        "is set where the folder is shared",
        reason,
    )


def _read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
    except OSError:
        return None
    return found if found.startswith(_JPEG) else None


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _photos_in(people: Path) -> dict[str, tuple[str, ...]]:
    found = {
        person.name: tuple(photo.stem for photo in _files_in(person) if photo.suffix == SUFFIX)
        for person in _files_in(people)
    }
    return {who: photos for who, photos in found.items() if photos}


def _strangers_in(folder: Path) -> list[tuple[Path, Stranger]]:
    """The strangers that file names describe; other files are not ours."""
    found = []
    for path in _files_in(folder):
        stranger_id, _, camera = path.stem.partition(".")
        captured = _time_of(stranger_id)
        if path.suffix == SUFFIX and camera and captured is not None:
            found.append((path, Stranger(stranger_id, captured, camera)))
    return found


def _time_of(ulid: str) -> datetime | None:
    """None if it is no ULID, or of a year that no calendar has: ULIDs count until 10889."""
    if (found := ulid_to_bytes_or_none(ulid)) is None:
        return None
    try:
        return datetime.fromtimestamp(int.from_bytes(found[:6]) / 1000, UTC)
    except ValueError, OverflowError, OSError:
        return None


def _erase_others(people: Path, kept: Mapping[str, Collection[str]]) -> None:
    for person in _files_in(people):
        if not kept.get(person.name):
            _erase(person)
            continue
        for photo in _files_in(person):
            if photo.suffix != SUFFIX or photo.stem not in kept[person.name]:
                _erase(photo)


def _erase(path: Path) -> None:
    """Erase a file, or a folder with its content."""
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        _LOGGER.warning("A photo could not be erased: %s", error.strerror)
