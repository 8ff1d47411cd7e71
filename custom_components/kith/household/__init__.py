"""The household's state: turns what the engine saw into tracks, evidence and presence, and notifies listeners.

It knows no Home Assistant and no clock: the caller passes the time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ..identity.comparison import Comparison
from ..identity.demand import Sureness
from ..identity.doubts import Doubtful, doubtful
from ..identity.evidence import Frame, Outcome, Verdict
from ..identity.following import Following
from ..identity.gallery import Gallery
from ..identity.hearsay import Hearsay
from ..identity.opinion import Opinion
from ..identity.presence import VISIT_GAP, Presence, is_late
from ..identity.recognition_rate import belongs_to
from ..identity.suitability import Suitability
from ..identity.track import Track
from ..kith_engine.analysis import Analysis, Box, EngineFacts, Face
from ..listeners import Listeners
from ..sighting import View
from .announcer import Announcer
from .scene import Scene


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
        self._scenes: dict[str, Scene] = {}
        self.on_track: Listeners[[str, Track, Face | None]] = Listeners()
        """For each person in a frame, before the other listeners: the camera, the track with its verdict, the face."""
        self.on_doubt: Listeners[[Doubtful], bool] = Listeners()
        """An undecided person, in each frame until a listener returns True. That listener asks for an opinion, and
        gives it to `advise`; neither this track nor its likeliest suspect is offered again in this visit.
        """
        self._following = Following(presence)
        self._announcer = Announcer(presence, self._following)
        self.on_sighting = self._announcer.on_sighting
        self.on_presence = self._announcer.on_presence
        self.on_visit_ended = self._announcer.on_visit_ended

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
        before, self._announcer.comparison = self._announcer.comparison, comparison
        self._following.restart(comparison.index.people if comparison is not None else ())
        for scene in self._scenes.values():
            scene.tracks.restart()
            if before is None or comparison is None or before.facts.embedding != comparison.facts.embedding:
                scene.visitors.clear()

    def observe(self, camera: str, analysis: Analysis, captured: datetime, *, apart: bool = False) -> View:
        """Take in one analyzed picture, and notify listeners before this returns.

        apart: it begins a visit, however soon, and nothing will follow it.
        A picture older than its camera's last one changes nothing; the last one itself may be looked at again, harder,
        but counts once. If the clock was set back, tracks start anew.
        """
        scene = self._scenes.setdefault(camera, Scene())
        if scene.captured is not None and captured != scene.captured:
            if is_late(captured, scene.captured):
                return scene.view
            if captured < scene.captured:
                scene.tracks.restart()
        if apart:
            self._end(camera, scene)
        scene.captured = captured
        if self.avoids(analysis):
            return scene.update(captured)  # as if this picture had never been taken
        self.suitability.setdefault(camera, Suitability()).add(analysis.faces)
        self._drop_lost(camera, scene, captured)
        present: list[Track] = []
        for track, box, face in scene.tracks.follow(analysis, captured):
            track.add(box, face, self._frame(face, captured))
            track.verdict = self._decide(camera, track)
            present.append(track)
            self.on_track.notify(camera, track, face)
        if present:
            self._announcer.tell(camera, scene, present, captured)
            self._offer_doubts(camera, present)
        if apart:
            self._announcer.tell_likely(camera, scene, present)
        return scene.update(captured)

    @property
    def comparison(self) -> Comparison | None:
        """What faces are compared with now; None without an engine."""
        return self._announcer.comparison

    def verdict_of(self, camera: str, box: Box) -> Verdict | None:
        """What is known of the person or the face that the camera's last picture shows there."""
        scene = self._scenes.get(camera)
        tracks = scene.tracks.open if scene else []
        return next((track.verdict for track in tracks if box in (track.box, track.face_box)), None)

    def avoids(self, analysis: Analysis) -> bool:
        """Does this picture show somebody who must not be recognized? Then it must not be kept or shown either."""
        return self.comparison is not None and self.comparison.shows_avoided(analysis.faces)

    def observe_repeat(self, camera: str, now: datetime, *, current: bool) -> View:
        """The camera gave no new picture: that is no evidence, but time passes.

        current: the last picture still shows what is there, so who is in it has not left.
        """
        scene = self._scenes.setdefault(camera, Scene())
        if current:
            for track in scene.tracks.open:
                if track.seen == scene.captured:
                    track.shown = now
        self._drop_lost(camera, scene, now)
        return scene.update(now)

    def drop_camera(self, camera: str) -> None:
        """Drop the camera's tracks: it is no longer watched, or another one took its place."""
        self._scenes.pop(camera, None)
        self._following.drop_camera(camera)

    def forget_camera(self, camera: str) -> None:
        """Forget everything about this camera, which was removed."""
        self.presence.visits.pop(camera, None)
        self.suitability.pop(camera, None)
        self.hearsay.cameras.pop(camera, None)

    def wants_bodies(self, camera: str, now: datetime) -> bool:
        """Should the next look at this camera also say what people wear? Never while nobody is in view."""
        scene = self._scenes.get(camera)
        return self.comparison is not None and scene is not None and scene.tracks.wants_bodies(now)

    def unfollow(self, person_id: str) -> None:
        """Do not follow this person by appearance until their face is seen again."""
        self._following.forget(person_id)

    def rename(self, before: str, after: str) -> None:
        """One person turned out to be the other: whoever was there was that one. Notifies listeners."""
        self.presence.rename(before, after)
        for scene in self._scenes.values():
            scene.visitors.rename(before, after)
            if before in scene.undecided:
                scene.undecided.remove(before)
                scene.undecided.add(after)
            if scene.before is not None:
                scene.before.rename(before, after)
        self.notify_presence()

    def forget(self, person_id: str) -> None:
        """Forget everything about this person."""
        self.forget_sightings(person_id)
        if self.comparison is not None:
            self._compare(self.comparison.without(person_id))

    def forget_sightings(self, person_id: str) -> None:
        """Forget when and where this person was; faces are compared with theirs as before."""
        self.presence.forget(person_id)
        self.hearsay.forget(person_id)
        self._following.forget(person_id)
        for scene in self._scenes.values():
            scene.undecided.discard(person_id)
            if scene.before is not None:
                scene.before.forget(person_id)
            scene.visitors.forget(person_id)

    def advise(self, doubt: Doubtful, opinion: Opinion) -> None:
        """Weigh this opinion from now on for the doubt's track, and notify listeners.

        It changes nothing if it comes too late or the gallery has changed.
        """
        scene, visit = self._scenes.get(doubt.camera), self.presence.visits.get(doubt.camera)
        if scene is None or scene.captured is None or visit is None or not visit.goes_on(scene.captured):
            return
        if scene.captured - doubt.track.seen > VISIT_GAP:  # only others are still there
            return
        if doubt.comparison is self.comparison:
            doubt.track.opinion = opinion
            doubt.track.verdict = self._decide(doubt.camera, doubt.track)
            self.on_track.notify(doubt.camera, doubt.track, None)
            self._announcer.tell_tracks(doubt.camera, scene, visit, [doubt.track])

    def tell_recorded(self, camera: str, verdicts: Iterable[Verdict], now: datetime) -> None:
        """Notify listeners of those whom a recording of a moment ago shows. Nobody is told of twice in a visit."""
        self._announcer.tell_recorded(camera, self._scenes.setdefault(camera, Scene()), verdicts, now)

    def notify_presence(self) -> None:
        """Notify listeners that somebody came, moved on, or has been away for long enough."""
        self.on_presence.notify()

    def _end(self, camera: str, scene: Scene) -> None:
        """Whoever is seen next at this camera begins another visit."""
        self._lost(camera, scene, scene.tracks.open)
        scene.tracks.restart()
        scene.visitors.clear()
        visit = self.presence.visits.pop(camera, None)
        self._announcer.end_visit(scene, visit)

    def _drop_lost(self, camera: str, scene: Scene, now: datetime) -> None:
        self._lost(camera, scene, scene.tracks.drop_lost(now))

    def _lost(self, camera: str, scene: Scene, lost: Sequence[Track]) -> None:
        whose = (belongs_to(track.verdict) for track in lost)
        scene.undecided.update(person_id for person_id in whose if person_id is not None)
        self._announcer.tell_likely(camera, scene, lost)

    def _decide(self, camera: str, track: Track) -> Verdict:
        """What the track's face says, and whom it is taken for by appearance."""
        if self.comparison is None:
            return Verdict(Outcome.UNUSABLE, captured=track.seen)
        if track.earlier is not None and self.comparison.speaks_against(track.frames, track.earlier.frames):
            self._break_off(camera, track)
        verdict = self._following.note(camera, track, self._by_face(self.comparison, camera, track))
        if self._following.taken_back:
            self._following.taken_back = False
            self.notify_presence()
        return verdict

    def _by_face(self, comparison: Comparison, camera: str, track: Track) -> Verdict:
        """With what others say; where Kith's own evidence suffices, it says whether they were right."""
        said = self.hearsay.ratios(camera, track.seen)
        frames, history = track.evidence, track.history
        verdict = comparison.decide(frames, track.verdict, track.opinion, said, history)
        if said and verdict.outcome in (Outcome.KNOWN, Outcome.STRANGER):
            own = comparison.decide(frames, Verdict(Outcome.UNUSABLE), track.opinion, history=history)
            if own.outcome in (Outcome.KNOWN, Outcome.STRANGER):
                self.hearsay.tell(camera, own.person_id)
        if verdict.outcome is Outcome.KNOWN:
            track.named = track.seen
        return verdict

    def _break_off(self, camera: str, track: Track) -> None:
        """The face says that this is not who left: that person was last there before."""
        earlier = track.break_off()
        person_id = earlier.announced.person_id if earlier.announced is not None else None
        if person_id is not None and self.presence.cut_short(person_id, camera, earlier.seen):
            self.notify_presence()

    def _frame(self, face: Face | None, captured: datetime) -> Frame:
        if self.comparison is not None:
            return self.comparison.frame(face, captured)
        return Frame(captured) if face is None else Frame(captured, None, face.quality.flaws, face.quality.width)

    def _offer_doubts(self, camera: str, present: Iterable[Track]) -> None:
        if self.comparison is None or not self.on_doubt:
            return
        visit = self.presence.visits[camera]
        for track in present:
            doubt = doubtful(camera, track, visit, self.comparison)
            if doubt is not None and any(listener(doubt) for listener in self.on_doubt):
                track.asked = True
                visit.asked.add(doubt.suspects[0])
