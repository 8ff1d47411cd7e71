"""Stores what was sent to services: no pictures, and people only by id."""

from collections.abc import Set
from dataclasses import replace
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..listeners import Listeners
from ..settings import ServiceKind
from ..storage.records import Records, moment
from .ledger import LedgerEntry, Purpose, kept
from .protocol import Said

LEDGER = f"{DOMAIN}.ledger"
SAVE_LEDGER_AFTER = 1.0
"""Seconds: photos are enrolled one call after another. Home Assistant writes pending data when it stops."""


class _StoredEntry(TypedDict):
    at: str
    service: str
    kind: str
    purpose: str
    camera: str | None
    about: list[str]
    sent: int
    calls: int
    said: str | None
    error: str | None
    score: float | None


class _StoredLedger(TypedDict):
    entries: list[_StoredEntry]


class LedgerStore:
    """The entries. Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[_StoredLedger] = Records(hass, LEDGER, _StoredLedger, frozen=True)
        self._entries: list[LedgerEntry] = []
        self.on_change: Listeners[[]] = Listeners()

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        nothing: list[LedgerEntry] = []
        found = await self._records.load(lambda stored: [*map(_decode, stored["entries"])], nothing)
        self._entries = kept(found, dt_util.utcnow())

    @property
    def entries(self) -> list[LedgerEntry]:
        """Newest first."""
        return self._entries[::-1]

    @callback
    def begin(self, entry: LedgerEntry) -> None:
        """Record a call as it begins, so that a crash cannot lose it."""
        self._write([*self._entries, entry])

    @callback
    def finish(self, begun: LedgerEntry, entry: LedgerEntry | None) -> None:
        """Replace it with its outcome; with nothing if nothing was sent after all. Forgotten people stay forgotten."""
        newest = reversed(self._entries)
        stored = next((one for one in newest if one.at == begun.at and replace(one, about=begun.about) == begun), begun)
        others = [one for one in self._entries if one is not stored]
        self._write([*others, replace(entry, about=stored.about)] if entry else others)

    @callback
    def drop(self, entries: Set[LedgerEntry]) -> None:
        if entries:
            self._write([one for one in self._entries if one not in entries])

    async def known_people(self) -> set[str]:
        return set[str]().union(*(entry.about for entry in self._entries))

    async def forget(self, person_id: str) -> None:
        """Keeps the entries, but not whom they were about."""
        if any(person_id in entry.about for entry in self._entries):
            self._entries = [_without(entry, person_id) for entry in self._entries]
            await self.save()

    async def save(self) -> None:
        await self._records.write(self._encode)

    async def remove(self) -> None:
        """Delete the file."""
        await self._records.async_remove()

    @callback
    def _write(self, entries: list[LedgerEntry]) -> None:
        self._entries = kept(entries, dt_util.utcnow())
        self._records.async_delay_save(self._encode, SAVE_LEDGER_AFTER)
        self.on_change.notify()

    def _encode(self) -> _StoredLedger:
        """Called in an executor."""
        return {"entries": [_encode(entry) for entry in self._entries]}


def _without(entry: LedgerEntry, person_id: str) -> LedgerEntry:
    return replace(entry, about=tuple(who for who in entry.about if who != person_id))


def _encode(entry: LedgerEntry) -> _StoredEntry:
    return {
        "at": entry.at.isoformat(),
        "service": entry.service_id,
        "kind": entry.kind,
        "purpose": entry.purpose,
        "camera": entry.camera,
        "about": list(entry.about),
        "sent": entry.sent,
        "calls": entry.calls,
        "said": entry.said,
        "error": entry.error,
        "score": entry.score,
    }


def _decode(stored: _StoredEntry) -> LedgerEntry:
    return LedgerEntry(
        moment(stored["at"]),
        stored["service"],
        ServiceKind(stored["kind"]),
        Purpose(stored["purpose"]),
        stored["camera"],
        tuple(stored["about"]),
        stored["sent"],
        stored["calls"],
        Said(stored["said"]) if stored["said"] else None,
        stored["error"],
        stored["score"],
    )
