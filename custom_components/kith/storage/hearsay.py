"""How often each camera's own names were right, on disk; nothing about people."""

from typing import TypedDict

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..identity.hearsay import Reliability
from .nothing_personal import NothingPersonal
from .records import Records

HEARSAY = f"{DOMAIN}.hearsay"
SAVE_HEARSAY_AFTER = 600.0
"""Seconds: what is learned over weeks may lose ten minutes."""


class _StoredReliability(TypedDict):
    right: int
    wrong: int


class HearsayStore(NothingPersonal):
    """Counts by camera (the id of its subentry). Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[dict[str, _StoredReliability]] = Records(hass, HEARSAY, dict[str, _StoredReliability])
        self.cameras: dict[str, Reliability] = {}

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        self.cameras = await self._records.load(
            lambda stored: {camera: Reliability(one["right"], one["wrong"]) for camera, one in stored.items()}, {}
        )

    @callback
    def save_soon(self) -> None:
        self._records.async_delay_save(self._encode, SAVE_HEARSAY_AFTER)

    async def save(self) -> None:
        await self._records.async_save(self._encode())

    async def remove(self) -> None:
        await self._records.async_remove()

    @callback
    def _encode(self) -> dict[str, _StoredReliability]:
        return {camera: {"right": one.right, "wrong": one.wrong} for camera, one in self.cameras.items()}
