"""The people that a calibration learns from, as they are in photos and as cameras film them.

Labeled Faces in the Wild (who is who); people who are also in the evaluation's set are left out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from custom_components.kith.kith_engine.analysis import Face
from custom_components.kith.kith_engine.packs import Pack

from . import sets
from .kith import faces_of
from .moments import PROFILES
from .probes import Film, Probes, filmed, probes

FILMED = 4
"""Photos of each person that moments are made of, as many as a visit may show."""
FRAMES = 4
"""Of a moment: they repeat one another, and twice as many would teach little more."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """photos: as they are, one for each moment, then the others. moments: by profile, FRAMES faces each."""

    photos: list[Face]
    moments: dict[str, list[list[Face | None]]]

    def moments_of(self, photo: int) -> list[Face]:
        """All frames of it that can be compared."""
        films = [films[photo] for films in self.moments.values() if photo < len(films)]
        return [face for frames in films for face in frames if face is not None]

    def changed(self, change: Callable[[Face], Face]) -> Person:
        """With every face changed."""
        films = {
            look: [[face and change(face) for face in frames] for frames in films]
            for look, films in self.moments.items()
        }
        return Person([change(face) for face in self.photos], films)


def known_people(pack: Pack, *, masked: bool = False) -> list[Person]:
    """With two photos at least in which a face can be compared. masked: in their moments, not in their photos."""
    named = {photo.person for photo in sets.identities()}
    photos = [photo for photo in sets.wild() if photo.person not in named]
    counts = Counter(photo.person for photo in photos)
    photos = [photo for photo in photos if counts[photo.person] > 1]
    clean = probes(pack, photos, "known")
    whose = _whose(photos, clean)
    chosen = [row for rows in whose for row in rows[:FILMED]]
    shown, faces = [photos[row] for row in chosen], _usable_faces(clean)
    films = {
        str(profile): _usable_faces(filmed(pack, shown, "known", Film(profile, masked, FRAMES))) for profile in PROFILES
    }
    place = {row: number for number, row in enumerate(chosen)}
    return [_person(rows, faces, films, place) for rows in whose]


def _usable_faces(measured: Probes) -> list[Face | None]:
    return [face if good else None for face, good in zip(faces_of(measured), measured.usable, strict=True)]


def _whose(photos: Sequence[sets.Photo], clean: Probes) -> list[list[int]]:
    """The rows of each person's photos."""
    rows: dict[str, list[int]] = {}
    for row, photo in enumerate(photos):
        if clean.usable[row]:
            rows.setdefault(photo.person, []).append(row)
    return [found for _, found in sorted(rows.items()) if len(found) > 1]


def _person(
    rows: Sequence[int], faces: Sequence[Face | None], films: dict[str, list[Face | None]], place: dict[int, int]
) -> Person:
    filmed_rows = [place[row] for row in rows if row in place]
    return Person(
        [face for row in rows if (face := faces[row]) is not None],
        {
            profile: [film[number * FRAMES : (number + 1) * FRAMES] for number in filmed_rows]
            for profile, film in films.items()
        },
    )
