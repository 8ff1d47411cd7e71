"""Who is here, since when, and until when that may still be said."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HERE_FOR = timedelta(minutes=2)
"""How long a person counts as present after the last sighting: cameras see doors and halls, not sofas."""

VISIT_GAP = timedelta(seconds=30)
"""Nobody in view for so long ends a visit; who comes back sooner is not announced again."""
RESTART_GAP = timedelta(minutes=5)
"""The same across a restart of Home Assistant, during which nobody looks: an update may take minutes."""
LATE = timedelta(seconds=40)
"""No answer comes later than this (a camera and an engine have their time-outs): what is older is of another clock."""


def is_late(captured: datetime, newest: datetime) -> bool:
    """Is this picture older than the newest one, by the same clock?"""
    return newest - LATE <= captured <= newest


@dataclass(frozen=True, slots=True)
class Seen:
    """A person's last sighting. captured: when that picture was taken; camera: its id."""

    captured: datetime
    camera: str


@dataclass(slots=True)
class Visit:
    """Somebody in one camera's view, and what was told of it already.

    last: when the newest picture was taken that showed anybody. named: the people that were told. stranger: one was
    told. resumed: it began before the last start. asked: people about whom a second opinion was asked for.
    """

    last: datetime
    named: set[str] = field(default_factory=set)
    stranger: bool = False
    resumed: bool = False
    asked: set[str] = field(default_factory=set)

    def goes_on(self, captured: datetime) -> bool:
        """Is who is in view now still of this visit?"""
        return captured - self.last <= (RESTART_GAP if self.resumed else VISIT_GAP)


class Presence:
    """The last sighting of each person, and the last visit to each camera.

    here_for: how long each person stays present after a sighting; HERE_FOR for who is not in it. stranger: when one was
    seen last.
    """

    def __init__(self, last: dict[str, Seen] | None = None, visits: dict[str, Visit] | None = None) -> None:
        self.last = dict(last or {})
        self.visits = dict(visits or {})
        self.here_for: dict[str, timedelta] = {}
        self.stranger: datetime | None = None

    def see(self, person_id: str, seen: Seen) -> None:
        """Never backwards: an answer that comes late changes nothing."""
        before = self.last.get(person_id)
        if before is None or not is_late(seen.captured, before.captured):
            self.last[person_id] = seen

    def restore(self, person_id: str, seen: Seen | None) -> None:
        """It was somebody else: back to what was known before."""
        if seen is None:
            self.last.pop(person_id, None)
        else:
            self.last[person_id] = seen

    @property
    def people(self) -> set[str]:
        """Of whom anything is remembered."""
        return {*self.last}.union(*(visit.named | visit.asked for visit in self.visits.values()))

    def forget(self, person_id: str) -> None:
        self.last.pop(person_id, None)
        for visit in self.visits.values():
            visit.named.discard(person_id)
            visit.asked.discard(person_id)

    def here(self, person_id: str, now: datetime) -> bool:
        """A sighting that lies ahead is one from before the clock was set back, and says nothing about now."""
        seen = self.last.get(person_id)
        return seen is not None and seen.captured - LATE <= now < self._until(person_id, seen)

    def next_change(self, now: datetime) -> datetime | None:
        """When the next person stops being present, if nobody is seen until then."""
        changes = [self._until(who, seen) for who, seen in self.last.items() if self.here(who, now)]
        if self.stranger is not None and self.stranger_here(now):
            changes.append(self.stranger + HERE_FOR)
        return min(changes, default=None)

    def stranger_here(self, now: datetime) -> bool:
        """Not remembered over a restart: nobody waits for one."""
        return self.stranger is not None and self.stranger - LATE <= now < self.stranger + HERE_FOR

    def _until(self, person_id: str, seen: Seen) -> datetime:
        return seen.captured + self.here_for.get(person_id, HERE_FOR)
