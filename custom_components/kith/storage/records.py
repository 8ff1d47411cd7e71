"""A file with a version: an older one is migrated, a newer one is left as it is."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store

from ..errors import StorageTooNewError

STORAGE_VERSION = 1
"""Increased if an older Kith cannot read the new form; otherwise only a file's `minor` is."""


class Records[T: Mapping[str, Any]](Store[T]):
    """A private file, which is replaced whole."""

    def __init__(self, hass: HomeAssistant, key: str, minor: int = 1, *, frozen: bool = False) -> None:
        """frozen: the data does not change during a write, so it need not be encoded in the event loop."""
        super().__init__(
            hass,
            STORAGE_VERSION,
            key,
            private=True,
            atomic_writes=True,
            minor_version=minor,
            serialize_in_event_loop=not frozen,
        )

    async def load(self) -> T | None:
        """None if there is no file, or if Home Assistant set it aside as damaged. Raises StorageTooNewError."""
        try:
            return await self.async_load()
        except UnsupportedStorageVersionError as error:
            raise StorageTooNewError(f"{self.path} was written by a newer version of Kith.") from error

    def complete(self, older: dict[str, Any]) -> None:
        """Migrate data of an older minor version, in place."""

    @override
    async def _async_migrate_func(self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]) -> T:
        if old_minor_version < self.minor_version:
            self.complete(old_data)
        return old_data  # type: ignore[return-value]
