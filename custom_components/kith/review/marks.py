"""The owner's marks, not this person and never ask again: whether one is plausible, and how it is lifted."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..identity import marks
from ..identity.gallery import Gallery, Template
from ..runtime import Home


async def contradicted(home: Home, face: Template | None, person_id: str | None) -> str | None:
    """The person whom this face looks too much like to be marked without asking; None if it may be.

    person_id: who it is said not to be; None for a stranger.
    """
    facts = home.engine.facts
    if face is None or facts is None or face.embedding != facts.embedding:
        return None
    return await home.hass.async_add_executor_job(
        marks.contradicted, face, person_id, home.stores.gallery.gallery, facts.calibration
    )


@dataclass(frozen=True, slots=True)
class Lifted:
    """Marks that are gone. against: the faces said not to be this person; strangers: those never to ask about."""

    person_id: str
    against: tuple[Template, ...] = ()
    strangers: tuple[Template, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.against or self.strangers)

    def out_of(self, gallery: Gallery) -> Gallery:
        return gallery.without_templates({face.template_id for face in (*self.against, *self.strangers)})

    def back_into(self, gallery: Gallery) -> Gallery:
        present = gallery.template_ids
        for face in self.against:
            gallery = gallery if face.template_id in present else gallery.with_negative(self.person_id, face)
        for face in self.strangers:
            gallery = gallery if face.template_id in present else gallery.with_stranger(face)
        return gallery


async def lifted_by(home: Home, faces: Sequence[Template], person_id: str) -> Lifted:
    """The marks that the owner's later word refutes: these faces are this person's."""
    facts, gallery = home.engine.facts, home.stores.gallery.gallery
    seen = [face for face in faces if facts is not None and face.embedding == facts.embedding]
    if facts is None or not seen:
        return Lifted(person_id)
    gone = set(await home.hass.async_add_executor_job(marks.refuted, seen, person_id, gallery, facts.calibration))
    return Lifted(
        person_id,
        tuple(face for face in gallery.negatives.get(person_id, ()) if face.template_id in gone),
        tuple(face for face in gallery.strangers if face.template_id in gone),
    )


async def remove(home: Home, mark_id: str) -> Lifted | None:
    """Take a mark back. Returns what brings it back again; None if it is gone. Raises GalleryNotSavedError."""
    gallery = home.stores.gallery.gallery
    found = next(
        (
            Lifted(person_id, tuple(face for face in faces if face.template_id == mark_id))
            for person_id, faces in gallery.negatives.items()
            if any(face.template_id == mark_id for face in faces)
        ),
        None,
    )
    known = tuple(face for face in gallery.strangers if face.template_id == mark_id)
    found = found or (Lifted("", (), known) if known else None)
    if found is not None:
        await home.change(found.out_of)
    return found
