"""What one picture alone says about the faces in it: less than a visit, and never as sure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..kith_engine.analysis import Face
from .comparison import Comparison
from .evidence import FRAMES_FOR_A_STRANGER, Outcome, Verdict, conclude
from .scores import direction_of


class Hint(StrEnum):
    """The most that one frame can say. It is not an Outcome and must not be taken for one."""

    LIKELY = "likely"
    """The evidence is as clear as a single frame's can be; the frames that must agree on a name are missing."""
    LIKELY_STRANGER = "likely_stranger"
    UNSURE = "unsure"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class SingleFrame:
    """One face of one picture. person_id: only if a name is likely. verdict: what a camera would report after it."""

    face: Face
    hint: Hint
    person_id: str | None
    verdict: Verdict


def judge(comparison: Comparison, faces: Sequence[Face], now: datetime) -> tuple[SingleFrame, ...] | None:
    """Largest face first. None, for all faces, if one shows somebody who must not be recognized."""
    if comparison.shows_avoided(faces):
        return None
    return tuple(_judge(comparison, face, now) for face in sorted(faces, key=lambda face: -face.box.area))


def _judge(comparison: Comparison, face: Face, now: datetime) -> SingleFrame:
    frame = comparison.frame(face, now)
    verdict = comparison.decide([frame], Verdict(Outcome.UNUSABLE))
    if frame.probe is None or verdict.outcome is Outcome.UNUSABLE:
        return SingleFrame(face, Hint.UNUSABLE, None, verdict)
    if verdict.outcome is Outcome.LIKELY:
        return SingleFrame(face, Hint.LIKELY, verdict.likely, verdict)
    weights = comparison.index.weigh(direction_of([frame.probe]))
    # as if enough frames agreed: only the evidence decides
    alone = conclude(weights, FRAMES_FOR_A_STRANGER, comparison.demand)
    likely_stranger = alone.outcome is Outcome.STRANGER and comparison.complete
    return SingleFrame(face, Hint.LIKELY_STRANGER if likely_stranger else Hint.UNSURE, None, verdict)
