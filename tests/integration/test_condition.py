"""Conditions hold for the people and places that they name, and the trace says why one does not."""

from datetime import timedelta
from typing import Any

from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, entity_registry as er
from homeassistant.helpers.condition import async_get_all_descriptions
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.identity.presence import Seen
from custom_components.kith.kith_engine.errors import EngineRefusedError

from .automations import Automation, automate
from .conftest import Scripted, eventually
from .people import agree
from .services import add_service

ADA, GRACE = "binary_sensor.ada_presence", "binary_sensor.grace_presence"


def seen(entry: MockConfigEntry, person_id: str, ago: timedelta = timedelta(0)) -> None:
    """This person was last seen in the hall."""
    (hall,) = (one for one in entry.subentries.values() if one.subentry_type == "camera")
    home = entry.runtime_data
    home.household.presence.last[person_id] = Seen(dt_util.utcnow() - ago, hall.subentry_id)
    home.household.notify_presence()


async def asks(hass: HomeAssistant, condition: str, **config: Any) -> Automation:
    """An automation with this condition, just triggered."""
    conditions = [{"condition": f"kith.{condition}", **config}]
    return await automate(hass, {"trigger": "event", "event_type": "now"}, conditions=conditions)


async def holds(automation: Automation) -> bool:
    before = len(automation.calls)
    automation.hass.bus.async_fire("now")
    await automation.hass.async_block_till_done()
    return len(automation.calls) > before


@pytest.mark.parametrize(
    ("config", "of_ada", "of_both"),
    [
        ({}, True, True),
        ({"target": {"entity_id": [ADA]}}, True, True),
        ({"target": {"entity_id": [GRACE]}}, False, True),
        ({"target": {"entity_id": [ADA, GRACE]}}, True, True),
        ({"target": {"entity_id": [ADA, GRACE]}, "options": {"behavior": "all"}}, False, True),
        ({"options": {"behavior": "all"}}, False, True),
        ({"target": {"entity_id": "sensor.ada_last_seen"}}, True, True),
        ({"target": {"entity_id": "sensor.grace_last_seen"}}, False, True),
        ({"target": {"entity_id": "binary_sensor.was_removed"}}, False, False),
        ({"target": {"entity_id": "binary_sensor.kith_stranger_present"}}, True, True),
        ({"options": {"cameras": "camera.hall"}}, True, True),
        ({"options": {"cameras": "camera.door"}}, False, False),
        ({"options": {"areas": "entrance"}}, True, True),
        ({"options": {"areas": "cellar"}, "target": {"entity_id": ADA}}, False, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("condition", ["is_present", "seen_within"])
async def test_any_or_all_of_the_people_here_or_anywhere(
    hass: HomeAssistant, entry: MockConfigEntry, condition: str, config: dict[str, Any], of_ada: bool, of_both: bool
) -> None:
    area = ar.async_get(hass).async_create("Entrance")
    er.async_get(hass).async_update_entity("camera.hall", area_id=area.id)
    automation = await asks(hass, condition, **config)
    assert not await holds(automation)
    seen(entry, "ada")
    assert await holds(automation) is of_ada
    seen(entry, "grace")
    assert await holds(automation) is of_both


async def test_a_second_opinion_is_neither_a_person_nor_a_place(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    add_service(hass, entry)
    seen(entry, "ada")
    automation = await asks(hass, "is_present", target={"entity_id": ADA}, options={"cameras": ["camera.hall"]})
    assert await holds(automation)


async def test_who_was_seen_lately_need_not_be_present_any_more(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    automation = await asks(hass, "seen_within", target={"entity_id": ADA}, options={"within": {"minutes": 10}})
    seen(entry, "ada", timedelta(minutes=11))
    assert not await holds(automation)
    seen(entry, "ada", timedelta(minutes=9))
    assert await holds(automation)


@pytest.mark.parametrize(
    ("ago", "explanation"),
    [
        (None, "Ada has never been seen"),
        (timedelta(minutes=61, seconds=20), "Ada was last seen 61 min ago at Hall"),
        (timedelta(seconds=100), "Ada was last seen 100 s ago at Hall"),
    ],
)
async def test_the_trace_says_when_who_was_seen(
    hass: HomeAssistant, entry: MockConfigEntry, ago: timedelta | None, explanation: str
) -> None:
    automation = await asks(hass, "seen_within", target={"entity_id": ADA}, options={"within": 30})
    if ago is not None:
        seen(entry, "ada", ago)
    assert not await holds(automation)
    assert (await automation.condition())["result"] == {"result": False, "explanation": explanation}


async def test_the_trace_says_that_who_was_chosen_is_not_there_any_more(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    automation = await asks(hass, "is_present", target={"entity_id": "binary_sensor.was_removed"})
    assert not await holds(automation)
    told = (await automation.condition())["result"]["explanation"]
    assert told == "None of the chosen people are in Kith"


async def test_nobody_known_is_present_until_somebody_is(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    automation = await asks(hass, "nobody_known")
    assert await holds(automation)
    seen(entry, "ada")
    assert not await holds(automation)
    assert (await automation.condition())["result"]["explanation"] == "Present: Ada"
    seen(entry, "ada", timedelta(hours=1))
    assert await holds(automation)
    seen(entry, "ada")
    agree(hass, entry, "Ada", "never")
    assert await holds(automation)


async def test_who_must_not_be_recognized_does_not_count(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    everybody = await asks(hass, "is_present", options={"behavior": "all"})
    seen(entry, "ada")
    assert not await holds(everybody)
    agree(hass, entry, "Grace", "never")
    assert await holds(everybody)


@pytest.mark.parametrize("condition", ["is_present", "nobody_known"])
async def test_while_nobody_looks_neither_yes_nor_no_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, condition: str
) -> None:
    inverted = [{"condition": "not", "conditions": [{"condition": f"kith.{condition}"}]}]
    automation = await automate(hass, {"trigger": "event", "event_type": "now"}, conditions=inverted)
    engine.answer = EngineRefusedError("changed meanwhile")
    await eventually(lambda: hass.states.get(ADA).state == STATE_UNAVAILABLE)
    assert not await holds(automation)
    assert (await automation.runs())[-1]["script_execution"] == "failed_conditions"


async def test_without_kith_nothing_holds_and_the_trace_says_so(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    automation = await asks(hass, "nobody_known")
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not await holds(automation)
    assert "Kith is not loaded" in (await automation.condition())["error"]
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await holds(automation)


async def test_what_was_seen_stays_seen_while_nobody_looks(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    automation = await asks(hass, "seen_within", target={"entity_id": ADA})
    seen(entry, "ada")
    assert hass.states.get(ADA).state == STATE_ON
    engine.answer = EngineRefusedError("changed meanwhile")
    await eventually(lambda: hass.states.get(ADA).state == STATE_UNAVAILABLE)
    assert await holds(automation)


async def test_the_editor_gets_fields_and_targets(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    from homeassistant.components.websocket_api.automation import async_get_conditions_for_target

    described = await async_get_all_descriptions(hass)
    assert set(described["kith.seen_within"]["fields"]) == {"within", "cameras", "areas", "behavior"}
    for entity_id, offered in ((ADA, True), ("sensor.kith_engine", True), ("event.hall_sighting", False)):
        device = er.async_get(hass).async_get(entity_id).device_id
        keys = await async_get_conditions_for_target(hass, {"device_id": [device]}, expand_group=False)
        assert ({"kith.is_present", "kith.seen_within"} <= keys) is offered
