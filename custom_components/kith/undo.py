"""What was done a moment ago and can still be taken back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .const import DOMAIN

UNDO_FOR = timedelta(seconds=10)
"""Long enough to see that the wrong name was tapped."""


async def _nothing() -> None:
    """Where nothing is left to be done."""


@dataclass(frozen=True, slots=True)
class _Done:
    take_back: Callable[[], Awaitable[None]]
    finish: Callable[[], Awaitable[None]]
    stop: CALLBACK_TYPE


class Undos:
    """By token. What is done holds at once; what cannot be taken back is put off until the time is over."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._done: dict[str, _Done] = {}

    @callback
    def offer(
        self, take_back: Callable[[], Awaitable[None]], finish: Callable[[], Awaitable[None]] = _nothing
    ) -> tuple[str, datetime]:
        """finish: what makes it final. Returns the token, and until when it is good."""
        token = uuid4().hex

        @callback
        def over(_now: datetime) -> None:
            if done := self._done.pop(token, None):
                self._hass.async_create_task(_awaited(done.finish), f"{DOMAIN} finishes what was answered")

        stop = async_call_later(self._hass, UNDO_FOR, over)
        self._done[token] = _Done(take_back, finish, stop)
        return token, dt_util.utcnow() + UNDO_FOR

    async def undo(self, token: str) -> bool:
        """Was there anything to take back?"""
        if (done := self._done.pop(token, None)) is None:
            return False
        done.stop()
        await done.take_back()
        return True

    async def finish(self) -> None:
        """All of it, now: Kith stops, and nobody can take anything back afterwards."""
        while self._done:
            _, done = self._done.popitem()
            done.stop()
            await done.finish()


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()
