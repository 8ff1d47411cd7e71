"""May this photo become a template? Refused with a reason that a person can act on."""

from dataclasses import dataclass

from ..kith_engine.analysis import Analysis, Face

SECOND_FACE = 0.5
"""A face at least this wide, against the largest, makes it unclear whose photo it is; smaller ones stand behind."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a stable code (a translation key) and the measurements that belong to it."""

    code: str
    width: int | None = None


def choose_face(analysis: Analysis) -> Face | Refusal:
    """The one face that the photo is of, good enough to compare with."""
    faces = sorted(analysis.faces, key=lambda face: -face.box.width)
    if not faces:
        return Refusal("no_face")
    face = faces[0]
    width = round(face.quality.width)
    if len(faces) > 1 and faces[1].box.width >= SECOND_FACE * face.box.width:
        return Refusal("several_faces", width)
    if not face.quality.usable:
        return Refusal(f"face_{face.quality.flaws[0]}", width)
    if face.embedding is None:
        return Refusal("no_face")
    return face
