"""Enrolls a picture, if the one policy for all ways to enroll (identity/photo_policy.py) lets it."""

from collections.abc import Sequence
from dataclasses import replace

from ..identity.gallery import Source, Template
from ..identity.photo_policy import LOOKALIKE, Refusal, refuse
from ..kith_engine.errors import EngineUnavailableError
from ..runtime import Home
from .portrait import Portrait, portray


async def accept(
    home: Home, person_id: str, picture: bytes, source: Source, *, allow_lookalike: bool = False
) -> Portrait | Refusal:
    """Enroll a picture of somebody who agreed, or return why not. Raises EngineError and what `Home.change` raises.

    allow_lookalike: the caller knows that it is right, although it looks more like another person of the household.
    """
    keep_photo = home.agreements.to_photos(person_id)
    portrait = await portray(home.engine, picture, source, keep_photo=keep_photo)
    if isinstance(portrait, Refusal):
        return portrait
    refusal = await refusal_of(home, person_id, portrait.template)
    if refusal is not None and not (allow_lookalike and refusal.code == LOOKALIKE):
        return refusal
    await enroll(home, person_id, [portrait])
    return replace(portrait, like=refusal.like) if refusal else portrait


async def refusal_of(home: Home, person_id: str, photo: Template, added: Sequence[Template] = ()) -> Refusal | None:
    """Why this photo must not be enrolled; None if it may. added: accepted, but not stored yet.

    Raises EngineUnavailableError.
    """
    if (facts := home.engine.facts) is None:
        raise EngineUnavailableError("it disconnected while it analyzed the photo.")
    gallery = home.stores.gallery.gallery.with_templates(person_id, added)
    return await home.hass.async_add_executor_job(refuse, photo, person_id, gallery, facts.calibration)


async def enroll(home: Home, person_id: str, portraits: Sequence[Portrait]) -> None:
    """Add these portraits to the person's templates, and keep their photos. Raises what `Home.change` raises."""
    photos = {portrait.template.template_id: portrait.photo for portrait in portraits if portrait.photo is not None}
    await home.enroll(person_id, [portrait.template for portrait in portraits], photos)
