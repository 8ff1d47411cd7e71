"""Stores what each service has of Kith's people until its erasure is proven."""

from typing import NotRequired, TypedDict

from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from ..settings import ServiceKind, ServiceSettings
from ..storage.records import Records, moment
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
    certificate: NotRequired[str]


class _StoredPerson(TypedDict):
    key: str
    faces: dict[str, str]


class _StoredContents(TypedDict):
    access: _StoredAccess
    people: dict[str, _StoredPerson]
    unfinished: list[str]
    refused: dict[str, list[str]]
    used: bool
    untaught: bool
    halted: str | None
    removed: str | None


class _StoredEnrolled(TypedDict):
    services: dict[str, _StoredContents]


class EnrolledStore:
    """What each service has, by service id; includes removed services. Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[_StoredEnrolled] = Records(hass, ENROLLED, _StoredEnrolled)
        self.services: dict[str, ServiceContents] = {}

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        self.services = await self._records.load(
            lambda stored: {service_id: _decode(one) for service_id, one in stored["services"].items()}, {}
        )

    async def save(self) -> None:
        """Write at once: what is at a service but not recorded here could not be erased."""
        stored = {service_id: _encode(one) for service_id, one in self.services.items() if _is_stored(one)}
        await self._records.async_save({"services": stored})

    async def known_people(self) -> set[str]:
        """People whose templates are kept here. What other services have is erased there, with retries."""
        return set[str]().union(*(contents.known for contents in self._kept_here()))

    async def forget(self, person_id: str) -> None:
        """Forget what is kept here of this person; see `known_people`."""
        for contents in self._kept_here():
            contents.drop(person_id)
        await self.save()

    def left_at(self, person_id: str) -> list[str]:
        """The names of the services that have something of this person, as far as is known."""
        return [contents.access.name for contents in self.services.values() if person_id in contents.known]

    def _kept_here(self) -> list[ServiceContents]:
        """Bigger engines store nothing: the templates made by their networks are kept here."""
        return [contents for contents in self.services.values() if contents.access.kind is ServiceKind.KITH]

    async def remove(self) -> None:
        """Delete the file."""
        await self._records.async_remove()


def _is_stored(contents: ServiceContents) -> bool:
    return contents.used or contents.halted is not None


def _encode(contents: ServiceContents) -> _StoredContents:
    access = contents.access
    return {
        "access": {
            "service": access.service_id,
            "name": access.name,
            "kind": access.kind,
            "url": access.url,
            "key": access.key,
            "group": access.group,
            "certificate": access.certificate,
        },
        "people": {who: {"key": one.key, "faces": dict(one.faces)} for who, one in contents.people.items()},
        "unfinished": sorted(contents.unfinished),
        "refused": {who: sorted(photos) for who, photos in contents.refused.items()},
        "used": contents.used,
        "untaught": contents.untaught,
        "halted": contents.halted,
        "removed": contents.removed.isoformat() if contents.removed else None,
    }


def _decode(stored: _StoredContents) -> ServiceContents:
    access = stored["access"]
    return ServiceContents(
        ServiceSettings(
            access["service"],
            access["name"],
            ServiceKind(access["kind"]),
            access["url"],
            access["key"],
            access["group"],
            enabled=False,  # its permissions are in its subentry, if it still has one
            certificate=access.get("certificate", ""),
        ),
        {who: Enrolled(who, one["key"], one["faces"]) for who, one in stored["people"].items()},
        set(stored["unfinished"]),
        {who: set(photos) for who, photos in stored["refused"].items()},
        stored["used"],
        stored["untaught"],
        ServiceState(stored["halted"]) if stored["halted"] else None,
        moment(stored["removed"]) if stored["removed"] else None,
    )
