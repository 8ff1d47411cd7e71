"""The interface of a face-verification service: what it is asked, answers, and keeps of people. One file per service.

A service never sees a frame, only a face with a margin, and only faces like people who agreed to exactly that.
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
    """It found no face, or none that it would compare: no evidence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. model: the network behind it, as the service names it. person_id: set with PERSON.

    score: for that person, or the best one, in the service's own unit; for the ledger and for people. ratios: the same
    as evidence, by the service's own calibration: natural logarithms of likelihood ratios (this person against a
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

    key: the service's id of the person. faces: the service's id of each face, by the id of Kith's template; if the
    service stores nothing (a bigger engine), its template as text. Only the service's own module interprets these.
    """

    person_id: str
    key: str
    faces: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Meter:
    """Counts every request before it is sent, including those that fail. sent: bytes of bodies."""

    calls: int = 0
    sent: int = 0

    def count(self, body: int) -> None:
        self.calls += 1
        self.sent += body


class Service(Protocol):
    """A face-verification service. Every method may raise OpinionError (errors.py) and logs nothing sent."""

    async def check(self, meter: Meter) -> None:
        """Check that it answers, accepts the key, and may recognize people. Sends nothing about anybody."""

    async def ask(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        """Who is this? face: a JPEG. suspects: at least one, likeliest first; one is verified, several identified."""

    async def add_person(self, person_id: str, meter: Meter) -> str:
        """Returns the service's key of this person; the same one if they exist already."""

    async def add_face(self, key: str, face: bytes, meter: Meter) -> str:
        """Enroll one face of this person. Returns the service's id of it."""

    async def remove_face(self, key: str, face_id: str, meter: Meter) -> None:
        """Succeeds if there is no such face."""

    async def remove_person(self, key: str, meter: Meter) -> None:
        """Remove the person and all their faces. Succeeds if there is no such person."""

    async def knows(self, key: str, meter: Meter) -> bool:
        """Whether the service still has this person or any face of theirs; proves an erasure."""

    async def learn(self, meter: Meter) -> None:
        """Train after people or faces changed, if the service needs that."""

    async def leave(self, keys: Sequence[str], meter: Meter) -> None:
        """Erase everything that Kith ever put there, and nothing else."""
