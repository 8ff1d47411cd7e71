"""Makes templates again from kept photos, when the engine has another network with other vectors."""

from collections.abc import Callable
from dataclasses import replace
import logging

from homeassistant.core import callback

from ..const import DOMAIN
from ..identity.gallery import Template
from ..kith_engine.analysis import EngineFacts
from ..kith_engine.errors import KithError
from ..runtime import Home
from .portrait import Portrait, portray

_LOGGER = logging.getLogger(__name__)


async def renew(home: Home) -> None:
    """Renew the templates of people who agreed to keeping photos. Raises EngineError and GalleryNotSavedError.

    A photo that is no longer good enough stays, and so does its template, which is compared with nothing.
    """
    renewed: dict[str, Template] = {}
    for person_id, kept in (await home.stores.photos.people()).items():
        for template in home.stores.gallery.gallery.templates.get(person_id, ()):
            if template.template_id in kept and _is_stale(template, home.engine.facts):
                photo = await home.stores.photos.person(person_id, template.template_id)
                portrait = await portray(home.engine, photo, template.source) if photo else None
                if isinstance(portrait, Portrait):
                    renewed[template.template_id] = replace(
                        portrait.template, template_id=template.template_id, added=template.added
                    )
    if renewed:  # all at once: otherwise those who are not renewed yet would be strangers
        await home.change(lambda gallery: gallery.renewed(renewed))


@callback
def renew_by_itself(home: Home, ended: Callable[[], object]) -> None:
    """Renew now, and whenever the engine has another network, until the entry is unloaded.

    ended: called after each attempt.
    """
    renewer = _Renewer(home, ended)
    home.entry.async_on_unload(home.engine.subscribe(renewer.look))
    renewer.look()


class _Renewer:
    """Remembers the networks of the last renewal: photos that were refused would be refused again."""

    def __init__(self, home: Home, ended: Callable[[], object]) -> None:
        self._home = home
        self._ended = ended
        self._done: tuple[str, ...] | None = None

    @callback
    def look(self) -> None:
        home = self._home
        facts = home.engine.facts
        if facts is None or not home.engine.available or home.renewing or self._done == _networks(facts):
            return
        stored = home.stores.gallery.gallery.templates.values()
        if any(_is_stale(template, facts) for templates in stored for template in templates):
            home.renewing = True
            home.entry.async_create_background_task(home.hass, self._renew(facts), f"{DOMAIN} renews the gallery")

    async def _renew(self, facts: EngineFacts) -> None:
        try:
            await renew(self._home)
            self._done = _networks(facts)
        except KithError as error:
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
