"""Follows people over the frames of one camera."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.analysis import Analysis, Box, Face
from .evidence import Frame, Outcome, Verdict
from .opinion import Opinion
from .presence import Seen

LOST_AFTER = timedelta(seconds=4)
"""Longer than a door post hides a person or the detector misses one, shorter than a change of people."""
SAME_PLACE = 0.2
"""Intersection over union at which two boxes count as one person."""
REACH = 0.75
"""So do centers this near, as a share of the box's height: at a few frames a second a walker's boxes may be apart."""
SAME_FACE = 0.45
"""Cosine between a face and a track's face at which they are one person, wherever they stand (FPIR about 0.5 %)."""
OTHER_FACE = 0.1
"""Cosine below which two good faces are two people, however well the boxes fit."""
FRAMES_KEPT = 64
"""Per track: enough for the evidence rule, little for a person who stands at a camera for an hour."""


@dataclass(slots=True, eq=False)
class Track:
    """One person's way through one camera's view, so far.

    seen: when the newest picture that shows them was taken; shown: when the camera last gave that picture. face: the
    last one that could be compared. face_box: of the face in the newest picture. announced: the last verdict that was
    announced. before: the named person's last sighting before this one. asked: whether a second opinion was asked for;
    opinion: its answer.
    """

    number: int
    box: Box
    started: datetime
    seen: datetime
    shown: datetime
    frames: list[Frame] = field(default_factory=list)
    face: NDArray[np.float32] | None = None
    face_box: Box | None = None
    verdict: Verdict = field(default_factory=lambda: Verdict(Outcome.UNUSABLE))
    announced: Verdict | None = None
    before: Seen | None = None
    asked: bool = False
    opinion: Opinion | None = None

    def add(self, box: Box, face: Face | None, frame: Frame) -> None:
        self.box, self.seen, self.shown = box, frame.captured, frame.captured
        self.frames = [*self.frames, frame][-FRAMES_KEPT:]
        self.face_box = face.box if face is not None else None
        if face is not None and face.embedding is not None:
            self.face = face.embedding


@dataclass(slots=True)
class Tracks:
    """The tracks of one camera."""

    open: list[Track] = field(default_factory=list)
    _size: tuple[int, int] | None = None
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def follow(self, analysis: Analysis, captured: datetime) -> list[tuple[Track, Box, Face | None]]:
        """Give every person in this frame a track, an open or a new one. Lost tracks are dropped first."""
        self.drop_lost(captured)
        self._resize(analysis)
        seen = list(_people(analysis))
        given: dict[int, Track] = {}
        for _, place, track in sorted(self._pairs(seen), key=lambda pair: -pair[0]):
            if place not in given and track not in given.values():
                given[place] = track
        for place, (box, _) in enumerate(seen):
            if place not in given:
                given[place] = Track(next(self._numbers), box, captured, captured, captured)
                self.open.append(given[place])
        return [(given[place], *seen[place]) for place in range(len(seen))]

    def drop_lost(self, now: datetime) -> list[Track]:
        """Drop and return tracks not shown for LOST_AFTER."""
        lost = [track for track in self.open if now - track.shown > LOST_AFTER]
        self.open = [track for track in self.open if track not in lost]
        return lost

    def _resize(self, analysis: Analysis) -> None:
        """The same view may come in another size: from a close-up, or after the camera's settings changed."""
        size = analysis.width, analysis.height
        if not all(size):  # there was no picture
            return
        if self._size not in (None, size):
            across, down = size[0] / self._size[0], size[1] / self._size[1]
            for track in self.open:
                box = track.box
                track.box = Box(box.left * across, box.top * down, box.right * across, box.bottom * down)
        self._size = size

    def _pairs(self, seen: Sequence[tuple[Box, Face | None]]) -> list[tuple[float, int, Track]]:
        """(likeness, place in the frame, track) of all pairs that may be one person."""
        likely = (
            (_likeness(track, box, face), place, track) for place, (box, face) in enumerate(seen) for track in self.open
        )
        return [(likeness, place, track) for likeness, place, track in likely if likeness > 0]


def _people(analysis: Analysis) -> list[tuple[Box, Face | None]]:
    """Each person's box with the largest face in it."""
    people: list[tuple[Box, Face | None]] = []
    for place, person in enumerate(analysis.persons):
        faces = [face for face in analysis.faces if face.person == place]
        people.append((person.box, max(faces, key=lambda face: face.box.area, default=None)))
    return people


def _likeness(track: Track, box: Box, face: Face | None) -> float:
    """How surely they are one person, 0 for not at all; a face counts more than a place."""
    place = box.overlap(track.box)
    apart = np.hypot(
        (box.left + box.right - track.box.left - track.box.right) / 2,
        (box.top + box.bottom - track.box.top - track.box.bottom) / 2,
    )
    near = place >= SAME_PLACE or apart <= REACH * max(box.height, track.box.height)
    if face is None or face.embedding is None or track.face is None:
        return place + 0.01 if near else 0.0
    cosine = float(face.embedding @ track.face)
    if cosine >= SAME_FACE:
        return 1 + cosine
    return place + 0.01 if near and cosine > OTHER_FACE else 0.0
