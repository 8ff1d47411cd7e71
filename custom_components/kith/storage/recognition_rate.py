"""How often each person was named: two numbers per person, on disk."""

from collections.abc import Set
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..identity.recognition_rate import RecognitionRate
from .records import Records

SERVED = f"{DOMAIN}.served"
SAVE_SERVED_AFTER = 600.0
"""Seconds: a tally over weeks may lose ten minutes."""


class _StoredServed(TypedDict):
    named: int
    missed: int


class RecognitionRateStore:
    """The counts of each person. Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[dict[str, _StoredServed]] = Records(hass, SERVED, dict[str, _StoredServed])
        self.tallies: dict[str, RecognitionRate] = {}

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        self.tallies = await self._records.load(
            lambda stored: {who: RecognitionRate(rate["named"], rate["missed"]) for who, rate in stored.items()}, {}
        )

    @callback
    def count(self, named: Set[str], missed: Set[str]) -> None:
        """Count one visit: who was named, and who was most likely there without a name."""
        for person_id in named | missed:
            self.tallies.setdefault(person_id, RecognitionRate()).add(named=person_id in named)
        if named or missed:
            self._records.async_delay_save(self._encode, SAVE_SERVED_AFTER)

    async def known_people(self) -> set[str]:
        return set(self.tallies)

    async def forget(self, person_id: str) -> None:
        if self.tallies.pop(person_id, None) is not None:
            await self.save()

    async def save(self) -> None:
        await self._records.async_save(self._encode())

    async def remove(self) -> None:
        await self._records.async_remove()

    @callback
    def _encode(self) -> dict[str, _StoredServed]:
        return {who: {"named": rate.named, "missed": rate.missed} for who, rate in self.tallies.items()}
