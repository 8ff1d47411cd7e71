"""The blueprints run: for whom and where they are meant, not for an old picture, and no door without two proofs."""

from datetime import timedelta
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


async def guard(hass: HomeAssistant, **inputs: Any) -> tuple[list, list, list]:
    """Use the door's blueprint; returns the calls of its action, of its refusal, and of the logbook."""
    shutil.copytree(BLUEPRINTS, hass.config.path("blueprints", "automation", "kith"))
    opened, refused = async_mock_service(hass, "test", "open"), async_mock_service(hass, "test", "refused")
    logged = async_mock_service(hass, "logbook", "log")
    use = {
        "path": "kith/guard_a_door.yaml",
        "input": {
            "person": "binary_sensor.ada_presence",
            "camera": "camera.hall",
            "proof": "input_boolean.keypad",
            "proven": "on",
            "actions": [{"action": "test.open"}],
            "refused": [{"action": "test.refused", "data": {"reason": "{{ reason | trim }}"}}],
            **inputs,
        },
    }
    assert await async_setup_component(hass, "automation", {"automation": {"use_blueprint": use}})
    await hass.async_block_till_done()
    return opened, refused, logged


async def recognized(hass: HomeAssistant, age: float = 0) -> None:
    hass.bus.async_fire(
        "kith_person_recognized",
        {
            "entity_id": "binary_sensor.ada_presence",
            "person": "Ada",
            "camera": "camera.hall",
            "camera_name": "Hall",
            "captured": (dt_util.utcnow() - timedelta(seconds=age)).isoformat(),
        },
    )
    await hass.async_block_till_done()


async def test_a_door_opens_with_two_proofs(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    opened, refused, _ = await guard(hass)
    hass.states.async_set("input_boolean.keypad", "on")
    await recognized(hass)
    assert (len(opened), refused) == (1, [])


@pytest.mark.parametrize(
    ("keypad", "age", "within", "why"),
    [
        (None, 0, 120, "does not exist"),
        ("off", 0, 120, 'is "off", not "on"'),
        ("on", 60, 120, "the picture was taken 60 s ago, 5 s are allowed"),
        ("on", 0, -1, "s old, -1 s are allowed"),
    ],
    ids=["no second proof", "not given", "an old picture", "given too long ago"],
)
async def test_a_door_stays_shut_without_the_second_proof_and_says_why(
    hass: HomeAssistant, entry: MockConfigEntry, keypad: str | None, age: float, within: float, why: str
) -> None:
    opened, refused, logged = await guard(hass, within=within)
    if keypad:
        hass.states.async_set("input_boolean.keypad", keypad)
    await recognized(hass, age)
    assert opened == []
    assert why in refused[0].data["reason"]
    assert why in logged[0].data["message"]
