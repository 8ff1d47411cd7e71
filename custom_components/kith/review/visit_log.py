"""Logs the visits at each camera as they happen."""

from dataclasses import dataclass
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_at_time

from ..identity import presence
from ..identity.gallery import Source, Template
from ..identity.photo_policy import enrolled_embeddings
from ..identity.tracks import Track
from ..identity.visit_record import EvidenceStep, VisitRecord
from ..kith_engine.analysis import Box, EngineFacts, Face
from ..listeners import Listeners
from ..runtime import Home
from ..settings import retention_days


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A face in a picture. picture: empty if no face may be kept."""

    visit_id: str
    camera: str
    template: Template
    box: Box
    picture: bytes


class VisitLog:
    """Follows the tracks of all cameras."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._open: dict[str, dict[Track, str]] = {}
        self._last: dict[str, Sight] = {}
        self._best: dict[str, Sight] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}
        self.on_settled: Listeners[[VisitRecord, Sight | None]] = Listeners()
        """Called when a visit is over, with its best face."""

    @callback
    def start(self) -> None:
        self._home.entry.async_on_unload(self._home.household.on_track.subscribe(self._saw))
        self._home.entry.async_on_unload(self._stop)

    def last_sight(self, camera: str, box: Box | None) -> Sight | None:
        """The face that was just seen there."""
        return next((sight for sight in self._last.values() if (sight.camera, sight.box) == (camera, box)), None)

    @callback
    def _saw(self, camera: str, track: Track, face: Face | None) -> None:
        tracks = self._open.setdefault(camera, {})
        visit_id = tracks.setdefault(track, ulid_at_time(track.started.timestamp()))
        entry = self._home.stores.visits.get(visit_id) or self._begin(camera, visit_id, track)
        self._home.stores.visits.put(entry.after(track.verdict, track.seen, _step(track)))
        if face is not None and (sight := self._sight(camera, visit_id, track, face)):
            self._last[visit_id] = sight
            best = self._best.get(visit_id)
            if best is None or best.template.quality < sight.template.quality:
                self._best[visit_id] = sight
                self._home.stores.visits.remember_face(visit_id, sight.template)
        if camera not in self._timers:
            self._wait(camera, presence.VISIT_GAP.total_seconds())

    def _begin(self, camera: str, visit_id: str, track: Track) -> VisitRecord:
        comparison = self._home.household.comparison
        return VisitRecord(
            visit_id,
            camera,
            track.started,
            track.seen,
            track.verdict,
            people=len(comparison.index.people) if comparison else 0,
            embedding=comparison.facts.embedding if comparison else None,
        )

    def _sight(self, camera: str, visit_id: str, track: Track, face: Face) -> Sight | None:
        comparison = self._home.household.comparison
        template = _template(face, comparison.facts, track.seen, visit_id) if comparison else None
        if template is None:
            return None
        keeps = retention_days(self._home.entry) > 0
        picture = self._home.cameras[camera].picture if keeps and camera in self._home.cameras else b""
        return Sight(visit_id, camera, template, face.box, picture)

    @callback
    def _wait(self, camera: str, seconds: float) -> None:
        @callback
        def over(_now: datetime) -> None:
            del self._timers[camera]
            newest = max(track.seen for track in self._open[camera])
            left = (newest + presence.VISIT_GAP - dt_util.utcnow()).total_seconds()
            if 0 < left <= presence.VISIT_GAP.total_seconds():  # if more, the clock was set back
                self._wait(camera, left)
            else:
                self._settle(camera)

        self._timers[camera] = async_call_later(self._home.hass, seconds, over)

    @callback
    def _settle(self, camera: str) -> None:
        """End the visit: nobody has been in view for a while."""
        tracks, visits = self._open.pop(camera, {}), self._home.stores.visits
        for visit_id in tracks.values():
            self._last.pop(visit_id, None)
        best = {visit_id: self._best.pop(visit_id) for visit_id in tracks.values() if visit_id in self._best}
        new_ids = visits.join(list(tracks.values()))
        for visit_id in dict.fromkeys(new_ids.values()):
            sights = [sight for old_id, sight in best.items() if new_ids.get(old_id) == visit_id]
            sight = max(sights, key=lambda candidate: candidate.template.quality, default=None)
            if sight is not None:
                visits.remember_face(visit_id, sight.template)
            if entry := visits.get(visit_id):
                self.on_settled.notify(entry, sight)
        visits.prune(dt_util.utcnow())

    @callback
    def _stop(self) -> None:
        for stop in self._timers.values():
            stop()
        self._timers.clear()


def _step(track: Track) -> EvidenceStep | None:
    """None if this frame added nothing to compare."""
    verdict = track.verdict
    if verdict.captured != track.seen or verdict.likely is None or verdict.for_name is None:
        return None
    return EvidenceStep(track.seen, verdict.likely, verdict.for_name, verdict.for_stranger or 0.0, verdict.frames)


def _template(face: Face, facts: EngineFacts, captured: datetime, name: str) -> Template | None:
    """None if the face could not be compared."""
    if face.embedding is None or not face.quality.usable:
        return None
    embeddings = enrolled_embeddings(face, facts.embedding, facts.calibration)
    return Template(name, embeddings, captured, Source.CAMERA, face.quality.width)
