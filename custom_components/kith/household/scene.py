"""What one camera shows now."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..identity.presence import Visit
from ..identity.tracks import Tracks
from ..identity.visitors import Visitors
from ..sighting import CLEAREST, UNDECIDED, View

DETECTED_FOR = timedelta(seconds=3)
"""A person counts as detected for this long after the last frame with one: detectors miss frames now and then."""


@dataclass(slots=True)
class Scene:
    """One camera's tracks, and what was found out in its current visit.

    undecided: the likeliest person of each undecided track since the last visit ended. before: that visit.
    """

    tracks: Tracks = field(default_factory=Tracks)
    undecided: set[str] = field(default_factory=set)
    before: Visit | None = None
    captured: datetime | None = None
    view: View = field(default_factory=View)
    visitors: Visitors = field(default_factory=Visitors)

    def update(self, now: datetime) -> View:
        """The view as it is now."""
        tracks = sorted(self.tracks.open, key=lambda track: CLEAREST.index(track.verdict.outcome))
        if not tracks or now - max(track.shown for track in tracks) > DETECTED_FOR:
            self.view = View()
        else:
            verdicts = tuple(track.verdict for track in tracks)
            undecided = (track.started for track in tracks if track.verdict.outcome in UNDECIDED)
            self.view = View(verdicts[0].outcome, True, verdicts, max(undecided, default=None))
        return self.view
