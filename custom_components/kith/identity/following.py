"""Carries a named person's presence on to the next camera while they are followed by appearance, and takes it back."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace

from .appearance import Appearances
from .evidence import Verdict
from .presence import FOLLOWED_FOR, Follow, Presence, Whereabouts
from .track import Track


class Following:
    """Whom tracks are taken for, at all cameras. A home has one."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._appearances = Appearances()
        self._followed: dict[tuple[str, int], tuple[Follow, Whereabouts]] = {}
        """By camera and track: who is followed, and what was known of that person before."""
        self._told: defaultdict[str, set[str]] = defaultdict(set)
        """Whose coming was announced in the current visit to a camera."""
        self.taken_back = False
        """Was anybody's presence taken back since this was last set to False?"""

    def note(self, camera: str, track: Track, verdict: Verdict) -> Verdict:
        """Take in a track with its newest picture. Returns what its face says, with whom it is taken for."""
        self._keep(lambda _key, follow: track.seen - follow.root.captured <= FOLLOWED_FOR)
        key, follow = (camera, track.number), self._appearances.note(camera, track, verdict)
        was, before = self._followed.pop(key, (None, None))
        if was is not None and (follow is None or follow.person_id != was.person_id):
            if verdict.person_id != was.person_id and before is not None:  # it may be somebody else
                self._take_back(camera, was.person_id, before)
            before = None
        if follow is None:
            return verdict
        self._followed[key] = follow, before or self._presence.whereabouts(follow.person_id)
        return replace(verdict, follows=follow)

    def is_news(self, camera: str, follow: Follow) -> bool:
        """Was this not announced yet in this visit? From now on, it was."""
        news = follow.person_id not in self._told[camera]
        self._told[camera].add(follow.person_id)
        return news

    def begin_visit(self, camera: str) -> None:
        self._told.pop(camera, None)

    def restart(self, people: Collection[str]) -> None:
        """All tracks begin anew. Only these people may be followed from now on."""
        self._followed.clear()
        self._appearances.keep_only(people)

    def forget(self, person_id: str) -> None:
        """Do not follow this person until their face is seen again."""
        self._appearances.forget(person_id)
        self._keep(lambda _key, follow: follow.person_id != person_id)
        for told in self._told.values():
            told.discard(person_id)

    def drop_camera(self, camera: str) -> None:
        self._appearances.drop_camera(camera)
        self._keep(lambda key, _follow: key[0] != camera)

    def _keep(self, wanted: Callable[[tuple[str, int], Follow], bool]) -> None:
        self._followed = {key: entry for key, entry in self._followed.items() if wanted(key, entry[0])}

    def _take_back(self, camera: str, person_id: str, before: Whereabouts) -> None:
        last = self._presence.last.get(person_id)
        if last is not None and last.root is not None and last.camera == camera:
            self._presence.restore(person_id, before)
            self.taken_back = True
