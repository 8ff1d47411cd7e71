"""The people announced in one visit, so that somebody else beside or after them is announced, too."""

from collections import Counter
from dataclasses import dataclass, field, replace

from .comparison import Comparison
from .evidence import Verdict
from .track import Track

TRACKS_EACH = 4
"""The newest of one named person: in an evening at home, somebody's track breaks a thousand times."""
MOST_TRACKS = 32
"""In all. A person who may have been announced is compared with each of them, in every frame."""


@dataclass(slots=True)
class Visitors:
    """The newest tracks that were announced in the current visit to one camera, each with what was said of it."""

    _announced: dict[int, tuple[Track, Verdict]] = field(default_factory=dict)
    """By the track's number; the newest last."""

    def add(self, track: Track) -> None:
        self._announced.pop(track.number, None)
        self._announced[track.number] = track, track.verdict
        self._drop_old()

    def rename(self, before: str, after: str) -> None:
        """One person turned out to be the other."""
        self._announced = {
            number: (track, replace(verdict, person_id=after) if verdict.person_id == before else verdict)
            for number, (track, verdict) in self._announced.items()
        }

    def forget(self, person_id: str) -> None:
        self._announced = {
            number: (track, verdict)
            for number, (track, verdict) in self._announced.items()
            if verdict.person_id != person_id
        }

    def clear(self) -> None:
        self._announced.clear()

    @property
    def people(self) -> set[str | None]:
        """Those who were named; None for a stranger."""
        return {verdict.person_id for _, verdict in self._announced.values()}

    def likest(self, track: Track, comparison: Comparison) -> Verdict | None:
        """What was said of the announced person whom this track may show again; None if it shows somebody else.

        Two people in one picture are two, and so are two whose faces speak against each other.
        """
        if track.number in self._announced:
            return self._announced[track.number][1]
        newest_first = reversed(self._announced.values())
        others = [known for known in newest_first if known[0].number not in track.beside]
        alike = [(comparison.likeness(track.frames, other.frames), verdict) for other, verdict in others]
        likeness, verdict = max(alike, key=lambda one: one[0], default=(-1.0, None))
        return verdict if likeness >= 0 else None

    def _drop_old(self) -> None:
        """Each stranger is somebody else, and whoever was announced keeps a track as long as there is room."""
        tracks = Counter(verdict.person_id for _, verdict in self._announced.values())
        for number, (_, verdict) in list(self._announced.items()):
            who, full = verdict.person_id, len(self._announced) > MOST_TRACKS
            if tracks[who] > (1 if full else MOST_TRACKS if who is None else TRACKS_EACH):
                del self._announced[number]
                tracks[who] -= 1
