"""The household's state: turns what the engine saw into tracks, evidence and presence, and notifies listeners.

It knows no Home Assistant and no clock: the caller passes the time.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .identity.comparison import Comparison
from .identity.doubts import Doubtful, doubtful
from .identity.evidence import Frame, Outcome, Sureness, Verdict
from .identity.following import Following
from .identity.gallery import Gallery
from .identity.hearsay import Hearsay
from .identity.opinion import Opinion
from .identity.presence import Presence, Seen, Visit, is_late
from .identity.recognition_rate import belongs_to
from .identity.suitability import Suitability
from .identity.tracks import Track, Tracks
from .identity.visitors import Visitors
from .kith_engine.analysis import Analysis, Box, EngineFacts, Face
from .listeners import Listeners
from .sighting import CLEAREST, UNDECIDED, Sighting, SightingKind, View

DETECTED_FOR = timedelta(seconds=3)
"""A person counts as detected for this long after the last frame with one: detectors miss frames now and then."""


@dataclass(slots=True)
class _Scene:
    """What one camera shows now.

    undecided: the likeliest person of each undecided track since the last visit ended. likely: those announced as such.
    """

    tracks: Tracks = field(default_factory=Tracks)
    undecided: set[str] = field(default_factory=set)
    likely: set[str] = field(default_factory=set)
    captured: datetime | None = None
    view: View = field(default_factory=View)
    visitors: Visitors = field(default_factory=Visitors)


class Household:
    """Who is at home, and on which camera. A home has one."""

    def __init__(
        self,
        presence: Presence,
        suitability: dict[str, Suitability] | None = None,
        hearsay: Hearsay | None = None,
    ) -> None:
        self.presence = presence
        self.hearsay = hearsay or Hearsay()
        self.suitability = {} if suitability is None else suitability
        self._scenes: dict[str, _Scene] = {}
        self.on_sighting: Listeners[[Sighting]] = Listeners()
        self.on_presence: Listeners[[]] = Listeners()
        """Somebody's presence or last sighting changed."""
        self.on_visit_ended: Listeners[[Set[str], Set[str]]] = Listeners()
        """The people named in the visit, and those who were most likely there too but were not named."""
        self.on_track: Listeners[[str, Track, Face | None]] = Listeners()
        """For each person in a frame, before the other listeners: the camera, the track with its verdict, the face."""
        self.on_doubt: Listeners[[Doubtful], bool] = Listeners()
        """An undecided person, in each frame until a listener returns True. That listener asks for an opinion, and
        gives it to `advise`; neither this track nor its likeliest suspect is offered again in this visit.
        """
        self._comparison: Comparison | None = None
        self._following = Following(presence)

    def compare_with(
        self,
        gallery: Gallery,
        facts: EngineFacts | None,
        sureness: Sureness = Sureness.NORMAL,
        avoided: Iterable[str] = (),
    ) -> None:
        """Compare with this gallery from the next frame on. facts: of the engine that makes the probes, if any.

        avoided: people who must not be recognized. Evidence gathered against another gallery is dropped; what was
        announced in a visit is not announced again.
        """
        self._compare(Comparison.of(gallery, facts, sureness, avoided) if facts else None)

    def _compare(self, comparison: Comparison | None) -> None:
        before, self._comparison = self._comparison, comparison
        self._following.restart(comparison.index.people if comparison is not None else ())
        for scene in self._scenes.values():
            scene.tracks.restart()
            if before is None or comparison is None or before.facts.embedding != comparison.facts.embedding:
                scene.visitors.clear()

    def observe(self, camera: str, analysis: Analysis, captured: datetime, *, apart: bool = False) -> View:
        """Take in one analyzed picture, and notify listeners before this returns.

        apart: it begins a visit, however soon, and nothing will follow it.
        A picture older than its camera's last one changes nothing; the last one itself may be looked at again, harder.
        If the clock was set back, tracks start anew.
        """
        scene = self._scenes.setdefault(camera, _Scene())
        if scene.captured is not None and captured != scene.captured:
            if is_late(captured, scene.captured):
                return scene.view
            if captured < scene.captured:
                scene.tracks.restart()
        if apart:
            self._end(camera, scene)
        scene.captured = captured
        if self.avoids(analysis):
            return self._update_view(scene, captured)  # as if this picture had never been taken
        self.suitability.setdefault(camera, Suitability()).add(analysis.faces)
        self._drop_lost(camera, scene, captured)
        present: list[Track] = []
        for track, box, face in scene.tracks.follow(analysis, captured):
            track.add(box, face, self._frame(face, captured))
            track.verdict = self._decide(camera, track)
            present.append(track)
            self.on_track.notify(camera, track, face)
        if present:
            self._announce(camera, present, captured)
            self._offer_doubts(camera, present)
        if apart:
            self._announce_likely(camera, scene, present)
        return self._update_view(scene, captured)

    @property
    def comparison(self) -> Comparison | None:
        """What faces are compared with now; None without an engine."""
        return self._comparison

    def verdict_of(self, camera: str, box: Box) -> Verdict | None:
        """What is known of the person or the face that the camera's last picture shows there."""
        scene = self._scenes.get(camera)
        tracks = scene.tracks.open if scene else []
        return next((track.verdict for track in tracks if box in (track.box, track.face_box)), None)

    def avoids(self, analysis: Analysis) -> bool:
        """Does this picture show somebody who must not be recognized? Then it must not be kept or shown either."""
        return self._comparison is not None and self._comparison.shows_avoided(analysis.faces)

    def observe_repeat(self, camera: str, now: datetime, *, current: bool) -> View:
        """The camera gave no new picture: that is no evidence, but time passes.

        current: the last picture still shows what is there, so who is in it has not left.
        """
        scene = self._scenes.setdefault(camera, _Scene())
        if current:
            for track in scene.tracks.open:
                if track.seen == scene.captured:
                    track.shown = now
        self._drop_lost(camera, scene, now)
        return self._update_view(scene, now)

    def drop_camera(self, camera: str) -> None:
        """Drop the camera's tracks: it is no longer watched, or another one took its place."""
        self._scenes.pop(camera, None)
        self._following.drop_camera(camera)

    def wants_bodies(self, camera: str, now: datetime) -> bool:
        """Should the next look at this camera also say what people wear? Never while nobody is in view."""
        scene = self._scenes.get(camera)
        return self._comparison is not None and scene is not None and scene.tracks.wants_bodies(now)

    def unfollow(self, person_id: str) -> None:
        """Do not follow this person by appearance until their face is seen again."""
        self._following.forget(person_id)

    def forget(self, person_id: str) -> None:
        """Forget everything about this person."""
        self.presence.forget(person_id)
        self.hearsay.forget(person_id)
        self._following.forget(person_id)
        for scene in self._scenes.values():
            scene.undecided.discard(person_id)
            scene.likely.discard(person_id)
            scene.visitors.forget(person_id)
        if self._comparison is not None:
            self._compare(self._comparison.without(person_id))

    def advise(self, doubt: Doubtful, opinion: Opinion) -> None:
        """Weigh this opinion from now on for the doubt's track, and notify listeners.

        It changes nothing if it comes too late or the gallery has changed.
        """
        scene, visit = self._scenes.get(doubt.camera), self.presence.visits.get(doubt.camera)
        if scene is None or scene.captured is None or visit is None or not visit.goes_on(scene.captured):
            return
        if doubt.comparison is self._comparison:
            doubt.track.opinion = opinion
            doubt.track.verdict = self._decide(doubt.camera, doubt.track)
            self.on_track.notify(doubt.camera, doubt.track, None)
            self._announce_tracks(doubt.camera, visit, [doubt.track])

    def notify_presence(self) -> None:
        """Notify listeners that somebody came, moved on, or has been away for long enough."""
        self.on_presence.notify()

    def _end(self, camera: str, scene: _Scene) -> None:
        """Whoever is seen next at this camera begins another visit."""
        self._lost(camera, scene, scene.tracks.open)
        scene.tracks.restart()
        scene.visitors.clear()
        visit = self.presence.visits.pop(camera, None)
        self._end_visit(scene, visit.named if visit else set())

    def _drop_lost(self, camera: str, scene: _Scene, now: datetime) -> None:
        self._lost(camera, scene, scene.tracks.drop_lost(now))

    def _lost(self, camera: str, scene: _Scene, lost: Sequence[Track]) -> None:
        whose = (belongs_to(track.verdict) for track in lost)
        scene.undecided.update(person_id for person_id in whose if person_id is not None)
        self._announce_likely(camera, scene, lost)

    def _decide(self, camera: str, track: Track) -> Verdict:
        """What the track's face says, and whom it is taken for by appearance."""
        if self._comparison is None:
            return Verdict(Outcome.UNUSABLE, captured=track.seen)
        if track.earlier is not None and self._comparison.speaks_against(track.frames, track.earlier.frames):
            self._break_off(camera, track)
        verdict = self._following.note(camera, track, self._by_face(self._comparison, camera, track))
        if self._following.taken_back:
            self._following.taken_back = False
            self.notify_presence()
        return verdict

    def _by_face(self, comparison: Comparison, camera: str, track: Track) -> Verdict:
        """With what others say; where Kith's own evidence suffices, it says whether they were right."""
        said = self.hearsay.ratios(camera, track.seen)
        verdict = comparison.decide(track.evidence, track.verdict, track.opinion, said)
        if said and verdict.outcome in (Outcome.KNOWN, Outcome.STRANGER):
            own = comparison.decide(track.evidence, Verdict(Outcome.UNUSABLE), track.opinion)
            if own.outcome in (Outcome.KNOWN, Outcome.STRANGER):
                self.hearsay.tell(camera, own.person_id)
        return verdict

    def _break_off(self, camera: str, track: Track) -> None:
        """The face says that this is not who left: that person was last there before."""
        earlier = track.break_off()
        person_id = earlier.announced.person_id if earlier.announced is not None else None
        if person_id is not None and self.presence.cut_short(person_id, camera, earlier.seen):
            self.notify_presence()

    def _frame(self, face: Face | None, captured: datetime) -> Frame:
        if self._comparison is not None:
            return self._comparison.frame(face, captured)
        return Frame(captured) if face is None else Frame(captured, None, face.quality.flaws, face.quality.width)

    def _announce(self, camera: str, present: Iterable[Track], captured: datetime) -> None:
        """Announce everybody once in a visit."""
        visit = self.presence.visits.get(camera)
        if visit is None or not visit.goes_on(captured):
            self._end_visit(self._scenes[camera], visit.named if visit else set())
            self._scenes[camera].visitors.clear()
            self._following.begin_visit(camera)
            visit = self.presence.visits[camera] = Visit(captured)
            self.on_sighting.notify(
                Sighting(SightingKind.PERSON, camera, captured, Verdict(Outcome.UNUSABLE, captured=captured))
            )
        visit.last, visit.resumed = captured, False
        self._announce_tracks(camera, visit, present)

    def _announce_tracks(self, camera: str, visit: Visit, present: Iterable[Track]) -> None:
        for track in sorted(present, key=lambda track: CLEAREST.index(track.verdict.outcome)):
            if track.verdict.person_id is not None:
                self._announce_person(camera, visit, track, track.verdict.person_id)
            elif track.verdict.outcome is Outcome.STRANGER:
                self._announce_stranger(camera, visit, track)
            elif (follow := track.verdict.follows) is not None:
                self._record(follow.person_id, Seen(track.seen, camera, follow.root))
                if follow.person_id not in visit.named and self._following.is_news(camera, follow):
                    self._announce_sighting(SightingKind.FOLLOWED, camera, track)

    def _offer_doubts(self, camera: str, present: Iterable[Track]) -> None:
        if self._comparison is None or not self.on_doubt:
            return
        visit = self.presence.visits[camera]
        for track in present:
            doubt = doubtful(camera, track, visit, self._comparison)
            if doubt is not None and any(listener(doubt) for listener in self.on_doubt):
                track.asked = True
                visit.asked.add(doubt.suspects[0])

    def _end_visit(self, scene: _Scene, named: set[str]) -> None:
        """Notify listeners; that a visit has ended is only known when the next one begins."""
        missed, scene.undecided = scene.undecided - named, set()
        scene.likely.clear()
        self.on_visit_ended.notify(named, missed)

    def _announce_person(self, camera: str, visit: Visit, track: Track, person_id: str) -> None:
        wrong = (
            track.announced.person_id
            if track.announced is not None and track.announced.person_id != person_id
            else None
        )
        if wrong is not None:  # the same track: it never was that other person
            visit.named.discard(wrong)
            if track.before is not None:
                self.presence.restore(wrong, track.before)
            self.notify_presence()
        elif track.announced is not None and track.announced.outcome is Outcome.STRANGER:
            self.presence.stranger = None  # this stranger turned out to be known
            self.notify_presence()
        visitors = self._scenes[camera].visitors
        visitors.add(track)
        visit.stranger = visit.stranger and (visit.resumed or None in visitors.people)
        if person_id not in visit.named:
            visit.named.add(person_id)
            track.before = self.presence.whereabouts(person_id)
            self._record(person_id, Seen(track.seen, camera))
            self._announce_sighting(SightingKind.RECOGNIZED, camera, track)
        else:
            track.announced = track.verdict
            self._record(person_id, Seen(track.seen, camera))

    def _announce_stranger(self, camera: str, visit: Visit, track: Track) -> None:
        """Stay silent if it may be somebody recognized earlier in this visit: everybody has bad frames."""
        visitors = self._scenes[camera].visitors
        known = visitors.likest(track, self._comparison) if self._comparison is not None else None
        unmet = not {*visit.named, *([None] if visit.stranger else [])} <= visitors.people  # before a restart
        if (known is not None and known.person_id is not None) or (known is None and unmet and visit.named):
            return
        here, self.presence.stranger = self.presence.stranger_here(track.seen), track.seen
        if not here:
            self.notify_presence()
        if known is None and not unmet:
            visit.stranger = True
            visitors.add(track)
            self._announce_sighting(SightingKind.STRANGER, camera, track)

    def _announce_likely(self, camera: str, scene: _Scene, over: Iterable[Track]) -> None:
        """Announce whom these tracks likely were, now that they are over; as long as they go on, a name may come."""
        visit = self.presence.visits.get(camera)
        for track in over:
            likely = track.verdict.likely
            if visit is None or track.verdict.outcome is not Outcome.LIKELY or track.announced is not None:
                continue
            if likely is not None and likely not in visit.named | scene.likely:
                scene.likely.add(likely)
                self._announce_sighting(SightingKind.LIKELY, camera, track)

    def _announce_sighting(self, kind: SightingKind, camera: str, track: Track) -> None:
        """Announce what the evidence says now, as a correction of what was announced about this track before."""
        verdict, corrects = track.verdict, None
        if kind is not SightingKind.FOLLOWED:  # which is no evidence
            corrects, track.announced = track.announced, verdict
        model = self._comparison.facts.embedding if self._comparison else None
        captured = track.seen if verdict.follows is not None else verdict.captured or track.seen
        company = frozenset(self.presence.visits[camera].named - {verdict.person_id})
        self.on_sighting.notify(
            Sighting(kind, camera, captured, verdict, model, corrects, track.face_box, company, track.number)
        )

    def _record(self, person_id: str, seen: Seen) -> None:
        if self.presence.record(person_id, seen):
            self.notify_presence()

    @staticmethod
    def _update_view(scene: _Scene, now: datetime) -> View:
        tracks = sorted(scene.tracks.open, key=lambda track: CLEAREST.index(track.verdict.outcome))
        if not tracks or now - max(track.shown for track in tracks) > DETECTED_FOR:
            scene.view = View()
        else:
            verdicts = tuple(track.verdict for track in tracks)
            undecided = (track.started for track in tracks if track.verdict.outcome in UNDECIDED)
            scene.view = View(verdicts[0].outcome, True, verdicts, max(undecided, default=None))
        return scene.view
