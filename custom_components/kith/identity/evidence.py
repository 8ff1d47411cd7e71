"""From frames to an answer: a sequential test over the frames of one track, with three exits.

The faces of a track add up to one direction (scores.py), which is weighed against everybody at home (gallery.py). The
test ends with a name or with "stranger" when the evidence is as strong as demanded, and goes on otherwise (Wald 1945,
"Sequential tests of statistical hypotheses"). The mere lack of a name is "not sure", never "stranger".
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from ..kith_engine.analysis import Flaw
from .demand import FRAMES_CALIBRATED, Demand
from .gallery import Index, Weights
from .opinion import Opinion
from .presence import Follow
from .scores import Direction, Probe, direction_of

FRAMES_FOR_A_NAME = 2
"""A single frame, however strong, may be a picture on a parcel, or the detector's bad luck."""
FRAMES_FOR_A_STRANGER = 3
"""More than for a name: calling the household's child a stranger is worse than announcing a visitor late."""
FRAMES_WEIGHED = 30
"""Only the newest that count (see sampling.py): somebody who walks toward a camera is seen better and better, and
errors must fade."""
MOSTLY = 0.5
"""Share of a track's faces, when covered, that explains a doubt."""
HOLDING_SHARE = 0.5
"""Share of the demanded evidence at which an answer, once given, still holds, however long: a poor frame takes nothing
back."""


class Outcome(StrEnum):
    """What a camera can report."""

    NOBODY = "nobody"
    UNUSABLE = "unusable"
    UNSURE = "unsure"
    LIKELY = "likely"
    """A single frame speaks very clearly for one person. That is no name: see FRAMES_FOR_A_NAME."""
    KNOWN = "known"
    STRANGER = "stranger"

    @property
    def inconclusive(self) -> bool:
        """Were faces compared without an answer?"""
        return self in (Outcome.UNSURE, Outcome.LIKELY)


class Doubt(StrEnum):
    """Why the evidence does not suffice yet."""

    FEW_FRAMES = "few_frames"
    TWO_ALIKE = "two_alike"
    WEAK = "weak"
    CONTRADICTED = "contradicted"
    """A second opinion disagrees."""
    NEEDS_PHOTOS = "needs_photos"
    """The likeliest person's photos show too little to claim a name."""
    MOUTH_COVERED = "mouth_covered"
    """Most faces of the track were behind a mask or a scarf, and say too little."""
    NOBODY_ENROLLED = "nobody_enrolled"


@dataclass(frozen=True, slots=True)
class Frame:
    """What one frame contributes to its track: a face to compare, or the reason why there was none.

    captured: when its picture was taken. width: of the face in pixels, None if there was no face.
    """

    captured: datetime
    probe: Probe | None = None
    flaws: tuple[Flaw, ...] = ()
    width: float | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a track besides the frames that are kept of it.

    counted: how many frames have counted so far, also those that are gone; 0 for as many as are kept. named: somebody
    was named by some of those that are kept. began: when the track did; None for the oldest of these frames.
    """

    counted: int = 0
    named: bool = False
    began: datetime | None = None


NO_HISTORY = History()
"""The frames are all there is."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Where the test stands. evidence, demanded: natural logarithms of likelihood ratios, for the answer, or for the
    likeliest name if there is none yet; None where nobody is enrolled.
    """

    outcome: Outcome
    person_id: str | None = None
    evidence: float | None = None
    demanded: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict(Conclusion):
    """The answer for one track so far, and everything it rests on.

    likely: the person the faces are most like, named or not; rival: the runner-up. frames: how many counted so far.
    refused: how many faces had which flaw. seconds: from the track's first frame to the deciding one. score: cosine to
    the likeliest person. margin: that person's lead over the rival in evidence, None without a rival. doubt: why there
    is no answer yet. flaw, width: of the last refused face, or the width of the last compared one. for_name,
    for_stranger: the evidence for the likeliest name and for a stranger, whatever the answer is. opinion: the second
    opinion, which counts in all of it. said: whether somebody else named the likeliest person, which counts, too.
    follows: whom an undecided person is taken for by appearance; no evidence.
    """

    likely: str | None = None
    captured: datetime | None = None
    frames: int = 0
    refused: tuple[tuple[Flaw, int], ...] = ()
    seconds: float = 0.0
    score: float | None = None
    margin: float | None = None
    doubt: Doubt | None = None
    rival: str | None = None
    flaw: Flaw | None = None
    width: float | None = None
    for_name: float | None = None
    for_stranger: float | None = None
    opinion: Opinion | None = None
    said: bool = False
    follows: Follow | None = None


def decide(
    frames: Sequence[Frame],
    index: Index,
    demand: Demand,
    before: Verdict | None = None,
    opinion: Opinion | None = None,
    *,
    said: Mapping[str, float] = MappingProxyType({}),
    history: History = NO_HISTORY,
) -> Verdict:
    """The verdict over the frames of one track, oldest first. before: the last verdict.

    opinion, said: evidence from elsewhere. It decides nothing that Kith's own evidence speaks against.
    """
    if not frames:
        return Verdict(Outcome.NOBODY)
    refusals = tuple(Counter(frame.flaws[0] for frame in frames if frame.flaws).items())
    compared = [(frame, frame.probe) for frame in frames if frame.probe is not None][-FRAMES_WEIGHED:]
    if not compared:
        return _unusable(frames, refusals)
    direction = direction_of([probe for _, probe in compared])
    counted = history.counted or len(compared)
    own = index.weigh(direction)
    outside = Counter(said)
    outside.update(opinion.ratios if opinion else {})
    weights = index.weigh(direction, outside) if outside else own
    ended = conclude(weights, counted, demand, before, named=history.named)
    if outside and not _leans_to(ended, weights, own):
        ended = Conclusion(Outcome.UNSURE, None, weights.people[0][1], demand.after(counted))
    likely, runner_up = ([*(who for who, _ in weights.people[:2]), None, None])[:2]
    doubt = _doubt(weights, counted, demand, own, opinion)
    last = compared[-1][0]
    return Verdict(
        ended.outcome,
        ended.person_id,
        ended.evidence,
        ended.demanded,
        likely=likely,
        captured=last.captured,
        frames=counted,
        refused=refusals,
        seconds=(last.captured - (history.began or frames[0].captured)).total_seconds(),
        score=weights.cosines[0] if weights.cosines else None,
        margin=weights.people[0][1] - weights.people[1][1] if runner_up else None,
        doubt=_explained(doubt, direction) if ended.outcome is Outcome.UNSURE else None,
        rival=runner_up,
        flaw=next((frame.flaws[0] for frame in reversed(frames) if frame.flaws), None),
        width=last.width,
        for_name=weights.people[0][1] if weights.people else None,
        for_stranger=weights.stranger if weights.people else None,
        opinion=opinion,
        said=bool(said) and likely in said,
    )


def _leans_to(ended: Conclusion, weights: Weights, own: Weights) -> bool:
    """Does Kith's own evidence alone also favor this answer, however slightly?"""
    match ended.outcome:
        case Outcome.KNOWN | Outcome.LIKELY:
            return own.people[0][0] == weights.people[0][0] and own.people[0][1] > 0
        case Outcome.STRANGER:
            return own.stranger > 0
        case _:
            return True


def _unusable(frames: Sequence[Frame], refusals: tuple[tuple[Flaw, int], ...]) -> Verdict:
    last = next((frame for frame in reversed(frames) if frame.flaws), frames[-1])
    return Verdict(
        Outcome.UNUSABLE,
        captured=last.captured,
        refused=refusals,
        flaw=last.flaws[0] if last.flaws else None,
        width=last.width,
    )


def conclude(
    weights: Weights, frames: int, demand: Demand, before: Conclusion | None = None, *, named: bool = False
) -> Conclusion:
    """One step of the sequential test. frames: how many counted so far. before: the previous step.

    named: somebody was named by some of these frames. Bad frames of theirs make nobody a stranger.
    """
    if not weights.people:
        return Conclusion(Outcome.UNSURE)
    likely, evidence = weights.people[0]
    needed, holding = demand.after(frames), HOLDING_SHARE * demand.after(min(frames, FRAMES_CALIBRATED))
    held = before is not None and before.person_id == likely
    if evidence >= (holding if held else needed) and frames >= FRAMES_FOR_A_NAME and likely not in weights.weak:
        return Conclusion(Outcome.KNOWN, likely, evidence, needed)
    asked, holding = demand.of_a_stranger_after(frames), HOLDING_SHARE * demand.stranger
    held = before is not None and before.outcome is Outcome.STRANGER
    if weights.stranger >= (holding if held else asked) and frames >= FRAMES_FOR_A_STRANGER and not named:
        return Conclusion(Outcome.STRANGER, None, weights.stranger, asked)
    if evidence >= demand.likely and frames < FRAMES_FOR_A_NAME and likely not in weights.weak:
        return Conclusion(Outcome.LIKELY, None, evidence, demand.likely)
    return Conclusion(Outcome.UNSURE, None, evidence, needed)


def _explained(doubt: Doubt, seen: Direction) -> Doubt:
    """Why the evidence is weak, where that is known."""
    return Doubt.MOUTH_COVERED if doubt is Doubt.WEAK and seen.covered > MOSTLY else doubt


def _doubt(weights: Weights, frames: int, demand: Demand, own: Weights, opinion: Opinion | None) -> Doubt:
    if not weights.people:
        return Doubt.NOBODY_ENROLLED
    if opinion and opinion.person_id != (own.people[0][0] if own.people[0][1] > 0 else None):
        return Doubt.CONTRADICTED
    if weights.people[0][0] in weights.weak and weights.people[0][1] > 0:
        return Doubt.NEEDS_PHOTOS
    # surely a household member, but two of them are about as likely
    if len(weights.people) > 1 and -weights.stranger >= demand.after(frames) > weights.people[0][1]:
        return Doubt.TWO_ALIKE
    if frames < FRAMES_FOR_A_NAME:
        return Doubt.FEW_FRAMES
    return Doubt.WEAK
