"""What was counted at each camera on disk: widths and flaws, nothing of anybody."""

from collections import Counter
from collections.abc import Mapping
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..identity.suitability import Suitability
from ..kith_engine.analysis import Flaw
from .records import Records

SUITABILITY = f"{DOMAIN}.suitability"
SAVE_SUITABILITY_AFTER = 600.0
"""Seconds: a report over weeks may lose ten minutes."""


class _StoredSuitability(TypedDict):
    faces: int
    usable: int
    flaws: dict[str, int]
    widths: dict[str, int]


class SuitabilityStore:
    """The place of what was counted at each camera."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[dict[str, _StoredSuitability]] = Records(hass, SUITABILITY)

    async def load(self) -> dict[str, Suitability]:
        """Raises StorageTooNew."""
        stored = await self._records.load() or {}
        return {camera: _decode_suitability(tallies) for camera, tallies in stored.items()}

    @callback
    def save_soon(self, cameras: Mapping[str, Suitability]) -> None:
        self._records.async_delay_save(lambda: _encode_suitability(cameras), SAVE_SUITABILITY_AFTER)

    async def save(self, cameras: Mapping[str, Suitability]) -> None:
        await self._records.async_save(_encode_suitability(cameras))

    async def remove(self) -> None:
        await self._records.async_remove()


def _encode_suitability(cameras: Mapping[str, Suitability]) -> dict[str, _StoredSuitability]:
    return {
        camera: {
            "faces": told.faces,
            "usable": told.usable,
            "flaws": {str(flaw): count for flaw, count in told.flaws.items()},
            "widths": {str(width): count for width, count in told.widths.items()},
        }
        for camera, told in cameras.items()
    }


def _decode_suitability(stored: _StoredSuitability) -> Suitability:
    flaws = Counter({Flaw(flaw): count for flaw, count in stored["flaws"].items()})
    widths = Counter({int(width): count for width, count in stored["widths"].items()})
    return Suitability(stored["faces"], stored["usable"], flaws, widths)
