"""In a real home: a stranger comes, a notification asks, one tap names them, and the next visit is recognised."""

from collections.abc import AsyncIterator
import io
import os
from pathlib import Path
import re

from PIL import Image
from playwright.async_api import Page, expect
import pytest

from demo import setting
from demo.browser import CHROMIUM, chromium, logged_in, visit
from demo.cameras import CameraServer, DemoCamera
from demo.client import Home, until
from demo.home import Running, running_home
from demo.walks import Place, nobody, walk
from tests.browser.panel.faces import face
from tests.pictures import encoded

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models" / "standard"))
SCREENSHOTS = REPOSITORY / ".cache" / "screenshots"
BLUEPRINT = REPOSITORY / "custom_components/kith/blueprints/automation/kith/tell_about_a_stranger.yaml"
PHONE = {"width": 390, "height": 844}
ARRIVAL = walk("hall", Place(0.45, 0.7), Place(0.5, 1.1), 3)
WITHIN = 40.0
"""Seconds for what cameras have to show first, on a machine that tests run on."""

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
    pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models at {MODELS}: set KITH_MODEL_MIRROR"),
]


@pytest.fixture
async def house(socket_enabled: None, tmp_path: Path) -> AsyncIterator[tuple[Running, CameraServer]]:
    server = CameraServer([DemoCamera("hall", nobody("hall"))])
    async with server.running() as cameras, running_home(tmp_path) as home:
        yield home, cameras


@pytest.fixture
async def page(house: tuple[Running, CameraServer]) -> AsyncIterator[Page]:
    """An owner's phone."""
    async with chromium() as browser:
        found = await logged_in(browser, house[0].login, viewport=PHONE, has_touch=True, is_mobile=True)
        yield found
        await shoot(found, "question-last")


async def shoot(page: Page, name: str) -> None:
    """For looking at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")


def drawn() -> bytes:
    """A photo of somebody who is nobody, as large as a phone's."""
    photo = Image.new("RGB", (800, 800), "#9fb3c8")
    photo.paste(Image.open(io.BytesIO(face("0901"))).resize((400, 400)), (200, 200))
    return encoded(photo)


async def furnish(home: Home, cameras: CameraServer) -> tuple[setting.CameraEntities, setting.PersonEntities]:
    """A hall that Kith watches, Ada, Eileen, who agreed and has no photo yet; and the blueprint for strangers."""
    entry_id = await setting.install_kith(home)
    await setting.keep_strangers(home, entry_id, 7)
    camera = await setting.add_camera(home, "Hall", cameras.url("hall"), "Entrance")
    views = await setting.watch(home, entry_id, camera)
    await setting.enrol(home, entry_id, "Ada", [setting.Photo("ada.jpg", drawn())], keep_photos=True)
    person, _ = await setting.enrol(home, entry_id, "Eileen", [])
    path = f"kith/{BLUEPRINT.name}"
    await home.call("blueprint/save", domain="automation", path=path, yaml=BLUEPRINT.read_text(), allow_override=True)
    link = "[Who is it?]({{ page }})"
    tell = {"action": "persistent_notification.create", "data": {"title": "A stranger", "message": link}}
    automation = {
        "alias": "Tell about a stranger",
        "use_blueprint": {"path": path, "input": {"patience": 0, "actions": [tell]}},
    }
    await home.request("POST", "/api/config/automation/config/stranger", json=automation)
    return views, person


async def state(home: Home, entity: str, wanted: str) -> bool:
    found = (await home.states())[entity]["state"]
    return bool(found == wanted)


async def test_a_stranger_is_named_by_one_tap_and_recognised_from_then_on(
    house: tuple[Running, CameraServer], page: Page
) -> None:
    running, cameras = house
    url = running.login.url
    async with Home.connected(running.login) as home:
        views, person = await furnish(home, cameras)
        cameras["hall"].show(ARRIVAL)
        await until(lambda: home.call("persistent_notification/get"), WITHIN, "nobody told about the stranger")

        await visit(page, url + "/profile")
        await page.get_by_role("button", name="Sidebar toggle").click()
        await page.get_by_text("Notifications").first.click()
        await page.get_by_role("link", name="Who is it?").click()
        await expect(page).to_have_url(re.compile(r"/kith/inbox/\w{26}"))
        await expect(page.get_by_role("heading", name="A stranger. Who is it?")).to_be_visible()
        await shoot(page, "question-1-asked")
        await page.get_by_role("button", name="Eileen").click()
        await expect(page.get_by_text("Noted: Eileen")).to_be_visible()
        await shoot(page, "question-2-named")

        cameras["hall"].show(nobody("hall"))
        await until(lambda: state(home, views.person_detected, "off"), WITHIN, "she did not leave")
        cameras["hall"].show(ARRIVAL)
        await until(lambda: state(home, person.presence, "on"), WITHIN, "she was not recognised")

        await page.get_by_role("link", name="Visits").click()
        await expect(page.get_by_role("link", name="Recognised as Eileen").first).to_be_visible(timeout=WITHIN * 1000)
        await shoot(page, "question-3-recognised")
        await page.get_by_role("link", name="Recognised as Eileen").first.click()
        await expect(page.locator("svg.plot")).to_be_visible()
        await shoot(page, "question-4-why")
        await page.get_by_role("link", name="People").click()
        await expect(page.get_by_role("link", name="Eileen Here")).to_be_visible()
        await shoot(page, "question-5-people")
