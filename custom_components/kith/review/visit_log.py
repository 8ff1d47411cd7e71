"""Logs the visits at each camera as they happen."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_at_time

from ..identity import presence
from ..identity.gallery import Source, Template
from ..identity.photo_policy import enrolled_embeddings
from ..identity.track import Track
from ..identity.tracks import LOST_AFTER
from ..identity.visit_record import EvidenceStep, VisitRecord
from ..kith_engine.analysis import Box, EngineFacts, Face
from ..listeners import Listeners
from ..runtime import Home

BETTER = 0.05
"""Quality (scores.py) by which a face must be better than the best one so far: cropping costs the engine a decoding."""
MOST_OPEN = 16
"""Visits at one camera that wait for their end; then the oldest ends, whoever is still in view."""


@dataclass(slots=True, eq=False)
class VisitFace:
    """A face in a picture. crop: work on its picture, by who keeps faces; the whole picture is kept nowhere."""

    visit_id: str
    camera: str
    template: Template
    box: Box
    crop: asyncio.Task[bytes | None] | None = None


@dataclass(slots=True)
class _Open:
    """What goes on at one camera. tracks: of people in view, with their visits. over: visits of people who left. left:
    their tracks, for a while, which may come back, or be decided late by a second opinion.

    best: the best face of each of these visits. last: the newest face of each visit of people in view. begun: the visit
    that each track, by its number, began or continued.
    """

    tracks: dict[Track, str] = field(default_factory=dict)
    over: list[str] = field(default_factory=list)
    left: dict[Track, str] = field(default_factory=dict)
    best: dict[str, VisitFace] = field(default_factory=dict)
    last: dict[str, VisitFace] = field(default_factory=dict)
    begun: dict[int, str] = field(default_factory=dict)
    newest: datetime | None = None


class VisitLog:
    """Follows the tracks of all cameras."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._open: dict[str, _Open] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}
        self.on_better: Listeners[[VisitFace, str | None]] = Listeners()
        """Called with the first face of a visit, and with each that is clearly better, and with whose it is."""
        self.on_settled: Listeners[[VisitRecord, VisitFace | None]] = Listeners()
        """Called when a visit is over, with its best face."""

    @callback
    def start(self) -> None:
        self._home.entry.async_on_unload(self._home.household.on_track.subscribe(self._saw))
        self._home.entry.async_on_unload(self._home.stores.visits.on_change.subscribe(self._drop_erased))
        self._home.entry.async_on_unload(self._stop)

    def last_face(self, camera: str, box: Box | None) -> VisitFace | None:
        """The face that was just seen there."""
        last = self._open[camera].last.values() if camera in self._open else ()
        return next((one for one in last if one.box == box), None)

    def visit_of(self, camera: str, track: int) -> str | None:
        """The visit that the track with this number began or continued; the newest, as numbers come again."""
        return self._open[camera].begun.get(track) if camera in self._open else None

    @callback
    def drop_unnamed_faces(self) -> None:
        """Forget the faces of visits in which nobody is named yet."""
        visits = self._home.stores.visits
        for scene in self._open.values():
            scene.best, scene.last = self._named(scene.best), self._named(scene.last)
        visits.faces = self._named(visits.faces)

    def _named[T](self, faces: dict[str, T]) -> dict[str, T]:
        visits = {visit_id: self._home.stores.visits.get(visit_id) for visit_id in faces}
        return {visit_id: face for visit_id, face in faces.items() if (one := visits[visit_id]) and one.named}

    @callback
    def _saw(self, camera: str, track: Track, face: Face | None) -> None:
        scene = self._open.setdefault(camera, _Open())
        visit_id = self._visit_id(scene, track)
        continues, visits = _continued(scene, track), self._home.stores.visits
        continues = continues if continues != visit_id else None  # they were joined
        deleted = next((one for one in (visit_id, continues) if one in visits.deleted), None)
        scene.begun[track.number] = deleted or continues or visit_id
        if deleted is not None:
            visits.drop({visit_id})
        else:
            self._list(camera, visit_id, continues, track)
            if face is not None and (visit_face := self._visit_face(camera, visit_id, track, face)):
                scene.last[visit_id] = visit_face
                self._keep_better(scene, visit_face, track.verdict.person_id)
        if camera not in self._timers:
            self._wait(camera, presence.VISIT_GAP.total_seconds())

    @callback
    def _visit_id(self, scene: _Open, track: Track) -> str:
        """The visit that the track has, had before it left, or begins now."""
        if track in scene.left and scene.newest is not None and track.seen < scene.newest:
            return scene.left[track]  # it is not in view: a second opinion came late
        if track not in scene.tracks:
            self._end_lost(scene, track.seen)
            visit_id = scene.left.pop(track, None) or ulid_at_time(track.started.timestamp())
            scene.over = [one for one in scene.over if one != visit_id]
            scene.tracks[track] = visit_id
        scene.newest = track.seen
        return scene.tracks[track]

    @callback
    def _list(self, camera: str, visit_id: str, continues: str | None, track: Track) -> None:
        entry = self._home.stores.visits.get(visit_id) or self._begin(camera, visit_id, track)
        entry = entry.after(track.verdict, track.seen, EvidenceStep.of(track.verdict, track.seen))
        self._home.stores.visits.put(replace(entry, continues=continues))

    @callback
    def _keep_better(self, scene: _Open, visit_face: VisitFace, person_id: str | None) -> None:
        best = scene.best.get(visit_face.visit_id)
        if person_id is not None and best is not None and not self._home.keeps_pictures(person_id):
            best.crop = None  # nobody has to ask about this person
        if best is None or visit_face.template.quality >= best.template.quality + BETTER:
            scene.best[visit_face.visit_id] = visit_face
            self._home.stores.visits.remember_face(visit_face.visit_id, visit_face.template)
            self.on_better.notify(visit_face, person_id)

    @callback
    def _end_lost(self, scene: _Open, now: datetime) -> None:
        """Join the visits of people who left with earlier ones; only records and best faces are left of them."""
        lost = [track for track in scene.tracks if now - track.seen > LOST_AFTER]
        for track in lost:
            visit_id = scene.left[track] = scene.tracks.pop(track)
            scene.last.pop(visit_id, None)
            scene.over.append(visit_id)
        if not lost:
            return
        new_ids = self._join(scene)
        scene.over = list(dict.fromkeys(new_ids.values()))
        scene.tracks = {track: new_ids.get(visit_id, visit_id) for track, visit_id in scene.tracks.items()}
        left = (track for track in scene.left if now - track.seen <= presence.VISIT_GAP)
        scene.left = {track: new_ids.get(scene.left[track], scene.left[track]) for track in left}
        begun = {number: new_ids.get(visit_id, visit_id) for number, visit_id in scene.begun.items()}
        going_on = {*scene.over, *scene.tracks.values(), *self._home.stores.visits.deleted}
        scene.begun = {number: visit_id for number, visit_id in begun.items() if visit_id in going_on}
        while len(scene.over) > MOST_OPEN:
            self._settled(scene, scene.over.pop(0))

    @callback
    def _join(self, scene: _Open) -> dict[str, str]:
        """Returns the new ids by the old; each new one keeps the best face of those that it replaces."""
        best = {visit_id: scene.best.pop(visit_id) for visit_id in scene.over if visit_id in scene.best}
        new_ids = self._home.stores.visits.join(scene.over)
        for old_id, visit_face in sorted(best.items(), key=lambda item: item[1].template.quality):
            if (new_id := new_ids.get(old_id)) is not None:
                scene.best[new_id] = visit_face
                self._home.stores.visits.remember_face(new_id, visit_face.template)
        return new_ids

    @callback
    def _drop_erased(self) -> None:
        """A visit that is no longer listed was of somebody who is to be forgotten, or is too old."""
        for scene in self._open.values():
            scene.best, scene.last = self._listed(scene.best), self._listed(scene.last)

    def _listed(self, faces: dict[str, VisitFace]) -> dict[str, VisitFace]:
        return {
            visit_id: visit_face for visit_id, visit_face in faces.items() if self._home.stores.visits.get(visit_id)
        }

    @callback
    def _settled(self, scene: _Open, visit_id: str) -> None:
        visit_face = scene.best.pop(visit_id, None)
        if entry := self._home.stores.visits.get(visit_id):
            self.on_settled.notify(entry, visit_face)

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
            calibration_digest=comparison.facts.calibration_digest if comparison else "",
        )

    def _visit_face(self, camera: str, visit_id: str, track: Track, face: Face) -> VisitFace | None:
        comparison = self._home.household.comparison
        template = _template(face, comparison.facts, track.seen, visit_id) if comparison else None
        return VisitFace(visit_id, camera, template, face.box) if template else None

    @callback
    def _wait(self, camera: str, seconds: float) -> None:
        @callback
        def over(_now: datetime) -> None:
            del self._timers[camera]
            newest = self._open[camera].newest or dt_util.utcnow()
            left = (newest + presence.VISIT_GAP - dt_util.utcnow()).total_seconds()
            if 0 < left <= presence.VISIT_GAP.total_seconds():  # if more, the clock was set back
                self._wait(camera, left)
            else:
                self._settle(camera)

        self._timers[camera] = async_call_later(self._home.hass, seconds, over)

    @callback
    def _settle(self, camera: str) -> None:
        """End the visits: nobody has been in view for a while."""
        scene = self._open.pop(camera)
        scene.over += scene.tracks.values()
        for visit_id in dict.fromkeys(self._join(scene).values()):
            self._settled(scene, visit_id)
        going_on = {visit_id for scene in self._open.values() for visit_id in scene.begun.values()}
        self._home.stores.visits.deleted &= going_on

    @callback
    def _stop(self) -> None:
        for stop in self._timers.values():
            stop()
        self._timers.clear()


def _continued(scene: _Open, track: Track) -> str | None:
    """The visit that this track goes on with."""
    return scene.begun.get(track.earlier.number) if track.earlier is not None else None


def _template(face: Face, facts: EngineFacts, captured: datetime, name: str) -> Template | None:
    """None if the face could not be compared."""
    if face.embedding is None or not face.quality.usable:
        return None
    embeddings = enrolled_embeddings(face, facts.embedding, facts.calibration)
    return Template(name, embeddings, captured, Source.CAMERA, face.quality.width, face.quality.covered)
