"""Makes templates again from kept pictures, when the engine has another network with other vectors."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
import logging

from homeassistant.core import callback

from ..const import DOMAIN
from ..engines import Engine
from ..identity.gallery import Template
from ..identity.photo_policy import Refusal, enrolled_embeddings, refuse_alone
from ..kith_engine.analysis import EngineFacts
from ..kith_engine.errors import KithError
from ..runtime import Home
from .portrait import Portrait, look_at, portray, when_free

_LOGGER = logging.getLogger(__name__)

LONGEST_PAUSE = 60
"""Minutes between two tries."""


async def renew(home: Home) -> None:
    """Renew the templates of people who agreed to keeping photos, and those of faces that wait for an answer.

    A picture that is no longer good enough stays, and so does its template, which is compared with nothing.

    Raises EngineError and GalleryNotSavedError.
    """
    renewed = {made.template_id: made async for made in renewed_photos(home, home.engine) if made is not None}
    if renewed:  # all at once: otherwise those who are not renewed yet would be strangers
        await home.change(lambda gallery: gallery.renewed(renewed))
    waiting = [kept.template for kept in home.stores.faces.unanswered]
    seen = [await _seen_again(home, one) for one in waiting if _is_stale(one, home.engine.facts)]
    await home.stores.faces.renew({made.template_id: made for made in seen if made is not None})


async def renewed_photos(home: Home, engine: Engine) -> AsyncIterator[Template | None]:
    """For each kept photo whose template is another network's, the template that this engine makes of it.

    None for a photo that is no longer good enough. Raises EngineError.
    """
    for person_id, kept in (await home.stores.photos.people()).items():
        for template in home.stores.gallery.gallery.templates.get(person_id, ()):
            if template.template_id in kept and _is_stale(template, engine.facts):
                photo = await home.stores.photos.find(person_id, template.template_id)
                portrait = await when_free(partial(portray, engine, photo, template.source)) if photo else None
                yield _in_place_of(template, portrait) if isinstance(portrait, Portrait) else None


def _in_place_of(template: Template, portrait: Portrait) -> Template | None:
    """None if it may not be enrolled. The owner chose the photo, so it is not compared with others again."""
    if refuse_alone(portrait.template) is not None:
        return None
    return replace(portrait.template, template_id=template.template_id, added=template.added)


async def _seen_again(home: Home, template: Template) -> Template | None:
    """The template of a kept face by the engine's networks; None if they find none in its picture."""
    picture = await home.stores.photos.stranger(template.template_id)
    seen = await when_free(lambda: look_at(home.engine, picture)) if picture else None
    if seen is None or isinstance(seen, Refusal):
        return None
    analysis, facts = seen
    usable = [face for face in analysis.faces if face.quality.usable and face.embeddings]
    if not usable:
        return None
    face = max(usable, key=lambda face: face.box.area)
    embeddings = enrolled_embeddings(face, facts.embedding, facts.calibration)
    return replace(template, embeddings=embeddings, covered=face.quality.covered)


@callback
def renew_by_itself(home: Home, ended: Callable[[], object]) -> Callable[[], None]:
    """Renew now, and whenever the engine has another network, until the entry is unloaded.

    ended: called after each attempt. Returns what is to be called every minute, for another try after a failure.
    """
    renewer = _Renewer(home, ended)
    home.entry.async_on_unload(home.engine.subscribe(renewer.look))
    renewer.look()
    return renewer.try_again


class _Renewer:
    """Remembers the networks of the last renewal: photos that were refused would be refused again."""

    def __init__(self, home: Home, ended: Callable[[], object]) -> None:
        self._home = home
        self._ended = ended
        self._done: tuple[str, ...] | None = None
        self._pause = self._minutes_left = 0

    @callback
    def look(self) -> None:
        home = self._home
        facts = home.engine.facts
        if facts is None or not home.engine.available or home.renewing or self._done == _networks(facts):
            return
        enrolled = home.stores.gallery.gallery.templates.values()
        waiting = [kept.template for kept in home.stores.faces.unanswered]
        if any(_is_stale(template, facts) for templates in (*enrolled, waiting) for template in templates):
            home.renewing = True
            home.entry.async_create_background_task(home.hass, self._renew(facts), f"{DOMAIN} renews the gallery")

    @callback
    def try_again(self) -> None:
        """Called every minute. The pause doubles while it keeps failing: each try looks at all photos."""
        if self._minutes_left:
            self._minutes_left -= 1
            if not self._minutes_left:
                self.look()

    async def _renew(self, facts: EngineFacts) -> None:
        try:
            await renew(self._home)
            self._done = _networks(facts)
            self._pause = 0
        except KithError as error:
            self._pause = self._minutes_left = min(LONGEST_PAUSE, 2 * self._pause or 1)
            _LOGGER.warning("The engine's networks could not process the kept photos again: %s", error)
        finally:
            self._home.renewing = False
            self._ended()


def _is_stale(template: Template, facts: EngineFacts | None) -> bool:
    """Was the template made by other networks than the engine has now?"""
    if facts is None:
        return False
    wanted = _networks(facts)
    return tuple(one.network for one in template.embeddings)[: len(wanted)] != wanted


def _networks(facts: EngineFacts) -> tuple[str, ...]:
    second = facts.calibration.second
    return (facts.embedding, second.embedding) if second else (facts.embedding,)
