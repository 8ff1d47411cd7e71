"""Visits to one home, through Kith's own household, frame by frame, with questions in doubt and their results."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
import math

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.household import Household
from custom_components.kith.identity.doubts import Doubtful
from custom_components.kith.identity.evidence import FRAMES_FOR_A_NAME, Doubt
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.opinion import Opinion
from custom_components.kith.identity.presence import Presence
from custom_components.kith.identity.track import Track
from custom_components.kith.kith_engine.analysis import Analysis, Box, EngineFacts, Face, Flaw, Person
from custom_components.kith.sighting import Sighting, SightingKind

from . import kith

DOOR = "door"
APART = timedelta(minutes=10)
"""The time between two visits, so that Kith counts them as two."""
_BODY = Person(Box(0, 0, 100, 250), 0.9)

type Asked = Callable[[int, Sequence[str]], Opinion | None]
"""Asks about the face of this row and these people."""


@dataclass(frozen=True, slots=True)
class Visit:
    """home, who, score, right: as in measures.Trials; who is -1 for a stranger.

    named: the places of everybody named. stranger: a stranger was reported. offered: there was a doubt. calls:
    questions. sent: their bytes. share: the likeliest name's share of the demanded evidence when it was asked.
    """

    home: int
    who: int
    score: float = -math.inf
    right: bool = False
    named: frozenset[int] = frozenset()
    stranger: bool = False
    offered: bool = False
    calls: int = 0
    sent: int = 0
    share: float | None = None

    @property
    def decided(self) -> bool:
        return bool(self.named) or self.stranger

    @property
    def rightly(self) -> bool:
        """Whether only the visitor was named, or a stranger was reported and nobody named."""
        return self.named == ({self.who} if self.who >= 0 else set()) and self.stranger == (self.who < 0)


class Doorstep:
    """One home. known: people whose photos the service has. sizes: bytes of each row's cropped face."""

    def __init__(
        self, number: int, facts: EngineFacts, gallery: Gallery, known: Set[str], sizes: NDArray[np.int64]
    ) -> None:
        self._number = number
        self._known = known
        self._sizes = sizes
        self._household = Household(Presence())
        self._household.compare_with(gallery, facts)
        self._household.on_sighting.subscribe(self._told)
        self._household.on_track.subscribe(self._followed)
        self._household.on_doubt.subscribe(self._offered)
        self._now = kith.START
        self._visit = Visit(number, -1)
        self._ask: Asked | None = None
        self._least = 0.0
        self._doubt: Doubtful | None = None

    def receive(
        self, who: int, shown: Sequence[tuple[int, Analysis]], ask: Asked | None = None, least: float = 0.0
    ) -> Visit:
        """One visit, frame by frame: (row, what is seen). ask: the service, if any. least: the share of the demanded
        evidence from which it is asked.
        """
        self._visit, self._ask, self._least = Visit(self._number, who), ask, least
        for row, analysis in shown:
            self._doubt = None
            self._household.observe(DOOR, analysis, self._now)
            if self._doubt is not None and ask is not None:
                self._advise(self._doubt, row, ask)
            self._now += kith.STEP
        self._now += APART
        return self._visit

    def _advise(self, doubt: Doubtful, row: int, ask: Asked) -> None:
        was = self._visit
        sent = was.sent + int(self._sizes[row])
        self._visit = replace(
            was, calls=was.calls + 1, sent=sent, share=doubt.share if was.share is None else was.share
        )
        opinion = ask(row, [who for who in doubt.suspects if who in self._known])
        if opinion is not None:
            self._household.advise(doubt, opinion)

    def _offered(self, doubt: Doubtful) -> bool:
        self._visit = replace(self._visit, offered=True)
        taken = self._ask is not None and doubt.share >= self._least and doubt.suspects[0] in self._known
        self._doubt = doubt if taken else self._doubt
        return taken

    def _told(self, sighting: Sighting) -> None:
        if sighting.kind is SightingKind.RECOGNIZED:
            self._visit = replace(self._visit, named=self._visit.named | {int(str(sighting.verdict.person_id))})
        elif sighting.kind is SightingKind.STRANGER:
            self._visit = replace(self._visit, stranger=True)

    def _followed(self, _camera: str, track: Track, _face: Face | None) -> None:
        """Keeps the strongest evidence for any name: a test that may stop early is judged at its best stop."""
        verdict = track.verdict
        evidence = verdict.for_name if verdict.doubt is not Doubt.CONTRADICTED else None
        if evidence is not None and verdict.frames >= FRAMES_FOR_A_NAME and evidence > self._visit.score:
            self._visit = replace(self._visit, score=evidence, right=verdict.likely == str(self._visit.who))


def seen(face: Face | None, *, usable: bool) -> Analysis:
    """Somebody at the door, with this face, which is refused unless usable, or without a face."""
    if face is not None and not usable:
        face = replace(face, embeddings=(), quality=replace(face.quality, flaws=(Flaw.BLURRED,)))
    faces = () if face is None else (replace(face, person=0),)
    return Analysis(1920, 1080, None, looked=True, persons=(_BODY,), faces=faces)
