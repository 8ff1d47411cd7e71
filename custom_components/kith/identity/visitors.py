"""The people announced in one visit, so that somebody else beside or after them is announced, too."""

from dataclasses import dataclass, field

from .comparison import Comparison
from .evidence import Verdict
from .tracks import Track


@dataclass(slots=True)
class Visitors:
    """The tracks that were announced in the current visit to one camera, each with what was said of it."""

    _announced: dict[int, tuple[Track, Verdict]] = field(default_factory=dict)

    def add(self, track: Track) -> None:
        self._announced[track.number] = track, track.verdict

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
        others = [known for known in self._announced.values() if known[0].number not in track.beside]
        alike = [(comparison.likeness(track.frames, other.frames), verdict) for other, verdict in others]
        likeness, verdict = max(alike, key=lambda one: one[0], default=(-1.0, None))
        return verdict if likeness >= 0 else None
