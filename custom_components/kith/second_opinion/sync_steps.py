"""What a service has of Kith's people, and the next step toward what it should have."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..settings import Agreement, PersonSettings, ServiceKind, ServiceSettings
from .protocol import Enrolled
from .service_state import ServiceState

Wanted = Mapping[str, Collection[str]]
"""By person, the ids of the templates whose photos a service should have."""
MOST_FAILURES = 5
"""Failures at a photo before the service is taken to be unable to process it: with pauses that double from one minute,
a quarter of an hour, longer than most services are overloaded."""


@dataclass(slots=True)
class ServiceContents:
    """What Kith put at one service. access: its address, key, and permissions.

    unfinished: people of whom the service may have more or less than is recorded, because a call got no answer.
    refused: photos that it did not accept, by person. on_trial: how often it failed at a photo since it last worked, so
    that either may be to blame. failures: how often it failed at a photo and then processed another face. A restart
    forgets both. used: something was put there once. untaught: it needs training after a change. halted: why it is not
    asked until it is set up again. removed: when it was removed from the list.
    """

    access: ServiceSettings
    people: dict[str, Enrolled] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    refused: dict[str, set[str]] = field(default_factory=dict)
    on_trial: Counter[str] = field(default_factory=Counter, kw_only=True)
    failures: Counter[str] = field(default_factory=Counter, kw_only=True)
    used: bool = False
    untaught: bool = False
    halted: ServiceState | None = None
    removed: datetime | None = None

    @property
    def known(self) -> set[str]:
        """People of whom the service has something, or may have."""
        return self.people.keys() | self.unfinished

    @property
    def photos(self) -> set[str]:
        """Ids of the templates whose photos it has, as far as is known."""
        return {template_id for person in self.people.values() for template_id in person.faces}

    def enrolled(self, person_id: str) -> Enrolled | None:
        """None if the service must not be asked about this person."""
        found = self.people.get(person_id)
        return found if found and found.faces and person_id not in self.unfinished else None

    def add_face(self, person_id: str, template_id: str, face_id: str) -> None:
        person = self.people[person_id]
        self.people[person_id] = replace(person, faces={**person.faces, template_id: face_id})
        del self.failures[template_id]

    def drop_face(self, person_id: str, template_id: str) -> None:
        person = self.people[person_id]
        left = {template: face for template, face in person.faces.items() if template != template_id}
        self.people[person_id] = replace(person, faces=left)

    def drop(self, person_id: str) -> None:
        self.people.pop(person_id, None)
        self.unfinished.discard(person_id)

    def drift(self) -> None:
        """The service does not have what it should, so what it has is unknown."""
        self.unfinished |= self.people.keys()

    def keep_refused(self, wanted: Wanted) -> None:
        """Forget refusals of photos that are gone, and failures at them."""
        kept = {who: photos & set(wanted.get(who, ())) for who, photos in self.refused.items()}
        self.refused = {who: photos for who, photos in kept.items() if photos}
        left = {photo for photos in wanted.values() for photo in photos}
        for counted in (self.on_trial, self.failures):
            for photo in counted.keys() - left:
                del counted[photo]


class SyncStepKind(StrEnum):
    """The kinds of steps."""

    LEAVE = "leave"
    REMOVE_PERSON = "remove_person"
    REMOVE_FACE = "remove_face"
    ADD_PERSON = "add_person"
    ADD_FACE = "add_face"
    LEARN = "learn"


@dataclass(frozen=True, slots=True)
class SyncStep:
    """template_id: set for steps about one face."""

    kind: SyncStepKind
    person_id: str = ""
    template_id: str = ""


def may_hear_of(service: ServiceSettings, person: PersonSettings) -> bool:
    """Whether they agreed to exactly this and the owner does not exclude them."""
    needed = {service.kind.agreement, Agreement.RECOGNIZE, Agreement.PHOTOS}
    given = person.consent.to
    return needed <= given and Agreement.NEVER not in given and person.person_id not in service.not_about


def same_place(one: ServiceSettings, other: ServiceSettings) -> bool:
    """Whether both give access to the same data. CompreFace has a collection for each key.

    A paired engine proves who it is at any address.
    """
    if one.kind is not other.kind or one.certificate != other.certificate or one.group != other.group:
        return False
    if one.url != other.url and not one.certificate:
        return False
    return one.kind is not ServiceKind.COMPREFACE or one.key == other.key


def next_step(contents: ServiceContents, wanted: Wanted) -> SyncStep | None:
    """Erasing comes first. None if the service has what it should."""
    return next_erasing(contents, wanted) or _adding(contents, wanted)


def last_step(contents: ServiceContents) -> SyncStep | None:
    """The step for a service that should have nothing any more."""
    return SyncStep(SyncStepKind.LEAVE) if contents.used else None


def next_erasing(contents: ServiceContents, wanted: Wanted) -> SyncStep | None:
    """What to erase next; also for a service to which nothing is sent at present."""
    for person_id in sorted(contents.known):
        if person_id in contents.unfinished or not _photos(contents, wanted, person_id):
            return SyncStep(SyncStepKind.REMOVE_PERSON, person_id)
    for person_id, person in contents.people.items():
        for template_id in person.faces:
            if template_id not in wanted[person_id]:
                return SyncStep(SyncStepKind.REMOVE_FACE, person_id, template_id)
    return None


def _adding(contents: ServiceContents, wanted: Wanted) -> SyncStep | None:
    """Person by person, oldest photos first (ids begin with their time), but last the photos at which it failed."""
    missing = [
        (contents.on_trial[photo], contents.failures[photo], person_id, photo)
        for person_id in wanted
        for photo in _photos(contents, wanted, person_id) - contents.photos
    ]
    if missing:
        *_, person_id, template_id = min(missing)
        if person_id not in contents.people:
            return SyncStep(SyncStepKind.ADD_PERSON, person_id)
        return SyncStep(SyncStepKind.ADD_FACE, person_id, template_id)
    return SyncStep(SyncStepKind.LEARN) if contents.untaught and contents.people else None


def _photos(contents: ServiceContents, wanted: Wanted, person_id: str) -> set[str]:
    """Photos that the service accepts."""
    photos = set(wanted.get(person_id, ())) - contents.refused.get(person_id, set())
    return {photo for photo in photos if contents.failures[photo] < MOST_FAILURES}
