"""Kith in this home: what an entry has while it is loaded, and how it follows changes without a reload."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
import logging

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .cameras.coordinator import CameraCoordinator
from .const import CONF_PERSON_ID, DOMAIN, SUBENTRY_CAMERA, SUBENTRY_PERSON
from .engines import Engine
from .errors import GalleryNotSavedError
from .household import Household
from .identity.gallery import Gallery, Template
from .identity.grouping import Clusters
from .kith_engine.errors import EngineRefusedError
from .second_opinion.opinions import SecondOpinions
from .settings import Agreement, CameraSettings, PersonSettings, retention_days, sureness_of
from .sighting import Sighting
from .stores import Stores
from .subentries import agreeing, is_avoided, person_subentry, subentries_of, tell_added, tell_changed
from .undo import Undos

_LOGGER = logging.getLogger(__name__)

SIGNAL_GALLERY = f"{DOMAIN}_gallery_changed"

type KithConfigEntry = ConfigEntry[Home]


@dataclass(kw_only=True)
class Home:
    """An entry's runtime_data."""

    hass: HomeAssistant
    entry: KithConfigEntry
    engine: Engine
    stores: Stores
    household: Household
    undos: Undos
    opinions: SecondOpinions
    cameras: dict[str, CameraCoordinator] = field(default_factory=dict)
    renewing: bool = False
    """Are templates being made again, because the engine has another network? See renewal.py."""
    clusters: Clusters = field(default_factory=Clusters)
    """Which of the kept faces are of one person."""
    _known: dict[str, ConfigSubentry] = field(default_factory=dict)
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _following: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ended: bool = False

    def __post_init__(self) -> None:
        self._departures = _Departures(self.hass, self.household)
        self.stores.faces.on_change.subscribe(self.clusters.forget)

    async def start(self) -> None:
        """Begin to watch, once the platforms are there to listen."""
        self._known = self._subentries()
        self._set_presence()
        self.entry.async_on_unload(self.engine.subscribe(self._engine_moved))
        # an entry is not unloaded when Home Assistant ends
        self.entry.async_on_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self.stop))
        self.entry.async_on_unload(self.household.on_presence.subscribe(self._presence_moved))
        self.entry.async_on_unload(self.household.on_sighting.subscribe(self._sighted))
        self.entry.async_on_unload(self.household.on_visit_ended.subscribe(self.stores.recognition_rate.count))
        await self._erase_others()
        self._presence_moved()
        for subentry in subentries_of(self.entry, SUBENTRY_CAMERA):
            self.coordinator(subentry).start()
        self.opinions.start()

    @callback
    def _engine_moved(self) -> None:
        self.compare()
        if isinstance(self.engine.reason, EngineRefusedError):
            self.entry.async_start_reauth(self.hass)

    async def stop(self, _event: Event | None = None) -> None:
        """Leave nothing running. May be called twice."""
        async with self._following:  # what is followed now may begin to watch a camera
            self._ended = True
        self._departures.stop()
        for camera_id in list(self.cameras):
            await self.cameras.pop(camera_id).stop()
        await self.undos.finish()
        await self.opinions.stop()
        await self.stores.save()
        await self.engine.stop()

    @callback
    def people(self) -> list[PersonSettings]:
        return [PersonSettings.of(person) for person in subentries_of(self.entry, SUBENTRY_PERSON)]

    @callback
    def person(self, person_id: str | None) -> PersonSettings | None:
        """None for somebody who was removed."""
        found = person_subentry(self.entry, person_id)
        return PersonSettings.of(found) if found else None

    @callback
    def camera_settings(self, camera_id: str) -> CameraSettings:
        """camera_id: of its subentry, as in a sighting."""
        return CameraSettings.of(self.entry.subentries[camera_id])

    @callback
    def compare(self) -> None:
        """Compare with those who agreed to it, in the way of the engine that answers now, as sure as is wanted."""
        avoided = agreeing(self.entry, Agreement.NEVER)
        agreed = self.stores.gallery.gallery.only(agreeing(self.entry, Agreement.RECOGNIZE) | avoided)
        self.household.compare_with(agreed, self.engine.facts, sureness_of(self.entry), avoided)

    async def enroll(self, person_id: str, templates: list[Template]) -> None:
        """Add templates of somebody who agreed. Raises GalleryNotSavedError."""
        await self.change(lambda gallery: gallery.with_templates(person_id, templates))

    async def change(self, change: Callable[[Gallery], Gallery]) -> None:
        """Store what this makes of the gallery, and compare with it from now on. Raises GalleryNotSavedError.

        One change after the other: each begins with what the one before left.
        """
        async with self._changing:
            await self.stores.gallery.replace(change(self.stores.gallery.gallery))
        self.compare()
        async_dispatcher_send(self.hass, SIGNAL_GALLERY)
        self.opinions.gallery_changed()
        await self._erase_photos()

    async def follow_entry(self) -> None:
        """The owner turned the knob, or cameras and people were added, changed or removed: act on the difference."""
        async with self._following:  # a change may take a while, and the next one begins where it left off
            if self._ended:
                return
            before, self._known = self._known, self._subentries()
            await self.opinions.follow()
            for subentry_id in before.keys() - self._known.keys():
                await self._removed(before[subentry_id])
            for subentry_id, subentry in self._known.items():
                if subentry_id not in before:
                    tell_added(self.hass, self.entry, subentry)
                    if subentry.subentry_type == SUBENTRY_CAMERA:
                        self.coordinator(subentry).start()
                elif subentry != before[subentry_id]:
                    await self._altered(before[subentry_id], subentry)
            self._set_presence()
            self.household.tell_presence()
            await self._erase_others()

    async def _altered(self, before: ConfigSubentry, subentry: ConfigSubentry) -> None:
        if subentry.subentry_type == SUBENTRY_CAMERA:
            # entities hold on to their coordinator: it takes the change, no new one
            await self.cameras[subentry.subentry_id].change(subentry)
        elif subentry.subentry_type == SUBENTRY_PERSON and is_avoided(before) != is_avoided(subentry):
            # gets a device, or has none any more
            self.hass.config_entries.async_schedule_reload(self.entry.entry_id)
        tell_changed(self.hass, self.entry, subentry)

    @callback
    def _set_presence(self) -> None:
        self.household.presence.here_for = {person.person_id: person.here_for for person in self.people()}

    def _subentries(self) -> dict[str, ConfigSubentry]:
        """As they are now: Home Assistant changes them in place."""
        return {subentry_id: replace(subentry) for subentry_id, subentry in self.entry.subentries.items()}

    async def _erase_others(self) -> None:
        """Of nobody but those who agree is anything kept. They are not compared with even if the disk refuses."""
        self.compare()
        await self.stores.visits.keep_only(agreeing(self.entry, Agreement.RECOGNIZE))
        try:
            # people may have been removed while Kith was not loaded, too
            for person_id in await self.stores.known_people() - {one.person_id for one in self.people()}:
                self.household.forget(person_id)
                async with self._changing:
                    await self.stores.forget(person_id)
            async with self._changing:
                await self.stores.gallery.keep_only(agreeing(self.entry, Agreement.RECOGNIZE, Agreement.NEVER))
        except GalleryNotSavedError as error:
            _LOGGER.warning("Templates of removed people are still on the disk, until the next start: %s", error)
        await self._erase_photos()
        await self.prune()

    async def prune(self) -> None:
        """Erase what is older than the owner wants."""
        now, days = dt_util.utcnow(), retention_days(self.entry)
        await self.stores.photos.prune(days, now)
        await self.stores.faces.prune(days, now)
        self.stores.visits.prune(now)

    async def _erase_photos(self) -> None:
        """All but those of templates that are there, of people who agreed to keeping them."""
        agreed = self.stores.gallery.gallery.only(agreeing(self.entry, Agreement.PHOTOS))
        kept = {who: {template.template_id for template in found} for who, found in agreed.templates.items()}
        await self.stores.photos.keep_only(kept)

    async def _removed(self, subentry: ConfigSubentry) -> None:
        if subentry.subentry_type == SUBENTRY_CAMERA:
            await self.cameras.pop(subentry.subentry_id).stop()
            self.household.presence.visits.pop(subentry.subentry_id, None)
            self.household.suitability.pop(subentry.subentry_id, None)
        elif subentry.subentry_type == SUBENTRY_PERSON:
            self.household.forget(subentry.data[CONF_PERSON_ID])

    @callback
    def coordinator(self, subentry: ConfigSubentry) -> CameraCoordinator:
        """This camera's coordinator; entities are there before it starts."""
        if subentry.subentry_id not in self.cameras:
            self.cameras[subentry.subentry_id] = CameraCoordinator(
                self.hass, self.entry, subentry, self.engine, self.household
            )
        return self.cameras[subentry.subentry_id]

    @callback
    def _presence_moved(self) -> None:
        self.stores.presence.save_soon()
        self._departures.moved()

    @callback
    def _sighted(self, _sighting: Sighting) -> None:
        """A visit brings new faces to count."""
        self.stores.suitability.save_soon()


class _Departures:
    """A timer for the next one, set anew whenever presence moves."""

    def __init__(self, hass: HomeAssistant, household: Household) -> None:
        self._hass = hass
        self._household = household
        self._timer: CALLBACK_TYPE | None = None
        self._ended = False

    @callback
    def moved(self) -> None:
        self._cancel()
        now = dt_util.utcnow()
        if not self._ended and (when := self._household.presence.next_change(now)) is not None:
            # not at a point in time: who is gone would stay for an hour after the clock was set back by one
            self._timer = async_call_later(self._hass, when - now, self._left)

    @callback
    def stop(self) -> None:
        self._ended = True
        self._cancel()

    @callback
    def _left(self, _now: datetime) -> None:
        self._timer = None
        self._household.tell_presence()

    @callback
    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None


@callback
def loaded_entry(hass: HomeAssistant) -> KithConfigEntry | None:
    """There is one at most; None while Kith is not running."""
    entries: list[KithConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return entries[0] if entries else None
