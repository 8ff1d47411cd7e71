"""For which cameras recognition was switched on or off, on disk; nothing about people."""

from collections.abc import Set
from typing import TypedDict

from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from .nothing_personal import NothingPersonal
from .records import Records

SWITCHES = f"{DOMAIN}.switches"


class _StoredSwitches(TypedDict):
    recognition: dict[str, bool]


class RecognitionSwitchStore(NothingPersonal):
    """Whether faces are looked for, by camera (the id of its subentry), if the owner ever said. Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[_StoredSwitches] = Records(hass, SWITCHES, _StoredSwitches)
        self.cameras: dict[str, bool] = {}

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        nothing: dict[str, bool] = {}
        self.cameras = await self._records.load(lambda stored: stored["recognition"], nothing)

    async def switch(self, camera: str, *, on: bool) -> None:
        """Write it at once: what was switched off for guests must not come back on after a power cut."""
        self.cameras[camera] = on
        await self.save()

    async def keep_only(self, cameras: Set[str]) -> None:
        """Forget all others."""
        if gone := self.cameras.keys() - cameras:
            for camera in gone:
                del self.cameras[camera]
            await self.save()

    async def save(self) -> None:
        await self._records.async_save({"recognition": dict(self.cameras)})

    async def remove(self) -> None:
        await self._records.async_remove()
