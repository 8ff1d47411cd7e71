"""Homes drawn at random, and the visits at their doors: each a moment or a few before a camera, as it is in a home."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.identity.scores import quality_of
from custom_components.kith.kith_engine.packs import Pack

from . import kith
from .homes import Home
from .moments import FRAMES, ROOM, Conditions, Profile
from .probes import Film, Probes, filmed, moment_of, probes
from .sets import Photo

FILMED = 8
"""Photos of each person that moments are made of, as many as a resident's visits need: reading them takes long."""
VISITS = 2
"""Of each resident in each home; every stranger comes once. In masks nobody has more than one moment."""
STAYS = 40
"""Seconds: as in a living room, or while talking at the door. Each second shows one of the moments."""
BEST_FRAMES = 2
"""Of a visit that the owner confirmed, so many are enrolled."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One kind of home, and how people are seen there.

    photos, visits: enrolled of each resident: photos, and visits that the owner confirmed. weak: nothing but one frame
    of a camera across the room is. infrared: only moments with it, or without; None for both. masked: mouth and nose
    of everybody at the door are covered. stays: everybody does for STAYS seconds, in moments that come again. group:
    residents and strangers are of it; empty for all.
    """

    profile: Profile
    moments: int = 1
    photos: int = 3
    visits: int = 0
    weak: bool = False
    residents: int = 10
    infrared: bool | None = None
    masked: bool = False
    stays: bool = False
    group: str = ""

    def __str__(self) -> str:
        enrolled = "one weak camera picture" if self.weak else f"{self.photos} photo{'s' * (self.photos > 1)}"
        moments = f"{self.moments} moment{'s' * (self.moments > 1)}" + f" in {STAYS} s" * self.stays
        parts = [str(self.profile), moments, enrolled]
        parts += [f"{self.visits} confirmed visits"] * bool(self.visits)
        parts += [f"{self.residents} resident{'s' * (self.residents > 1)}"]
        if self.infrared is not None:
            parts.append("infrared" if self.infrared else "color")
        parts += [f"all {self.group.replace('_', ' ')}"] * bool(self.group)
        return ", ".join(parts + ["masked"] * self.masked)

    @property
    def film(self) -> Film:
        return Film(self.profile, self.masked)

    @property
    def shown(self) -> int:
        """Moments of each resident in a home."""
        return (1 if self.stays else VISITS) * self.moments

    @property
    def needed(self) -> int:
        """Photos of somebody who can live in such a home."""
        return (1 if self.weak else self.photos) + self.visits + self.shown

    def can_be_drawn(self, photos: Sequence[Photo]) -> bool:
        """Are there people enough for a home and a stranger, if all their photos are good?"""
        counts = Counter(photo.person for photo in photos if self.group in ("", photo.group))
        return sum(count >= self.needed for count in counts.values()) > self.residents


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """Everybody as they are shown in one kind of home. people: their photos that can be enrolled, (photos,) each.

    films: (n,) for each of n photos the number of its moment, -1 for none. faces: n rows as the photos are, FRAMES of
    each moment, and as many of the same photos across the room. quality: of each row, see identity/scores.py.
    infrared: (n,) is the moment?
    """

    people: tuple[NDArray[np.intp], ...]
    groups: tuple[str, ...]
    films: NDArray[np.intp]
    faces: Probes
    quality: NDArray[np.float64]
    infrared: NDArray[np.bool_]

    @classmethod
    def read(cls, pack: Pack, photos: Sequence[Photo], name: str, film: Film) -> Cast:
        clean = probes(pack, photos, name)
        whose = np.array([photo.person for photo in photos])
        people = tuple(np.flatnonzero((whose == person) & clean.usable) for person in sorted(set(whose)))
        groups = tuple(photos[np.flatnonzero(whose == person)[0]].group for person in sorted(set(whose)))
        chosen = np.concatenate([rows[: VISITS if film.masked else FILMED] for rows in people])
        films = np.full(len(photos), -1)
        films[chosen] = np.arange(len(chosen))
        shown = [photos[row] for row in chosen]
        moments = filmed(pack, shown, name, film)
        weak = filmed(pack, shown, name, Film(ROOM))
        faces, calibration = Probes.joined([clean, moments, weak]), pack.manifest.calibration
        quality = [0.0 if face is None else quality_of(face, calibration) for face in kith.faces_of(faces)]
        infrared = [Conditions.draw(film.profile, moment_of(photo.path)).infrared for photo in photos]
        return cls(people, groups, films, faces, np.array(quality), np.array(infrared))

    def filmed(self, photos: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of them that a moment was made of."""
        return photos[self.films[photos] >= 0]

    def moment(self, photo: int) -> NDArray[np.intp]:
        """(FRAMES,) rows."""
        assert self.films[photo] >= 0
        return len(self.films) + int(self.films[photo]) * FRAMES + np.arange(FRAMES)

    def visit(self, photos: NDArray[np.intp]) -> NDArray[np.intp]:
        """(FRAMES,) rows of a visit with a moment of each: they share its time."""
        return np.array([self.moment(photos[frame * len(photos) // FRAMES])[frame] for frame in range(FRAMES)])

    def stay(self, photos: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
        """(STAYS * FRAMES,) rows: a moment of one of them each second."""
        return np.concatenate([self.moment(photo) for photo in rng.choice(photos, STAYS)])

    def weak(self, photo: int) -> NDArray[np.intp]:
        """(1,) row of a frame across the room that can be enrolled; (0,) where none can."""
        if self.films[photo] < 0:
            return np.empty(0, np.intp)
        rows = self.moment(photo) + (int(self.films.max()) + 1) * FRAMES
        return rows[self.faces.usable[rows]][:1]

    def confirmed(self, photo: int) -> NDArray[np.intp]:
        """(at most BEST_FRAMES,) rows: the best frames of its moment."""
        rows = self.moment(photo)
        usable = rows[self.faces.usable[rows]]
        return usable[np.argsort(-self.quality[usable])][:BEST_FRAMES]


def draw(cast: Cast, setting: Setting, count: int, seed: int) -> Iterator[Home]:
    """The same seed draws the same homes; none where too few people's photos are good. Nobody's photo is both enrolled
    and in a visit.
    """
    seen = setting.shown
    shown = [_shown(cast, rows, setting) for rows in cast.people]
    able = [
        place
        for place, rows in enumerate(cast.people)
        if setting.group in ("", cast.groups[place])
        and len(rows) >= setting.needed
        and len(shown[place]) >= seen
        and _can_enroll(cast, setting, rows)
    ]
    if len(able) <= setting.residents:
        return
    for number in range(count):
        rng = np.random.default_rng([seed, number, setting.needed])
        order = rng.permutation(able)
        show = partial(cast.stay, rng=rng) if setting.stays else cast.visit
        residents, visits = [], []
        for who, person in enumerate(order[: setting.residents]):
            photos = rng.permutation(shown[person])[:seen]
            rest = rng.permutation(np.setdiff1d(cast.people[person], photos))
            residents.append(_enrolled(cast, setting, rest))
            visits += [(who, show(part)) for part in np.split(photos, seen // setting.moments)]
        for person in order[setting.residents :]:
            visits.append((-1, show(rng.permutation(shown[person])[: setting.moments])))
        yield Home(tuple(residents), tuple(visits))


def _shown(cast: Cast, rows: NDArray[np.intp], setting: Setting) -> NDArray[np.intp]:
    rows = cast.filmed(rows)
    return rows if setting.infrared is None else rows[cast.infrared[rows] == setting.infrared]


def _can_enroll(cast: Cast, setting: Setting, rows: NDArray[np.intp]) -> bool:
    """Whatever is drawn for the visits."""
    if not setting.weak:
        return True
    return sum(len(cast.weak(row)) for row in rows) > setting.shown


def _enrolled(cast: Cast, setting: Setting, rest: NDArray[np.intp]) -> NDArray[np.intp]:
    if setting.weak:
        return next(row for photo in rest if len(row := cast.weak(photo)))
    confirmed = cast.filmed(rest)[: setting.visits]
    photos = rest[~np.isin(rest, confirmed)][: setting.photos]
    return np.concatenate([photos, *(cast.confirmed(photo) for photo in confirmed)])
