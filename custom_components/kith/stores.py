"""Everything that Kith keeps on disk of people, in one list: what forgets somebody asks all of it.

A new store gets a field of `Stores` and is loaded, saved, searched, and erased with the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Protocol, Self

from homeassistant.core import HomeAssistant

from .second_opinion.enrolled_store import EnrolledStore
from .second_opinion.ledger_store import LedgerStore
from .storage import (
    FaceStore,
    GalleryStore,
    PhotoStore,
    PresenceStore,
    RecognitionRateStore,
    SuitabilityStore,
    VisitStore,
)


class Store(Protocol):
    """One kind of thing that is kept."""

    async def load(self) -> None:
        """Once, before all else. Raises StorageTooNewError."""

    async def save(self) -> None:
        """Write what waits to be written."""

    async def known_people(self) -> set[str]:
        """The ids of everybody of whom it keeps anything."""

    async def forget(self, person_id: str) -> None:
        """Erase what it keeps of this person, on disk too. Raises GalleryNotSavedError, if it is the gallery."""

    async def remove(self) -> None:
        """Erase all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """All of them. The gallery is first: if the disk refuses to forget somebody there, nothing else was changed."""

    gallery: GalleryStore
    photos: PhotoStore
    faces: FaceStore
    presence: PresenceStore
    visits: VisitStore
    recognition_rate: RecognitionRateStore
    suitability: SuitabilityStore
    ledger: LedgerStore
    enrolled: EnrolledStore

    @classmethod
    def of(cls, hass: HomeAssistant) -> Self:
        """Not loaded yet."""
        return cls(
            gallery=GalleryStore(hass),
            photos=PhotoStore(hass),
            faces=FaceStore(hass),
            presence=PresenceStore(hass),
            visits=VisitStore(hass),
            recognition_rate=RecognitionRateStore(hass),
            suitability=SuitabilityStore(hass),
            ledger=LedgerStore(hass),
            enrolled=EnrolledStore(hass),
        )

    def __iter__(self) -> Iterator[Store]:
        return (getattr(self, field.name) for field in fields(self))

    async def load(self) -> None:
        """Raises StorageTooNewError and GalleryUnreadableError."""
        for store in self:
            await store.load()

    async def save(self) -> None:
        for store in self:
            await store.save()

    async def known_people(self) -> set[str]:
        return set[str]().union(*[await store.known_people() for store in self])

    async def forget(self, person_id: str) -> None:
        """Raises GalleryNotSavedError; then nothing is changed."""
        for store in self:
            await store.forget(person_id)

    async def remove(self) -> None:
        for store in self:
            await store.remove()
