"""All stores of people's data on disk, in one list, so that forgetting a person covers them all.

A new store gets a field of `Stores`, and is loaded, saved, searched, and erased with the others.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Protocol, Self

from homeassistant.core import HomeAssistant

from .identity.visit_record import VISITS_KEPT_FOR
from .second_opinion.enrolled_store import EnrolledStore
from .second_opinion.ledger import LEDGER_KEPT_FOR
from .second_opinion.ledger_store import LedgerStore
from .storage import (
    FaceStore,
    GalleryStore,
    HearsayStore,
    LeftoverStore,
    PhotoStore,
    PresenceStore,
    RecognitionRateStore,
    RecognitionSwitchStore,
    RetentionStore,
    SuitabilityStore,
    VisitPictureStore,
    VisitStore,
)


class Store(Protocol):
    """A store of one kind of data."""

    async def load(self) -> None:
        """Call it once, before all else. Raises StorageTooNewError."""

    async def save(self) -> None:
        """Write pending changes."""

    async def known_people(self) -> set[str]:
        """The ids of all people in its data."""

    async def forget(self, person_id: str) -> None:
        """Erase this person's data, also on disk. The gallery raises GalleryNotSavedError."""

    async def remove(self) -> None:
        """Erase everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """All stores. The gallery is first: if it cannot forget somebody, nothing has changed yet."""

    gallery: GalleryStore
    photos: PhotoStore
    faces: FaceStore
    presence: PresenceStore
    visits: VisitStore
    visit_pictures: VisitPictureStore
    recognition_rate: RecognitionRateStore
    recognition_switches: RecognitionSwitchStore
    suitability: SuitabilityStore
    hearsay: HearsayStore
    ledger: LedgerStore
    enrolled: EnrolledStore
    retention: RetentionStore
    leftovers: LeftoverStore

    @classmethod
    def of(cls, hass: HomeAssistant) -> Self:
        """The stores, not loaded yet."""
        return cls(
            gallery=GalleryStore(hass),
            photos=PhotoStore(hass),
            faces=FaceStore(hass),
            presence=PresenceStore(hass),
            visits=VisitStore(hass),
            visit_pictures=VisitPictureStore(hass),
            recognition_rate=RecognitionRateStore(hass),
            recognition_switches=RecognitionSwitchStore(hass),
            suitability=SuitabilityStore(hass),
            hearsay=HearsayStore(hass),
            ledger=LedgerStore(hass),
            enrolled=EnrolledStore(hass),
            retention=RetentionStore(hass),
            leftovers=LeftoverStore(hass),
        )

    def __iter__(self) -> Iterator[Store]:
        return (getattr(self, field.name) for field in fields(self))

    async def load(self) -> None:
        """Raises StorageTooNewError and GalleryUnreadableError."""
        for store in self:
            await store.load()
        if self.gallery.lost:
            photos = await self.photos.people()
            self.photos.without_gallery = {person_id: set(found) for person_id, found in photos.items()}

    async def save(self) -> None:
        for store in self:
            await store.save()

    async def known_people(self) -> set[str]:
        return set[str]().union(*[await store.known_people() for store in self])

    async def forget(self, person_id: str) -> None:
        """Raises GalleryNotSavedError; then nothing has changed."""
        for store in self:
            await store.forget(person_id)

    async def forget_sightings(self, person_id: str) -> None:
        """Erase when and where this person was, and how often they were named; who they are stays."""
        for store in (self.presence, self.recognition_rate):
            if person_id in await store.known_people():
                await store.forget(person_id)

    async def keep_photos(self, photos: Mapping[str, bytes], agreed: Callable[[str], bool]) -> None:
        """Keep these photos, by template, of those who agreed to that."""
        for person_id, templates in self.gallery.gallery.templates.items():
            for template_id in {template.template_id for template in templates} & photos.keys():
                if agreed(person_id):
                    await self.photos.save_person(person_id, template_id, photos[template_id])

    async def erase_photos(self, agreed: Callable[[str], bool]) -> None:
        """Erase photos without a template, except what is left of a gallery that was lost, and those of others than who
        agreed to keeping them.
        """
        templates, left = self.gallery.gallery.templates, self.photos.without_gallery
        people = filter(agreed, {*templates, *left})
        kept = {who: {one.template_id for one in templates.get(who, ())} | left.get(who, set()) for who in people}
        await self.photos.keep_only(kept)

    async def prune(self, days: int, now: datetime, keeps_pictures: Callable[[str], bool]) -> None:
        """Erase what is older than it may be. days: of faces and pictures. keeps_pictures: of whose visits those of
        people who were named may be kept.
        """
        over, keep = self.retention.over, timedelta(days=days)
        strangers = {one.stranger_id: one.captured for one in await self.photos.strangers()}
        faces = over("faces", strangers | self.faces.captured, keep, now)
        await self.photos.forget_strangers(faces)
        await self.faces.drop(faces)
        visits = {one.visit_id: one.end for one in self.visits.newest_first}
        self.visits.drop(over("visits", visits, VISITS_KEPT_FOR, now))
        self.ledger.drop(over("ledger", {entry: entry.at for entry in self.ledger.entries}, LEDGER_KEPT_FOR, now))
        named = {one.visit_id: (one.named, one.end) for one in self.visits.newest_first if one.named is not None}
        gone = over("visit_pictures", {visit_id: end for visit_id, (_, end) in named.items()}, keep, now)
        kept: dict[str, set[str]] = {}
        for visit_id, (person_id, _) in named.items():
            if visit_id not in gone and keeps_pictures(person_id):
                kept.setdefault(person_id, set()).add(visit_id)
        await self.visit_pictures.keep_only(kept)

    async def remove(self) -> None:
        for store in self:
            await store.remove()
