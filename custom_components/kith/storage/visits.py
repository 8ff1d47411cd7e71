"""The log of visits on disk: two weeks, with what explains a visit, without pictures and vectors."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..identity.evidence import Outcome, Verdict
from ..identity.gallery import Template
from ..identity.visit_record import MOST_VISITS, Correction, VisitRecord, joined
from ..listeners import Listeners
from .records import Records
from .visit_codec import StoredVisits, decode_visit, encode_visit

VISITS = f"{DOMAIN}.visits"
SAVE_VISITS_AFTER = 60.0
"""Seconds: a person in view changes a visit several times a second. A power cut loses at most this much of what a list
shows."""
SAVE_STEPS_AFTER = 300.0
"""Seconds, for what only explains a visit: the file is written whole, which may be megabytes."""
MOST_REMEMBERED_FACES = 200
"""Most visits that can be learned from, until Home Assistant restarts."""


class VisitStore:
    """The visits, by id. Call `load` first.

    faces: the best face of each recent visit, in memory only, to learn from what the owner says. deleted: visits that
    the owner deleted; the log does not list them again while they go on.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[StoredVisits] = Records(hass, VISITS, StoredVisits, frozen=True)
        self._entries: dict[str, VisitRecord] = {}
        self.on_change: Listeners[[]] = Listeners()
        self.faces: dict[str, Template] = {}
        self.deleted: set[str] = set()

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        self._entries = await self._records.load(
            lambda stored: {one["id"]: decode_visit(one) for one in stored["visits"]}, {}
        )

    @property
    def newest_first(self) -> list[VisitRecord]:
        return sorted(self._entries.values(), key=lambda entry: (entry.begin, entry.visit_id), reverse=True)

    @property
    def recorded(self) -> list[VisitRecord]:
        """Those that were found in recordings."""
        return [entry for entry in self._entries.values() if entry.recorded]

    def get(self, visit_id: str) -> VisitRecord | None:
        return self._entries.get(visit_id)

    def at(self, camera: str, when: datetime, verdict: Verdict) -> VisitRecord | None:
        """The visit to this camera that the verdict belongs to."""
        result = verdict.outcome, verdict.person_id
        visits = (visit for visit in self._entries.values() if visit.camera == camera)
        candidates = (visit for visit in visits if visit.begin <= when <= visit.end)
        return max(
            candidates,
            key=lambda visit: (visit.verdict is verdict, _result(visit) == result, visit.end),
            default=None,
        )

    @callback
    def remember_face(self, visit_id: str, face: Template) -> None:
        self.faces.pop(visit_id, None)
        self.faces[visit_id] = face
        while len(self.faces) > MOST_REMEMBERED_FACES:
            del self.faces[next(iter(self.faces))]

    @callback
    def put(self, entry: VisitRecord) -> None:
        """Add or update a visit."""
        before = self._entries.get(entry.visit_id)
        self._entries[entry.visit_id] = entry
        if len(self._entries) > MOST_VISITS:
            del self._entries[min(self._entries, key=lambda visit_id: self._entries[visit_id].end)]
        if before is None or _listed_fields(before) != _listed_fields(entry):  # do not notify for each frame
            self._save_soon()
        else:
            self._records.async_delay_save(self._encode, SAVE_STEPS_AFTER)

    @callback
    def join(self, visit_ids: Collection[str]) -> dict[str, str]:
        """Join visits that are one, and drop needless ones. Returns the new ids by the old, without the dropped."""
        joinable = (self._entries[visit_id] for visit_id in dict.fromkeys(visit_ids) if visit_id in self._entries)
        visits = sorted(joinable, key=lambda entry: entry.begin)
        kept = joined(visits)
        others = {visit_id: entry for visit_id, entry in self._entries.items() if visit_id not in visit_ids}
        self._entries = others | {entry.visit_id: entry for entry in kept}
        self._save_soon()
        joined_ids = {
            entry.visit_id: one.visit_id
            for entry in visits
            for one in kept
            if one.begin <= entry.begin and entry.end <= one.end and _result(one) == _result(entry)
        }
        return joined_ids | {one.visit_id: one.visit_id for one in kept}

    @callback
    def drop(self, visit_ids: Collection[str]) -> None:
        if gone := self._entries.keys() & set(visit_ids):
            self._entries = {visit_id: entry for visit_id, entry in self._entries.items() if visit_id not in gone}
            self.faces = {visit_id: face for visit_id, face in self.faces.items() if visit_id not in gone}
            self._save_soon()

    @callback
    def keep_face(self, visit_id: str, face_id: str | None) -> None:
        if entry := self._entries.get(visit_id):
            self.put(replace(entry, face_id=face_id))

    @callback
    def correct(self, visit_id: str, correction: Correction | None) -> None:
        if entry := self._entries.get(visit_id):
            self.put(replace(entry, correction=correction))

    @callback
    def rename(self, before: str, after: str) -> None:
        """Give one person's visits to another, because they turned out to be one."""
        self._entries = {visit_id: entry.renamed(before, after) for visit_id, entry in self._entries.items()}
        self._save_soon()

    def count(self, person_id: str) -> int:
        """The number of this person's visits."""
        return sum(entry.of == person_id for entry in self._entries.values())

    async def known_people(self) -> set[str]:
        return set[str]().union(*(entry.mentions for entry in self._entries.values()))

    async def forget(self, person_id: str) -> None:
        """Erase the person's visits, and the person from the others'."""
        await self._erase({person_id})
        await self.save()  # always: what waits to be written may be less than what is on disk

    async def keep_only(self, people: Collection[str]) -> None:
        """The same for everybody else."""
        await self._erase(await self.known_people() - set(people))

    async def _erase(self, people: set[str]) -> None:
        left = {visit_id: entry for visit_id, entry in self._entries.items() if entry.of not in people}
        for visit_id, entry in left.items():
            for person_id in people & entry.mentions:
                left[visit_id] = left[visit_id].without(person_id)
        if left != self._entries:
            self._entries = left
            self.faces = {visit_id: face for visit_id, face in self.faces.items() if visit_id in left}
            await self.save()
            self._notify()

    async def save(self) -> None:
        await self._records.write(self._encode)

    async def remove(self) -> None:
        await self._records.async_remove()

    @callback
    def _save_soon(self) -> None:
        self._records.async_delay_save(self._encode, SAVE_VISITS_AFTER)
        self._notify()

    @callback
    def _notify(self) -> None:
        self.on_change.notify()

    def _encode(self) -> StoredVisits:
        """Called in an executor, while visits change."""
        return {"visits": [encode_visit(entry) for entry in list(self._entries.values())]}


def _result(entry: VisitRecord) -> tuple[Outcome, str | None]:
    return entry.verdict.outcome, entry.verdict.person_id


def _listed_fields(entry: VisitRecord) -> tuple[object, ...]:
    """The fields that a list shows."""
    return *_result(entry), entry.face_id, entry.correction, entry.verdict.follows
