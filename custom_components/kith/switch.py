"""Switches recognition on or off for each camera, for example while guests are there."""

from typing import Any

from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import STATE_OFF, EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .const import SUBENTRY_CAMERA
from .entity import CameraEntity
from .runtime import KithConfigEntry
from .subentries import for_each_subentry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data

    @callback
    def add_camera(subentry: ConfigSubentry) -> None:
        entity = Recognition(home.coordinator(subentry), subentry, "recognition")
        async_add_entities([entity], config_subentry_id=subentry.subentry_id)

    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera)


class Recognition(CameraEntity, SwitchEntity, RestoreEntity):
    """While off, the camera still detects people, but looks for no faces. Stays so until it is switched on."""

    _attr_entity_category = EntityCategory.CONFIG

    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        # before Kith stored it itself, only Home Assistant remembered it
        stored, last = self.home.stores.recognition_switches.cameras, await self.async_get_last_state()
        if self.coordinator.camera_id not in stored and last is not None and last.state == STATE_OFF:
            await self._switch(on=False)

    @property
    def available(self) -> bool:
        """Also available while the camera is not."""
        return self.coordinator.enabled

    @property
    def is_on(self) -> bool:
        return self.coordinator.recognizes

    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._switch(on=True)

    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._switch(on=False)

    async def _switch(self, *, on: bool) -> None:
        self.coordinator.recognizes = on
        self.coordinator.sources.hurry()  # one that waits for somebody to come does as it was told before
        self.async_write_ha_state()
        await self.home.stores.recognition_switches.switch(self.coordinator.camera_id, on=on)
