"""Which people and places an automation means, resolved anew each time, since they change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from homeassistant.const import ATTR_AREA_ID, ATTR_ENTITY_ID, ATTR_FLOOR_ID, CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
import voluptuous as vol

from .const import CONF_CAMERA, CONF_CAMERAS, CONF_PERSON, CONF_PERSON_ID, DOMAIN, SUBENTRY_CAMERA, SUBENTRY_PERSON
from .runtime import KithConfigEntry
from .subentries import subentries_of

CONF_PEOPLE = "people"
CONF_AREAS = "areas"
PLACES: dict[vol.Marker, Any] = {
    vol.Optional(CONF_CAMERAS, default=list): cv.entity_ids,
    vol.Optional(CONF_AREAS, default=list): vol.All(cv.ensure_list, [cv.string]),
}
PEOPLE_AND_PLACES: dict[vol.Marker, Any] = {vol.Optional(CONF_PEOPLE, default=list): cv.entity_ids, **PLACES}


def schema_of(fields: Mapping[vol.Marker, Any]) -> vol.Schema:
    """The schema of a trigger's or condition's configuration: a target and these options, all optional."""
    return vol.Schema(
        {vol.Optional(CONF_TARGET): cv.TARGET_FIELDS, vol.Optional(CONF_OPTIONS, default=dict): dict(fields)}
    )


class Miss(StrEnum):
    """How a sighting misses an automation's target."""

    PERSON = "other_person"
    CAMERA = "other_camera"


@dataclass(frozen=True, slots=True)
class Named:
    """The people (their ids) and cameras (their subentries' ids) in a target. home: whether Kith itself is in it."""

    people: frozenset[str]
    cameras: frozenset[str]
    home: bool = False


@dataclass(frozen=True, slots=True)
class AutomationTarget:
    """The sightings that an automation reacts to.

    target: sightings of these people or at these cameras; None, as for Kith's own device, means all. people, places:
    only these; None means any. A deleted person or camera matches nothing, rather than everything.
    """

    target: Named | None
    people: frozenset[str] | None
    places: frozenset[str] | None

    def misses(self, person_id: str | None, camera: str) -> set[Miss]:
        """How this sighting misses the target; empty if it matches. camera: the id of its subentry."""
        missed: set[Miss] = set()
        if self.people is not None and person_id not in self.people:
            missed.add(Miss.PERSON)
        if not self.there(camera):
            missed.add(Miss.CAMERA)
        if self.target and person_id not in self.target.people and camera not in self.target.cameras:
            missed.add(Miss.PERSON if self.target.people else Miss.CAMERA)
        return missed

    def there(self, camera: str) -> bool:
        """Is this camera one of the places?"""
        return self.places is None or camera in self.places

    def wanted(self) -> frozenset[str]:
        """The targeted people, at any place; for explaining a miss."""
        targeted = self.target.people if self.target else frozenset()
        if self.people is None:
            return targeted
        return self.people & targeted if targeted else self.people

    def watches(self, camera: str) -> bool:
        """Could a sighting at this camera match?"""
        return self.there(camera) and (self.target is None or bool(self.target.people) or camera in self.target.cameras)

    def whom(self, everybody: Iterable[str]) -> list[str]:
        """Those of these people who are targeted."""
        return [
            person_id
            for person_id in everybody
            if (self.people is None or person_id in self.people)
            and (self.target is None or person_id in self.target.people)
        ]


@callback
def resolve_target(
    hass: HomeAssistant, entry: KithConfigEntry, target: Mapping[str, Any] | None, options: Mapping[str, Any]
) -> AutomationTarget:
    """Resolve the target as things are now. options: validated by PEOPLE_AND_PLACES or part of it."""
    people, cameras, areas = (options.get(key) for key in (CONF_PEOPLE, CONF_CAMERAS, CONF_AREAS))
    places = {ATTR_AREA_ID: areas or [], ATTR_ENTITY_ID: cameras or []}
    named = _named(hass, entry, target) if target and TargetSelection(dict(target)).has_any_target else None
    return AutomationTarget(
        None if named is None or named.home else named,
        _named(hass, entry, {ATTR_ENTITY_ID: people}).people if people else None,
        _named(hass, entry, places).cameras if cameras or areas else None,
    )


@callback
def _named(hass: HomeAssistant, entry: KithConfigEntry, target: Mapping[str, Any]) -> Named:
    """Resolve a target. An area selects its cameras, but not the people whose devices are in it."""
    direct_target = {key: value for key, value in target.items() if key not in (ATTR_AREA_ID, ATTR_FLOOR_ID)}
    entities, meant = _entities(hass, direct_target), _entities(hass, target)
    ours, ours_and_near = _subentries(hass, entities), _subentries(hass, meant)
    people = [
        person.data[CONF_PERSON_ID]
        for person in subentries_of(entry, SUBENTRY_PERSON)
        if person.subentry_id in ours or person.data.get(CONF_PERSON) in entities
    ]
    cameras = [
        camera.subentry_id
        for camera in subentries_of(entry, SUBENTRY_CAMERA)
        if camera.subentry_id in ours_and_near or camera.data[CONF_CAMERA] in meant
    ]
    return Named(frozenset(people), frozenset(cameras), home=None in ours)


def _subentries(hass: HomeAssistant, entity_ids: set[str]) -> set[str | None]:
    """The subentries of those entities that are Kith's; None stands for the home."""
    entities = er.async_get(hass)
    registered = (entities.async_get(entity_id) for entity_id in entity_ids)
    return {entity.config_subentry_id for entity in registered if entity and entity.platform == DOMAIN}


def _entities(hass: HomeAssistant, target: Mapping[str, Any]) -> set[str]:
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(dict(target)), primary_entities_only=False)
    return selected.referenced | selected.indirectly_referenced
