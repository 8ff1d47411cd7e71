"""Finds people that Kith's own evidence cannot identify but a second opinion could."""

from dataclasses import dataclass
from datetime import datetime

from ..kith_engine.analysis import Box
from .comparison import Comparison
from .evidence import FRAMES_FOR_A_STRANGER, Doubt, Outcome, Verdict
from .presence import Visit
from .track import Track

NEARLY_AS_GOOD = 0.95
"""Share of the track's best quality so far: earlier pictures are gone, and a better face may never come."""
SUSPECTED = 2.3
"""Natural logarithm: a second opinion is also asked about people a tenth as likely as the likeliest one."""
MOST_SUSPECTS = 5


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An undecided person, in a picture that shows their face about as well as any before.

    suspects: who it may be, likeliest first; only one if nobody else comes near. share: the likeliest one's evidence as
    a share of what is demanded; below 0 if somebody else is likelier. box: the face in that picture. comparison: what
    the evidence was gathered against.
    """

    camera: str
    captured: datetime
    verdict: Verdict
    suspects: tuple[str, ...]
    share: float
    box: Box
    track: Track
    comparison: Comparison


def doubtful(camera: str, track: Track, visit: Visit, comparison: Comparison) -> Doubtful | None:
    """None if no opinion is needed: it is decided, too early, the face is poor, or this visit already asked."""
    verdict, newest = track.verdict, track.frames[-1]
    if verdict.outcome is not Outcome.UNSURE or verdict.frames < FRAMES_FOR_A_STRANGER or track.asked:
        return None
    if verdict.doubt is Doubt.NEEDS_PHOTOS:
        return None
    if newest.probe is None or track.face_box is None or not verdict.demanded or verdict.evidence is None:
        return None
    best = max(frame.probe.quality for frame in track.frames if frame.probe is not None)
    suspects = comparison.suspects(track.frames, SUSPECTED)[:MOST_SUSPECTS]
    if newest.probe.quality < NEARLY_AS_GOOD * best or not suspects or suspects[0] in visit.asked | visit.named:
        return None
    share = verdict.evidence / verdict.demanded
    return Doubtful(camera, newest.captured, verdict, suspects, share, track.face_box, track, comparison)
