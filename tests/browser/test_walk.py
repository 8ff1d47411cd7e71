"""What a new user clicks: add Kith, a camera, a person with a photo; then somebody comes, and the page shows it."""

from collections.abc import AsyncIterator
import json
import os
from pathlib import Path
import shutil
from typing import Any

from playwright.async_api import Error, Page, async_playwright, expect
import pytest

from demo.cameras import CameraServer, DemoCamera
from demo.client import Home
from demo.figure import portrait
from demo.home import Running, running_home
from demo.setting import add_camera
from demo.walks import Place, nobody, walk
from tests.pictures import encoded

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models" / "standard"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOTS = REPOSITORY / ".cache" / "screenshots"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
FOREVER = 9**14

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
    pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models at {MODELS}: set KITH_MODEL_MIRROR"),
]


@pytest.fixture
async def house(socket_enabled: None, tmp_path: Path) -> AsyncIterator[tuple[Running, CameraServer]]:
    """A real Home Assistant with a camera in the hall, and no Kith yet."""
    async with CameraServer([DemoCamera("hall", nobody("hall"))]).running() as cameras, running_home(tmp_path) as home:
        async with Home.connected(home.login) as connection:
            await add_camera(connection, "Hall camera", cameras.url("hall"), "Entrance")
        yield home, cameras


@pytest.fixture
async def page(house: tuple[Running, CameraServer]) -> AsyncIterator[Page]:
    login = house[0].login
    tokens: dict[str, Any] = {
        "hassUrl": login.url,
        "clientId": login.url + "/",
        "access_token": login.token,
        "refresh_token": "",
        "token_type": "Bearer",
        "expires_in": FOREVER,
        "expires": FOREVER,
    }
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        found = await browser.new_page(viewport={"width": 1280, "height": 900})
        found.set_default_timeout(20_000)
        await found.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))})")
        yield found
        await shoot(found, "last")
        await browser.close()


async def shoot(page: Page, name: str) -> None:
    """For looking at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")


async def visit(page: Page, url: str) -> None:
    """Home Assistant's page moves on by itself when a dialog closes, and that ends a navigation that was under way."""
    for _ in range(3):
        try:
            await page.goto(url)
        except Error as error:
            if "ERR_ABORTED" not in error.message:
                raise
        else:
            return
    await page.goto(url)


async def add_kith(page: Page, url: str) -> None:
    await visit(page, url + "/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").first.click()
    await page.get_by_placeholder("Search for a brand name").fill("Kith")
    await page.locator("ha-integration-list-item").filter(has_text="Kith").first.click()
    await shoot(page, "1-where")
    await page.get_by_text("On this machine").click()
    await shoot(page, "2-installing")
    await page.get_by_role("button", name="Finish").click(timeout=180_000)
    await visit(page, url + "/config/integrations/integration/kith")


async def watch_the_hall(page: Page) -> None:
    await page.get_by_role("button", name="Add camera").first.click()
    await page.get_by_text("Select an entity").first.click()
    await page.get_by_text("Hall camera").last.click()
    await shoot(page, "3-camera")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Finish").click()


async def add_a_person(page: Page, photo: Path) -> None:
    await page.get_by_role("button", name="Add person").first.click()
    await page.locator("ha-form ha-selector-text input").first.fill("Eileen")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_text("Kith recognises nobody without consent.")).to_be_visible()
    await shoot(page, "4-no-consent")
    await page.locator("ha-form ha-switch").first.click()
    await page.get_by_role("button", name="Submit").click()
    await page.locator("input[type=file]").set_input_files(photo)
    await expect(page.get_by_text(photo.name)).to_be_visible()
    await shoot(page, "5-photo")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Finish").click()


async def test_from_nothing_to_presence(house: tuple[Running, CameraServer], page: Page, tmp_path: Path) -> None:
    home, cameras = house
    photo = tmp_path / "eileen.jpg"
    photo.write_bytes(encoded(portrait()))
    await add_kith(page, home.login.url)
    await watch_the_hall(page)
    await add_a_person(page, photo)
    await shoot(page, "6-kith")

    async with Home.connected(home.login) as connection:
        devices = await connection.call("config/device_registry/list")
    device = next(device["id"] for device in devices if device["name"] == "Eileen")
    await visit(page, f"{home.login.url}/config/devices/device/{device}")
    await expect(page.get_by_text("Presence").first).to_be_visible()
    await expect(page.get_by_text("Clear").first).to_be_visible()
    await shoot(page, "7-person-away")
    cameras["hall"].show(walk("hall", Place(0.45, 0.7), Place(0.5, 1.1), 3))
    await expect(page.get_by_text("Detected").first).to_be_visible(timeout=30_000)
    await shoot(page, "8-person-present")
