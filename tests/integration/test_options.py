"""The options form when Kith has no figures of this home."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.flows.options import UNTOLD
from custom_components.kith.identity.evidence import Sureness


async def test_without_an_engine_the_knob_has_no_figures(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.runtime_data.engine._facts = None
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert flow["type"] is FlowResultType.FORM
    assert flow["description_placeholders"] == {str(sureness): UNTOLD for sureness in Sureness}


async def test_while_kith_does_not_run_there_is_nothing_to_set(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "not_loaded")
    assert await hass.config_entries.async_setup(entry.entry_id)
