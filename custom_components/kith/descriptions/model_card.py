"""Describes a pack and what installing it would change, as Markdown in the home's language."""

from collections.abc import Iterator

from homeassistant.core import HomeAssistant

from ..kith_engine.manifest import Manifest
from ..kith_engine.network import Role
from ..runtime import Home
from ..subentries import name_of
from .sentences import decimal, say

_MEGABYTE = 1e6


def tell_pack(hass: HomeAssistant, pack: Manifest, notes: str) -> str:
    """notes: its makers' words beyond the manifest."""
    networks = "\n".join(f"- {line}" for line in _networks(hass, pack))
    calibrated = say(hass, "card_calibrated", data=pack.calibrated_on)
    return "\n\n".join(part for part in (f"## {pack.title}", notes.strip(), networks, calibrated) if part)


def _networks(hass: HomeAssistant, pack: Manifest) -> Iterator[str]:
    for network in pack.networks:
        size = decimal(hass, network.bytes / _MEGABYTE)
        details = {"licence": network.licence, "trained_on": network.trained_on, "size": size}
        yield f"**{say(hass, f'card_{network.role}')}**: {say(hass, 'card_network', source=network.source, **details)}"


async def tell_change(home: Home, pack: Manifest) -> str:
    """What installing this pack means for enrolled people."""
    embedding = pack.network(Role.EMBEDDING).identity
    templates = home.stores.gallery.gallery.templates
    people = {who for who, found in templates.items() if all(face.embedding != embedding for face in found)}
    if not people:
        return say(home.hass, "card_same_faces")
    kept = people & (await home.stores.photos.people()).keys()
    affected = {"card_renewed": kept, "card_photos_needed": people - kept}
    told = [say(home.hass, key, people=_names(home, found)) for key, found in affected.items() if found]
    if marks := _marks(home):
        told.append(say(home.hass, "card_marks", count=marks))
    return "\n\n".join(told)


def _marks(home: Home) -> int:
    """How many faces are marked that the networks in use compare."""
    gallery, facts = home.stores.gallery.gallery, home.engine.facts
    marked = [face for faces in (*gallery.negatives.values(), gallery.strangers) for face in faces]
    return sum(facts is not None and face.embedding == facts.embedding for face in marked)


def _names(home: Home, people: set[str]) -> str:
    return ", ".join(sorted(name_of(home.entry, person_id) or "" for person_id in people))
