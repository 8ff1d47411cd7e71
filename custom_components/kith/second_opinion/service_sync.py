"""Keeps what one place has of people in step, and erases it there once it should have nothing."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import timedelta
import logging
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..errors import OpinionDriftedError, OpinionError
from ..settings import PersonSettings, ServiceSettings
from ..storage.gallery import GalleryStore
from ..storage.photos import PhotoStore
from .breaker import LONGEST_BREAK
from .clients import service_of
from .enrolled_store import EnrolledStore
from .ledger import Purpose
from .ledger_store import LedgerStore
from .service_caller import LOOK_AGAIN, ServiceCaller
from .service_enrollment import Enrolling
from .service_state import ServiceState
from .sync_steps import ServiceContents, Wanted, may_hear_of

_LOGGER = logging.getLogger(__name__)

RETRY = timedelta(minutes=1)
"""After one failure. It doubles until an attempt enrolls a new photo: each may send all of a person's photos again."""
PASSING_STATES = (ServiceState.UNAVAILABLE, ServiceState.QUOTA_SPENT, ServiceState.REPLACED)
"""States that may end by themselves: found out by a check, which sends nothing about anybody."""


class People:
    """The people of this home, what is kept of them, and where: everything that services need to know."""

    def __init__(
        self,
        people: Callable[[], Iterable[PersonSettings]],
        gallery: GalleryStore,
        photos: PhotoStore,
        enrolled: EnrolledStore,
    ) -> None:
        self._people = people
        self._gallery = gallery
        self._photos = photos
        self._enrolled = enrolled

    @callback
    def agreeing(self, service: ServiceSettings) -> set[str]:
        """Ids of the people who may be sent to this service."""
        return {person.person_id for person in self._people() if may_hear_of(service, person)}

    async def wanted(self, service: ServiceSettings) -> Wanted:
        photos = await self._photos.people()
        templates = self._gallery.gallery.templates
        agreeing = self.agreeing(service)
        found = {
            who: {one.template_id for one in templates.get(who, ())} & set(photos.get(who, ())) for who in agreeing
        }
        return {who: kept for who, kept in found.items() if kept}

    async def photo(self, person_id: str, template_id: str) -> bytes | None:
        return await self._photos.find(person_id, template_id)

    async def save(self) -> None:
        await self._enrolled.save()


class ServiceSync:
    """One service at one place. begin: starts work that ends with the entry."""

    def __init__(
        self,
        hass: HomeAssistant,
        there: ServiceContents,
        people: People,
        ledger: LedgerStore,
        begin: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        self.there = there
        self.service = service_of(hass, there.access)
        self.caller = ServiceCaller(there, ledger)
        self._hass = hass
        self._people = people
        self._begin = begin
        self._enrolling = Enrolling(self, self.caller)
        self._timer: CALLBACK_TYPE | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._again = False
        self._retry: timedelta | None = None
        """The pause before the next attempt; None if none is needed."""
        self._enrolled: set[str] = set()
        """Photos that the service had at any time."""
        self._ended = False
        self._drifted = dt_util.utc_from_timestamp(0)
        self.caller.on_change.subscribe(self._plan)

    @property
    def gone(self) -> bool:
        return not self.there.access.enabled

    def agrees(self, person_id: str) -> bool:
        return not self.gone and person_id in self._people.agreeing(self.there.access)

    async def wanted(self) -> Wanted:
        return await self._people.wanted(self.there.access)

    async def photo(self, person_id: str, template_id: str) -> bytes | None:
        return await self._people.photo(person_id, template_id)

    async def save(self) -> None:
        await self._people.save()

    @callback
    def change(self, settings: ServiceSettings) -> None:
        """Same place, with another key, address, or limits."""
        before, self.there.access = self.there.access, settings
        if (before.url, before.key) != (settings.url, settings.key):
            self.service = service_of(self._hass, settings)
            self.caller.well_again()

    @callback
    def sync_soon(self) -> None:
        """Bring the service in step, now if nothing is in the way."""
        if self._ended:
            return
        if self._syncing is not None and not self._syncing.done():
            self._again = True
        else:
            self._syncing = self._begin(self._sync_all(), f"{DOMAIN} keeps {self.there.access.kind} in step")

    async def erase(self) -> None:
        """Erase at once what it should not have. Raises OpinionError; then it is tried again until it is gone."""
        try:
            await self._enrolling.run(erase_only=True)
        finally:
            self.sync_soon()

    async def drifted(self) -> None:
        """Enroll everybody again, but not repeatedly."""
        now, before = dt_util.utcnow(), self._drifted
        self._drifted = now
        await self._enrolling.drift()
        if abs(now - before) > LOOK_AGAIN:
            self.sync_soon()

    async def stop(self) -> None:
        self._ended = True
        self._cancel_timer()
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)

    async def _sync_all(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            error = await self._sync()
            if error is None or isinstance(error, OpinionDriftedError):
                self._retry = None
            elif not self.there.photos <= self._enrolled:
                self._retry = RETRY
            else:
                self._retry = min(2 * self._retry, LONGEST_BREAK) if self._retry else RETRY
            self._enrolled |= self.there.photos
            self._plan()

    async def _sync(self) -> OpinionError | None:
        """Returns the error that kept it from finishing."""
        try:
            if self.caller.state in PASSING_STATES and not self.gone:
                async with self.caller.turn:
                    await self.caller.call(Purpose.CHECK, self.service.check)
            await self._enrolling.run()
        except OpinionError as error:
            return error
        except Exception as error:  # outermost handler; an unforeseen error's text may contain anything
            _LOGGER.warning("%s could not be synchronized: %s", self.there.access.name, type(error).__name__)
        return None

    @callback
    def _plan(self) -> None:
        """Schedule the next attempt; everything else is tried every hour."""
        self._cancel_timer()
        if self._ended:
            return
        if (until := self.caller.until) is not None:
            self._timer = async_call_later(self._hass, max(until - dt_util.utcnow(), timedelta()), self._look)
        elif self._retry is not None and self.there.halted is None:
            self._timer = async_call_later(self._hass, self._retry, self._look)

    @callback
    def _look(self, _now: object) -> None:
        self._timer = None
        self.sync_soon()

    @callback
    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None
