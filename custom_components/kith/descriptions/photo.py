"""Describes an enrolled photo and its weaknesses."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..identity.gallery import Template
from ..identity.gallery_check import Check
from ..identity.photo_policy import FAIR
from ..runtime import Home
from ..subentries import name_of
from .sentences import judge_quality, say

FEW_PIXELS = 2.0
"""Times the smallest face that can be compared: below, every pixel counts."""


@callback
def describe_photo(hass: HomeAssistant, photo: Template, key: str = "photo_words", **more: int) -> str:
    """For example "2026-11-23, a photo, face 112 px wide, good". key: a text that also uses `more`."""
    return say(
        hass,
        key,
        when=dt_util.as_local(photo.added).strftime("%Y-%m-%d"),
        source=say(hass, f"source_{photo.source}"),
        width=round(photo.width),
        quality=judge_quality(hass, photo.quality),
        **more,
    )


@callback
def weaknesses(home: Home, photo: Template, found: Check) -> list[str]:
    """Sentences; none if the photo is fine. found: the check of its gallery."""
    hass, facts = home.hass, home.engine.facts
    if facts is None:
        return []
    if photo.embedding != facts.embedding:
        return [say(hass, "weak_network")]
    reasons = []
    if odd := next((odd for odd in found.odd if odd.template_id == photo.template_id), None):
        other = name_of(home.entry, odd.likest)
        reasons.append(say(hass, "weak_odd_like", other=other) if other else say(hass, "weak_odd"))
    if photo.covered:
        reasons.append(say(hass, "weak_covered"))
    if photo.quality < FAIR:
        reasons.append(say(hass, "weak_quality"))
    if photo.width < FEW_PIXELS * facts.smallest_face:
        reasons.append(say(hass, "weak_small"))
    return reasons


@callback
def is_weak(home: Home, person_id: str) -> bool:
    """Do this person's photos together show too little to claim a name?"""
    comparison = home.household.comparison
    return comparison is not None and person_id in comparison.index.weak


@callback
def tell_weak(home: Home, person_id: str) -> str | None:
    """What is needed before Kith names this person, if anything."""
    if person_id in home.stores.gallery.gallery.templates and not is_weak(home, person_id):
        return None
    return say(home.hass, "not_named_yet", name=name_of(home.entry, person_id))
