"""The page offers Kith's blueprints, and Home Assistant takes them as they are."""

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.contract import assert_like

from .conftest import KITH
from .page import Caller


async def test_every_blueprint_is_offered_and_can_be_imported(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    assert await async_setup_component(hass, "automation", {})
    found = await page.ask("blueprints/list")
    assert_like(found, "blueprints_list")
    offered = [one["path"] for one in found["blueprints"]]
    assert offered == sorted(f"kith/{path.name}" for path in KITH.glob("blueprints/automation/kith/*.yaml"))
    for one in found["blueprints"]:
        message = {"type": "blueprint/save", "domain": "automation", "path": one["path"], "yaml": one["yaml"]}
        await page.client.send_json_auto_id(message)
        assert (await page.client.receive_json())["success"]
    await page.client.send_json_auto_id({"type": "blueprint/list", "domain": "automation"})
    assert set(offered) <= set((await page.client.receive_json())["result"])
