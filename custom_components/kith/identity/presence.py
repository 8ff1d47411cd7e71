"""Who is here, since when, and until when that may still be said."""

from dataclasses import dataclass
from datetime import datetime, timedelta

HERE_FOR = timedelta(minutes=2)
"""How long a person counts as present after the last sighting: cameras see doors and halls, not sofas."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A person's last sighting. captured: when that picture was taken; camera: its id."""

    captured: datetime
    camera: str


class Presence:
    """The last sighting of each person."""

    def __init__(self, last: dict[str, Seen] | None = None) -> None:
        self.last = dict(last or {})

    def see(self, person_id: str, seen: Seen) -> None:
        """Never backwards: an answer that comes late changes nothing."""
        before = self.last.get(person_id)
        if before is None or before.captured < seen.captured:
            self.last[person_id] = seen

    def forget(self, person_id: str) -> None:
        self.last.pop(person_id, None)

    def here(self, person_id: str, now: datetime) -> bool:
        seen = self.last.get(person_id)
        return seen is not None and now < seen.captured + HERE_FOR

    def next_change(self, now: datetime) -> datetime | None:
        """When the next person stops being present, if nobody is seen until then."""
        return min(
            (seen.captured + HERE_FOR for seen in self.last.values() if seen.captured + HERE_FOR > now), default=None
        )
