"""Sightings as event data and on Home Assistant's event bus."""

from typing import Any

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er

from .const import CONF_CAMERA, DOMAIN, EVENT_FOLLOWED, EVENT_LIKELY, EVENT_RECOGNIZED, EVENT_STRANGER
from .descriptions.sentences import explain, say
from .identity.evidence import Outcome, Verdict
from .identity.presence import Seen
from .runtime import KithConfigEntry
from .sighting import Sighting, SightingKind
from .signals import Move, Movement
from .subentries import name_of

ON_THE_BUS = {
    SightingKind.RECOGNIZED: EVENT_RECOGNIZED,
    SightingKind.LIKELY: EVENT_LIKELY,
    SightingKind.STRANGER: EVENT_STRANGER,
    SightingKind.FOLLOWED: EVENT_FOLLOWED,
}
FACE, APPEARANCE = "face", "appearance"


@callback
def fire_event(hass: HomeAssistant, entry: KithConfigEntry, sighting: Sighting) -> None:
    """Fire an event for a recognized, likely or followed person or a stranger, for the logbook and other listeners."""
    if event := ON_THE_BUS.get(sighting.kind):
        entity_id = entity_of(hass, _person_in(sighting), sighting.camera)
        hass.bus.async_fire(event, {ATTR_ENTITY_ID: entity_id, **describe(hass, entry, sighting)})


@callback
def entity_of(hass: HomeAssistant, person_id: str | None, camera: str) -> str | None:
    """The presence entity of the person, or else the event entity of this camera (the id of its subentry)."""
    entities = er.async_get(hass)
    if person_id is not None:
        return entities.async_get_entity_id(BINARY_SENSOR_DOMAIN, DOMAIN, f"{person_id}_presence")
    return entities.async_get_entity_id(EVENT_DOMAIN, DOMAIN, f"{camera}_sighting")


@callback
def describe(hass: HomeAssistant, entry: KithConfigEntry, sighting: Sighting) -> dict[str, Any]:
    """Who was seen, where, when the picture was taken, and the evidence. No picture, no embedding."""
    verdict, person_id = sighting.verdict, _person_in(sighting)
    told = sighting.kind is not SightingKind.PERSON
    by, root = _rests_on(entry, sighting)
    camera = entry.subentries[sighting.camera]
    visit = entry.runtime_data.stores.visits.at(sighting.camera, sighting.captured, verdict)
    evidence: dict[str, Any] = {
        "frames": verdict.frames,
        "refused": {str(flaw): count for flaw, count in verdict.refused},
        "seconds": round(verdict.seconds, 2),
        "weight": _rounded(verdict.evidence),
        "demanded": _rounded(verdict.demanded),
        "margin": _rounded(verdict.margin),
        "score": _rounded(verdict.score),
        "model": sighting.model,
        "named_by_others": verdict.said,
    }
    return {
        "person": name_of(entry, person_id),
        "person_id": person_id,
        "likely": name_of(entry, sighting.likely),
        "camera": camera.data[CONF_CAMERA],
        "camera_name": camera.title,
        "area": area_of(hass, camera.data[CONF_CAMERA]),
        "captured": sighting.captured.isoformat(),
        "by": by,
        "root": root,
        "evidence": evidence if told and sighting.kind is not SightingKind.FOLLOWED else None,
        "explanation": explain(verdict, entry, sighting.camera) if told else None,
        "corrects": _corrected(sighting, entry),
        "accompanied_by": sorted(name for person_id in sighting.company if (name := name_of(entry, person_id))),
        "second_opinion": _second_opinion(verdict),
        "visit": visit.visit_id if visit else None,
    }


@callback
def describe_movement(hass: HomeAssistant, entry: KithConfigEntry, movement: Movement) -> dict[str, Any]:
    """The same data as for a sighting, even without one: somebody left, or is back in the same visit."""
    name, seen = name_of(entry, movement.person_id), movement.seen
    if movement.sighting is not None:
        return describe(hass, entry, movement.sighting)
    camera = entry.subentries.get(seen.camera)
    explanation = None
    if movement.move is Move.LEFT:
        explanation = say(hass, "taken_back" if movement.taken_back else "not_seen_any_more", name=name)
    return {
        "person": name,
        "person_id": movement.person_id,
        "likely": None,
        "camera": camera.data[CONF_CAMERA] if camera else None,
        "camera_name": camera.title if camera else None,
        "area": area_of(hass, camera.data[CONF_CAMERA]) if camera else None,
        "captured": seen.captured.isoformat(),
        **describe_seen(entry, seen),
        "evidence": None,
        "explanation": explanation,
        "corrects": None,
        "accompanied_by": [],
        "second_opinion": None,
        "visit": None,
    }


def _person_in(sighting: Sighting) -> str | None:
    """The person recognized or followed."""
    follows = sighting.verdict.follows if sighting.kind is SightingKind.FOLLOWED else None
    return follows.person_id if follows is not None else sighting.verdict.person_id


@callback
def _rests_on(entry: KithConfigEntry, sighting: Sighting) -> tuple[str | None, dict[str, Any] | None]:
    """By what a sighting says who it is; by appearance, also the sighting whose face did."""
    follows = sighting.verdict.follows if sighting.kind is SightingKind.FOLLOWED else None
    if follows is None:
        return (None if sighting.kind is SightingKind.PERSON else FACE), None
    named = Verdict(Outcome.KNOWN, follows.person_id)
    visit = entry.runtime_data.stores.visits.at(follows.root.camera, follows.root.captured, named)
    return APPEARANCE, {**describe_root(entry, follows.root), "visit": visit.visit_id if visit else None}


@callback
def describe_seen(entry: KithConfigEntry, seen: Seen | None) -> dict[str, Any]:
    """As attributes: by what somebody was seen last, and the sighting whose face named them if it is by appearance."""
    if seen is None:
        return {"by": None, "root": None}
    return (
        {"by": FACE, "root": None} if seen.root is None else {"by": APPEARANCE, "root": describe_root(entry, seen.root)}
    )


@callback
def describe_root(entry: KithConfigEntry, root: Seen) -> dict[str, Any]:
    camera = entry.subentries.get(root.camera)
    return {"camera_name": camera.title if camera else None, "captured": root.captured.isoformat()}


def _second_opinion(verdict: Verdict) -> dict[str, Any] | None:
    """The service that gave a second opinion, and whether it agreed; None if none was asked."""
    if verdict.opinion is None:
        return None
    return {"service": verdict.opinion.service, "agrees": verdict.opinion.person_id == verdict.person_id}


@callback
def _corrected(sighting: Sighting, entry: KithConfigEntry) -> str | None:
    """The earlier result if it was wrong: a name, or "stranger"."""
    if sighting.corrects is None or sighting.confirms or sighting.corrects.person_id == sighting.verdict.person_id:
        return None
    return name_of(entry, sighting.corrects.person_id) or str(sighting.corrects.outcome)


@callback
def area_of(hass: HomeAssistant, camera: str) -> str | None:
    """The name of the camera's area, or of its device's."""
    entity = er.async_get(hass).async_get(camera)
    if entity is None:
        return None
    device = dr.async_get(hass).async_get(entity.device_id) if entity.device_id else None
    area_id = entity.area_id or (device.area_id if device else None)
    area = ar.async_get(hass).async_get_area(area_id) if area_id else None
    return area.name if area else None


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
