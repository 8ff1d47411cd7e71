"""Who is here, since when, and for how long that still holds; and who is at home."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from .stay import Place, Stay, after_phone, after_sighting, without_visit

HERE_FOR = timedelta(minutes=2)
"""How long a person counts as present after the last sighting: cameras see doors and halls, not sofas."""

VISIT_GAP = timedelta(seconds=30)
"""A visit ends when nobody is in view for this long; a person who comes back sooner is not announced again."""
RESTART_GAP = timedelta(minutes=5)
"""The same across a restart of Home Assistant, when no camera is watched: an update may take minutes."""
CLIP_AHEAD = timedelta(seconds=10)
"""A clip of an event begins up to this long before the event's picture."""
FOLLOWED_FOR = timedelta(minutes=10)
"""How long somebody is followed by what they wear after their face was seen: few change clothes sooner."""
LATE = timedelta(seconds=40)
"""No answer comes later than this (cameras and engines time out): an older picture means that the clock was changed."""
PRESENCE_INTERVAL = timedelta(seconds=30)
"""While somebody stays in view, "last seen" moves in steps: a state per frame would flood the recorder."""


class PresenceUse(StrEnum):
    """What it is for that a person counts as present."""

    CAME = "came"
    """Greeting somebody at the door."""
    LATELY = "lately"
    """Who is about: rooms with cameras are entered every half hour."""
    TODAY = "today"
    """A working day or a night passes without a look at the door. Who is at home is another question: see `Stay`."""

    @property
    def minutes(self) -> int:
        """For how long after a sighting."""
        return {self.CAME: 2, self.LATELY: 30, self.TODAY: 480}[self]


def is_late(captured: datetime, newest: datetime, now: datetime | None = None) -> bool:
    """Is this picture older than the newest one, by the same clock?

    now: when this is asked, unless the picture was just taken.
    """
    return captured <= newest <= (now or captured) + LATE


@dataclass(frozen=True, slots=True)
class Seen:
    """A person's last sighting. captured: when that picture was taken; camera: its id.

    root: if it is by appearance only, the sighting whose face named them.
    """

    captured: datetime
    camera: str
    root: Seen | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """Somebody whose face does not tell, but who wears what a named person wore minutes ago.

    root: the sighting whose face named them.
    """

    person_id: str
    root: Seen


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of one person, to go back to if the next sighting turns out to be somebody else."""

    seen: Seen | None
    stay: Stay | None


@dataclass(slots=True)
class Visit:
    """Somebody in one camera's view, and what was already announced.

    last: when the newest picture that shows anybody was taken. named: the people announced. stranger: whether one was
    announced. resumed: whether it began before the last start. asked: people that a second opinion was asked about.
    begin: when the first one was taken, if that is known. likely: the people announced as such.
    """

    last: datetime
    named: set[str] = field(default_factory=set)
    stranger: bool = False
    resumed: bool = False
    asked: set[str] = field(default_factory=set)
    begin: datetime | None = None
    likely: set[str] = field(default_factory=set)

    def goes_on(self, captured: datetime) -> bool:
        """Does a person in view now, or in a recording of a moment ago, still belong to this visit?

        Not if it is dated ahead: then it was before the clock was set back, for example by a start without a clock.
        """
        earliest = self.last - LATE
        if self.begin is not None and not self.resumed:
            earliest = min(earliest, self.begin - CLIP_AHEAD)
        return earliest <= captured <= self._until

    def held(self, recorded: datetime) -> bool:
        """Does a person in a recording belong to this visit, which is over?"""
        return (self.begin is None or recorded >= self.begin - CLIP_AHEAD) and recorded <= self._until

    @property
    def _until(self) -> datetime:
        return self.last + (RESTART_GAP if self.resumed else VISIT_GAP)

    def rename(self, before: str, after: str) -> None:
        """One person turned out to be the other, who is not announced again."""
        for people in (self.named, self.asked, self.likely):
            if before in people:
                people.remove(before)
                people.add(after)

    def forget(self, person_id: str) -> None:
        for people in (self.named, self.asked, self.likely):
            people.discard(person_id)


class Presence:
    """The last sighting of each person, who is at home, and the last visit to each camera.

    here_for: how long each person stays present after a sighting, if not HERE_FOR. places: what each camera's sightings
    say about being at home. phones: whether each person's phone was at home when it last said so. phones_home: whose
    phone is there now. stranger: when one was last seen.
    """

    def __init__(
        self,
        last: dict[str, Seen] | None = None,
        visits: dict[str, Visit] | None = None,
        stays: dict[str, Stay] | None = None,
        phones: dict[str, bool] | None = None,
    ) -> None:
        self.last = dict(last or {})
        self.visits = dict(visits or {})
        self.stays = dict(stays or {})
        self.phones = dict(phones or {})
        self.here_for: dict[str, timedelta] = {}
        self.places: dict[str, Place] = {}
        self.phones_home: set[str] = set()
        self.stranger: datetime | None = None
        self._told: dict[str, datetime] = {}

    def record(self, person_id: str, seen: Seen, now: datetime | None = None) -> bool:
        """Record a sighting. Is it worth telling? Somebody came, moved on, or was not told of for a while.

        now: as for `is_late`.
        """
        before, told = self.last.get(person_id), self._told.get(person_id)
        arrived = not self.here(person_id, seen.captured)
        self.see(person_id, seen, now)
        moved = before is None or before.camera != seen.camera or (before.root is None) != (seen.root is None)
        if news := arrived or moved or told is None or abs(seen.captured - told) >= PRESENCE_INTERVAL:
            self._told[person_id] = seen.captured
        return news

    def see(self, person_id: str, seen: Seen, now: datetime | None = None) -> None:
        """Record a sighting; one that comes late changes nothing, nor does it change a stay that began since.

        now: as for `is_late`.
        """
        before, stay = self.last.get(person_id), self.stays.get(person_id)
        if before is not None and is_late(seen.captured, before.captured, now):
            return
        self.last[person_id] = seen
        if stay is None or not is_late(seen.captured, stay.since, now):
            place = self.places.get(seen.camera, Place.ELSEWHERE)
            kept = person_id in self.phones_home
            self._settle(person_id, after_sighting(stay, place, seen.captured, kept=kept))

    def cut_short(self, person_id: str, camera: str, since: datetime) -> bool:
        """It was somebody else there after this time. Was the person not seen elsewhere since?"""
        last = self.last.get(person_id)
        if last is None or last.camera != camera or last.captured <= since:
            return False
        self.last[person_id] = Seen(since, camera)
        return True

    def phone(self, person_id: str, at_home: bool, when: datetime) -> None:
        """Record that the person's phone came home or left."""
        self._settle(person_id, after_phone(self.stays.get(person_id), at_home, when))

    def whereabouts(self, person_id: str) -> Whereabouts:
        return Whereabouts(self.last.get(person_id), self.stays.get(person_id))

    def restore(self, person_id: str, before: Whereabouts, at: str | None = None) -> None:
        """It was somebody else: go back to what was known before.

        at: the camera that was wrong. Nothing changes if the person was seen elsewhere since.
        """
        if at is not None and ((last := self.last.get(person_id)) is None or last.camera != at):
            return
        if before.seen is None:
            self.last.pop(person_id, None)
        else:
            self.last[person_id] = before.seen
        self._settle(person_id, before.stay)

    def undo(self, person_id: str, before: Whereabouts, after: Whereabouts) -> None:
        """Go back from what was known after an answer to what was known before, as far as nothing is known since."""
        now = self.whereabouts(person_id)
        seen = before.seen if now.seen == after.seen else now.seen
        changed = now.stay != after.stay or self._is_home_since(person_id, after)
        self.restore(person_id, Whereabouts(seen, now.stay if changed else before.stay))

    def _is_home_since(self, person_id: str, after: Whereabouts) -> bool:
        """Does anything newer say so? A stay that goes on does not change by it."""
        seen, stay = self.last.get(person_id), self.stays.get(person_id)
        inside = seen is not None and seen != after.seen and self.places.get(seen.camera) is Place.INSIDE
        return stay is not None and stay.at_home and (inside or person_id in self.phones_home)

    def take_back(self, person_id: str, begin: datetime, end: datetime, earlier: Seen | None) -> None:
        """The person's last visit was somebody else's. earlier: their sighting before that."""
        self.restore(person_id, Whereabouts(earlier, without_visit(self.stays.get(person_id), begin, end)))

    def _settle(self, person_id: str, stay: Stay | None) -> None:
        if stay is None:
            self.stays.pop(person_id, None)
        else:
            self.stays[person_id] = stay

    def at_home(self, person_id: str) -> bool | None:
        """By the house's rule (stay.py); None if nothing is known yet."""
        stay = self.stays.get(person_id)
        return stay.at_home if stay else None

    @property
    def people(self) -> set[str]:
        """Everybody who is remembered in any way."""
        return {*self.last, *self.stays, *self.phones}.union(
            *(visit.named | visit.asked | visit.likely for visit in self.visits.values())
        )

    def rename(self, before: str, after: str) -> None:
        """One person turned out to be the other: the newer sighting counts, and the stay that began later.

        But while a person's phone is at home, so are they, whatever entrances said of the other.
        """
        own = self.stays.get(after)
        kept = own is not None and own.at_home and after in self.phones_home
        seen = [self.last[who] for who in (after, before) if who in self.last]
        stays = [self.stays[who] for who in (after, before) if who in self.stays]
        if seen:
            self.last[after] = max(seen, key=lambda one: one.captured)
        if stays and not kept:
            self.stays[after] = max(stays, key=lambda stay: stay.since)
        for visit in self.visits.values():
            visit.rename(before, after)
        self.forget(before)

    def forget(self, person_id: str) -> None:
        self.last.pop(person_id, None)
        self._told.pop(person_id, None)
        self.stays.pop(person_id, None)
        self.phones.pop(person_id, None)
        for visit in self.visits.values():
            visit.forget(person_id)

    def here(self, person_id: str, now: datetime) -> bool:
        """A sighting in the future dates from before the clock was set back, and says nothing about now."""
        seen = self.last.get(person_id)
        return seen is not None and seen.captured - LATE <= now < self._until(person_id, seen)

    def everybody_here(self, now: datetime) -> set[str]:
        return {person_id for person_id in self.last if self.here(person_id, now)}

    def next_change(self, now: datetime) -> datetime | None:
        """When the next person stops being present, if nobody is seen until then."""
        changes = [self._until(who, self.last[who]) for who in self.everybody_here(now)]
        if self.stranger is not None and self.stranger_here(now):
            changes.append(self.stranger + HERE_FOR)
        return min(changes, default=None)

    def stranger_here(self, now: datetime) -> bool:
        """Not remembered across a restart: nobody waits for a stranger."""
        return self.stranger is not None and self.stranger - LATE <= now < self.stranger + HERE_FOR

    def _until(self, person_id: str, seen: Seen) -> datetime:
        """By appearance alone, nobody stays longer than they can be followed."""
        here_for = self.here_for.get(person_id, HERE_FOR)
        if seen.root is None:
            return seen.captured + here_for
        followed = min(seen.captured + here_for, seen.root.captured + FOLLOWED_FOR)
        return max(followed, seen.root.captured + here_for)
