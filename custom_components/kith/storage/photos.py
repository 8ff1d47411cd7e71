"""Cropped faces on disk: of enrolled photos and of visits if the person agreed, and of strangers for a limited time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.util.ulid import ulid_at_time, ulid_to_bytes_or_none

from .person_pictures import PersonPictures
from .picture_files import SUFFIX, erase, files_in, is_name, read, write


@dataclass(frozen=True, slots=True)
class Stranger:
    """A kept face. captured: when its picture was taken. camera: the id of its subentry."""

    stranger_id: str
    captured: datetime
    camera: str


class VisitPictureStore(PersonPictures):
    """The best face of each visit: visits/<person>/<visit>.jpg."""

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(hass, "visits")


class PhotoStore(PersonPictures):
    """The faces of photos, people/<person>/<template>.jpg, and strangers/<ULID of the time>.<camera>.jpg."""

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(hass, "people")
        self._strangers = self._photos / "strangers"
        self.without_gallery: dict[str, set[str]] = {}
        """Photos by person that were found without a gallery: until the next start, they are all that is left of it."""

    async def save_person(self, person_id: str, template_id: str, jpeg: bytes) -> None:
        """Keep the face of an enrolled photo. The caller knows that the person agreed."""
        await self.keep(person_id, template_id, jpeg, lambda _person_id: True)

    async def save_stranger(self, captured: datetime, camera: str, jpeg: bytes) -> str | None:
        """Keep an unknown person's face. Returns its id; None if it could not be written."""
        stranger_id = ulid_at_time(captured.timestamp())
        path = self._strangers / f"{stranger_id}.{camera}{SUFFIX}"
        written = is_name(camera) and await self._change(lambda: write(self._photos, path, jpeg))
        return stranger_id if written else None

    async def replace_stranger(self, stranger_id: str, jpeg: bytes) -> bool:
        """Keep a better picture instead. Returns whether that face was still kept."""

        def change() -> bool:
            paths = [path for path, stranger in _strangers_in(self._strangers) if stranger.stranger_id == stranger_id]
            return any(write(self._photos, path, jpeg) for path in paths)

        return await self._change(change)

    async def strangers(self) -> list[Stranger]:
        """Newest first."""
        found = await self._hass.async_add_executor_job(_strangers_in, self._strangers)
        return sorted((stranger for _, stranger in found), key=lambda one: one.captured, reverse=True)

    async def stranger(self, stranger_id: str) -> bytes | None:
        """A JPEG; None if there is none."""
        return await self._hass.async_add_executor_job(self._read_stranger, stranger_id)

    async def remove(self) -> None:
        await self._change(lambda: erase(self._photos))

    async def forget_stranger(self, stranger_id: str) -> None:
        """Erase a face, for example if it turned out to be somebody known."""
        await self.forget_strangers({stranger_id})

    async def forget_strangers(self, stranger_ids: Collection[str]) -> None:
        """Also erases files that are no strangers, such as half-written ones."""
        await self._change(lambda: self._erase_strangers(stranger_ids))

    def _read_stranger(self, stranger_id: str) -> bytes | None:
        for path, stranger in _strangers_in(self._strangers):
            if stranger.stranger_id == stranger_id:
                return read(path)
        return None

    def _erase_strangers(self, stranger_ids: Collection[str]) -> None:
        known = dict(_strangers_in(self._strangers))
        for path in files_in(self._strangers):
            if (stranger := known.get(path)) is None or stranger.stranger_id in stranger_ids:
                erase(path)


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
