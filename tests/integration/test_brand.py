"""Kith's icons and logos have the sizes that Home Assistant requires, and it serves them."""

from collections.abc import Callable, Coroutine
import io
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.components.brands.const import ALLOWED_IMAGES
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from PIL import Image
import pytest

TALLEST = {"": 256, "@2x": 512}
"""Pixels: an icon's side, and a logo's shorter side at most (Home Assistant's rules for brands)."""


@pytest.mark.parametrize("name", sorted(ALLOWED_IMAGES))
async def test_home_assistant_serves_our_pictures(
    hass: HomeAssistant, hass_client: Callable[[], Coroutine[Any, Any, TestClient]], name: str
) -> None:
    assert await async_setup_component(hass, "brands", {})
    client = await hass_client()
    reply = await client.get(f"/api/brands/integration/kith/{name}")
    assert reply.status == 200
    picture = Image.open(io.BytesIO(await reply.read()))
    tallest = TALLEST["@2x" if "@2x" in name else ""]
    assert min(picture.size) == tallest
    if "icon" in name:
        assert picture.size == (tallest, tallest)
    assert picture.getchannel("A").getextrema() == (0, 255), "the ground must be seen through"
    left, top, right, bottom = picture.getbbox() or (0, 0, 0, 0)
    assert max(left, top, picture.width - right, picture.height - bottom) <= 2, "no empty rim"
