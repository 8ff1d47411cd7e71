"""The best face of each visit of people who agreed that pictures of them are kept."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from .picture_files import SUFFIX, erase, erase_others, is_name, pictures_by_person, read, write


class VisitPictureStore:
    """Below <config>/kith/photos: visits/<person>/<visit>.jpg."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._photos = Path(hass.config.path(DOMAIN, "photos"))
        self._visits = self._photos / "visits"
        self._writing = asyncio.Lock()

    async def keep(self, person_id: str, visit_id: str, jpeg: bytes, agrees: Callable[[str], bool]) -> None:
        """agrees: asked in the moment of writing whether pictures of this person may be kept."""
        if is_name(person_id) and is_name(visit_id):
            async with self._writing:
                if agrees(person_id):
                    path = self._path(person_id, visit_id)
                    await self._hass.async_add_executor_job(write, self._photos, path, jpeg)

    async def find(self, person_id: str, visit_id: str) -> bytes | None:
        """A JPEG; None if there is none."""
        if not (is_name(person_id) and is_name(visit_id)):
            return None
        return await self._hass.async_add_executor_job(read, self._path(person_id, visit_id))

    async def people(self) -> dict[str, tuple[str, ...]]:
        """The visits with a picture, by person."""
        return await self._hass.async_add_executor_job(pictures_by_person, self._visits)

    async def keep_only(self, people: Mapping[str, Collection[str]]) -> None:
        """Erase all pictures except those of these visits, by person."""
        await self._change(lambda: erase_others(self._visits, people))

    async def load(self) -> None:
        """Does nothing: pictures are read when somebody looks at them."""

    async def save(self) -> None:
        """Does nothing: each picture is written at once."""

    async def known_people(self) -> set[str]:
        return set(await self.people())

    async def forget(self, person_id: str) -> None:
        if is_name(person_id):
            await self._change(lambda: erase(self._visits / person_id))

    async def remove(self) -> None:
        await self._change(lambda: erase(self._visits))

    def _path(self, person_id: str, visit_id: str) -> Path:
        return self._visits / person_id / f"{visit_id}{SUFFIX}"

    async def _change(self, change: Callable[[], object]) -> None:
        async with self._writing:
            await self._hass.async_add_executor_job(change)
