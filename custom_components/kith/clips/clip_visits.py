"""The people in a recording, and when: the same evidence as at a camera, apart from what cameras see now."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from homeassistant.core import callback
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_at_time, ulid_now

from ..cameras.orientation import UPRIGHT, stream_orientation
from ..engines import ClipEngine
from ..errors import RecordingUndatedError
from ..household import Household
from ..identity.comparison import Comparison
from ..identity.presence import Presence
from ..identity.track import Track
from ..identity.visit_record import VISITS_KEPT_FOR, EvidenceStep, VisitRecord, joined
from ..kith_engine.analysis import Face, Scope
from ..kith_engine.errors import ClipError, EngineBusyError, EngineUnavailableError, KithError
from ..kith_engine.streams.clip_protocol import ClipFacts, ClipPicture
from ..runtime import Home
from ..settings import Agreement, CameraSettings
from .recording import Recording

BUSY_PAUSE = 1.0
MOST_BUSY = 20
"""Times that the engine may be too busy for the next picture: cameras come first, but not forever."""
_MARKED = slice(10, 22)
"""Where a recording's mark is in the id of a visit, which is a ULID: after its time, in place of what is random."""
EARLIEST = datetime(2020, 1, 1, tzinfo=dt_util.UTC)
"""Recorders whose clock was not set say 1970, or 2000."""

MOST_OFF = timedelta(minutes=10)
"""A clock that is further off was never set; clips of events begin seconds before or after them."""

type Progress = Callable[[float], None]
"""Called with the share of the recording that was looked at."""


@dataclass(frozen=True, slots=True)
class ClipVisits:
    """begin: when the recording began. dated: is that known? length, looked_at: seconds. pictures: how many."""

    visits: tuple[VisitRecord, ...]
    begin: datetime
    dated: bool
    length: float
    looked_at: float
    pictures: int


class _Watcher:
    """Follows people through a recording, as the visit log does at a camera."""

    def __init__(self, comparison: Comparison, camera: str) -> None:
        self._comparison = comparison
        self._camera = camera
        self._records: dict[Track, VisitRecord] = {}
        self._household = Household(Presence())
        self._household.compare_with(comparison.gallery, comparison.facts, comparison.sureness, comparison.avoided)
        self._household.on_track.subscribe(self._saw)

    def observe(self, seen: ClipPicture, begin: datetime) -> None:
        self._household.observe(self._camera, seen.analysis, begin + timedelta(seconds=seen.at))

    @property
    def visits(self) -> list[VisitRecord]:
        return joined(sorted(self._records.values(), key=lambda record: record.begin))

    def _saw(self, camera: str, track: Track, _face: Face | None) -> None:
        record = self._records.get(track) or VisitRecord(
            ulid_at_time(track.started.timestamp()),
            camera,
            track.started,
            track.seen,
            track.verdict,
            people=len(self._comparison.index.people),
            embedding=self._comparison.facts.embedding,
            calibration_digest=self._comparison.facts.calibration_digest,
        )
        self._records[track] = record.after(track.verdict, track.seen, EvidenceStep.of(track.verdict, track.seen))


async def look_at(
    home: Home,
    recording: Recording,
    camera: str | None,
    begin: datetime | None,
    progress: Progress = lambda _share: None,
    *,
    about: datetime | None = None,
) -> ClipVisits:
    """camera: the id of the subentry whose view it shows. begin: when the recording began, if the caller knows it.

    about: the same roughly; the recording is believed only if it says a time near that.
    Raises KithError. Nothing is announced, stored, or counted as presence.
    """
    clips, comparison = home.engine.clips, home.household.comparison
    if comparison is None or not home.engine.available:
        raise EngineUnavailableError("it cannot look at recordings now.")
    if clips is None:
        raise ClipError("the engine cannot decode video: PyAV is missing where it runs.")
    scope, orientation = await _as_at_the_camera(home, camera)
    clip, watcher = ulid_now(), _Watcher(comparison, camera or "")
    try:
        facts = await clips.open_clip(clip, recording.file, orientation)
        latest = dt_util.utcnow() - timedelta(seconds=facts.length)
        known = begin or _began(facts, recording, about, latest)
        start = known or latest
        pictures, at = 0, 0.0
        while (seen := await _look_on(clips, clip, scope)) is not None:
            watcher.observe(seen, start)
            pictures, at = pictures + 1, seen.at
            progress(min(1.0, at / facts.length) if facts.length else 0.0)
    finally:
        with suppress(KithError):  # an engine that is gone has forgotten it
            await clips.close_clip(clip)
    return ClipVisits(_agreed(home, watcher.visits), start, known is not None, facts.length, at, pictures)


@callback
def remember(home: Home, found: ClipVisits, now: datetime) -> None:
    """Add the visits to the list of visits, with their true times. Raises RecordingUndatedError.

    A recording that is looked at again takes the place of what was found before.
    """
    if not found.dated or found.begin > now:
        raise RecordingUndatedError("neither the file nor the caller says when the recording began.")
    visits, marks = home.stores.visits, {_mark(found, visit.camera) for visit in found.visits}
    for before in visits.newest_first:
        if before.visit_id[_MARKED] in marks:
            visits.drop({before.visit_id})
    recent = [visit for visit in found.visits if now - visit.end < VISITS_KEPT_FOR]
    for number, visit in enumerate(_agreed(home, recent)):
        begun = ulid_at_time(visit.begin.timestamp())[: _MARKED.start]
        visit_id = f"{begun}{_mark(found, visit.camera)}{number:04d}"
        visits.put(replace(visit, visit_id=visit_id, recorded=True))


def _mark(found: ClipVisits, camera: str) -> str:
    """In the ids of all visits of one recording, and of no other."""
    return blake2b(f"{camera} {found.begin.isoformat()}".encode(), digest_size=6).hexdigest().upper()


async def _as_at_the_camera(home: Home, camera: str | None) -> tuple[Scope, int]:
    if camera is None:
        return Scope(second=True), UPRIGHT
    settings = CameraSettings.of(home.entry.subentries[camera])
    return replace(settings.scope, second=True), await stream_orientation(home.hass, settings.camera, settings.turn)


async def _look_on(clips: ClipEngine, clip: str, scope: Scope) -> ClipPicture | None:
    for _ in range(MOST_BUSY):
        with suppress(EngineBusyError):
            return await clips.look_on(clip, scope)
        await asyncio.sleep(BUSY_PAUSE)
    raise EngineBusyError("other cameras' pictures took all of its time.")


def _began(facts: ClipFacts, recording: Recording, about: datetime | None, latest: datetime) -> datetime | None:
    """When the recording began: as it says itself, or else by its file, which was written until its end.

    latest: otherwise it would not be over yet.
    """
    began = None if recording.written is None else recording.written - timedelta(seconds=facts.length)
    if facts.created is not None and (created := dt_util.utc_from_timestamp(facts.created)) >= EARLIEST:
        began = created
    if about is not None and (began is None or began > latest or abs(began - about) > MOST_OFF):
        return min(about, latest)
    return began


def _agreed(home: Home, visits: list[VisitRecord]) -> tuple[VisitRecord, ...]:
    """Without people who were forgotten, or no longer agree, since the look began."""
    agreeing = home.agreements.agreeing(Agreement.RECOGNIZE)
    left = [visit for visit in visits if visit.of is None or visit.of in agreeing]
    for number, visit in enumerate(left):
        for person_id in visit.mentions - agreeing:
            left[number] = left[number].without(person_id)
    return tuple(left)
