"""The examples in the documents are automations that Home Assistant accepts."""

from pathlib import Path
import re

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
import yaml

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


def test_every_example_was_found() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml")
