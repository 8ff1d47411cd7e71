"""Actions that can be undone for a short time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .const import DOMAIN

UNDO_FOR = timedelta(seconds=10)
"""Long enough to notice that the wrong name was tapped."""


async def _nothing() -> None:
    """Finishes an action that needs nothing more."""


@dataclass(frozen=True, slots=True)
class _Undoable:
    take_back: Callable[[], Awaitable[None]]
    finish: Callable[[], Awaitable[None]]
    stop: CALLBACK_TYPE


class Undos:
    """Actions by token. They take effect at once; what cannot be undone waits until the time is over."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._done: dict[str, _Undoable] = {}
        self.taking_back = asyncio.Lock()
        """Held while an action is undone: until the end, what it was about is neither here nor there."""

    @callback
    def offer(
        self, take_back: Callable[[], Awaitable[None]], finish: Callable[[], Awaitable[None]] = _nothing
    ) -> tuple[str, datetime]:
        """finish: makes the action final. Returns the token and its expiry."""
        token = uuid4().hex

        @callback
        def expire(_now: datetime) -> None:
            if done := self._done.pop(token, None):
                self._hass.async_create_task(_awaited(done.finish), f"{DOMAIN} finishes what was answered")

        stop = async_call_later(self._hass, UNDO_FOR, expire)
        self._done[token] = _Undoable(take_back, finish, stop)
        return token, dt_util.utcnow() + UNDO_FOR

    async def undo(self, token: str) -> bool:
        """Returns whether there was anything to undo."""
        if (done := self._done.pop(token, None)) is None:
            return False
        done.stop()
        async with self.taking_back:
            await done.take_back()
        return True

    async def finish(self) -> None:
        """Finish all actions now, because Kith stops."""
        while self._done:
            _, done = self._done.popitem()
            done.stop()
            await done.finish()


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()
