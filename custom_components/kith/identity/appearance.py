"""Follows a named person to the next camera, where their face is not seen, by what they wear.

It compares clothes, not people. So it names nobody by itself: it only carries on what a face said minutes ago, and
says so. Whenever two people who could be meant are dressed alike, it is a doubt and nobody is followed.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from .evidence import Outcome, Verdict
from .outfit import MARGIN, Outfit, likeness
from .presence import FOLLOWED_FOR, LATE, Follow, Seen
from .track import Track

AT_ONCE = timedelta(seconds=1)
"""People who were in view of two cameras at the same time for longer are two: cameras' clocks differ by less."""
GONE_AFTER = timedelta(seconds=2)
"""Without being seen for this long, somebody has left: while anybody is in view, a camera is looked at once a second
or more."""
MOST_WEARERS = 128
"""People of the last minutes, at all cameras: as many as one camera may follow."""


@dataclass(slots=True)
class Wearer:
    """One track at a camera. root: the newest face that named it, if it is named; follows: whom it is taken for."""

    camera: str
    begin: datetime
    end: datetime
    outfit: Outfit
    verdict: Verdict
    root: Seen | None = None
    follows: Follow | None = None

    @property
    def person_id(self) -> str | None:
        return self.verdict.person_id if self.root is not None else None


class Appearances:
    """Everybody who was in view in the last minutes, by camera and track. In memory only."""

    def __init__(self) -> None:
        self._wearers: dict[tuple[str, int], Wearer] = {}

    def note(self, camera: str, track: Track, verdict: Verdict) -> Follow | None:
        """Take in a track with its newest picture. Returns whom it continues from elsewhere; None for nobody.

        verdict: what its face says.
        """
        now, key = track.seen, (camera, track.number)
        self._expire(now)
        wearer = self._wearers.pop(key, None) or Wearer(camera, track.started, now, track.outfit, verdict)
        self._wearers[key] = wearer
        while len(self._wearers) > MOST_WEARERS:
            del self._wearers[next(iter(self._wearers))]
        wearer.end, wearer.verdict = now, verdict
        known = verdict.outcome is Outcome.KNOWN
        wearer.root = Seen(verdict.captured or now, camera) if known else None
        wearer.follows = None if known else self._followed(wearer, now)
        return wearer.follows

    def forget(self, person_id: str) -> None:
        """End every chain of this person."""
        self._keep(lambda wearer: person_id not in (wearer.person_id, wearer.verdict.likely))

    def keep_only(self, people: Collection[str]) -> None:
        """The same for everybody but these."""
        self._keep(lambda wearer: wearer.person_id is None or wearer.person_id in people)

    def drop_camera(self, camera: str) -> None:
        self._keep(lambda wearer: wearer.camera != camera)

    def _expire(self, now: datetime) -> None:
        """Also what is from before the clock was set back."""
        self._keep(lambda wearer: now - FOLLOWED_FOR <= wearer.end <= now + LATE)

    def _keep(self, wanted: Callable[[Wearer], bool]) -> None:
        self._wearers = {key: wearer for key, wearer in self._wearers.items() if wanted(wearer)}

    def _followed(self, wearer: Wearer, now: datetime) -> Follow | None:
        """The named person whom this one continues, unless anybody else may be meant."""
        others = [one for one in self._wearers.values() if one is not wearer]
        last = _last_like(wearer, others) if wearer.outfit.tells else None
        if last is None or last.root is None or now - last.root.captured > FOLLOWED_FOR:
            return None
        person_id = last.person_id
        theirs = [one for one in others if one.person_id == person_id or _follows(one, person_id)]
        alike = [one for one in others if likeness(wearer.outfit, one.outfit) >= -MARGIN]
        if person_id is None or any(now - one.end < GONE_AFTER for one in theirs):  # they are still there
            return None
        if _two_at_once([wearer, *alike, *theirs]) or not all(_may_be(one, person_id) for one in (wearer, *alike)):
            return None
        return Follow(person_id, last.root)


def _follows(wearer: Wearer, person_id: str | None) -> bool:
    return wearer.follows is not None and wearer.follows.person_id == person_id


def _last_like(wearer: Wearer, others: Sequence[Wearer]) -> Wearer | None:
    """The newest of the named person who is dressed like this."""
    last: dict[str, Wearer] = {}
    for one in others:
        if one.person_id is not None and one.outfit.tells:
            last[one.person_id] = max(last.get(one.person_id, one), one, key=_named_at)
    alike = max(last.values(), key=lambda one: likeness(wearer.outfit, one.outfit), default=None)
    return alike if alike is not None and likeness(wearer.outfit, alike.outfit) >= 0 else None


def _named_at(wearer: Wearer) -> datetime:
    assert wearer.root is not None
    return wearer.root.captured


def _may_be(wearer: Wearer, person_id: str) -> bool:
    """Does the face, as far as it was seen, not say otherwise?"""
    verdict = wearer.verdict
    if verdict.outcome is Outcome.STRANGER or wearer.person_id not in (None, person_id):
        return False
    return not verdict.frames or (verdict.likely == person_id and (verdict.for_name or 0.0) > 0)


def _two_at_once(wearers: Sequence[Wearer]) -> bool:
    """Were any two of them in view at the same time? One person's face may be seen by two cameras."""
    return any(
        min(one.end, other.end) - max(one.begin, other.begin) > (AT_ONCE if one.camera != other.camera else timedelta())
        and (one.person_id is None or one.person_id != other.person_id)
        for one, other in combinations(wearers, 2)
        if one is not other
    )
