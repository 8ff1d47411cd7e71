"""All services of a home, and removed ones that still have something of somebody."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_time_change, async_track_time_interval
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now

from ..const import DOMAIN, SUBENTRY_SERVICE
from ..errors import OpinionError, StorageTooNewError
from ..settings import ServiceSettings
from ..storage.gallery import GalleryStore
from ..storage.photos import PhotoStore
from ..storage.retention import MADE, RetentionStore
from ..subentries import Agreements
from .active_service import ActiveService
from .enrolled_store import EnrolledStore
from .ledger_store import LedgerStore
from .service_caller import LOOK_AGAIN
from .service_sync import People, ServiceSync
from .sync_steps import ServiceContents, same_place

_LOGGER = logging.getLogger(__name__)

SETTLED = 5.0
"""Seconds after the gallery changed: photos are written after their templates, one by one."""
KEEP_TRYING = timedelta(days=30)
"""How long to try erasing at a removed service that does not answer; then it is probably gone. Its key goes, too."""


class SecondOpinions:
    """services: by id. ledger: of everything that was sent."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        *,
        agreements: Agreements,
        gallery: GalleryStore,
        photos: PhotoStore,
        ledger: LedgerStore,
        enrolled: EnrolledStore,
        retention: RetentionStore,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self.ledger, self._enrolled, self._retention = ledger, enrolled, retention
        self._people = People(agreements.people, gallery, photos, self._enrolled)
        self.services: dict[str, ActiveService] = {}
        self._removed: dict[str, ServiceSync] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._settling: CALLBACK_TYPE | None = None
        self._ended = False

    @callback
    def prepare(self) -> None:
        """Make the services available to entities; sends nothing yet."""
        for place_id, there in list(self._enrolled.services.items()):
            if there.removed is not None:
                self._removed[place_id] = self._place(there)
        for settings in self._settings().values():
            self._add(settings)
        for service_id in self._enrolled.services.keys() - self.services.keys() - self._removed.keys():
            self._retire(service_id)  # removed while Kith was not loaded

    @callback
    def start(self) -> None:
        """Keep services in step until the entry is unloaded."""
        unload = self._entry.async_on_unload
        unload(self.ledger.on_change.subscribe(self._tell))
        unload(async_track_time_change(self._hass, self._tell, hour=0, minute=0, second=0))
        unload(async_track_time_interval(self._hass, self._look, LOOK_AGAIN, cancel_on_shutdown=True))
        self._sync()

    async def stop(self) -> None:
        """Cancel what is in progress, and store the results so far."""
        self._ended = True
        if self._settling is not None:
            self._settling()
            self._settling = None
        for place in self._places():
            await place.stop()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.ledger.save()
        await self._enrolled.save()

    async def follow(self) -> None:
        """Services were added, changed, or removed, or people changed their consent."""
        found = self._settings()
        for service_id in self.services.keys() - found.keys():
            await self.services.pop(service_id).place.stop()
            self._retire(service_id)
        for service_id, settings in found.items():
            running = self.services.get(service_id)
            if running is None:
                self._add(settings)
            elif same_place(running.settings, settings):
                running.place.change(settings)
            else:
                await running.place.stop()
                self._retire(service_id)
                running.move(self._open(settings))
        await self._enrolled.save()
        self._sync()
        self._tell()

    @callback
    def gallery_changed(self) -> None:
        """Bring photos at services in step once the gallery has settled."""
        if self._settling is not None:
            self._settling()
            self._settling = None
        if self._ended or not self._places():
            return

        @callback
        def settled(_now: datetime) -> None:
            self._settling = None
            self._sync()

        self._settling = async_call_later(self._hass, SETTLED, settled)

    @callback
    def set_up_again(self, service_id: str) -> None:
        """The owner fixed the service, and it answered."""
        if (running := self.services.get(service_id)) is not None:
            running.place.caller.well_again()
            running.place.sync_soon()

    async def forget(self, person_id: str) -> None:
        """Erase the person at services. `EnrolledStore.left_at` tells what could not be erased."""
        for place in self._places():
            place.there.refused.pop(person_id, None)
            if person_id in place.there.known or place.caller.turn.locked():  # a call may be about them
                await _erase(place)
        await self._enrolled.save()
        await self.ledger.forget(person_id)

    @callback
    def faces_at(self, person_id: str) -> dict[str, int]:
        """How many faces of this person each service has, by the service's name."""
        there = [place.there for place in self._places() if person_id in place.there.people]
        return {one.access.name: len(one.people[person_id].faces) for one in there}

    @callback
    def begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Start work that is canceled when the entry is unloaded."""
        task = self._entry.async_create_background_task(self._hass, work, name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _settings(self) -> dict[str, ServiceSettings]:
        found = (one for one in self._entry.subentries.values() if one.subentry_type == SUBENTRY_SERVICE)
        return {one.subentry_id: ServiceSettings.of(one) for one in found}

    def _places(self) -> list[ServiceSync]:
        return [*(running.place for running in self.services.values()), *self._removed.values()]

    def _place(self, there: ServiceContents) -> ServiceSync:
        return ServiceSync(self._hass, there, self._people, self.ledger, self.begin)

    @callback
    def _add(self, settings: ServiceSettings) -> None:
        self.services[settings.service_id] = ActiveService(self._open(settings), self.ledger)

    @callback
    def _open(self, settings: ServiceSettings) -> ServiceSync:
        """Continues with what Kith already put at this place, under any service id."""
        stored = self._enrolled.services
        if settings.service_id in stored and not same_place(stored[settings.service_id].access, settings):
            self._retire(settings.service_id)  # its address was changed while Kith was not loaded
        there = stored.get(settings.service_id) or self._taken_back(settings) or ServiceContents(settings)
        there.access = settings
        stored[settings.service_id] = there
        return self._place(there)

    @callback
    def _taken_back(self, settings: ServiceSettings) -> ServiceContents | None:
        for place_id, place in list(self._removed.items()):
            if same_place(place.there.access, settings):
                del self._removed[place_id]
                self.begin(self._end(place), f"{DOMAIN} ends erasing")
                there = self._enrolled.services.pop(place_id)
                there.removed = None
                there.drift()  # an erasure may have begun
                return there
        return None

    @callback
    def _retire(self, service_id: str) -> None:
        """Stop asking there, and erase what it has of people."""
        there = self._enrolled.services.pop(service_id)
        if there.used:
            # the service with this id may now be at another place
            there = replace(there, access=replace(there.access, enabled=False), removed=dt_util.utcnow())
            place_id = ulid_now()
            self._enrolled.services[place_id] = there
            self._removed[place_id] = self._place(there)

    @callback
    def _look(self, now: datetime) -> None:
        for place in self._removed.values():
            if place.there.removed is None or place.there.removed < MADE:  # by a wrong clock: the days begin anew
                place.there.removed = now
        since = {place_id: place.there.removed or now for place_id, place in self._removed.items()}
        given_up = self._retention.over("removed", since, KEEP_TRYING, now)
        for place_id, place in list(self._removed.items()):
            there = place.there
            if place_id in given_up:
                _LOGGER.warning(
                    "%s was removed and has not answered for %d days: its data about people stays there",
                    there.access.name,
                    KEEP_TRYING.days,
                )
                there.used = False
            if not there.used:
                del self._removed[place_id], self._enrolled.services[place_id]
                self.begin(self._end(place), f"{DOMAIN} has done with a service")
        self._sync()

    async def _end(self, place: ServiceSync) -> None:
        await place.stop()
        await self._enrolled.save()

    @callback
    def _sync(self) -> None:
        for place in self._places():
            place.sync_soon()

    @callback
    def _tell(self, _now: object = None) -> None:
        for running in self.services.values():
            running.tell()


async def _erase(place: ServiceSync) -> None:
    try:
        await place.erase()
    except OpinionError as error:
        _LOGGER.warning(
            "%s still has data about somebody who is to be forgotten: %s", place.there.access.name, error.code
        )


async def leave_services(hass: HomeAssistant) -> None:
    """Kith is being removed: erase everything at services that can be reached."""
    ledger, enrolled = LedgerStore(hass), EnrolledStore(hass)
    try:
        await enrolled.load()
    except StorageTooNewError as error:
        _LOGGER.warning("The services' data about people stays there: %s", error)
    people = People(list, GalleryStore(hass), PhotoStore(hass), enrolled)

    async def leave(there: ServiceContents) -> None:
        there.access = replace(there.access, enabled=False)
        place = ServiceSync(hass, there, people, ledger, hass.async_create_background_task)
        await place.stop()  # a failure is not tried again
        await _erase(place)

    await asyncio.gather(*(leave(there) for there in enrolled.services.values()))
    await ledger.remove()
    await enrolled.remove()
