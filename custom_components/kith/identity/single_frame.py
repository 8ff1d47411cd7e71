"""What one picture alone says of the faces in it: less than a visit, and never as sure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..kith_engine.analysis import Face
from .comparison import Comparison
from .evidence import FRAMES_FOR_A_STRANGER, Outcome, Verdict, conclude
from .scores import direction_of


class Hint(StrEnum):
    """The most that can be said. Not an Outcome: nobody shall take it for one."""

    LIKELY = "likely"
    """The evidence suffices for a name; the frames that must agree on it are missing."""
    LIKELY_STRANGER = "likely_stranger"
    UNSURE = "unsure"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class SingleFrame:
    """One face of one picture. person_id: only where a name is likely. verdict: what a camera would say after it."""

    face: Face
    hint: Hint
    person_id: str | None
    verdict: Verdict


def judge(comparison: Comparison, faces: Sequence[Face], now: datetime) -> tuple[SingleFrame, ...] | None:
    """Largest face first. None if one is of somebody who is not to be recognized: then nothing is said of any."""
    if comparison.shows_avoided(faces):
        return None
    return tuple(_judge(comparison, face, now) for face in sorted(faces, key=lambda face: -face.box.area))


def _judge(comparison: Comparison, face: Face, now: datetime) -> SingleFrame:
    frame = comparison.frame(face, now)
    verdict = comparison.decide([frame], Verdict(Outcome.UNUSABLE))
    if frame.probe is None or verdict.outcome is Outcome.UNUSABLE:
        return SingleFrame(face, Hint.UNUSABLE, None, verdict)
    weights = comparison.index.weigh(direction_of([frame.probe]))
    # as if as many frames agreed as are wanted: what is left is the evidence
    alone = conclude(weights, FRAMES_FOR_A_STRANGER, comparison.demand)
    match alone.outcome:
        case Outcome.KNOWN:
            return SingleFrame(face, Hint.LIKELY, alone.person_id, verdict)
        case Outcome.STRANGER:
            return SingleFrame(face, Hint.LIKELY_STRANGER, None, verdict)
        case _:
            return SingleFrame(face, Hint.UNSURE, None, verdict)
