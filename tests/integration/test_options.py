"""The options form: without figures of this home, and with other users."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.kith.flows.options import UNTOLD
from custom_components.kith.identity.demand import Sureness
from custom_components.kith.settings import may_answer, retention_days, retention_is_decided


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


async def test_who_may_answer_is_chosen_among_users_who_are_no_administrators(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert "trusted" not in form["data_schema"].schema, "there is nobody to choose"
    hass.config_entries.options.async_abort(form["flow_id"])
    other = await hass.auth.async_create_user("Linus", group_ids=["system-users"])
    form = await hass.config_entries.options.async_init(entry.entry_id)
    offered = form["data_schema"].schema["trusted"].config["options"]
    assert [option["label"] for option in offered] == ["Linus"]
    answer = {"sureness": "normal", "keep_strangers": 7, "trusted": [other.id]}
    done = await hass.config_entries.options.async_configure(form["flow_id"], answer)
    await hass.async_block_till_done()
    assert done["data"]["trusted"] == [other.id]
    assert may_answer(entry, other)
    await hass.auth.async_remove_user(other)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert "trusted" not in form["data_schema"].schema, "a user who was removed is not offered"
    hass.config_entries.options.async_abort(form["flow_id"])


async def test_what_is_left_as_it_was_is_decided_too(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert not retention_is_decided(entry)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(form["flow_id"], {"sureness": "normal", "keep_strangers": 0})
    await hass.async_block_till_done()
    assert retention_is_decided(entry)
    assert retention_days(entry) == 0
