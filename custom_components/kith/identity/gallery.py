"""The enrolled people and their templates, as values, and how a probe compares with all of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
import math
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.calibration import Calibration
from .embedding_rows import EmbeddingRows
from .scores import (
    LEAST_CERTAINTY,
    Direction,
    Probe,
    belief,
    centered,
    direction_of,
    in_proportion,
    joint_ratios,
    likelihood_ratios,
)

_MOST = 60.0
"""Natural logarithm of a likelihood ratio beyond which nothing changes; keeps sums of exponentials finite."""
RIVAL = 0.1
"""How much another household member's likelihood counts against a name, where a stranger's counts 1: mixing up two
family members is bad, letting a stranger in is worse. At 1, look-alike families were recognized far less often and
mixed up as rarely."""
_NOTHING: Mapping[str, float] = MappingProxyType({})


class Source(StrEnum):
    """Where the picture behind a template came from."""

    PHOTO = "photo"
    CAMERA = "camera"


@dataclass(frozen=True, slots=True, eq=False)
class EnrolledEmbedding:
    """What one network made of an enrolled face. vector: (d,) float32 of length 1, as the network gave it.

    network: its name; vectors of different networks are never compared. quality: see scores.py.
    """

    vector: NDArray[np.float32]
    network: str
    quality: float


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One enrolled face.

    embeddings: one per network, in the pack's order; at least the first. width: of the face in its picture, in pixels.
    covered: by a mask or a scarf.
    """

    template_id: str
    embeddings: tuple[EnrolledEmbedding, ...]
    added: datetime
    source: Source
    width: float
    covered: bool = False

    @property
    def vector(self) -> NDArray[np.float32]:
        """(d,) by the pack's first network."""
        return self.embeddings[0].vector

    @property
    def embedding(self) -> str:
        """The name of the pack's first network."""
        return self.embeddings[0].network

    @property
    def quality(self) -> float:
        return self.embeddings[0].quality

    def probe(self, calibration: Calibration) -> Probe:
        second = None
        if calibration.second and (seen := self._by(calibration.second.embedding)):
            second = Probe(centered(seen.vector, seen.quality, calibration.second.calibration), seen.quality)
        return Probe(centered(self.vector, self.quality, calibration), self.quality, second, self.covered)

    def _by(self, network: str) -> EnrolledEmbedding | None:
        """That network's embedding, unless it is the first."""
        return next((one for one in self.embeddings[1:] if one.network == network), None)

    def direction(self, calibration: Calibration) -> Direction:
        return direction_of([self.probe(calibration)])


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """All templates of the home. Changing it gives a new gallery.

    templates: by person. negatives: faces that the owner said are not this person, by person. strangers: faces of
    people who come and go (the mail carrier), which the owner wants told apart from the family.
    """

    templates: Mapping[str, tuple[Template, ...]] = field(default_factory=dict)
    negatives: Mapping[str, tuple[Template, ...]] = field(default_factory=dict)
    strangers: tuple[Template, ...] = ()

    def with_templates(self, person_id: str, added: Iterable[Template]) -> Self:
        return replace(self, templates={**self.templates, person_id: (*self.templates.get(person_id, ()), *added)})

    def with_negative(self, person_id: str, added: Template) -> Self:
        return replace(self, negatives={**self.negatives, person_id: (*self.negatives.get(person_id, ()), added)})

    def with_stranger(self, added: Template) -> Self:
        return replace(self, strangers=(*self.strangers, added))

    def without_templates(self, template_ids: Collection[str]) -> Self:
        """Without these, whoever they belong to, marked faces included."""

        def left(faces: Iterable[Template]) -> tuple[Template, ...]:
            return tuple(face for face in faces if face.template_id not in template_ids)

        templates = {who: left(found) for who, found in self.templates.items()}
        negatives = {who: left(found) for who, found in self.negatives.items()}
        return replace(
            self,
            templates={who: found for who, found in templates.items() if found},
            negatives={who: found for who, found in negatives.items() if found},
            strangers=left(self.strangers),
        )

    def renewed(self, made: Mapping[str, Template]) -> Self:
        """With renewed templates, by id, in place of the old ones that still exist."""
        templates = {
            who: tuple(made.get(face.template_id, face) for face in found) for who, found in self.templates.items()
        }
        return replace(self, templates=templates)

    @property
    def template_ids(self) -> set[str]:
        """The ids of all faces, marked ones included."""
        found = [*self.templates.values(), *self.negatives.values(), self.strangers]
        return {face.template_id for faces in found for face in faces}

    def without(self, person_id: str) -> Self:
        return self.only(self.people - {person_id})

    def only(self, people: Iterable[str]) -> Self:
        """Only these people's part: faces must not be compared with anybody else."""
        allowed = set(people)
        return replace(
            self,
            templates={who: found for who, found in self.templates.items() if who in allowed},
            negatives={who: found for who, found in self.negatives.items() if who in allowed},
        )

    @property
    def people(self) -> set[str]:
        return {*self.templates, *self.negatives}

    def index(self, embedding: str, calibration: Calibration) -> Index:
        """What probes of one network are compared with."""

        def probes(found: Iterable[Template]) -> list[Probe]:
            return [template.probe(calibration) for template in found if template.embedding == embedding]

        enrolled = {who: direction_of(mine) for who, found in self.templates.items() if (mine := probes(found))}
        against = [(who, direction_of([probe])) for who in enrolled for probe in probes(self.negatives.get(who, ()))]
        strangers = [direction_of([probe]) for probe in probes(self.strangers)]
        marked = [*(row for _, row in against), *strangers]
        rows = [*enrolled.values(), *marked]
        people = tuple(enrolled)
        index = Index(
            people,
            tuple(people.index(who) for who, _ in against),
            EmbeddingRows.of(rows, calibration),
            calibration,
            EmbeddingRows.of([row.second for row in rows], calibration.second.calibration)
            if calibration.second
            else None,
        )
        return replace(index, believed=index.believe(marked)) if people and marked else index


@dataclass(frozen=True, slots=True)
class Weights:
    """What the evidence says about everybody, as natural logarithms of likelihood ratios.

    people: how much likelier it is each person than anybody else, likeliest first. alone: how much likelier it is this
    person than a stranger, whoever else is enrolled; cosines: to each; both in the same order.
    stranger: how much likelier it is none of them than any of them; minus infinity if nobody is enrolled. weak: those
    whose photos show too little to claim a name.
    """

    people: tuple[tuple[str, float], ...] = ()
    alone: tuple[float, ...] = ()
    cosines: tuple[float, ...] = ()
    stranger: float = -math.inf
    weak: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A gallery laid out for comparing: a row for each person, then for each negative, then for each known stranger.

    people: in the order of the first rows. against: for each negative, the index of the person that it is not. first,
    second: the rows of each of the pack's networks. believed: for each negative and each known stranger, how likely it
    is what the owner said.
    """

    people: tuple[str, ...]
    against: tuple[int, ...]
    first: EmbeddingRows
    calibration: Calibration
    second: EmbeddingRows | None = None
    believed: NDArray[np.float64] | None = None

    @property
    def weak(self) -> frozenset[str]:
        """The people whose photos show too little to claim a name."""
        certainties = zip(self.people, self.first.certainties.tolist(), strict=False)
        return frozenset(who for who, certainty in certainties if certainty < LEAST_CERTAINTY)

    def believe(self, marked: Sequence[Direction]) -> NDArray[np.float64]:
        """(marked,) of the negatives, then of the known strangers, whom everybody's photos may contradict."""
        own = self._ratios(marked)[:, : len(self.people)]
        negatives = own[np.arange(len(self.against)), list(self.against)]
        return belief(np.concatenate([negatives, own[len(self.against) :].max(axis=1)]))

    def weigh(self, seen: Direction, said: Mapping[str, float] = _NOTHING) -> Weights:
        """Everybody's evidence. What speaks for one person speaks against the others.

        said: outside evidence on these people, as natural logarithms of likelihood ratios (this person to a stranger).
        """
        return self.weigh_all([seen], said)[0]

    def weigh_all(self, seen: Sequence[Direction], said: Mapping[str, float] = _NOTHING) -> list[Weights]:
        """The same for each of them by itself."""
        count = len(self.people)
        if not count or not seen:
            return [Weights()] * len(seen)
        cosines = np.stack([one.vector for one in seen]) @ self.first.vectors.T
        ratios = self._ratios(seen)
        ratios[:, :count] += np.array([said.get(who, 0.0) for who in self.people], np.float32)
        likelihoods = np.exp(np.clip(ratios.astype(np.float64), -_MOST, _MOST))
        if self.believed is not None:
            likelihoods[:, count:] *= self.believed
        own, negatives, strangers = np.split(likelihoods, [count, count + len(self.against)], axis=1)
        nobody = 1 + strangers.sum(axis=1)
        others = nobody[:, None] + RIVAL * (own.sum(axis=1, keepdims=True) - own)
        for negative, who in enumerate(self.against):
            others[:, who] += negatives[:, negative]
        evidence = np.log(own) - np.log(np.maximum(others, np.finfo(np.float64).tiny))
        stranger = np.log(nobody) - np.log(own.mean(axis=1))
        return [self._weights(*rows) for rows in zip(evidence, ratios, cosines, stranger, strict=True)]

    def _weights(
        self,
        evidence: NDArray[np.float64],
        ratios: NDArray[np.float32],
        cosines: NDArray[np.float32],
        stranger: np.float64,
    ) -> Weights:
        """The weights of one direction. evidence, ratios, cosines: one number for each person."""
        order = np.argsort(-evidence).tolist()
        return Weights(
            tuple((self.people[place], float(evidence[place])) for place in order),
            tuple(float(ratios[place]) for place in order),
            tuple(float(cosines[place]) for place in order),
            float(stranger),
            self.weak,
        )

    def _ratios(self, seen: Sequence[Direction]) -> NDArray[np.float32]:
        """(seen, n) of both networks together where both know the row and have seen the face, else of the first."""
        first = self.first.compare(EmbeddingRows.of(seen, self.calibration))
        ratios = likelihood_ratios(*first, self.calibration)
        if self.second is not None and (both := self.calibration.second) is not None:
            other = self.second.compare(EmbeddingRows.of([one.second for one in seen], both.calibration))
            ratios = np.where(other[1] > 0, joint_ratios(first, other, both), ratios)
        looks, covered = np.array([(one.looks, one.covered) for one in seen], np.float32).T[..., None]
        return in_proportion(ratios, first[1], self.calibration, looks, covered)
