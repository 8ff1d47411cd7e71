"""Announces who came, once per visit, and takes back what was wrong."""

from collections.abc import Iterable, Set
from datetime import datetime

from ..identity.comparison import Comparison
from ..identity.evidence import Outcome, Verdict
from ..identity.following import Following
from ..identity.presence import CLIP_AHEAD, Presence, Seen, Visit, is_late
from ..identity.track import Track
from ..listeners import Listeners
from ..sighting import CLEAREST, Sighting, SightingKind
from .scene import Scene


class Announcer:
    """Decides what is worth telling. comparison: what faces are compared with now; None without an engine."""

    def __init__(self, presence: Presence, following: Following) -> None:
        self._presence = presence
        self._following = following
        self.comparison: Comparison | None = None
        self.on_sighting: Listeners[[Sighting]] = Listeners()
        self.on_presence: Listeners[[]] = Listeners()
        """Somebody's presence or last sighting changed."""
        self.on_visit_ended: Listeners[[Set[str], Set[str]]] = Listeners()
        """The people named in the visit, and those who were most likely there too but were not named."""

    def tell(self, camera: str, scene: Scene, present: Iterable[Track], captured: datetime) -> None:
        """Announce everybody once in a visit."""
        visit = self._visit(camera, scene, captured)
        visit.last, visit.resumed = captured, False
        self.tell_tracks(camera, scene, visit, present)

    def tell_recorded(self, camera: str, scene: Scene, verdicts: Iterable[Verdict], now: datetime) -> None:
        """Announce the people in a recording of a moment ago, except those announced in this visit or seen since."""
        recorded = sorted(verdicts, key=lambda verdict: CLEAREST.index(verdict.outcome))
        named = frozenset(verdict.person_id for verdict in recorded if verdict.person_id is not None)
        for verdict in recorded:
            captured, person_id = verdict.captured, verdict.person_id
            if captured is None or verdict.outcome not in (Outcome.KNOWN, Outcome.STRANGER):
                continue
            last = self._presence.last.get(person_id) if person_id is not None else None
            if last is not None and is_late(captured, last.captured, now):
                continue
            visit = self._visit_then(camera, scene, captured)
            visit.last = max(visit.last, captured)
            if person_id is None:
                if not visit.stranger and not visit.named:
                    visit.stranger = True
                    self._presence.stranger = max(captured, self._presence.stranger or captured)
                    self.on_presence.notify()
                    self.on_sighting.notify(Sighting(SightingKind.STRANGER, camera, captured, verdict, self._model))
            elif person_id not in visit.named:
                visit.named.add(person_id)
                self._record(person_id, Seen(captured, camera), now)
                before, company = _announced_as_likely(visit, person_id), named - {person_id}
                self.on_sighting.notify(
                    Sighting(SightingKind.RECOGNIZED, camera, captured, verdict, self._model, before, company=company)
                )

    def tell_tracks(self, camera: str, scene: Scene, visit: Visit, present: Iterable[Track]) -> None:
        """Announce what became of these tracks in this visit."""
        for track in sorted(present, key=lambda track: CLEAREST.index(track.verdict.outcome)):
            if track.verdict.person_id is not None:
                self._tell_person(camera, scene, visit, track)
            elif track.verdict.outcome is Outcome.STRANGER:
                self._tell_stranger(camera, scene, visit, track)
            elif (follow := track.verdict.follows) is not None:
                self._record(follow.person_id, Seen(track.seen, camera, follow.root))
                if follow.person_id not in visit.named and self._following.is_news(camera, follow):
                    self._tell_sighting(SightingKind.FOLLOWED, camera, track)

    def end_visit(self, scene: Scene, visit: Visit | None) -> None:
        """Notify listeners; that a visit has ended is only known when the next one begins. None: it was over before."""
        named: set[str] = visit.named if visit else set()
        missed, scene.undecided = scene.undecided - named, set()
        scene.before = visit or scene.before
        self.on_visit_ended.notify(named, missed)

    def _visit(self, camera: str, scene: Scene, captured: datetime) -> Visit:
        """The camera's visit that goes on now, or a new one."""
        visit = self._presence.visits.get(camera)
        if visit is None or not visit.goes_on(captured):
            self.end_visit(scene, visit)
            scene.visitors.clear()
            self._following.begin_visit(camera)
            visit = self._presence.visits[camera] = Visit(captured, begin=captured)
            self.on_sighting.notify(
                Sighting(SightingKind.PERSON, camera, captured, Verdict(Outcome.UNUSABLE, captured=captured))
            )
        return visit

    def _visit_then(self, camera: str, scene: Scene, captured: datetime) -> Visit:
        """The visit in which somebody was recorded: a clip may come after the picture of the next event.

        If the picture of its own event showed nobody, it is a visit that is over, and that nobody is told of as begun.
        """
        visit, before = self._presence.visits.get(camera), scene.before
        begin = visit.begin if visit is not None else scene.captured
        if begin is None or captured >= begin - CLIP_AHEAD:
            return self._visit(camera, scene, captured)
        if before is None or not before.held(captured):
            before = scene.before = Visit(captured, begin=captured)
        return before

    @property
    def _model(self) -> str | None:
        return self.comparison.facts.embedding if self.comparison else None

    def _tell_person(self, camera: str, scene: Scene, visit: Visit, track: Track) -> None:
        person_id = track.verdict.person_id
        assert person_id is not None
        wrong = (
            track.announced.person_id
            if track.announced is not None and track.announced.person_id != person_id
            else None
        )
        if wrong is not None:  # the same track: it never was that other person
            visit.named.discard(wrong)
            if track.before is not None:
                self._presence.restore(wrong, track.before, camera)
                track.before = None
            self.on_presence.notify()
        elif track.announced is not None and track.announced.outcome is Outcome.STRANGER:
            self._presence.stranger = None  # this stranger turned out to be known
            self.on_presence.notify()
        visitors = scene.visitors
        visitors.add(track)
        visit.stranger = visit.stranger and (visit.resumed or None in visitors.people)
        last = self._presence.last.get(person_id)
        if person_id not in visit.named or (last is not None and last.camera != camera):
            track.before = self._presence.whereabouts(person_id)
        self._record(person_id, Seen(track.seen, camera))
        if person_id not in visit.named:
            visit.named.add(person_id)
            self._tell_sighting(SightingKind.RECOGNIZED, camera, track)
        else:
            track.announced = track.verdict

    def _tell_stranger(self, camera: str, scene: Scene, visit: Visit, track: Track) -> None:
        """Stay silent if it may be somebody recognized earlier in this visit: everybody has bad frames."""
        visitors = scene.visitors
        known = visitors.likest(track, self.comparison) if self.comparison is not None else None
        unmet = not {*visit.named, *([None] if visit.stranger else [])} <= visitors.people  # before a restart
        if (known is not None and known.person_id is not None) or (known is None and unmet and visit.named):
            return
        here, self._presence.stranger = self._presence.stranger_here(track.seen), track.seen
        if not here:
            self.on_presence.notify()
        if known is None and not unmet:
            visit.stranger = True
            visitors.add(track)
            self._tell_sighting(SightingKind.STRANGER, camera, track)

    def tell_likely(self, camera: str, scene: Scene, over: Iterable[Track]) -> None:
        """Announce whom these tracks likely were, now that they are over; as long as they go on, a name may come."""
        visit = self._presence.visits.get(camera)
        for track in over:
            likely = track.verdict.likely
            if visit is None or track.verdict.outcome is not Outcome.LIKELY or track.announced is not None:
                continue
            if likely is not None and likely not in visit.named | visit.likely:
                visit.likely.add(likely)
                self._tell_sighting(SightingKind.LIKELY, camera, track)

    def _tell_sighting(self, kind: SightingKind, camera: str, track: Track) -> None:
        """Announce what the evidence says now, as a correction of what was announced about this track before.

        Whoever came back in the same visit has another track than the one that was announced as likely theirs.
        """
        verdict, corrects, visit = track.verdict, None, self._presence.visits[camera]
        if kind is not SightingKind.FOLLOWED:  # which is no evidence
            corrects = track.announced or _announced_as_likely(visit, verdict.person_id)
            track.announced = verdict
        captured = track.seen if verdict.follows is not None else verdict.captured or track.seen
        company = frozenset(visit.named - {verdict.person_id})
        self.on_sighting.notify(
            Sighting(kind, camera, captured, verdict, self._model, corrects, track.face_box, company, track.number)
        )

    def _record(self, person_id: str, seen: Seen, now: datetime | None = None) -> None:
        if self._presence.record(person_id, seen, now):
            self.on_presence.notify()


def _announced_as_likely(visit: Visit, person_id: str | None) -> Verdict | None:
    """What was announced about this person in the visit, if it was that they were likely there."""
    return Verdict(Outcome.LIKELY, likely=person_id) if person_id in visit.likely else None
