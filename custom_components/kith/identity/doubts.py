"""When own evidence cannot say who somebody is, and a question to somebody else could help."""

from dataclasses import dataclass
from datetime import datetime

from ..kith_engine.analysis import Box
from .comparison import Comparison
from .evidence import FRAMES_FOR_A_STRANGER, Outcome, Verdict
from .presence import Visit
from .tracks import Track

NEARLY_AS_GOOD = 0.95
"""Of the track's best face so far, in quality: the pictures before are gone, and a better face may never come."""
SUSPECTED = 2.3
"""Natural logarithm of how much less likely than the likeliest somebody may be and still be asked about: a tenth."""
MOST_SUSPECTS = 5


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Somebody in view, in a picture that shows their face about as well as any before.

    suspects: who it may be, likest first; a single one if nobody else comes near. share: the likeliest one's evidence
    as a part of what is demanded; below 0 if it is likelier somebody else. box: of the face in the picture of that
    time. comparison: what the evidence was gathered against.
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
    """None where nothing is to be asked: it is decided, or too early, or a poor face, or it was asked in this visit."""
    verdict, newest = track.verdict, track.frames[-1]
    if verdict.outcome is not Outcome.UNSURE or verdict.frames < FRAMES_FOR_A_STRANGER or track.asked:
        return None
    if newest.probe is None or track.face_box is None or not verdict.demanded or verdict.evidence is None:
        return None
    best = max(frame.probe.quality for frame in track.frames if frame.probe is not None)
    suspects = comparison.suspects(track.frames, SUSPECTED)[:MOST_SUSPECTS]
    if newest.probe.quality < NEARLY_AS_GOOD * best or not suspects or suspects[0] in visit.asked | visit.named:
        return None
    share = verdict.evidence / verdict.demanded
    return Doubtful(camera, newest.captured, verdict, suspects, share, track.face_box, track, comparison)
