"""What services have of Kith's people on disk: until they are proven to have it no more."""

from datetime import datetime
from typing import TypedDict

from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from ..settings import ServiceKind, ServiceSettings
from ..storage.records import Records
from .protocol import Enrolled
from .service_state import ServiceState
from .sync_steps import ServiceContents

ENROLLED = f"{DOMAIN}.enrolled"


class _StoredAccess(TypedDict):
    service: str
    name: str
    kind: str
    url: str
    key: str
    group: str


class _StoredPerson(TypedDict):
    key: str
    faces: dict[str, str]


class _StoredThere(TypedDict):
    access: _StoredAccess
    people: dict[str, _StoredPerson]
    unfinished: list[str]
    refused: dict[str, list[str]]
    used: bool
    untaught: bool
    halted: str | None
    removed: str | None


class _StoredEnrolled(TypedDict):
    services: dict[str, _StoredThere]


class EnrolledStore:
    """By the id of a service, or of one that was removed, what it has. Call `load` once before all else."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[_StoredEnrolled] = Records(hass, ENROLLED)
        self.services: dict[str, ServiceContents] = {}

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        stored = await self._records.load() or {"services": {}}
        self.services = {service_id: _decode(one) for service_id, one in stored["services"].items()}

    async def save(self) -> None:
        """At once: what is there and not known here could not be erased."""
        told = {service_id: _encode(there) for service_id, there in self.services.items() if _telling(there)}
        await self._records.async_save({"services": told})

    async def known_people(self) -> set[str]:
        """At services that keep nothing themselves; what others have is erased there, and tried until it is gone."""
        return set[str]().union(*(there.known for there in self._kept_here()))

    async def forget(self, person_id: str) -> None:
        """See `known_people`."""
        for there in self._kept_here():
            there.drop(person_id)
        await self.save()

    def left_at(self, person_id: str) -> list[str]:
        """The names of the services that have something of this person, as far as is known."""
        return [there.access.name for there in self.services.values() if person_id in there.known]

    def _kept_here(self) -> list[ServiceContents]:
        """Another engine of Kith's keeps nothing: what its network made of the photos lies here."""
        return [there for there in self.services.values() if there.access.kind is ServiceKind.KITH]

    async def remove(self) -> None:
        """The file."""
        await self._records.async_remove()


def _telling(there: ServiceContents) -> bool:
    return there.used or there.halted is not None


def _encode(there: ServiceContents) -> _StoredThere:
    access = there.access
    return {
        "access": {
            "service": access.service_id,
            "name": access.name,
            "kind": access.kind,
            "url": access.url,
            "key": access.key,
            "group": access.group,
        },
        "people": {who: {"key": one.key, "faces": dict(one.faces)} for who, one in there.people.items()},
        "unfinished": sorted(there.unfinished),
        "refused": {who: sorted(photos) for who, photos in there.refused.items()},
        "used": there.used,
        "untaught": there.untaught,
        "halted": there.halted,
        "removed": there.removed.isoformat() if there.removed else None,
    }


def _decode(stored: _StoredThere) -> ServiceContents:
    access = stored["access"]
    return ServiceContents(
        ServiceSettings(
            access["service"],
            access["name"],
            ServiceKind(access["kind"]),
            access["url"],
            access["key"],
            access["group"],
            enabled=False,  # what it may stands in the entry, if it is there
        ),
        {who: Enrolled(who, one["key"], one["faces"]) for who, one in stored["people"].items()},
        set(stored["unfinished"]),
        {who: set(photos) for who, photos in stored["refused"].items()},
        stored["used"],
        stored["untaught"],
        ServiceState(stored["halted"]) if stored["halted"] else None,
        datetime.fromisoformat(stored["removed"]) if stored["removed"] else None,
    )
