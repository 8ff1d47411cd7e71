"""What a home is told: sightings, once per visit, and what each camera shows now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .identity.evidence import Outcome, Verdict
from .kith_engine.analysis import Box


class SightingKind(StrEnum):
    """What a sighting says."""

    PERSON = "person"
    RECOGNIZED = "recognized"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something worth telling, once per visit to one camera's view.

    captured: when the deciding picture was taken. model: the network whose vectors were compared. corrects: what was
    told of the same person before and does not hold any more. box: of the face, in that picture.
    """

    kind: SightingKind
    camera: str
    captured: datetime
    verdict: Verdict
    model: str | None = None
    corrects: Verdict | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What one camera shows now: the clearest outcome, and the verdict for each person, clearest first.

    undecided_since: when the newest of those came of whom nothing can be said yet; None if there are none.
    """

    outcome: Outcome = Outcome.NOBODY
    detected: bool = False
    verdicts: tuple[Verdict, ...] = ()
    undecided_since: datetime | None = None


UNDECIDED = (Outcome.UNSURE, Outcome.UNUSABLE)
CLEAREST = (Outcome.KNOWN, Outcome.STRANGER, Outcome.UNSURE, Outcome.UNUSABLE, Outcome.NOBODY)
