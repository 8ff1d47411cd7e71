"""Calls to one service: one at a time, with a time limit, not while it is left alone, each recorded in the ledger."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
import logging

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..errors import (
    OpinionDriftedError,
    OpinionError,
    OpinionPhotoRefusedError,
    OpinionThrottledError,
    OpinionUnavailableError,
)
from ..listeners import Listeners
from .breaker import Breaker
from .ledger import LedgerEntry, Purpose
from .ledger_store import LedgerStore
from .protocol import Answer, Meter
from .service_state import ServiceState, halt_of
from .sync_steps import MOST_FAILURES, ServiceContents

_LOGGER = logging.getLogger(__name__)

WITHIN = 90.0
"""Seconds for anything but a question: CompreFace itself gives up on a picture after 60."""
LOOK_AGAIN = timedelta(hours=1)
"""For a service whose quota is spent, or that refuses Kith while something must be erased."""
ANSWERED = (OpinionPhotoRefusedError, OpinionDriftedError)
"""Refusals that show that the service works."""


class LeftAloneError(OpinionUnavailableError):
    """Nothing was sent."""


class ServiceCaller:
    """turn: hold it while calling. there: what the service has and why it is halted."""

    def __init__(self, there: ServiceContents, ledger: LedgerStore) -> None:
        self.there = there
        self.turn = asyncio.Lock()
        self._ledger = ledger
        self._breaker = Breaker()
        self._failing: set[Purpose] = set()
        """What failed since the service last worked, apart from sending photos."""
        self._reported = (self.state, self.until)
        self.on_change: Listeners[[]] = Listeners()

    @property
    def state(self) -> ServiceState:
        if self.there.halted is not None:
            return self.there.halted
        return ServiceState.READY if self._breaker.well else ServiceState.UNAVAILABLE

    @property
    def until(self) -> datetime | None:
        """Nothing is sent before then; None if calls may go out now."""
        return self._breaker.until

    @callback
    def may_ask(self) -> bool:
        """Whether a question may be sent, which is never the first call after a pause."""
        return self.there.halted is None and self._breaker.until is None

    @callback
    def well_again(self) -> None:
        """The owner fixed the service."""
        self.there.halted = None
        self.there.failures.clear()
        self._works()
        self._report()

    async def call[T](
        self,
        purpose: Purpose,
        work: Callable[[Meter], Awaitable[T]],
        *,
        about: tuple[str, ...] = (),
        camera: str | None = None,
        photo: str | None = None,
        within: float = WITHIN,
        force: bool = False,
    ) -> T:
        """photo: the id of the template whose photo is sent. force: call even while the service is left alone.

        Raises OpinionError.
        """
        now, access = dt_util.utcnow(), self.there.access
        if not self._breaker.begin(now) and not force:
            raise LeftAloneError("it failed too often and is not asked for a while.")
        # recorded as failed until there is an answer
        begun = LedgerEntry(now, access.service_id, access.kind, purpose, camera, about, error=OpinionError.code)
        self._ledger.begin(begun)
        meter = Meter()
        try:
            answer = await _within(within, work, meter)
        except OpinionError as error:
            self._failed(error, purpose, photo)
            self._ledger.finish(begun, replace(begun, sent=meter.sent, calls=meter.calls, error=error.code))
            raise
        except BaseException:
            self._breaker.abandoned()
            self._ledger.finish(begun, replace(begun, sent=meter.sent, calls=meter.calls))
            raise
        self._succeeded(purpose, photo)
        self._ledger.finish(begun, _done(begun, meter, answer))
        return answer

    @callback
    def _succeeded(self, purpose: Purpose, photo: str | None) -> None:
        """An erasure that succeeded does not show that the service may be asked.

        A face that was compared or enrolled shows that it works. Anything else also succeeds at a service whose
        networks do not run, so it ends no trouble but its own.
        """
        if purpose is not Purpose.ERASE:
            self.there.halted = None
        if purpose is Purpose.ASK or photo:
            self._blame_others(photo)
            self._works()
        elif purpose in self._failing or not (self._failing or self.there.on_trial):
            self._works()
        else:
            self._breaker.answered()
        self._report()

    @callback
    def _blame_others(self, photo: str | None) -> None:
        """The service processes faces, so the other photos are to blame for its failures at them."""
        for other in self.there.on_trial.keys() - {photo}:
            self.there.failures[other] += 1
            if self.there.failures[other] == MOST_FAILURES:
                _LOGGER.warning("%s failed at a photo again and again; it is left out", self.there.access.name)

    @callback
    def _works(self) -> None:
        self._failing.clear()
        self.there.on_trial.clear()
        self._breaker.succeeded()

    @callback
    def _failed(self, error: OpinionError, purpose: Purpose, photo: str | None) -> None:
        halted = halt_of(error)
        if halted is not None:
            self.there.halted = halted
        if halted is ServiceState.QUOTA_SPENT:
            self._breaker.failed(dt_util.utcnow(), error.retry_after or LOOK_AGAIN.total_seconds())
        elif halted is not None or isinstance(error, ANSWERED):
            self._works()
        elif isinstance(error, OpinionThrottledError):
            self._breaker.failed(dt_util.utcnow(), error.retry_after)
        elif photo and photo in self.there.on_trial:
            self.there.on_trial[photo] += 1
            self._breaker.abandoned()  # a photo that fails again says nothing new about the service
        else:
            if photo:
                self.there.on_trial[photo] = 1
            else:
                self._failing.add(purpose)
            self._breaker.failed(dt_util.utcnow(), error.retry_after)
        self._report()

    @callback
    def _report(self) -> None:
        """Logs each state once, without its reason: a service's own text may contain anything."""
        before, self._reported = self._reported, (self.state, self.until)
        if self._reported == before:
            return
        if self.state is not before[0]:
            if self.state is ServiceState.READY:
                _LOGGER.info("%s can be asked again", self.there.access.name)
            else:
                _LOGGER.warning("%s is not asked for second opinions: %s", self.there.access.name, self.state)
        self.on_change.notify()


async def _within[T](seconds: float, work: Callable[[Meter], Awaitable[T]], meter: Meter) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await work(meter)
    except TimeoutError:
        raise OpinionUnavailableError(f"it did not answer within {seconds:.0f} s.") from None


def _done(begun: LedgerEntry, meter: Meter, answer: object) -> LedgerEntry | None:
    """None if nothing was sent."""
    if not meter.calls:
        return None
    done = replace(begun, sent=meter.sent, calls=meter.calls, error=None)
    return replace(done, said=answer.said, score=answer.score) if isinstance(answer, Answer) else done
