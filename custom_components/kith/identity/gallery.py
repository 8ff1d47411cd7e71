"""The enrolled people and their templates, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray


class Source(StrEnum):
    """Where the picture behind a template came from."""

    PHOTO = "photo"
    CAMERA = "camera"


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One enrolled face.

    vector: (d,) float32 of length 1. embedding: the network that made it; vectors of different networks never meet.
    width: of the face in its picture, in pixels.
    """

    template_id: str
    vector: NDArray[np.float32]
    embedding: str
    added: datetime
    source: Source
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """How like each person a probe is: best cosine over the person's templates, likest first."""

    scores: tuple[tuple[str, float], ...] = ()

    @property
    def best(self) -> tuple[str, float] | None:
        return self.scores[0] if self.scores else None

    @property
    def margin(self) -> float:
        """From the best to the runner-up; with one person, to a face that is like nobody (cosine 0)."""
        if not self.scores:
            return 0.0
        return self.scores[0][1] - (self.scores[1][1] if len(self.scores) > 1 else 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """All templates of the home, by person. Changing one gives a new gallery."""

    templates: Mapping[str, tuple[Template, ...]] = field(default_factory=dict)

    def with_templates(self, person_id: str, added: Iterable[Template]) -> Self:
        return type(self)({**self.templates, person_id: (*self.templates.get(person_id, ()), *added)})

    def without(self, person_id: str) -> Self:
        return type(self)({who: found for who, found in self.templates.items() if who != person_id})

    def only(self, people: Iterable[str]) -> Self:
        """The part of these people: of nobody else may a face be compared."""
        allowed = set(people)
        return type(self)({who: found for who, found in self.templates.items() if who in allowed})

    def index(self, embedding: str) -> Index:
        """What probes of one network are compared with."""
        rows = [
            (who, template.vector)
            for who, found in self.templates.items()
            for template in found
            if template.embedding == embedding
        ]
        people = tuple(dict.fromkeys(who for who, _ in rows))
        starts = np.array([next(n for n, (who, _) in enumerate(rows) if who == person) for person in people], np.intp)
        return Index(people, starts, np.array([vector for _, vector in rows], np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A gallery laid out for comparing.

    vectors: (n, d), each person's templates in consecutive rows. starts: (people,) first row of each person.
    """

    people: tuple[str, ...]
    starts: NDArray[np.intp]
    vectors: NDArray[np.float32]

    def rank(self, probe: NDArray[np.float32]) -> Ranks:
        """(d,) of length 1 → everybody's score."""
        if not self.people:
            return Ranks()
        best = np.maximum.reduceat(self.vectors @ probe, self.starts)
        order = np.argsort(-best)
        return Ranks(tuple((self.people[n], float(best[n])) for n in order))
