"""Templates of the faces that are kept for questions; their pictures are in PhotoStore."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NotRequired, TypedDict

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..identity.gallery import Template
from ..listeners import Listeners
from .records import Records
from .template_codec import StoredTemplate, decode_template, encode_template

STORAGE_KEY = f"{DOMAIN}.faces"
MOST_KEPT_FACES = 500
"""Most faces that are kept; then the oldest goes."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """An unnamed person's face. template: its id is the face's and the picture's. stranger: reported as one's.

    not_of: people that it is not, as the owner said, each with the id of the gallery's mark; it holds while the mark is
    there. apart: the last answer that the owner left it out of.
    """

    template: Template
    camera: str
    visit_id: str | None = None
    stranger: bool = False
    not_of: Mapping[str, str] = field(default_factory=dict)
    apart: str | None = None

    @property
    def face_id(self) -> str:
        return self.template.template_id

    @property
    def captured(self) -> datetime:
        return self.template.added


class _StoredFace(TypedDict):
    template: StoredTemplate
    camera: str
    visit: str | None
    stranger: bool
    not_of: list[str]
    """Empty: an older Kith reads it; what a face is not is known with its mark now."""
    marks: NotRequired[dict[str, str]]
    apart: NotRequired[str | None]


class _StoredFaces(TypedDict):
    faces: list[_StoredFace]


class FaceStore:
    """Kept faces, by id. Call `load` first.

    answered: faces whose answer can still be undone; they are not asked about.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[_StoredFaces] = Records(hass, STORAGE_KEY, _StoredFaces, frozen=True)
        self._faces: dict[str, Kept] = {}
        self.on_change: Listeners[[]] = Listeners()
        self.answered: set[str] = set()

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        self._faces = await self._records.load(
            lambda stored: {one["template"]["id"]: _decode(one) for one in stored["faces"]}, {}
        )

    @property
    def unanswered(self) -> list[Kept]:
        """Newest first."""
        faces = (face for face_id, face in self._faces.items() if face_id not in self.answered)
        return sorted(faces, key=lambda face: face.captured, reverse=True)

    @property
    def captured(self) -> dict[str, datetime]:
        """When each face was seen, by its id."""
        return {face_id: face.captured for face_id, face in self._faces.items()}

    def get(self, face_id: str) -> Kept | None:
        return self._faces.get(face_id)

    async def add(self, face: Kept) -> list[str]:
        """Returns the ids of those that were dropped for it."""
        self._faces[face.face_id] = face
        oldest = sorted(self._faces, key=lambda face_id: self._faces[face_id].captured)
        gone = oldest[: len(oldest) - MOST_KEPT_FACES] if len(oldest) > MOST_KEPT_FACES else []
        await self.drop(gone)
        if not gone:
            await self._save()
        return gone

    async def renew(self, made: Mapping[str, Template]) -> None:
        """Put renewed templates, by id, in place of the old ones that are still kept."""
        if renewed := self._faces.keys() & made.keys():
            self._faces |= {face_id: replace(self._faces[face_id], template=made[face_id]) for face_id in renewed}
            await self._save()

    async def mark_not(self, face_ids: Collection[str], person_id: str, mark_id: str) -> None:
        for face_id in self._faces.keys() & set(face_ids):
            face = self._faces[face_id]
            self._faces[face_id] = replace(face, not_of={**face.not_of, person_id: mark_id})
        await self._save()

    async def unmark(self, face_ids: Collection[str], person_id: str) -> None:
        for face_id in self._faces.keys() & set(face_ids):
            self._faces[face_id] = _without(self._faces[face_id], person_id)
        await self._save()

    async def set_apart(self, apart: Mapping[str, str | None]) -> None:
        """apart: see Kept, by face."""
        if found := self._faces.keys() & apart.keys():
            self._faces |= {face_id: replace(self._faces[face_id], apart=apart[face_id]) for face_id in found}
            await self._save()

    @callback
    def answer(self, face_ids: Collection[str]) -> None:
        """Stop asking about these faces, unless `reopen` is called before they are dropped."""
        self.answered |= set(face_ids)
        self._notify()

    @callback
    def reopen(self, face_ids: Collection[str]) -> None:
        self.answered -= set(face_ids)
        self._notify()

    async def drop(self, face_ids: Collection[str]) -> None:
        gone = set(face_ids) & self._faces.keys()
        self.answered -= gone
        if gone:
            self._faces = {face_id: face for face_id, face in self._faces.items() if face_id not in gone}
            await self._save()

    async def save(self) -> None:
        """Does nothing: each change is written at once."""

    async def known_people(self) -> set[str]:
        return set[str]().union(*(face.not_of for face in self._faces.values()))

    async def forget(self, person_id: str) -> None:
        """Forget which faces are not this person's."""
        if any(person_id in face.not_of for face in self._faces.values()):
            self._faces = {face_id: _without(face, person_id) for face_id, face in self._faces.items()}
            await self._save()

    async def remove(self) -> None:
        await self._records.async_remove()

    async def _save(self) -> None:
        # at once: neither a picture nor a template is of use without the other
        await self._records.write(self._encode)
        self._notify()

    def _encode(self) -> _StoredFaces:
        """Called in an executor."""
        return {"faces": [_encode(face) for face in list(self._faces.values())]}

    @callback
    def _notify(self) -> None:
        self.on_change.notify()


def _without(face: Kept, person_id: str) -> Kept:
    return replace(face, not_of={who: mark_id for who, mark_id in face.not_of.items() if who != person_id})


def _encode(face: Kept) -> _StoredFace:
    return {
        "template": encode_template(face.template),
        "camera": face.camera,
        "visit": face.visit_id,
        "stranger": face.stranger,
        "not_of": [],
        "marks": dict(face.not_of),
        "apart": face.apart,
    }


def _decode(stored: _StoredFace) -> Kept:
    return Kept(
        decode_template(stored["template"]),
        stored["camera"],
        stored["visit"],
        stored["stranger"],
        stored.get("marks", {}),
        stored.get("apart"),
    )
