"""Follows people over the frames of one camera."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.analysis import Analysis, Box, Face
from .outfit import MARGIN, likeness
from .presence import VISIT_GAP
from .scenery import Scenery, Stillness
from .track import Track

LOST_AFTER = timedelta(seconds=4)
"""Longer than a door post hides a person or the detector misses one, shorter than a change of people."""
SAME_PLACE = 0.2
"""Intersection over union at which two boxes count as one person."""
REACH = 0.75
"""Distance of two centers, as a share of the box's height, that also means one person: at a few frames a second, a
walker's boxes may be apart."""
SAME_FACE = 0.45
"""Cosine between a face and a track's face at which they are one person, wherever they stand (FPIR about 0.5 %)."""
OTHER_FACE = 0.2
"""Cosine below which a face and a track's are two people, however well the boxes fit. Of other people, 96 in 100 faces
are below it with the standard networks, at 35 pixels; in our clips, no face of the same person is.
"""
MOST_TRACKS = 128
"""Per camera: twice the people that one picture can show; then the oldest is given up."""
MOST_LOST = 16
"""Lost tracks that may go on; with more, somebody else is alike anyway."""


@dataclass(slots=True)
class Tracks:
    """The tracks of one camera. lost: those that may go on."""

    open: list[Track] = field(default_factory=list)
    lost: list[Track] = field(default_factory=list)
    _scenery: Scenery = field(default_factory=Scenery)
    _size: tuple[int, int] | None = None
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def follow(self, analysis: Analysis, captured: datetime) -> list[tuple[Track, Box, Face | None]]:
        """Give every person in this frame a track, an open or a new one. Lost tracks are dropped first.

        What has not moved for minutes and never showed a face is scenery and gets none, until it moves.
        """
        self.drop_lost(captured)
        self._resize(analysis)
        self._settle(captured)
        seen = self._without_scenery(_people(analysis), captured)
        given = self._given(seen)
        for place, (box, _) in enumerate(seen):
            if place not in given:
                given[place] = Track(next(self._numbers), box, captured, captured, captured, Stillness(box, captured))
                self.open.append(given[place])
        together = {track.number for track in given.values()}
        for track in given.values():
            track.beside |= together - {track.number}
        self.open = self.open[-MOST_TRACKS:]
        bodies = {person.box: person.body for person in analysis.persons}
        for place, track in given.items():
            if (body := bodies[seen[place][0]]) is not None:
                track.outfit.add(body, captured)
                self._link(track)
        return [(given[place], *seen[place]) for place in range(len(seen))]

    def restart(self) -> None:
        """Begin all tracks anew."""
        self.open, self.lost = [], []

    def drop_lost(self, now: datetime) -> list[Track]:
        """Drop and return tracks not shown for LOST_AFTER. In the same visit, they may go on."""
        lost = [track for track in self.open if now - track.shown > LOST_AFTER]
        self.open = [track for track in self.open if now - track.shown <= LOST_AFTER]
        self.lost = [track for track in [*self.lost, *lost] if now - track.shown <= VISIT_GAP][-MOST_LOST:]
        return lost

    def wants_bodies(self, now: datetime) -> bool:
        """Is there anybody whose outfit should be looked at?"""
        return any(track.outfit.due(now) for track in self.open)

    def _link(self, track: Track) -> None:
        """Let the track continue the one that it resembles more than all others, if there is one."""
        if track.loose or track.earlier is not None or track.announced is not None or not track.outfit.tells:
            return
        others = [other for other in (*self.lost, *self.open) if other is not track]
        alike = [likeness(track.outfit, other.outfit) for other in others]
        best = max(alike, default=-1.0)
        if best < 0:
            return
        before = others[alike.index(best)]
        doubts = sum(one > best - MARGIN for one in alike) > 1
        if not doubts and before.seen < track.started and before.outfit.tells and not _other_face(before, track):
            track.continue_from(before)
            self.lost = [other for other in self.lost if other is not before]
            self.open = [other for other in self.open if other is not before]

    def _resize(self, analysis: Analysis) -> None:
        """The same view may come in another size: from a close-up, or after the camera's settings changed."""
        size = analysis.width, analysis.height
        if not all(size):  # there was no picture
            return
        if self._size not in (None, size):
            across, down = size[0] / self._size[0], size[1] / self._size[1]
            for track in self.open:
                track.box = track.box.scaled(across, down)
                track.still.box = track.still.box.scaled(across, down)
            self._scenery.resize(across, down)
        self._size = size

    def _settle(self, now: datetime) -> None:
        for track in [track for track in self.open if not track.has_face and track.still.lasts(now)]:
            self.open.remove(track)
            self._scenery.add(track.box, now)

    def _without_scenery(
        self, people: list[tuple[Box, Face | None]], captured: datetime
    ) -> list[tuple[Box, Face | None]]:
        faceless = [place for place, (_, face) in enumerate(people) if face is None or face.embedding is None]
        still = self._scenery.sift([people[place][0] for place in faceless], captured)
        scenery = {place for place, is_still in zip(faceless, still, strict=True) if is_still}
        return [person for place, person in enumerate(people) if place not in scenery]

    def _given(self, seen: Sequence[tuple[Box, Face | None]]) -> dict[int, Track]:
        """The open tracks that people of this frame continue, by place in the frame; the likeliest pairs first."""
        if not seen or not self.open:
            return {}
        likeness = _likeness(seen, self.open)
        given: dict[int, Track] = {}
        taken: set[int] = set()
        for pair in np.argsort(-likeness, axis=None, kind="stable").tolist():
            place, number = divmod(pair, len(self.open))
            if likeness[place, number] <= 0 or len(given) == len(seen):
                break
            if place not in given and number not in taken:
                given[place] = self.open[number]
                taken.add(number)
        return given


def _other_face(one: Track, other: Track) -> bool:
    return one.face is not None and other.face is not None and float(one.face @ other.face) <= OTHER_FACE


def _people(analysis: Analysis) -> list[tuple[Box, Face | None]]:
    """Each person's box with the largest face in it."""
    largest: dict[int | None, Face] = {}
    for face in analysis.faces:
        if face.person not in largest or face.box.area > largest[face.person].box.area:
            largest[face.person] = face
    return [(person.box, largest.get(place)) for place, person in enumerate(analysis.persons)]


def _likeness(seen: Sequence[tuple[Box, Face | None]], tracks: Sequence[Track]) -> NDArray[np.float64]:
    """(people, tracks): how surely they are one person, 0 for not at all; a face counts more than a place."""
    there, here = _corners([box for box, _ in seen])[:, None], _corners([track.box for track in tracks])[None]
    place = _overlap(there, here)
    middles = (there[..., :2] + there[..., 2:] - here[..., :2] - here[..., 2:]) / 2
    heights = np.maximum(there[..., 3] - there[..., 1], here[..., 3] - here[..., 1])
    near = (place >= SAME_PLACE) | (np.hypot(middles[..., 0], middles[..., 1]) <= REACH * heights)
    cosine = _cosines([face.embedding if face else None for _, face in seen], [track.face for track in tracks])
    by_place = np.where(near & ~(cosine <= OTHER_FACE), place + 0.01, 0.0)  # without a face, a cosine is NaN
    return np.where(cosine >= SAME_FACE, 1 + cosine, by_place)


def _corners(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(n, 4)."""
    return np.array([(box.left, box.top, box.right, box.bottom) for box in boxes], np.float64)


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union, as Box.overlap, of (…, 4) corners."""
    shared = _area(np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2]))
    both = _area(one[..., 2:] - one[..., :2]) + _area(other[..., 2:] - other[..., :2]) - shared
    found: NDArray[np.float64] = np.divide(shared, both, out=np.zeros_like(shared), where=shared > 0)
    return found


def _area(sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """(…, 2) widths and heights → (…)."""
    found: NDArray[np.float64] = np.maximum(sides, 0).prod(axis=-1)
    return found


def _cosines(
    seen: Sequence[NDArray[np.float32] | None], tracks: Sequence[NDArray[np.float32] | None]
) -> NDArray[np.float64]:
    """(people, tracks); NaN where one of the two has no face."""
    found = np.full((len(seen), len(tracks)), np.nan)
    rows = [place for place, vector in enumerate(seen) if vector is not None]
    columns = [place for place, vector in enumerate(tracks) if vector is not None]
    if rows and columns:
        vectors = np.stack([vector for vector in seen if vector is not None])
        others = np.stack([vector for vector in tracks if vector is not None])
        found[np.ix_(rows, columns)] = vectors @ others.T
    return found
