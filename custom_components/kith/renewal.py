"""Makes templates again from kept photos: the engine has another network now, whose vectors are of another kind."""

from dataclasses import replace

from .care.judges import unknown_to_the_engine
from .enrolment import Portrait, portray
from .home import Home
from .identity.gallery import Gallery, Template


async def renew(home: Home) -> None:
    """Of everybody who needs it and whose photos are kept. Raises EngineError and GalleryNotSaved."""
    photos = await home.photos.people()
    for person_id in sorted(unknown_to_the_engine(home) & photos.keys()):
        await _renew(home, person_id)


async def _renew(home: Home, person_id: str) -> None:
    made: dict[str, Template] = {}
    for old in home.gallery.gallery.templates.get(person_id, ()):
        photo = await home.photos.person(person_id, old.template_id)
        found = await portray(home.engine, photo, old.source) if photo else None
        if isinstance(found, Portrait):  # a photo that does not do any more is left as it is
            made[old.template_id] = replace(found.template, template_id=old.template_id, added=old.added)

    def put_in_place(gallery: Gallery) -> Gallery:
        """Of those that are still there; their photos keep the same name."""
        there = [made[old.template_id] for old in gallery.templates.get(person_id, ()) if old.template_id in made]
        return gallery.without_templates(set(made)).with_templates(person_id, there) if there else gallery

    await home.change(put_in_place)
