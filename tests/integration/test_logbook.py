"""The logbook reads like sentences."""

from typing import Any

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.kith.const import EVENT_FOLLOWED, EVENT_LIKELY, EVENT_RECOGNIZED, EVENT_STRANGER
from tests.identity.faces import axis, like, shown

from .conftest import Scripted, eventually


async def lines(hass: HomeAssistant, client: WebSocketGenerator, since: Any, **of: Any) -> list[dict[str, Any]]:
    """Kith's own lines, oldest first."""
    await hass.async_block_till_done()
    await get_instance(hass).async_block_till_done()
    connection = await client(hass)
    await connection.send_json_auto_id({"type": "logbook/get_events", "start_time": since.isoformat(), **of})
    answer = await connection.receive_json()
    return [line for line in answer["result"] if line.get("domain") == "kith"]


@pytest.mark.usefixtures("recorder_mock")
async def test_sightings_read_like_sentences(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    engine: Scripted,
    hass_ws_client: WebSocketGenerator,
) -> None:
    since = dt_util.utcnow()
    assert await async_setup_component(hass, "logbook", {})
    heard: list[str] = []
    for event in (EVENT_RECOGNIZED, EVENT_STRANGER):
        hass.bus.async_listen(event, lambda event: heard.append(event.event_type))
    engine.answer = shown(axis(5))
    await eventually(lambda: len(heard) == 1)
    engine.answer = shown(like((0, 0.75), (1, 0.2)))
    await eventually(lambda: len(heard) == 2)
    engine.answer = shown(like((0, 0.2), (1, 0.9)))
    await eventually(lambda: len(heard) == 3)
    stranger, ada, grace = await lines(hass, hass_ws_client, since)
    assert (stranger["name"], ada["name"], grace["name"]) == ("A stranger", "Ada", "Grace")
    assert "entity_id" not in ada, "the page would put the entity's name before the sentence"
    assert stranger["message"].startswith("was seen at Hall (3 frames in 0.")
    assert ada["message"].startswith("was recognized at Hall from ")
    assert grace["message"].endswith(" s, not Ada as reported before")
    of_ada = await lines(hass, hass_ws_client, since, entity_ids=["binary_sensor.ada_presence"])
    assert [line["name"] for line in of_ada] == ["Ada"]


@pytest.mark.usefixtures("recorder_mock")
async def test_a_line_needs_no_more_than_the_event_s_name(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    since = dt_util.utcnow()
    assert await async_setup_component(hass, "logbook", {})
    hass.bus.async_fire(EVENT_RECOGNIZED, {"person": "Ada", "camera_name": "Hall"})
    hass.bus.async_fire(EVENT_RECOGNIZED, {"person": "Ada", "camera_name": "Hall", "corrects": "stranger"})
    told, corrected = (line["message"] for line in await lines(hass, hass_ws_client, since))
    assert told == "was recognized at Hall from 0 frames in 0.0 s"
    assert corrected == told + ", not a stranger as reported before"


@pytest.mark.usefixtures("recorder_mock")
async def test_who_was_likely_there_or_went_on_has_a_line(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    since = dt_util.utcnow()
    assert await async_setup_component(hass, "logbook", {})
    hass.bus.async_fire(EVENT_LIKELY, {"likely": "Ada", "camera_name": "Hall"})
    hass.bus.async_fire(EVENT_FOLLOWED, {"person": "Grace", "camera_name": "Kitchen"})
    likely, followed = await lines(hass, hass_ws_client, since)
    assert (likely["name"], followed["name"]) == ("Ada", "Grace")
    assert "Hall" in likely["message"]
    assert "Kitchen" in followed["message"]
