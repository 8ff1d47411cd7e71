"""What a new user clicks: add Kith, a camera, a person with a photo, and an automation; then somebody comes."""

from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Page, expect
import pytest

from demo.browser import CHROMIUM, chromium, logged_in, visit
from demo.cameras import CameraServer, DemoCamera
from demo.client import Home
from demo.figure import portrait
from demo.home import Running, running_home
from demo.setting import add_camera
from demo.walks import Place, nobody, walk
from tests.pictures import encoded

REPOSITORY = Path(__file__).parents[2]
SCREENSHOTS = REPOSITORY / ".cache" / "screenshots"
CAMERAS = {"front_door": "Door camera", "hall": "Hall camera"}
WINDOW = {"width": 1280, "height": 900}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")


@pytest.fixture
async def house(socket_enabled: None, tmp_path: Path) -> AsyncIterator[tuple[Running, CameraServer]]:
    """A real Home Assistant with cameras at the door and in the hall, still without Kith."""
    server = CameraServer([DemoCamera(name, nobody(name)) for name in CAMERAS])
    async with server.running() as cameras, running_home(tmp_path) as home:
        async with Home.connected(home.login) as connection:
            for name, title in CAMERAS.items():
                await add_camera(connection, title, cameras.url(name), "Entrance")
        yield home, cameras


@pytest.fixture
async def page(house: tuple[Running, CameraServer]) -> AsyncIterator[Page]:
    async with chromium() as browser:
        found = await logged_in(browser, house[0].login, viewport=WINDOW)
        yield found
        await shoot(found, "last")


async def shoot(page: Page, name: str) -> None:
    """Take a screenshot for looking at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")


async def add_kith(page: Page, url: str) -> None:
    await visit(page, url + "/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").first.click()
    await page.get_by_placeholder("Search for a brand name").fill("Kith")
    await page.locator("ha-integration-list-item").filter(has_text="Kith").first.click()
    await shoot(page, "1-where")
    await page.get_by_text("On this machine").click()
    await shoot(page, "2-installing")
    await expect(page.get_by_text("Which networks should Kith use?")).to_be_visible(timeout=180_000)
    await shoot(page, "2-networks")
    await page.get_by_text("Kith's own networks").click()
    await page.get_by_text("Hall camera").click()
    await shoot(page, "3-cameras")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Finish").click()
    await visit(page, url + "/config/integrations/integration/kith")


async def watch_the_door(page: Page) -> None:
    await page.get_by_role("button", name="Add camera").first.click()
    await page.get_by_text("Select an entity").first.click()
    await page.get_by_text("Door camera").last.click()
    await expect(page.locator("ha-dialog ha-picker-field").first).to_contain_text("Door camera")
    await shoot(page, "3-camera")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Finish").click()


async def add_a_person(page: Page, photo: Path) -> None:
    await page.get_by_role("button", name="Add person").first.click()
    await page.locator("ha-form ha-selector-text input").first.fill("Eileen")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_text("Kith recognizes nobody without consent.")).to_be_visible()
    await shoot(page, "4-no-consent")
    await page.locator("ha-form ha-switch").first.click()
    await page.get_by_role("button", name="Submit").click()
    await page.locator("input[type=file]").set_input_files(photo)
    await expect(page.get_by_text(photo.name)).to_be_visible()
    await shoot(page, "5-photo")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Finish").click()


async def greet_her(page: Page, url: str) -> None:
    """Create an automation from Kith's own trigger in the editor."""
    await visit(page, url + "/config/automation/edit/new")
    await page.get_by_role("button", name="Add trigger").first.click()
    await page.get_by_placeholder("Search").last.fill("recognized")
    await page.get_by_text("Person recognized").first.click()
    await page.get_by_text("Add target").first.click()
    await page.get_by_placeholder("Search").last.fill("Eileen")
    await page.get_by_text("Eileen").last.click()
    await shoot(page, "7-trigger")
    await page.get_by_role("button", name="Add action").first.click()
    await page.get_by_placeholder("Search").last.fill("persistent notification")
    await page.get_by_text("Create persistent notification").first.click()
    await expect(page.get_by_placeholder("Search")).to_have_count(0)
    message = page.locator("ha-selector-text textarea, ha-selector-text input").first
    await message.fill("Hello, Eileen!")
    await message.press("Tab")
    await shoot(page, "8-action")
    await page.get_by_role("button", name="Save").first.click()
    await page.get_by_role("textbox", name="Name").fill("Greet Eileen")
    await page.get_by_role("button", name="Save").last.click()
    await expect(page.get_by_text("Traces").first).to_be_visible()
    await shoot(page, "8-automation")


async def put_the_card_on_a_dashboard(page: Page, home: Running) -> None:
    """Choose it in the card picker, and save what its editor offers."""
    async with Home.connected(home.login) as connection:
        place = {"url_path": "our-home", "mode": "storage", "show_in_sidebar": False, "require_admin": False}
        await connection.call("lovelace/dashboards/create", title="Our home", **place)
        empty = {"views": [{"title": "Home", "cards": []}]}
        await connection.call("lovelace/config/save", url_path="our-home", config=empty)
    await visit(page, home.login.url + "/our-home/0?edit=1")
    await page.get_by_role("button", name="Add card").first.click()
    await page.get_by_text("By card", exact=True).click()
    await page.get_by_placeholder("Search cards").last.fill("Kith")
    await page.locator("hui-card-picker .card").filter(has_text="Eileen").first.click()
    await expect(page.get_by_text("Number of visits").first).to_be_visible()
    await shoot(page, "13-card-editor")
    await page.get_by_role("button", name="Save").last.click()
    await expect(page.locator("kith-card").get_by_text("Eileen").first).to_be_visible()
    await shoot(page, "14-card")


async def see_what_comes_next(page: Page, url: str) -> None:
    await visit(page, url + "/kith/people")
    await expect(page.get_by_role("region", name="What comes next").get_by_text("Add a camera: done")).to_be_visible()
    await shoot(page, "3-next")
    await visit(page, url + "/config/integrations/integration/kith")


async def test_from_nothing_to_an_automation(house: tuple[Running, CameraServer], page: Page, tmp_path: Path) -> None:
    home, cameras = house
    photo = tmp_path / "eileen.jpg"
    photo.write_bytes(encoded(portrait()))
    await add_kith(page, home.login.url)
    await see_what_comes_next(page, home.login.url)
    await watch_the_door(page)
    await add_a_person(page, photo)
    await shoot(page, "6-kith")
    await greet_her(page, home.login.url)

    async with Home.connected(home.login) as connection:
        devices = await connection.call("config/device_registry/list")
    device = next(device["id"] for device in devices if device["name"] == "Eileen")
    await visit(page, f"{home.login.url}/config/devices/device/{device}")
    await expect(page.get_by_text("Presence").first).to_be_visible()
    await expect(page.get_by_text("Clear").first).to_be_visible()
    await shoot(page, "9-person-away")
    cameras["hall"].show(walk("hall", Place(0.45, 0.7), Place(0.5, 1.1), 3))
    await expect(page.get_by_text("Detected").first).to_be_visible(timeout=30_000)
    await shoot(page, "10-person-present")
    await page.get_by_text("Notifications").first.click()
    await expect(page.get_by_text("Hello, Eileen!").first).to_be_visible()
    await shoot(page, "11-greeted")
    await put_the_card_on_a_dashboard(page, home)
    await in_german(page, home)


async def in_german(page: Page, home: Running) -> None:
    """The same dialogs in German."""
    assert page.context.browser is not None
    german = await logged_in(page.context.browser, home.login, "de", viewport=WINDOW)
    await visit(german, home.login.url + "/config/integrations/integration/kith")
    await german.get_by_role("button", name="Person hinzufügen").first.click()
    await expect(german.get_by_text("Wer ist es?").first).to_be_visible()
    await shoot(german, "12-german")
