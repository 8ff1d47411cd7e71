"""Base classes of Kith's entities: their devices, availability and updates."""

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.core import callback, split_entity_id
from homeassistant.helpers.device import async_entity_id_to_device
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .cameras.coordinator import CameraCoordinator
from .const import CONF_PERSON_ID, DOMAIN
from .runtime import Home


class CameraEntity(CoordinatorEntity[CameraCoordinator]):
    """Belongs to the camera's own device; Kith adds a device for a camera without one."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: CameraCoordinator, subentry: ConfigSubentry, key: str) -> None:
        super().__init__(coordinator)
        self._attr_unique_id = f"{subentry.subentry_id}_{key}"
        self._attr_translation_key = key
        hass = coordinator.hass
        self.device_entry = async_entity_id_to_device(hass, coordinator.camera)
        if self.device_entry is None:
            state = hass.states.get(coordinator.camera)
            self._attr_device_info = DeviceInfo(
                identifiers={(DOMAIN, subentry.subentry_id)},
                name=state.attributes.get(ATTR_FRIENDLY_NAME) if state else subentry.title,
                model=split_entity_id(coordinator.camera)[0].capitalize(),
                entry_type=DeviceEntryType.SERVICE,
            )

    @property
    def available(self) -> bool:
        return super().available and self.coordinator.enabled

    @property
    def home(self) -> Home:
        home: Home = self.coordinator.config_entry.runtime_data
        return home


class PersonEntity(Entity):
    """Belongs to the person's device. Updates when presence changes."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, home: Home, subentry: ConfigSubentry, key: str) -> None:
        self.home = home
        self.person_id: str = subentry.data[CONF_PERSON_ID]
        self._attr_unique_id = f"{self.person_id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, self.person_id)},
            name=subentry.title,
            model="Person",
            entry_type=DeviceEntryType.SERVICE,
        )

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.home.household.on_presence.subscribe(self.async_write_ha_state))


class ServiceEntity(Entity):
    """Belongs to the device of a second-opinion service. Updates when the service changes."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, home: Home, subentry: ConfigSubentry, key: str) -> None:
        self.service = home.opinions.services[subentry.subentry_id]
        self._attr_unique_id = f"{subentry.subentry_id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, subentry.subentry_id)},
            name=subentry.title,
            model="Second opinion",
            entry_type=DeviceEntryType.SERVICE,
        )

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.service.on_change.subscribe(self.async_write_ha_state))


class HomeEntity(Entity):
    """Belongs to Kith's own device. Updates when the engine or presence changes."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, home: Home, key: str) -> None:
        self.home = home
        self._attr_unique_id = f"{home.entry.entry_id}_{key}"
        self._attr_translation_key = key
        facts = home.engine.facts
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, home.entry.entry_id)},
            name=home.entry.title,
            model="Engine",
            sw_version=facts.version if facts else None,
            entry_type=DeviceEntryType.SERVICE,
        )

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.home.engine.subscribe(self._state_changed))
        self.async_on_remove(self.home.household.on_presence.subscribe(self._state_changed))

    @callback
    def _state_changed(self) -> None:
        self.async_write_ha_state()
