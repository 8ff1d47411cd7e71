"""Each camera's counts of widths and flaws, on disk; nothing about people."""

from collections import Counter
from collections.abc import Mapping
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..identity.suitability import Suitability
from ..kith_engine.analysis import Flaw
from .nothing_personal import NothingPersonal
from .records import Records

SUITABILITY = f"{DOMAIN}.suitability"
SAVE_SUITABILITY_AFTER = 600.0
"""Seconds: a report over weeks may lose ten minutes."""


class _StoredSuitability(TypedDict):
    faces: int
    usable: int
    flaws: dict[str, int]
    widths: dict[str, int]


class SuitabilityStore(NothingPersonal):
    """Counts by camera (the id of its subentry). Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[dict[str, _StoredSuitability]] = Records(
            hass, SUITABILITY, dict[str, _StoredSuitability]
        )
        self.cameras: dict[str, Suitability] = {}

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        self.cameras = await self._records.load(
            lambda stored: {camera: _decode_suitability(tallies) for camera, tallies in stored.items()}, {}
        )

    @callback
    def save_soon(self) -> None:
        self._records.async_delay_save(lambda: _encode_suitability(self.cameras), SAVE_SUITABILITY_AFTER)

    async def save(self) -> None:
        await self._records.async_save(_encode_suitability(self.cameras))

    async def remove(self) -> None:
        await self._records.async_remove()


def _encode_suitability(cameras: Mapping[str, Suitability]) -> dict[str, _StoredSuitability]:
    return {
        camera: {
            "faces": suitability.faces,
            "usable": suitability.usable,
            "flaws": {str(flaw): count for flaw, count in suitability.flaws.items()},
            "widths": {str(width): count for width, count in suitability.widths.items()},
        }
        for camera, suitability in cameras.items()
    }


def _decode_suitability(stored: _StoredSuitability) -> Suitability:
    flaws = Counter({Flaw(flaw): count for flaw, count in stored["flaws"].items()})
    widths = Counter({int(width): count for width, count in stored["widths"].items()})
    return Suitability(stored["faces"], stored["usable"], flaws, widths)
