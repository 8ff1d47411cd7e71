"""What is asked of a face-verification service, what it answers, and what it keeps of people: one file each.

A service never sees a frame, only a face with a margin; and nobody but people who agreed to exactly that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Said(StrEnum):
    """What a service made of the face."""

    PERSON = "person"
    NOBODY = "nobody"
    """None of those it was asked about."""
    NO_FACE = "no_face"
    """It found none, or none that it would compare: no evidence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. model: the network behind it, as the service names it. person_id: with PERSON, whom.

    score: for that person, or the best one, in the service's own unit; for the ledger and for people. ratios: the same
    as evidence by the service's own calibration, natural logarithms of likelihood ratios (this person against a
    stranger) for everybody it was asked about; empty with NO_FACE.
    """

    said: Said
    model: str
    person_id: str | None = None
    score: float | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody as a service knows them.

    key: the service's id of the person. faces: by the id of Kith's template, the service's id of that face; where the
    service keeps nothing (a bigger engine), what it made of the face, as text. Opaque to all but the service's file.
    """

    person_id: str
    key: str
    faces: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Meter:
    """Counts what goes out: every request, before it is sent, those that fail too. sent: bytes of bodies."""

    calls: int = 0
    sent: int = 0

    def count(self, body: int) -> None:
        self.calls += 1
        self.sent += body


class Service(Protocol):
    """A face-verification service. Every method may raise OpinionError (errors.py), and none logs what it was sent."""

    async def check(self, meter: Meter) -> None:
        """Is it there, does it let us in, and may it tell people apart? Nothing of anybody is sent."""

    async def ask(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        """Who is this? face: a JPEG. suspects: likest first, at least one: a single one is verified, several are
        identified.
        """

    async def add_person(self, person_id: str, meter: Meter) -> str:
        """The service's key of this person; the same one again where it is there already."""

    async def add_face(self, key: str, face: bytes, meter: Meter) -> str:
        """Enroll one face of this person. Returns the service's id of it."""

    async def remove_face(self, key: str, face_id: str, meter: Meter) -> None:
        """One that is not there is removed."""

    async def remove_person(self, key: str, meter: Meter) -> None:
        """With all faces. One that is not there is removed."""

    async def knows(self, key: str, meter: Meter) -> bool:
        """Does the service still have this person, or any face of theirs? The proof of having forgotten."""

    async def learn(self, meter: Meter) -> None:
        """After people or faces were added or removed, where a service must be told; else nothing."""

    async def leave(self, keys: Sequence[str], meter: Meter) -> None:
        """Erase all that Kith ever put there, and nothing of anybody else's."""
