"""Kith in this home: what an entry has while it is loaded, and how it follows changes without a reload."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
import logging

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util

from .const import CONF_KEEP_STRANGERS, CONF_PERSON_ID, CONF_SURENESS, DOMAIN, SUBENTRY_CAMERA, SUBENTRY_PERSON
from .coordinator import CameraCoordinator
from .departures import Departures
from .engines import Engine
from .errors import GalleryNotSaved
from .following import is_avoided, tell_added, tell_changed
from .household import Household
from .identity.enrolment import looks_more_like
from .identity.evidence import Sureness
from .identity.gallery import Gallery, Template
from .kith_engine.errors import EngineRefused
from .opinions.opinions import Opinions
from .photos import PhotoStore
from .settings import Agreement, CameraSettings, PersonSettings
from .storage import FaceStore, GalleryStore, PresenceStore, ServedStore, SuitabilityStore, VisitStore
from .told import Sighting
from .undo import Undos

_LOGGER = logging.getLogger(__name__)

SIGNAL_GALLERY = f"{DOMAIN}_gallery_changed"

type KithConfigEntry = ConfigEntry[Home]


@dataclass
class Home:
    """An entry's runtime_data."""

    hass: HomeAssistant
    entry: KithConfigEntry
    engine: Engine
    gallery: GalleryStore
    presence: PresenceStore
    suitability: SuitabilityStore
    household: Household
    photos: PhotoStore
    served: ServedStore
    visits: VisitStore
    faces: FaceStore
    undos: Undos
    opinions: Opinions
    cameras: dict[str, CameraCoordinator] = field(default_factory=dict)
    renewing: bool = False
    """Are templates being made again, because the engine has another network? See renewal.py."""
    _known: dict[str, ConfigSubentry] = field(default_factory=dict)
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _following: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ended: bool = False

    def __post_init__(self) -> None:
        self._departures = Departures(self.hass, self.household)

    async def start(self) -> None:
        """Begin to watch, once the platforms are there to listen."""
        self._known = self._subentries()
        self._set_presence()
        self.entry.async_on_unload(self.engine.subscribe(self._engine_moved))
        # an entry is not unloaded when Home Assistant ends
        self.entry.async_on_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self.stop))
        self.entry.async_on_unload(self.household.listen_to_presence(self._presence_moved))
        self.entry.async_on_unload(self.household.listen(self._sighted))
        self.entry.async_on_unload(self.household.listen_to_visits(self.served.count))
        await self._erase_others()
        self._presence_moved()
        for subentry in subentries(self.entry, SUBENTRY_CAMERA):
            self.coordinator(subentry).start()
        self.opinions.start()

    @callback
    def _engine_moved(self) -> None:
        self.compare()
        if isinstance(self.engine.reason, EngineRefused):
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
        await self.visits.save()
        await self.presence.save(self.household.presence)
        await self.suitability.save(self.household.suitability)
        await self.served.save()
        await self.engine.stop()

    @callback
    def people(self) -> list[PersonSettings]:
        return [PersonSettings.of(person) for person in subentries(self.entry, SUBENTRY_PERSON)]

    @callback
    def person(self, person_id: str | None) -> PersonSettings | None:
        """None for somebody who was removed."""
        return next((person for person in self.people() if person.person_id == person_id), None)

    @callback
    def camera_settings(self, camera_id: str) -> CameraSettings:
        """camera_id: of its subentry, as in a sighting."""
        return CameraSettings.of(self.entry.subentries[camera_id])

    @callback
    def compare(self) -> None:
        """Compare with those who agreed to it, in the way of the engine that answers now, as sure as is wanted."""
        avoided = agreeing(self.entry, Agreement.NEVER)
        agreed = self.gallery.gallery.only(agreeing(self.entry, Agreement.RECOGNIZE) | avoided)
        self.household.compare_with(agreed, self.engine.facts, sureness_of(self.entry), avoided)

    async def enrol(self, person_id: str, templates: list[Template]) -> None:
        """Add templates of somebody who agreed. Raises GalleryNotSaved."""
        await self.change(lambda gallery: gallery.with_templates(person_id, templates))

    def looks_more_like(self, photo: Template, person_id: str, added: Iterable[Template] = ()) -> str | None:
        """Whom else of the household this photo is likelier to show; for an executor. added: not stored yet."""
        facts = self.engine.facts
        gallery = self.gallery.gallery.with_templates(person_id, added)
        return looks_more_like(photo, person_id, gallery, facts.calibration) if facts else None

    async def change(self, change: Callable[[Gallery], Gallery]) -> None:
        """Store what this makes of the gallery, and compare with it from now on. Raises GalleryNotSaved.

        One change after the other: each begins with what the one before left.
        """
        async with self._changing:
            await self.gallery.save(change(self.gallery.gallery))
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
        # they may have been removed while Kith was not loaded, too
        for person_id in {*self.household.presence.people, *self.served.tallies} - {
            one.person_id for one in self.people()
        }:
            self.household.forget(person_id)
            await self.served.forget(person_id)
        await self.visits.keep_only(agreeing(self.entry, Agreement.RECOGNIZE))
        try:
            async with self._changing:
                await self.gallery.keep_only(agreeing(self.entry, Agreement.RECOGNIZE, Agreement.NEVER))
        except GalleryNotSaved as error:
            _LOGGER.warning("Templates of removed people stay on the disk until the next start: %s", error)
        await self._erase_photos()
        await self.prune()

    async def prune(self) -> None:
        """Erase what is older than the owner wants."""
        now, days = dt_util.utcnow(), days_of(self.entry)
        await self.photos.prune(days, now)
        await self.faces.prune(days, now)
        self.visits.prune(now)

    async def _erase_photos(self) -> None:
        """All but those of templates that are there, of people who agreed to keeping them."""
        agreed = self.gallery.gallery.only(agreeing(self.entry, Agreement.PHOTOS))
        kept = {who: {template.template_id for template in found} for who, found in agreed.templates.items()}
        await self.photos.keep_only(kept)

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
        self.presence.save_soon(self.household.presence)
        self._departures.moved()

    @callback
    def _sighted(self, _sighting: Sighting) -> None:
        """A visit brings new faces to count."""
        self.suitability.save_soon(self.household.suitability)


@callback
def loaded_entry(hass: HomeAssistant) -> KithConfigEntry | None:
    """There is one at most; None while Kith is not running."""
    entries: list[KithConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return entries[0] if entries else None


def subentries(entry: KithConfigEntry, subentry_type: str) -> list[ConfigSubentry]:
    return [subentry for subentry in entry.subentries.values() if subentry.subentry_type == subentry_type]


def name_of(entry: KithConfigEntry, person_id: str | None) -> str | None:
    """The name under which a person was added."""
    people = subentries(entry, SUBENTRY_PERSON)
    return next((person.title for person in people if person.data[CONF_PERSON_ID] == person_id), None)


def sureness_of(entry: KithConfigEntry) -> Sureness:
    """How sure Kith must be, as the owner set it."""
    return Sureness(entry.options.get(CONF_SURENESS, Sureness.NORMAL))


def days_of(entry: KithConfigEntry) -> int:
    """For how long strangers' faces are kept; 0 if none are."""
    return int(entry.options.get(CONF_KEEP_STRANGERS, 0))


def agreeing(entry: KithConfigEntry, *agreements: Agreement) -> set[str]:
    """The people who agreed to any of these."""
    people = map(PersonSettings.of, subentries(entry, SUBENTRY_PERSON))
    return {person.person_id for person in people if person.consent.to.intersection(agreements)}
