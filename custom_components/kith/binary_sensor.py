"""Occupancy of cameras, presence of people and strangers, and people who are not allowed at a camera."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR_DOMAIN,
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import ATTR_ENTITY_PICTURE
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from .bus_events import describe_seen
from .const import DOMAIN, SUBENTRY_CAMERA
from .descriptions.sentences import explain
from .entity import CameraEntity, HomeEntity, PersonEntity
from .identity.evidence import Outcome, Verdict
from .identity.presence import PRESENCE_INTERVAL
from .runtime import Home, KithConfigEntry
from .settings import CameraSettings
from .subentries import for_each_person, for_each_subentry, on_person_change

PARALLEL_UPDATES = 0
NOT_ALLOWED = "not_allowed"


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data
    guarded: set[str] = set()

    @callback
    def add_camera(subentry: ConfigSubentry) -> None:
        entity = PersonDetected(home.coordinator(subentry), subentry, "person_detected")
        async_add_entities([entity], config_subentry_id=subentry.subentry_id)
        guard_camera(subentry)

    @callback
    def guard_camera(subentry: ConfigSubentry) -> None:
        """Add the sensor only to a camera with a list of allowed people, or remove it."""
        listed = CameraSettings.of(subentry).allowed is not None
        if listed and subentry.subentry_id not in guarded:
            entity = NotAllowed(home.coordinator(subentry), subentry, NOT_ALLOWED)
            async_add_entities([entity], config_subentry_id=subentry.subentry_id)
            guarded.add(subentry.subentry_id)
        elif not listed:
            guarded.discard(subentry.subentry_id)
            entities, unique_id = er.async_get(hass), f"{subentry.subentry_id}_{NOT_ALLOWED}"
            if entity_id := entities.async_get_entity_id(BINARY_SENSOR_DOMAIN, DOMAIN, unique_id):
                entities.async_remove(entity_id)

    @callback
    def add_person(subentry: ConfigSubentry) -> None:
        async_add_entities([PersonPresence(home, subentry, "presence")], config_subentry_id=subentry.subentry_id)

    async_add_entities([StrangerPresent(home, "stranger_present")])
    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera, guard_camera)
    for_each_person(hass, entry, add_person)


class ViewSensor(CameraEntity, BinarySensorEntity):
    """Says something of what a camera shows, and why.

    The reason counts frames: while nothing else changes, it moves in steps, as "last seen" does.
    """

    _shown: tuple[object, ...] = ()
    _written = datetime.min.replace(tzinfo=UTC)

    @callback
    def _handle_coordinator_update(self) -> None:
        view, now = self.coordinator.data, dt_util.utcnow()
        shown: tuple[object, ...] = self.available, self.is_on
        if view is not None:
            people = {verdict.person_id for verdict in view.verdicts}
            shown = *shown, view.outcome, len(view.verdicts), people
        if shown != self._shown or abs(now - self._written) >= PRESENCE_INTERVAL:
            self._shown, self._written = shown, now
            super()._handle_coordinator_update()

    def _explain(self, verdict: Verdict | None) -> str | None:
        coordinator = self.coordinator
        return explain(verdict, coordinator.config_entry, coordinator.camera_id) if verdict else None


class PersonDetected(ViewSensor):
    """Somebody is in this camera's view. The attributes describe who."""

    _attr_device_class = BinarySensorDeviceClass.OCCUPANCY

    @property
    def is_on(self) -> bool | None:
        return self.coordinator.data.detected if self.coordinator.data else None

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        view = self.coordinator.data
        if view is None:
            return None
        return {
            "outcome": view.outcome,
            "people": len(view.verdicts),
            "explanation": self._explain(next(iter(view.verdicts), None)),
        }


class NotAllowed(ViewSensor):
    """A stranger or a person who is not allowed is in view. An unsure verdict does not count."""

    _attr_device_class = BinarySensorDeviceClass.SAFETY

    @property
    def is_on(self) -> bool | None:
        if self.coordinator.data is None or self.coordinator.settings.allowed is None:
            return None
        return self._offender is not None

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        return {"camera": self.coordinator.camera, "explanation": self._explain(self._offender)}

    @property
    def _offender(self) -> Verdict | None:
        """The verdict on the one who is not allowed, the clearest if there are several."""
        allowed, view = self.coordinator.settings.allowed, self.coordinator.data
        if view is None or allowed is None:
            return None
        return next((verdict for verdict in view.verdicts if _offends(verdict, allowed)), None)


def _offends(verdict: Verdict, allowed: Collection[str]) -> bool:
    if verdict.person_id is None:
        return verdict.outcome is Outcome.STRANGER
    return verdict.person_id not in allowed


class PersonPresence(PersonEntity, BinarySensorEntity):
    """This person was recognized recently, or followed since. Shows the picture of the linked person entity."""

    _attr_device_class = BinarySensorDeviceClass.OCCUPANCY

    def __init__(self, home: Home, subentry: ConfigSubentry, key: str) -> None:
        super().__init__(home, subentry, key)
        self._linked: str | None = None
        self._unlink: CALLBACK_TYPE | None = None

    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.home.engine.subscribe(self.async_write_ha_state))
        self.async_on_remove(on_person_change(self.hass, self.home.entry, self.person_id, self._settings_changed))
        self.async_on_remove(lambda: self._link(None))
        self._settings_changed()

    @callback
    def _settings_changed(self) -> None:
        """The state is written afterwards: once the entity is added, or with everybody's presence."""
        person = self.home.person(self.person_id)
        self._link(person.linked if person else None)

    @callback
    def _link(self, linked: str | None) -> None:
        if self._unlink is not None:
            self._unlink()
        self._linked = linked
        self._unlink = async_track_state_change_event(self.hass, linked, self._linked_changed) if linked else None
        self._update_picture()

    @callback
    def _linked_changed(self, _event: Event[EventStateChangedData]) -> None:
        before = self._attr_entity_picture
        self._update_picture()
        if self._attr_entity_picture != before:
            self.async_write_ha_state()

    def _update_picture(self) -> None:
        state = self.hass.states.get(self._linked) if self._linked else None
        self._attr_entity_picture = state.attributes.get(ATTR_ENTITY_PICTURE) if state else None

    @property
    def available(self) -> bool:
        """Presence is unknown while the engine is away."""
        return self.home.engine.available

    @property
    def is_on(self) -> bool:
        return self.home.household.presence.here(self.person_id, dt_util.utcnow())

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        return describe_seen(self.home.entry, self.home.household.presence.last.get(self.person_id))


class StrangerPresent(HomeEntity, BinarySensorEntity):
    """A stranger was seen recently at any camera."""

    _attr_device_class = BinarySensorDeviceClass.OCCUPANCY

    @property
    def available(self) -> bool:
        return self.home.engine.available

    @property
    def is_on(self) -> bool:
        return self.home.household.presence.stranger_here(dt_util.utcnow())
