"""One file that says which version it is of: an older one is brought up to date, a newer one is left as it is."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store

from ..errors import StorageTooNewError

VERSION = 1
"""Raised where an older Kith could not read what is written now; else `minor` is, of one kind of file."""


class Records[T: Mapping[str, Any]](Store[T]):
    """Private, and written so that a file is either as before or as after."""

    def __init__(self, hass: HomeAssistant, key: str, minor: int = 1, *, frozen: bool = False) -> None:
        """frozen: what is stored does not change while it is written, so it need not be encoded in the event loop."""
        super().__init__(
            hass,
            VERSION,
            key,
            private=True,
            atomic_writes=True,
            minor_version=minor,
            serialize_in_event_loop=not frozen,
        )

    async def load(self) -> T | None:
        """None where there is nothing, or where Home Assistant set a damaged file aside. Raises StorageTooNewError."""
        try:
            return await self.async_load()
        except UnsupportedStorageVersionError as error:
            raise StorageTooNewError(f"{self.path} was written by a newer version of Kith.") from error

    def complete(self, older: dict[str, Any]) -> None:
        """Bring what an older minor version wrote up to date, in place."""

    @override
    async def _async_migrate_func(self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]) -> T:
        if old_minor_version < self.minor_version:
            self.complete(old_data)
        return old_data  # type: ignore[return-value]
