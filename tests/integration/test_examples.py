"""The examples in the documents are automations that Home Assistant accepts."""

from pathlib import Path
import re

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
import yaml

from tests.identity.faces import shown

from .automations import look
from .conftest import Scripted, eventually, face_of

PAGE = (Path(__file__).parents[2] / "docs" / "examples.md").read_text()
EXAMPLES = dict(re.findall(r"^## (.+?)\n[^#]*?```yaml\n(.+?)```", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("title", EXAMPLES)
async def test_the_example_can_be_used(hass: HomeAssistant, title: str) -> None:
    await async_setup_component(hass, "homeassistant", {})
    await async_setup_component(hass, "kith", {})
    automation = {"alias": "example", "actions": [], **yaml.safe_load(EXAMPLES[title])}
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: [automation]})
    await hass.async_block_till_done()
    state = hass.states.get("automation.example")
    assert state is not None
    assert state.state == STATE_ON
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "automation.example"}, blocking=True)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("phone", "opens"),
    [
        (["home"], False),
        (["not_home", "home"], True),
        (["unavailable", "home"], False),
        (["unknown", "home"], False),
        (["not_home", "home", "not_home"], False),
    ],
    ids=["is there", "comes", "is back", "is known again", "leaves again"],
)
async def test_the_door_opens_only_for_a_phone_that_just_came(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, phone: list[str], opens: bool
) -> None:
    opened = async_mock_service(hass, "lock", "unlock")
    example = yaml.safe_load(EXAMPLES["Something that must not go wrong"].replace("front_door", "hall"))
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: [{"alias": "example", **example}]})
    for state in phone:
        hass.states.async_set("device_tracker.adas_phone", state)
    await look(engine, 3)
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == STATE_ON)
    await look(engine)
    assert bool(opened) is opens
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "automation.example"}, blocking=True)


def test_every_example_was_found() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml")
