"""Cropped faces on disk: of enrolled photos if the person agreed, and of strangers for a limited time."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.util.ulid import ulid_at_time, ulid_to_bytes_or_none

from ..const import DOMAIN
from .picture_files import SUFFIX, erase, erase_others, files_in, is_name, pictures_by_person, read, write


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
        if is_name(person_id) and is_name(template_id):
            await self._write(self._people / person_id / f"{template_id}{SUFFIX}", jpeg)

    async def save_stranger(self, captured: datetime, camera: str, jpeg: bytes) -> str | None:
        """Keep an unknown person's face. Returns its id; None if it could not be written."""
        stranger_id = ulid_at_time(captured.timestamp())
        written = is_name(camera) and await self._write(self._strangers / f"{stranger_id}.{camera}{SUFFIX}", jpeg)
        return stranger_id if written else None

    async def replace_stranger(self, stranger_id: str, jpeg: bytes) -> bool:
        """Keep a better picture instead. Returns whether that face was still kept."""

        def change() -> bool:
            paths = [path for path, stranger in _strangers_in(self._strangers) if stranger.stranger_id == stranger_id]
            return any(write(self._folder, path, jpeg) for path in paths)

        async with self._writing:
            return await self._hass.async_add_executor_job(change)

    async def people(self) -> dict[str, tuple[str, ...]]:
        """The templates with a photo, by person, oldest first."""
        return await self._hass.async_add_executor_job(pictures_by_person, self._people)

    async def strangers(self) -> list[Stranger]:
        """Newest first."""
        found = await self._hass.async_add_executor_job(_strangers_in, self._strangers)
        return sorted((stranger for _, stranger in found), key=lambda one: one.captured, reverse=True)

    async def person(self, person_id: str, template_id: str) -> bytes | None:
        """A JPEG; None if there is none."""
        if not (is_name(person_id) and is_name(template_id)):
            return None
        return await self._hass.async_add_executor_job(read, self._people / person_id / f"{template_id}{SUFFIX}")

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
        if is_name(person_id):
            await self._change(lambda: erase(self._people / person_id))

    async def remove(self) -> None:
        await self._change(lambda: erase(self._folder))

    async def forget_stranger(self, stranger_id: str) -> None:
        """Erase a face, for example if it turned out to be somebody known."""
        await self._change(lambda: self._erase_strangers(lambda stranger: stranger.stranger_id == stranger_id))

    async def keep_only(self, people: Mapping[str, Collection[str]]) -> None:
        """Erase all photos except those of these templates, by person."""
        await self._change(lambda: erase_others(self._people, people))

    async def prune(self, days: float, now: datetime) -> None:
        """Erase strangers' faces that are this many days old, or that a wrong clock dated ahead."""
        kept = timedelta(days=days)
        # abs: a new face may be dated a millisecond ahead
        await self._change(lambda: self._erase_strangers(lambda stranger: not abs(now - stranger.captured) < kept))

    def _read_stranger(self, stranger_id: str) -> bytes | None:
        for path, stranger in _strangers_in(self._strangers):
            if stranger.stranger_id == stranger_id:
                return read(path)
        return None

    def _erase_strangers(self, over: Callable[[Stranger], bool]) -> None:
        """Also erases files that are no strangers, such as half-written ones."""
        known = dict(_strangers_in(self._strangers))
        for path in files_in(self._strangers):
            if (stranger := known.get(path)) is None or over(stranger):
                erase(path)

    async def _write(self, path: Path, jpeg: bytes) -> bool:
        async with self._writing:
            return await self._hass.async_add_executor_job(write, self._folder, path, jpeg)

    async def _change(self, change: Callable[[], None]) -> None:
        async with self._writing:
            await self._hass.async_add_executor_job(change)


def _strangers_in(folder: Path) -> list[tuple[Path, Stranger]]:
    """The strangers that file names describe; other files are not ours."""
    found = []
    for path in files_in(folder):
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
