"""Who is at home, for Home Assistant's people: they can have this tracker beside their phone."""

from homeassistant.components.device_tracker import BaseScannerEntity, SourceType
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import PersonEntity
from .runtime import KithConfigEntry
from .subentries import for_each_person

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data

    @callback
    def add_person(subentry: ConfigSubentry) -> None:
        async_add_entities([AtHome(home, subentry, "at_home")], config_subentry_id=subentry.subentry_id)

    for_each_person(hass, entry, add_person)


class AtHome(PersonEntity, BaseScannerEntity):
    """Home or away by the house's rule (identity/stay.py), also while the engine is away; unknown before the first
    sighting that tells.
    """

    _attr_entity_category = None  # type: ignore[assignment]  # what a person is asked for, no diagnosis
    _attr_source_type = SourceType.ROUTER
    """The nearest that Home Assistant has: something fixed in the house that notices somebody."""

    @property
    def is_connected(self) -> bool | None:
        return self.home.household.presence.at_home(self.person_id)
