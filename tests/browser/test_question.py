"""In a real home: a stranger comes, a notification asks, one tap names them, and the next visit is recognized."""

from collections.abc import AsyncIterator
import os
from pathlib import Path
import re

from playwright.async_api import Page, expect
import pytest

from demo import question
from demo.browser import CHROMIUM, chromium, logged_in, visit
from demo.cameras import CameraServer
from demo.client import Home
from demo.home import Running, running_home

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models"))
SCREENSHOTS = REPOSITORY / ".cache" / "screenshots"
PHONE = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
    pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models at {MODELS}: set KITH_MODEL_MIRROR"),
]


@pytest.fixture
async def house(socket_enabled: None, tmp_path: Path) -> AsyncIterator[tuple[Running, CameraServer]]:
    async with question.cameras().running() as cameras, running_home(tmp_path) as home:
        yield home, cameras


@pytest.fixture
async def page(house: tuple[Running, CameraServer]) -> AsyncIterator[Page]:
    """The owner's phone."""
    async with chromium() as browser:
        found = await logged_in(browser, house[0].login, viewport=PHONE, has_touch=True, is_mobile=True)
        yield found
        await shoot(found, "question-last")


async def shoot(page: Page, name: str) -> None:
    """Take a screenshot for looking at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")


async def test_a_stranger_is_named_by_one_tap_and_recognized_from_then_on(
    house: tuple[Running, CameraServer], page: Page
) -> None:
    running, cameras = house
    async with Home.connected(running.login) as home:
        hall, eileen = await question.furnish(home, cameras, "standard")
        await question.stranger_comes(home, cameras)
        await visit(page, running.login.url + "/profile")
        await page.get_by_role("button", name="Sidebar toggle").click()
        await page.get_by_text("Notifications").first.click()
        await page.get_by_role("link", name=question.LINK).click()
        await expect(page).to_have_url(re.compile(r"/kith/inbox/\w{26}"))
        await expect(page.get_by_role("heading", name="A stranger. Who is it?")).to_be_visible()
        await shoot(page, "question-1-asked")
        await page.get_by_role("button", name=question.STRANGER).click()
        await expect(page.get_by_text("Noted: Eileen")).to_be_visible()
        await shoot(page, "question-2-named")

        await question.comes_again(home, cameras, hall, eileen.presence)
        await page.get_by_role("link", name="Visits").click()
        recognized = page.get_by_role("link", name="Recognized as Eileen").first
        await expect(recognized).to_be_visible(timeout=question.WITHIN * 1000)
        await shoot(page, "question-3-recognized")
        await recognized.click()
        await expect(page.locator("svg.plot")).to_be_visible()
        await shoot(page, "question-4-why")
        await page.get_by_role("link", name="People").click()
        await expect(page.get_by_role("link", name="Eileen Here")).to_be_visible()
        await shoot(page, "question-5-people")
