"""Homes drawn at random from people with many photos, and their visitors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.kith_engine.packs import Pack

from .probes import CAMERA, CLEAN, Probes, probes
from .sets import Photo

RESIDENTS = 10
LONGEST = 8
"""Frames of a track."""
TRACKS = 2
"""Tracks of each resident in each home; every stranger comes once."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody's measured faces. clean: (n,) rows as in the list of photos. camera: the same twice over, (2 n,)."""

    names: tuple[str, ...]
    rows: tuple[NDArray[np.intp], ...]
    clean: Probes
    camera: Probes

    @classmethod
    def read(cls, pack: Pack, photos: Sequence[Photo], name: str) -> People:
        names = tuple(sorted({photo.person for photo in photos}))
        whose = np.array([names.index(photo.person) for photo in photos])
        looks = [probes(pack, photos, name, look) for look in CAMERA]
        rows = tuple(np.flatnonzero(whose == place) for place in range(len(names)))
        return cls(names, rows, probes(pack, photos, name, CLEAN), Probes.joined(looks))

    def alike(self) -> NDArray[np.float32]:
        """(people, people) cosines between everybody's mean vectors."""
        means = np.stack([self.clean.vectors[rows].mean(axis=0) for rows in self.rows])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        alike: NDArray[np.float32] = means @ means.T
        return alike


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """residents: for each, the rows that are enrolled. tracks: (who, rows), who is -1 for a stranger.

    Who draws a home says of which faces its rows are.
    """

    residents: tuple[NDArray[np.intp], ...]
    tracks: tuple[tuple[int, NDArray[np.intp]], ...]

    def shortened(self, frames: int) -> Home:
        """With the first frames of every track."""
        return Home(self.residents, tuple((who, rows[:frames]) for who, rows in self.tracks))


def draw(people: People, count: int, photos: int, *, look: str, seed: int, lookalikes: bool = False) -> Iterator[Home]:
    """The same seed draws the same homes: rows of the clean faces are enrolled, those of tracks are of the clean faces
    or of the camera's. look: CLEAN or "camera". lookalikes: residents are each other's nearest.
    """
    near = people.alike() if lookalikes else None
    for number in range(count):
        rng = np.random.default_rng([seed, number, photos])
        living = _residents(rng, len(people.names), near)
        enrolled, tracks = [], []
        for place, person in enumerate(living):
            order = rng.permutation(people.rows[person])
            chosen = order[people.clean.usable[order]][:photos]
            rest = np.setdiff1d(order, chosen)
            enrolled.append(chosen)
            tracks += [(place, _track(rng, rest, look, len(people.clean))) for _ in range(TRACKS)]
        others = np.setdiff1d(np.arange(len(people.names)), living)
        tracks += [(-1, _track(rng, people.rows[other], look, len(people.clean))) for other in others]
        yield Home(tuple(enrolled), tuple(tracks))


def _residents(rng: np.random.Generator, people: int, near: NDArray[np.float32] | None) -> list[int]:
    if near is None:
        return [int(person) for person in rng.choice(people, RESIDENTS, replace=False)]
    living = [int(rng.integers(people))]
    while len(living) < RESIDENTS:
        likeness = near[living].max(axis=0)
        likeness[living] = -2
        living.append(int(likeness.argmax()))
    return living


def _track(rng: np.random.Generator, rows: NDArray[np.intp], look: str, photos: int) -> NDArray[np.intp]:
    """A new photo in every frame, as people move; after the last one, again as the camera sees them next."""
    order = rng.permutation(rows)
    if look == CLEAN:
        return order[:LONGEST]
    first = rng.integers(0, 2, len(order))
    both = [row + photos * ((turn + first[place]) % 2) for turn in range(2) for place, row in enumerate(order)]
    return np.array(both[:LONGEST])
