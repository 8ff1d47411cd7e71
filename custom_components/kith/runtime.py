"""What an entry has while it is loaded, and how it follows changes without a reload."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
import logging
from types import MappingProxyType

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util

from .cameras.availability import delete_camera_issues
from .cameras.coordinator import CameraCoordinator
from .cameras.departures import Departures
from .const import CONF_PERSON_ID, DOMAIN, SUBENTRY_CAMERA, SUBENTRY_PERSON
from .engines import Engine
from .errors import AgreementGoneError, GalleryNotSavedError
from .household import Household
from .identity.demand import Sureness
from .identity.gallery import Gallery, Template
from .identity.grouping import Clusters
from .identity.pack_replay import PackReplay
from .kith_engine.analysis import EngineFacts
from .kith_engine.errors import EngineRefusedError
from .listeners import Listeners
from .people_lists import strike_removed
from .second_opinion.opinions import SecondOpinions
from .settings import Agreement, CameraSettings, PersonSettings, retention_days, sureness_of
from .sighting import Sighting
from .stores import Stores
from .subentries import Agreements, is_avoided, person_subentry, subentries_of, tell_added, tell_changed
from .undo import Undos

_LOGGER = logging.getLogger(__name__)

SIGNAL_GALLERY = f"{DOMAIN}_gallery_changed"
NO_PHOTOS: Mapping[str, bytes] = MappingProxyType({})

type KithConfigEntry = ConfigEntry[Home]


@dataclass(kw_only=True)
class Home:
    """An entry's runtime_data."""

    hass: HomeAssistant
    entry: KithConfigEntry
    engine: Engine
    stores: Stores
    agreements: Agreements
    household: Household
    undos: Undos
    opinions: SecondOpinions
    cameras: dict[str, CameraCoordinator] = field(default_factory=dict)
    renewing: bool = False
    """Are templates being made again for another network? See renewal.py."""
    replay: PackReplay | None = None
    """What another pack would change, as last tried (pack_trial.py); None once people, photos, or consents differ."""
    clusters: Clusters = field(default_factory=Clusters)
    """Groups the kept faces by person."""
    answering: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while something that the owner said about who is who is worked out: the next such word builds on it."""
    on_leaving: Listeners[[str], Awaitable[None]] = field(default_factory=Listeners)
    """Awaited for whoever is to be forgotten or never recognized, while their templates are still there."""
    _compared: tuple[Gallery, EngineFacts | None, Sureness, set[str], set[str]] | None = None
    _known: dict[str, ConfigSubentry] = field(default_factory=dict)
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _following: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ended: bool = False

    def __post_init__(self) -> None:
        self._departures = Departures(self.hass, self.household)
        self.stores.faces.on_change.subscribe(self.clusters.forget)

    async def start(self) -> None:
        """Start watching, after the platforms are set up. What changes meanwhile is followed afterwards."""
        async with self._following:
            self._known = self._subentries()
            await self.stores.recognition_switches.keep_only(self._known.keys())
            self._set_presence()
            self.entry.async_on_unload(self.engine.subscribe(self._engine_changed))
            # Home Assistant does not unload entries when it stops
            self.entry.async_on_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self.stop))
            self.entry.async_on_unload(self.household.on_presence.subscribe(self._presence_changed))
            self.entry.async_on_unload(self.household.on_sighting.subscribe(self._sighted))
            self.entry.async_on_unload(self.household.on_visit_ended.subscribe(self.stores.recognition_rate.count))
            await self._erase_others()
            self._presence_changed()
            for subentry in subentries_of(self.entry, SUBENTRY_CAMERA):
                self.coordinator(subentry).start()
            self.opinions.start()

    @callback
    def _engine_changed(self) -> None:
        self.compare()
        if isinstance(self.engine.reason, EngineRefusedError):
            self.entry.async_start_reauth(self.hass)

    async def stop(self, _event: Event | None = None) -> None:
        """Stop everything. May be called twice."""
        async with self._following:  # a change in progress may start a camera
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
        """None if the person was removed."""
        found = person_subentry(self.entry, person_id)
        return PersonSettings.of(found) if found else None

    @callback
    def compare(self) -> None:
        """Compare with people who agreed, by the current engine's calibration and the owner's sureness.

        Does nothing if all of this is as before: other comparisons begin anew with everybody in view.
        """
        gallery, facts, sureness = self.stores.gallery.gallery, self.engine.facts, sureness_of(self.entry)
        avoided = self.agreements.agreeing(Agreement.NEVER)
        agreed = self.agreements.agreeing(Agreement.RECOGNIZE) | avoided
        if self._compared != (compared := (gallery, facts, sureness, avoided, agreed)):
            self._compared = compared
            self.replay = None
            self.household.compare_with(gallery.only(agreed), facts, sureness, avoided)

    async def enroll(
        self, person_id: str, templates: Sequence[Template], photos: Mapping[str, bytes] = NO_PHOTOS
    ) -> None:
        """Add templates of a person, and keep these photos of them. Raises what `change` raises."""
        await self.change(lambda gallery: gallery.with_templates(person_id, templates), person_id, photos=photos)

    async def change(
        self,
        change: Callable[[Gallery], Gallery],
        *named: str,
        photos: Mapping[str, bytes] = NO_PHOTOS,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Change the gallery, store it, and compare with it; changes run one after another.

        named: people whom it gives or takes something. photos: JPEGs by template, kept if the template's person agrees
        to that. then: what else belongs to it, done in the moment after everybody named was asked for once more.

        Raises GalleryNotSavedError, and AgreementGoneError if somebody named is gone or no longer agrees; then nothing
        has changed.
        """
        async with self._changing:
            self.agreements.demand(*named)
            await self._let_go(self.stores.gallery.gallery.people - self.agreements.enrollable)
            before = self.stores.gallery.gallery
            await self.stores.gallery.replace(change(before).only(self.agreements.enrollable))
            try:
                self.agreements.demand(*named)
            except AgreementGoneError:
                await self.stores.gallery.replace(before.only(self.agreements.enrollable))
                raise
            then()
            await self.stores.keep_photos(photos, self.agreements.to_photos)
            await self._let_go(self.agreements.agreeing(Agreement.NEVER).intersection(named))
        self.compare()
        async_dispatcher_send(self.hass, SIGNAL_GALLERY)
        self.opinions.gallery_changed()
        await self._erase_photos()

    async def _let_go(self, people: set[str]) -> None:
        for person_id in people:
            for listener in self.on_leaving:
                await listener(person_id)

    async def forget(self, person_id: str) -> None:
        """Erase what is stored of a person. Raises GalleryNotSavedError; then only unnamed faces are gone."""
        async with self.undos.taking_back, self._changing:
            await self._let_go({person_id})
            await self.stores.gallery.forget(person_id)
            self.compare()
            self.household.forget(person_id)
            await self.stores.forget(person_id)
        async_dispatcher_send(self.hass, SIGNAL_GALLERY)

    async def follow_entry(self) -> None:
        """Act on changed options, and on cameras, people and services that were added, changed or removed."""
        async with self._following:  # one at a time: a change may take a while
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
            await self._erase_others()
            self.household.notify_presence()

    async def _altered(self, before: ConfigSubentry, subentry: ConfigSubentry) -> None:
        if subentry.subentry_type == SUBENTRY_CAMERA:
            # entities keep their coordinator, so it is changed and not replaced
            await self.cameras[subentry.subentry_id].change(subentry)
        elif subentry.subentry_type == SUBENTRY_PERSON and is_avoided(before) != is_avoided(subentry):
            if is_avoided(subentry):
                self.compare()  # from now on, nothing of them is kept
                await self._let_go({subentry.data[CONF_PERSON_ID]})
            # the person gets or loses a device
            self.hass.config_entries.async_schedule_reload(self.entry.entry_id)
        tell_changed(self.hass, self.entry, subentry)

    @callback
    def _set_presence(self) -> None:
        presence = self.household.presence
        presence.here_for = {person.person_id: person.here_for for person in self.people()}
        cameras = subentries_of(self.entry, SUBENTRY_CAMERA)
        presence.places = {camera.subentry_id: CameraSettings.of(camera).place for camera in cameras}

    def _subentries(self) -> dict[str, ConfigSubentry]:
        """Copies, because Home Assistant changes subentries in place."""
        return {subentry_id: replace(subentry) for subentry_id, subentry in self.entry.subentries.items()}

    async def _erase_others(self) -> None:
        """Erase data of people who do not agree. Even if the disk fails, they are not compared with."""
        self.compare()
        strike_removed(self.hass, self.entry)
        for person_id in self.agreements.agreeing(Agreement.NEVER):
            await self.stores.forget_sightings(person_id)
            self.household.forget_sightings(person_id)
        await self.stores.visits.keep_only(self.agreements.agreeing(Agreement.RECOGNIZE))
        try:
            # people may also have been removed while Kith was not loaded
            for person_id in await self.stores.known_people() - self.agreements.enrollable:
                await self.forget(person_id)
        except GalleryNotSavedError as error:
            _LOGGER.warning("Templates of removed people stay on the disk until the next start: %s", error)
        await self._erase_photos()
        await self.prune()

    async def prune(self) -> None:
        """Erase what is older than the owner allows."""
        await self.stores.prune(retention_days(self.entry), dt_util.utcnow(), self.keeps_pictures)

    @callback
    def keeps_pictures(self, person_id: str) -> bool:
        """May pictures of this person's visits be kept?"""
        return bool(retention_days(self.entry)) and self.agreements.to_photos(person_id)

    async def _erase_photos(self) -> None:
        """Erase photos of people who do not agree to keeping them, and photos without a template."""
        async with self._changing:
            await self.stores.erase_photos(self.agreements.to_photos)

    async def _removed(self, subentry: ConfigSubentry) -> None:
        if subentry.subentry_type == SUBENTRY_CAMERA:
            await self.cameras.pop(subentry.subentry_id).stop()
            delete_camera_issues(self.hass, subentry.subentry_id, ignored=True)
            self.household.forget_camera(subentry.subentry_id)
            await self.stores.recognition_switches.keep_only(self._known.keys())
        elif subentry.subentry_type == SUBENTRY_PERSON:
            self.household.forget(subentry.data[CONF_PERSON_ID])

    @callback
    def coordinator(self, subentry: ConfigSubentry) -> CameraCoordinator:
        """The camera's coordinator, made on first use: entities are added before it starts."""
        if subentry.subentry_id not in self.cameras:
            made = CameraCoordinator(self.hass, self.entry, subentry, self.engine, self.household)
            made.recognizes = self.stores.recognition_switches.cameras.get(subentry.subentry_id, True)
            self.cameras[subentry.subentry_id] = made
        return self.cameras[subentry.subentry_id]

    @callback
    def _presence_changed(self) -> None:
        self.stores.presence.save_soon()
        self._departures.reschedule()

    @callback
    def _sighted(self, _sighting: Sighting) -> None:
        """A visit adds to the counts."""
        self.stores.suitability.save_soon()
        self.stores.hearsay.save_soon()


@callback
def loaded_entry(hass: HomeAssistant) -> KithConfigEntry | None:
    """The only entry; None while Kith is not running."""
    entries: list[KithConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return entries[0] if entries else None
