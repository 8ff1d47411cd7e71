"""A real Home Assistant core in process, with real storage, and cameras that show what a test wants."""

import os
from pathlib import Path
from typing import Any

from homeassistant.components.camera import Camera
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import setup_test_component_platform

import custom_components.kith  # noqa: F401  before the fixture hass, or the loader finds only the test plugin's package

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models" / "standard"))


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    return hass_tmp_config_dir


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Not the plugin's, which keeps storage in memory: what Kith stores, and how, is part of the tests."""
    return {}


@pytest.fixture(autouse=True)
def ours(request: pytest.FixtureRequest) -> None:
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published networks; without them the test says so and is skipped."""
    if not MODELS.is_dir():
        pytest.skip(f"no models at {MODELS}: set KITH_MODEL_MIRROR")
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(MODELS))
    return MODELS


class Shown(Camera):
    """A camera whose picture is a test's choice; an exception is raised instead."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._attr_name = name
        self._attr_unique_id = name
        self.picture: bytes | Exception | None = b"\xff\xd8 the first picture"
        self.taken = 0

    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes | None:
        self.taken += 1
        if isinstance(self.picture, Exception):
            raise self.picture
        return self.picture


@pytest.fixture
async def hall(hass: HomeAssistant) -> Shown:
    """The entity camera.hall."""
    camera = Shown("Hall")
    setup_test_component_platform(hass, "camera", [camera])
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "camera", {"camera": {"platform": "test"}})
    await hass.async_block_till_done()
    return camera
