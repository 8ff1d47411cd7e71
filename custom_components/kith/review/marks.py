"""The owner's marks, not this person and never ask again: whether one is plausible, and how it is lifted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..identity import marks
from ..identity.gallery import Gallery, Template
from ..runtime import NO_PHOTOS, Home


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
    """What is gone of the owner's earlier words.

    against: the faces said not to be this person; strangers: those never to ask about. learned: by person, what was
    learned as theirs; photos: the kept ones of that, by template.
    """

    person_id: str | None
    against: tuple[Template, ...] = ()
    strangers: tuple[Template, ...] = ()
    learned: Mapping[str, tuple[Template, ...]] = field(default_factory=dict)
    photos: Mapping[str, bytes] = NO_PHOTOS

    def __bool__(self) -> bool:
        return bool(self.against or self.strangers or self.learned)

    def out_of(self, gallery: Gallery) -> Gallery:
        learned = [face for faces in self.learned.values() for face in faces]
        return gallery.without_templates({face.template_id for face in (*self.against, *self.strangers, *learned)})

    def back_into(self, gallery: Gallery) -> Gallery:
        present = gallery.template_ids
        for face in self.against:
            if face.template_id not in present and self.person_id is not None:
                gallery = gallery.with_negative(self.person_id, face)
        for face in self.strangers:
            gallery = gallery if face.template_id in present else gallery.with_stranger(face)
        for person_id, faces in self.learned.items():
            gallery = gallery.with_templates(person_id, [face for face in faces if face.template_id not in present])
        return gallery


async def lifted_by(home: Home, faces: Sequence[Template], person_id: str | None) -> Lifted:
    """What the owner's later word refutes: these faces are this person's, or, if None, a stranger's.

    These are marks, and what somebody else learned from the very same faces by an earlier answer.
    """
    facts, gallery = home.engine.facts, home.stores.gallery.gallery
    seen = [face for face in faces if facts is not None and face.embedding == facts.embedding]
    if facts is None or not seen:
        return Lifted(person_id)
    others = await home.hass.async_add_executor_job(marks.learned_by_others, seen, person_id, gallery)
    photos = {
        face.template_id: jpeg
        for who, found in others.items()
        for face in found
        if (jpeg := await home.stores.photos.find(who, face.template_id)) is not None
    }
    if person_id is None:
        return Lifted(None, learned=others, photos=photos)
    gone = set(await home.hass.async_add_executor_job(marks.refuted, seen, person_id, gallery, facts.calibration))
    return Lifted(
        person_id,
        tuple(face for face in gallery.negatives.get(person_id, ()) if face.template_id in gone),
        tuple(face for face in gallery.strangers if face.template_id in gone),
        others,
        photos,
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
    found = found or (Lifted(None, (), known) if known else None)
    if found is not None:
        await home.change(found.out_of)
    return found
