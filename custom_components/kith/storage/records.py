"""A file with a version: an older one is migrated, a newer one is left as it is, a damaged one is set aside."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
import logging
from pathlib import Path
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, UnsupportedStorageVersionError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..errors import StorageTooNewError
from .shape import fits

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION = 1
"""Increased if an older Kith cannot read the new form; otherwise only a file's `minor` is."""
SET_ASIDE = "storage_set_aside"
DAMAGED_CONTENT = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading or decoding raises on content that is not Kith's."""


class Records[T: Mapping[str, Any]](Store[T]):
    """A private file, which is replaced whole."""

    def __init__(self, hass: HomeAssistant, key: str, form: Any, minor: int = 1, *, frozen: bool = False) -> None:
        """form: T, to check what is read. frozen: the data does not change during a write, so an executor encodes it,
        and calls a write's `data_func`.
        """
        super().__init__(
            hass,
            STORAGE_VERSION,
            key,
            private=True,
            atomic_writes=True,
            minor_version=minor,
            serialize_in_event_loop=not frozen,
        )
        self._form = form
        self._due: float | None = None
        """When the pending change is written, if there is one, by the loop's clock."""
        self._writing = asyncio.Lock()

    async def load[D](self, decode: Callable[[T], D], nothing: D) -> D:
        """What `decode` makes of the content; `nothing` if there is no file, or a damaged one, which is set aside.

        decode: called in an executor. Raises StorageTooNewError.
        """
        try:
            found = await self.read(decode)
        except DAMAGED_CONTENT as error:
            await self._set_aside(error)
            return nothing
        return nothing if found is None else found

    async def read[D](self, decode: Callable[[T], D]) -> D | None:
        """The same, but None if there is nothing, and content that is damaged raises what was met first."""
        try:
            content = await self.async_load()
        except UnsupportedStorageVersionError as error:
            raise StorageTooNewError(f"{self.path} was written by a newer version of Kith.") from error
        except HomeAssistantError as error:
            raise ValueError(f"it cannot be read: {error}") from error
        if content is None:
            return None

        def decoded() -> D:
            if not fits(content, self._form):
                raise ValueError("it has another form than Kith writes")
            return decode(content)

        return await self.hass.async_add_executor_job(decoded)

    @override
    @callback
    def async_delay_save(self, data_func: Callable[[], T], delay: float = 0) -> None:
        """Write it this many seconds after the first change that is not written yet. data_func: what is kept by then.

        Home Assistant's own waits anew with each call, for ever if they are frequent. A power cut loses no more than
        what changed within the delay; when Home Assistant stops, it writes what is pending.
        """
        pending, due = self._due, self.hass.loop.time() + delay
        if pending is not None and pending <= due:
            return  # what is pending is written no later, and has this change

        def kept() -> T:
            self._due = None  # what changes from now on needs another write
            return data_func()

        self._due = due
        super().async_delay_save(kept, delay)

    @override
    async def async_save(self, data: T) -> None:
        self._due = None
        await super().async_save(data)

    @override
    async def async_remove(self) -> None:
        self._due = None
        await super().async_remove()

    async def write(self, data_func: Callable[[], T]) -> None:
        """Write at once what `data_func` returns in an executor.

        One write after the other: what was encoded before somebody was erased must not be written after that.
        """
        async with self._writing:
            self._due = None  # what changes from now on needs another write
            data = await self.hass.async_add_executor_job(data_func)
            changed = self._due
            await self.async_save(data)
            if changed is not None:
                self.async_delay_save(data_func, max(0.0, changed - self.hass.loop.time()))

    def complete(self, older: dict[str, Any]) -> None:
        """Migrate data of an older minor version, in place."""

    @override
    async def _async_migrate_func(self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]) -> T:
        if old_minor_version < self.minor_version:
            await self.hass.async_add_executor_job(self.complete, old_data)
        return old_data  # type: ignore[return-value]

    async def _set_aside(self, error: Exception) -> None:
        """As Home Assistant does with what is no JSON: Kith goes on without it, and its owner is told."""
        aside = f"{self.path}.corrupt.{dt_util.utcnow().isoformat()}"
        await self.hass.async_add_executor_job(_move, self.path, aside)
        _LOGGER.warning("%s is damaged and was set aside as %s: %s", self.path, aside, error)
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            f"{SET_ASIDE}_{self.key}",
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=SET_ASIDE,
            translation_placeholders={"file": self.key, "aside": Path(aside).name},
        )


def moment(stored: str) -> datetime:
    """Raises ValueError for anything but a time with its zone: others cannot be compared."""
    found = datetime.fromisoformat(stored)
    if found.tzinfo is None:
        raise ValueError(f"{stored} has no time zone")
    return found


def _move(path: str, aside: str) -> None:
    if Path(path).exists():
        Path(path).rename(aside)
