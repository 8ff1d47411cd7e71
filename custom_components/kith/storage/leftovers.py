"""What may be left beside Kith's stores: an unfinished file after a kill, and damaged ones that were set aside.

They may hold people who were removed since.
"""

import logging
from pathlib import Path
import re
import time

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR

from ..const import DOMAIN

_LOGGER = logging.getLogger(__name__)

UNFINISHED = "tmp*"
"""The names of the files that Home Assistant writes before they replace a store."""
ABANDONED_S = 60.0
"""Seconds after which nobody writes on such a file any more."""
_HEAD = 1000
"""Bytes in which a store's file names itself; what is shorter has no data yet."""
_KITHS = re.compile(rf'"key":\s*"{DOMAIN}\.'.encode())


class LeftoverStore:
    """Not a store, but in the list of those, so that erasing somebody or everything covers it."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._folder = Path(hass.config.path(STORAGE_DIR))

    async def load(self) -> None:
        """Erase what a kill left: Kith writes nothing yet. What was set aside stays for whoever can repair it."""
        await self._hass.async_add_executor_job(_erase_unfinished, self._folder, 0.0)

    async def save(self) -> None:
        """Does nothing."""

    async def known_people(self) -> set[str]:
        """Nobody: whoever is in there is not in use."""
        return set()

    async def forget(self, person_id: str) -> None:
        await self.remove()

    async def remove(self) -> None:
        await self._hass.async_add_executor_job(_erase_unfinished, self._folder, ABANDONED_S)
        await self._hass.async_add_executor_job(_erase_set_aside, self._folder)


def unfinished(folder: Path) -> list[Path]:
    """Kith's unfinished files."""
    return [path for path in sorted(folder.glob(UNFINISHED)) if _KITHS.search(_start(path))]


def _erase_unfinished(folder: Path, older_than: float) -> None:
    """older_than: seconds; a younger file may be being written."""
    _erase_all([path for path in unfinished(folder) if time.time() - path.stat().st_mtime >= older_than])


def _erase_set_aside(folder: Path) -> None:
    _erase_all([*folder.glob(f"{DOMAIN}.*.corrupt.*")])


def _erase_all(paths: list[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            _LOGGER.warning("%s could not be erased: %s", path.name, error.strerror)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""
