"""From frames to an answer: a vote over the frames of one track, with a margin to the runner-up.

A single frame names nobody. "Stranger" needs frames that speak for a stranger; the mere lack of a name is "not sure".
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..kith_engine.analysis import Decision, Flaw
from .gallery import Ranks

VOTES_FOR_A_NAME = 3
"""Frames that must agree. Fewer would let one lucky frame and its twin decide."""
VOTES_FOR_A_STRANGER = 5
"""More than for a name: a household minds its own child called a stranger more than a visitor named late."""
DISSENT = 0.25
"""Largest share of the compared frames that may speak for somebody else than the answer."""
REMEMBERED = 12
"""Frames that count, the newest: who walks towards a camera is seen ever better."""


class Outcome(StrEnum):
    """What a camera can say, never mixed up."""

    NOBODY = "nobody"
    UNUSABLE = "unusable"
    UNSURE = "unsure"
    KNOWN = "known"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Frame:
    """What one frame contributes to its track: a comparison, or the reason why there was none.

    captured: when its picture was taken. width: of the face in pixels, None where there was no face.
    """

    captured: datetime
    ranks: Ranks | None = None
    flaws: tuple[Flaw, ...] = ()
    width: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one track so far, and all that it rests on.

    frames: that agree on the answer. compared, refused: frames with a usable face, and with one that was not.
    score, margin: medians over the agreeing frames. seconds: from the first frame of the track to the one that decided.
    """

    outcome: Outcome
    person_id: str | None = None
    captured: datetime | None = None
    frames: int = 0
    compared: int = 0
    refused: int = 0
    seconds: float = 0.0
    score: float | None = None
    margin: float | None = None
    flaw: Flaw | None = None
    width: float | None = None


def decide(frames: Sequence[Frame], rule: Decision) -> Verdict:
    """The verdict over the frames of one track, oldest first."""
    if not frames:
        return Verdict(Outcome.NOBODY)
    compared = [frame for frame in frames if frame.ranks is not None][-REMEMBERED:]
    refused = [frame for frame in frames if frame.flaws]
    if not compared:
        return _unusable(frames, refused)
    votes = [_vote(frame, rule) for frame in compared]
    answer, agreeing = _count(votes)
    chosen = [frame for frame, vote in zip(compared, votes, strict=True) if vote == answer]
    ranks = [frame.ranks for frame in chosen if frame.ranks is not None]
    outcome = answer if isinstance(answer, Outcome) else Outcome.KNOWN
    return Verdict(
        outcome,
        person_id=None if isinstance(answer, Outcome) else answer,
        captured=(chosen or compared)[-1].captured,
        frames=agreeing,
        compared=len(compared),
        refused=len(refused),
        seconds=(compared[-1].captured - frames[0].captured).total_seconds(),
        score=_median([rank.best[1] for rank in ranks if rank.best]),
        margin=_median([rank.margin for rank in ranks if rank.best]),
        flaw=refused[-1].flaws[0] if refused else None,
        width=compared[-1].width,
    )


def _unusable(frames: Sequence[Frame], refused: Sequence[Frame]) -> Verdict:
    last = refused[-1] if refused else frames[-1]
    return Verdict(
        Outcome.UNUSABLE,
        captured=last.captured,
        refused=len(refused),
        flaw=last.flaws[0] if last.flaws else None,
        width=last.width,
    )


def _vote(frame: Frame, rule: Decision) -> Outcome | str:
    """A person's id, STRANGER or UNSURE. A gallery without templates knows no strangers: nobody could be known."""
    if frame.ranks is None or frame.ranks.best is None:
        return Outcome.UNSURE
    person_id, score = frame.ranks.best
    if score >= rule.known and frame.ranks.margin >= rule.margin:
        return person_id
    return Outcome.STRANGER if score < rule.stranger else Outcome.UNSURE


def _count(votes: Sequence[Outcome | str]) -> tuple[Outcome | str, int]:
    """The answer that enough frames agree on, with few enough against it; else UNSURE."""
    spoken = Counter(vote for vote in votes if vote != Outcome.UNSURE)
    if spoken:
        answer, agreeing = spoken.most_common(1)[0]
        against = spoken.total() - agreeing
        needed = VOTES_FOR_A_STRANGER if answer == Outcome.STRANGER else VOTES_FOR_A_NAME
        # for a stranger the doubtful frames speak against it, too: they were like somebody of the house
        doubted = len(votes) - agreeing if answer == Outcome.STRANGER else against
        if agreeing >= needed and doubted <= DISSENT * len(votes):
            return answer, agreeing
    return Outcome.UNSURE, votes.count(Outcome.UNSURE)


def _median(values: Sequence[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None
