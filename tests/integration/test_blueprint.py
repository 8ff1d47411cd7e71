"""The blueprint runs: once for the person it is for, at the cameras it is for, and not for an old picture."""

from pathlib import Path
import shutil
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from tests.identity.faces import shown

from .conftest import Scripted, eventually, face_of

BLUEPRINTS = Path(__file__).parents[2] / "custom_components" / "kith" / "blueprints" / "automation" / "kith"


async def automate(hass: HomeAssistant, **inputs: Any) -> list:
    """Use the blueprint; returns the calls of its action."""
    shutil.copytree(BLUEPRINTS, hass.config.path("blueprints", "automation", "kith"))
    calls = async_mock_service(hass, "test", "welcome")
    use = {
        "path": "kith/welcome_a_person.yaml",
        "input": {"person": "binary_sensor.ada_presence", "actions": [{"action": "test.welcome"}], **inputs},
    }
    assert await async_setup_component(hass, "automation", {"automation": {"use_blueprint": use}})
    await hass.async_block_till_done()
    return calls


async def test_it_welcomes_the_person_once_a_visit(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    calls = await automate(hass)
    engine.answer = shown(face_of(0))
    await eventually(lambda: calls)
    await eventually(lambda: len(engine.asked) > 30)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("told", "inputs"),
    [
        ({"entity_id": "binary_sensor.grace_presence"}, {}),
        ({"camera": "camera.door"}, {"cameras": ["camera.hall"]}),
        ({"captured": "2026-01-01T00:00:00+00:00"}, {}),
    ],
)
async def test_it_does_nothing_for_others_elsewhere_or_long_ago(
    hass: HomeAssistant, entry: MockConfigEntry, told: dict[str, str], inputs: dict[str, Any]
) -> None:
    calls = await automate(hass, **inputs)
    right = {
        "entity_id": "binary_sensor.ada_presence",
        "camera": "camera.hall",
        "captured": dt_util.utcnow().isoformat(),
    }
    hass.bus.async_fire("kith_person_recognized", {**right, **told})
    await hass.async_block_till_done()
    assert calls == []
    hass.bus.async_fire("kith_person_recognized", right)
    await hass.async_block_till_done()
    assert len(calls) == 1
