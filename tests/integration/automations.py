"""Automations for the tests: what they did, and their traces."""

from dataclasses import dataclass
from typing import Any

from homeassistant.components.trace.util import async_get_trace, async_list_traces
from homeassistant.const import STATE_OFF
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from tests.identity.faces import EMPTY

from .conftest import Scripted, eventually

TOLD = ("person", "person_id", "entity_id", "camera", "area", "captured", "evidence", "explanation", "corrects")


@dataclass
class Automation:
    """`calls`: what it did, each with all of the trigger's data."""

    hass: HomeAssistant
    calls: list[ServiceCall]

    @property
    def people(self) -> list[str | None]:
        """The people for whom it ran."""
        return [call.data["person"] for call in self.calls]

    async def runs(self, *, triggered: bool = True) -> list[dict[str, Any]]:
        """The traces of its runs, or of triggers after which it did not run; oldest first."""
        await self.hass.async_block_till_done()
        found = await async_list_traces(self.hass, "automation", "automation.it")
        ids = [one["run_id"] for one in found if bool(one.get("not_triggered")) != triggered]
        return [await async_get_trace(self.hass, "automation.it", run_id) for run_id in ids]

    async def refusals(self) -> list[tuple[str, str]]:
        """Why it did not run: reason and explanation."""
        results = [one["trace"]["trigger/0"][0]["result"] for one in await self.runs(triggered=False)]
        return [(result["reason"], result["data"]["explanation"]) for result in results]

    async def condition(self) -> dict[str, Any]:
        """What the newest trace says of the first condition."""
        return (await self.runs())[-1]["trace"]["condition/0"][0]


async def automate(hass: HomeAssistant, *triggers: dict[str, Any], **more: Any) -> Automation:
    """An automation with these triggers."""
    calls = async_mock_service(hass, "test", "it")
    data = {key: f"{{{{ trigger.{key} }}}}" for key in ("platform", "description", *TOLD)}
    config = {"id": "it", "alias": "It", "triggers": [*triggers], "actions": [{"action": "test.it", "data": data}]}
    assert await async_setup_component(hass, "automation", {"automation": {**config, **more}})
    await hass.async_block_till_done()
    assert hass.states.get("automation.it").state == "on"
    return Automation(hass, calls)


def state(hass: HomeAssistant, entity_id: str) -> str:
    return hass.states.get(entity_id).state


async def look(engine: Scripted, times: int = 10) -> None:
    """Wait for this many more pictures."""
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + times)


async def empty(hass: HomeAssistant, engine: Scripted) -> None:
    """Wait until nobody is in view."""
    engine.answer = EMPTY
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_OFF)
