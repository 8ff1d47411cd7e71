"""One person's way through one camera's view."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.analysis import Box, Face
from .evidence import Frame, History, Outcome, Verdict
from .opinion import Opinion
from .outfit import Outfit
from .presence import Whereabouts
from .sampling import Tally, sampled
from .scenery import Stillness

REMEMBERED = 8
"""Faces by which a track is told from others: about two seconds of a stream. One bad picture of somebody else hardly
moves their mean, and it follows a head that turns.
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of the same person from before their track broke. began, seen: when it did and when it broke.

    counted: see Track.
    """

    number: int
    frames: tuple[Frame, ...]
    counted: int
    began: datetime
    announced: Verdict | None
    seen: datetime


@dataclass(slots=True, eq=False)
class Track:
    """One person's way through one camera's view, so far.

    seen: when the newest picture that shows them was taken; shown: when the camera last gave that picture. frames:
    what is kept of them, oldest first. tally: of their frames that counted. face: the mean direction of the newest
    faces that could be compared, of length 1. face_box: of the face in the newest picture. announced: the last verdict
    that was announced. named: when the last frame by which somebody was named was taken. before: what was known of the
    named person before this sighting. asked: whether a second opinion was asked for; opinion: its answer. still: for
    how long it has been in one spot. beside: the numbers of the tracks that were in one picture with it. outfit: what
    it wears. earlier: of the track that it continues. loose: it continues none.
    """

    number: int
    box: Box
    started: datetime
    seen: datetime
    shown: datetime
    still: Stillness
    frames: list[Frame] = field(default_factory=list)
    face: NDArray[np.float32] | None = None
    face_box: Box | None = None
    verdict: Verdict = field(default_factory=lambda: Verdict(Outcome.UNUSABLE))
    announced: Verdict | None = None
    before: Whereabouts | None = None
    asked: bool = False
    opinion: Opinion | None = None
    beside: set[int] = field(default_factory=set)
    outfit: Outfit = field(default_factory=Outfit)
    earlier: Earlier | None = None
    loose: bool = False
    tally: Tally = field(default_factory=Tally)
    named: datetime | None = None
    _faces: dict[datetime, NDArray[np.float32]] = field(default_factory=dict)
    """The newest ones, oldest first, by when their pictures were taken."""

    @property
    def evidence(self) -> list[Frame]:
        """All frames of this person that are kept, also from before the track broke."""
        return sampled([*self.earlier.frames, *self.frames]) if self.earlier else self.frames

    @property
    def began(self) -> datetime:
        """When the first picture of this person was taken, also before the track broke."""
        return self.earlier.began if self.earlier else self.started

    @property
    def has_face(self) -> bool:
        """Has a face of this person been seen, also before the track broke?"""
        return self.face is not None or any(frame.probe is not None for frame in self.evidence)

    @property
    def counted(self) -> int:
        """How many frames of this person have counted so far."""
        return self.tally.count + (self.earlier.counted if self.earlier else 0)

    @property
    def history(self) -> History:
        """What is known besides `evidence`."""
        oldest = next((frame.captured for frame in self.evidence if frame.probe is not None), None)
        named = self.named is not None and oldest is not None and oldest <= self.named
        return History(self.counted, named, self.began)

    def add(self, box: Box, face: Face | None, frame: Frame) -> None:
        """One more frame, or the last one looked at again: it counts once."""
        again = self.frames.pop() if self.frames and self.frames[-1].captured == frame.captured else None
        self.box, self.seen, self.shown = box, frame.captured, frame.captured
        self.still.follow(box, frame.captured)
        self.frames = sampled([*self.frames, frame])
        if frame.probe is not None and (again is None or again.probe is None):
            self.tally.add(frame.captured)
        self.face_box = face.box if face is not None else None
        if face is not None and face.embedding is not None:
            self._faces[frame.captured] = face.embedding
            if len(self._faces) > REMEMBERED:
                del self._faces[next(iter(self._faces))]
            total = np.sum(list(self._faces.values()), axis=0)
            self.face = total / max(float(np.linalg.norm(total)), np.finfo(np.float32).tiny)

    def continue_from(self, before: Track) -> None:
        """It is the same person: what was found out about them goes on."""
        self.earlier = Earlier(
            before.number,
            tuple(before.evidence),
            before.counted,
            before.began,
            before.announced,
            before.seen,
        )
        self.verdict, self.before, self.named = before.verdict, before.before, before.named
        if before.announced is not None and not before.announced.outcome.inconclusive:
            self.announced = before.announced
        self.asked, self.opinion = self.asked or before.asked, self.opinion or before.opinion
        self.beside |= before.beside

    def break_off(self) -> Earlier:
        """It is somebody else after all. Returns what does not belong to them."""
        assert self.earlier is not None
        earlier, self.earlier, self.loose = self.earlier, None, True
        self.verdict, self.opinion, self.named = Verdict(Outcome.UNUSABLE), None, None
        told = earlier.announced
        if told is not None and self.announced is not None and told.person_id == self.announced.person_id:
            self.announced, self.before = None, None  # it was right, of the other one
        return earlier
