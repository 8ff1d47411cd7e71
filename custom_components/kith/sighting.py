"""Sightings, announced once per visit, and what each camera shows now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .identity.evidence import Outcome, Verdict
from .kith_engine.analysis import Box


class SightingKind(StrEnum):
    """What a sighting says."""

    PERSON = "person"
    RECOGNIZED = "recognized"
    LIKELY = "likely"
    """Nobody was named, but a single picture spoke very clearly for one person."""
    STRANGER = "stranger"
    FOLLOWED = "followed"
    """Somebody who was recognized elsewhere minutes ago went on to here, by appearance: the face is not seen."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something worth announcing, once per visit to one camera's view.

    captured: when the deciding picture was taken. model: the network whose vectors were compared. corrects: what was
    announced about the same person before and no longer holds. box: the face in that picture. company: the people who
    were recognized in the same visit. track: the number of the track at this camera.
    """

    kind: SightingKind
    camera: str
    captured: datetime
    verdict: Verdict
    model: str | None = None
    corrects: Verdict | None = None
    box: Box | None = None
    company: frozenset[str] = frozenset()
    track: int = 0

    @property
    def confirms(self) -> bool:
        """Was the same person announced as likely before?"""
        before = self.corrects
        return before is not None and before.outcome is Outcome.LIKELY and before.likely == self.verdict.person_id

    @property
    def likely(self) -> str | None:
        """The person that it likely was, if that is all that can be said."""
        return self.verdict.likely if self.kind is SightingKind.LIKELY else None


@dataclass(frozen=True, slots=True)
class View:
    """What one camera shows now: the clearest outcome, and the verdict for each person, clearest first.

    undecided_since: when the newest undecided person came into view; None if there is none.
    """

    outcome: Outcome = Outcome.NOBODY
    detected: bool = False
    verdicts: tuple[Verdict, ...] = ()
    undecided_since: datetime | None = None


UNDECIDED = (Outcome.LIKELY, Outcome.UNSURE, Outcome.UNUSABLE)
CLEAREST = (Outcome.KNOWN, Outcome.STRANGER, Outcome.LIKELY, Outcome.UNSURE, Outcome.UNUSABLE, Outcome.NOBODY)
