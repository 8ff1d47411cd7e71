"""Event entities of each camera and person: one event per visit."""

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .bus_events import describe
from .const import SUBENTRY_CAMERA
from .entity import CameraEntity, PersonEntity
from .runtime import KithConfigEntry
from .sighting import Sighting, SightingKind
from .subentries import for_each_person, for_each_subentry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data

    @callback
    def add_camera(subentry: ConfigSubentry) -> None:
        entity = CameraSightings(home.coordinator(subentry), subentry, "sighting")
        async_add_entities([entity], config_subentry_id=subentry.subentry_id)

    @callback
    def add_person(subentry: ConfigSubentry) -> None:
        async_add_entities([PersonSightings(home, subentry, "sighting")], config_subentry_id=subentry.subentry_id)

    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera)
    for_each_person(hass, entry, add_person)


class CameraSightings(CameraEntity, EventEntity):
    """Somebody came into this camera's view, or it became clear who it is."""

    _attr_event_types = [str(kind) for kind in SightingKind]

    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.home.household.on_sighting.subscribe(self._sighted))

    @callback
    def _sighted(self, sighting: Sighting) -> None:
        if sighting.camera == self.coordinator.camera_id:
            self._trigger_event(sighting.kind, describe(self.hass, self.coordinator.config_entry, sighting))
            self.async_write_ha_state()


class PersonSightings(PersonEntity, EventEntity):
    """This person was recognized at a camera."""

    _attr_event_types = [str(SightingKind.RECOGNIZED)]

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.home.household.on_sighting.subscribe(self._sighted))

    @callback
    def _sighted(self, sighting: Sighting) -> None:
        if sighting.kind is SightingKind.RECOGNIZED and sighting.verdict.person_id == self.person_id:
            self._trigger_event(sighting.kind, describe(self.hass, self.home.entry, sighting))
            self.async_write_ha_state()
