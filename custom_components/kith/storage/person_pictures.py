"""A folder of pictures of people on disk: what photos and pictures of visits share."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from .picture_files import SUFFIX, erase, erase_others, is_name, pictures_by_person, read, write


class PersonPictures:
    """Below <config>/kith/photos: <kind>/<person>/<name>.jpg. Changes run one after another."""

    def __init__(self, hass: HomeAssistant, kind: str) -> None:
        self._hass = hass
        self._photos = Path(hass.config.path(DOMAIN, "photos"))
        self._people = self._photos / kind
        self._writing = asyncio.Lock()

    async def people(self) -> dict[str, tuple[str, ...]]:
        """The names of the pictures by person, in their order."""
        return await self._hass.async_add_executor_job(pictures_by_person, self._people)

    async def find(self, person_id: str, name: str) -> bytes | None:
        """A JPEG; None if there is none."""
        if not (is_name(person_id) and is_name(name)):
            return None
        return await self._hass.async_add_executor_job(read, self._people / person_id / f"{name}{SUFFIX}")

    async def keep(self, person_id: str, name: str, jpeg: bytes, agrees: Callable[[str], bool]) -> None:
        """agrees: asked in the moment of writing whether pictures of this person may be kept."""
        if is_name(person_id) and is_name(name):
            async with self._writing:
                if agrees(person_id):
                    path = self._people / person_id / f"{name}{SUFFIX}"
                    await self._hass.async_add_executor_job(write, self._photos, path, jpeg)

    async def keep_only(self, people: Mapping[str, Collection[str]]) -> None:
        """Erase all pictures except these, by person."""
        await self._change(lambda: erase_others(self._people, people))

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
        await self._change(lambda: erase(self._people))

    async def _change[T](self, change: Callable[[], T]) -> T:
        async with self._writing:
            return await self._hass.async_add_executor_job(change)
