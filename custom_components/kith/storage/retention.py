"""What has been kept for long enough, by a clock that may be wrong.

A machine without a clock of its own (a Raspberry Pi) starts in 1970, or where it stopped, until a time server answers.
"""

from collections.abc import Hashable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from .nothing_personal import NothingPersonal
from .records import Records, moment

RETENTION = f"{DOMAIN}.retention"
MADE = datetime(2026, 10, 1, tzinfo=UTC)
"""Kith was made later: a clock that shows an earlier time is wrong."""
STEADY_FOR = timedelta(minutes=50)
"""A clock is believed after it went evenly for this long, thus at the second of two looks an hour apart: what a jump
made old all at once is not erased at once.
"""
UNEVEN = timedelta(minutes=5)
"""A larger difference from the loop's own clock is a jump."""
AHEAD = timedelta(days=1)
"""What is dated further ahead says that either the clock is wrong now, or it was then."""
SAVE_RETENTION_AFTER = 1.0
"""Seconds: all kinds are looked at one after another."""


class _StoredRetention(TypedDict):
    """ahead: since when something of each kind has been dated ahead."""

    ahead: dict[str, str]


class RetentionStore(NothingPersonal):
    """Says what is to be erased because of its age. Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._records: Records[_StoredRetention] = Records(hass, RETENTION, _StoredRetention)
        self._ahead: dict[str, datetime] = {}
        self._steady: tuple[datetime, float] | None = None
        """When the clock began to go evenly, by itself and by the loop's clock."""
        self._keep: dict[str, timedelta] = {}
        """For how long each kind was to be kept at the last look."""

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        nothing: dict[str, datetime] = {}
        self._ahead = await self._records.load(
            lambda stored: {kind: moment(since) for kind, since in stored["ahead"].items()}, nothing
        )

    @callback
    def over[K: Hashable](self, kind: str, dated: Mapping[K, datetime], keep: timedelta, now: datetime) -> set[K]:
        """Those that are older than this, or dated ahead although it was that long ago that the first such was found.

        Nothing while the clock is not to be trusted: that includes all the time in which something is dated ahead.
        Once the owner chose a shorter time, a possible time is enough. Everything, whatever the clock says, if nothing
        is to be kept.
        """
        trusted = self._trusts(now) or (now >= MADE and keep < self._keep.get(kind, keep))
        self._keep[kind] = keep
        if not keep:
            return set(dated)
        if not trusted:
            return set()
        if max(dated.values(), default=now) - now <= AHEAD:
            if self._ahead.pop(kind, None) is not None:
                self._save_soon()
        elif now - self._since(kind, now) < keep:
            return set()
        return {key for key, at in dated.items() if now - at >= keep or at - now > AHEAD}

    async def save(self) -> None:
        await self._records.async_save(self._encode())

    async def remove(self) -> None:
        await self._records.async_remove()

    @callback
    def _trusts(self, now: datetime) -> bool:
        """Has the clock gone evenly for a while, and could it be right? Looks count from the first one on."""
        running = self._hass.loop.time()
        if self._steady is None or abs(now - self._steady[0] - timedelta(seconds=running - self._steady[1])) > UNEVEN:
            self._steady = now, running
        return now >= MADE and running - self._steady[1] >= STEADY_FOR.total_seconds()

    @callback
    def _since(self, kind: str, now: datetime) -> datetime:
        if kind not in self._ahead or self._ahead[kind] > now:
            self._ahead[kind] = now
            self._save_soon()
        return self._ahead[kind]

    @callback
    def _save_soon(self) -> None:
        self._records.async_delay_save(self._encode, SAVE_RETENTION_AFTER)

    @callback
    def _encode(self) -> _StoredRetention:
        return {"ahead": {kind: since.isoformat() for kind, since in self._ahead.items()}}
