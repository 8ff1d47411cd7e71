"""The README's pictures: a real Home Assistant with the story's house, captured in Chromium."""

from collections.abc import Awaitable, Callable
import io
from pathlib import Path
import tempfile

from PIL import Image
from playwright.async_api import Page

from . import question, setting, story
from .browser import chromium, logged_in, visit
from .cameras import CameraServer
from .client import Home, until
from .drawing import as_jpeg
from .figure import portrait
from .home import REPOSITORY, running_home
from .walks import Place, walk

PICTURES = REPOSITORY / "docs" / "images"
WINDOW = {"width": 1040, "height": 720}
QUALITY = 88
"""Of the WebP files: text stays crisp, and a page takes about 40 kB."""
SETTLED = 3_000
"""Milliseconds until nothing on a page moves or loads any more."""
ARRIVAL = walk("hall", Place(0.45, 0.7), Place(0.5, 1.1), 3)

type Scene = tuple[str, Callable[[Page], Awaitable[None]]]
"""A page's path, and a function that clicks on it before it is captured."""


async def shoot() -> list[Path]:
    """Capture the pages of two houses; returns the files."""
    PICTURES.mkdir(exist_ok=True)
    return [*await _story(), *await _question()]


async def _question() -> list[Path]:
    """A stranger comes, Kith's page asks and gets an answer, and she comes again."""
    server = question.cameras()
    with tempfile.TemporaryDirectory() as folder:
        async with server.running(), running_home(Path(folder) / "home") as up, Home.connected(up.login) as home:
            hall, eileen = await question.furnish(home, server, "standard")
            await question.stranger_comes(home, server)
            async with chromium() as browser:
                page = await logged_in(browser, up.login, viewport=WINDOW)
                await page.add_init_script("localStorage.dockedSidebar = '\"always_hidden\"'")
                asked = await _photograph(page, up.login.url, "question", ("/kith/inbox", _nothing))
                await page.get_by_role("button", name=question.STRANGER).click()
                await question.comes_again(home, server, hall, eileen.presence)
                return [
                    asked,
                    await _photograph(page, up.login.url, "people", ("/kith/people", _nothing)),
                    await _photograph(page, up.login.url, "visit", ("/kith/visits", _open_the_newest)),
                ]


async def _story() -> list[Path]:
    """A house that is set up, with Eileen in its hall."""
    server = story.cameras()
    with tempfile.TemporaryDirectory() as folder:
        async with server.running(), running_home(Path(folder) / "home") as up, Home.connected(up.login) as home:
            scenes = await _furnish(home, server)
            async with chromium() as browser:
                page = await logged_in(browser, up.login, viewport=WINDOW)
                await page.add_init_script("localStorage.dockedSidebar = '\"always_hidden\"'")
                return [await _photograph(page, up.login.url, name, scene) for name, scene in scenes.items()]


async def _furnish(home: Home, server: CameraServer) -> dict[str, Scene]:
    """Set up the story's house, with her just arrived; returns what to capture, by the picture's name."""
    entry_id = await setting.install_kith(home)
    views = []
    for name, title in story.TITLES.items():
        camera = await setting.add_camera(home, title, server.url(name), story.AREAS[name])
        views.append(await setting.watch(home, entry_id, camera))
    photo = setting.Photo("eileen.jpg", as_jpeg(portrait(), 95))
    person, _ = await setting.enroll(home, entry_id, story.NAME, [photo])
    device = (await home.call("config/entity_registry/get", entity_id=person.presence))["device_id"]
    await _greet(home, device)
    overview = await setting.add_dashboard(home, views, [person.presence, person.last_seen])
    server["hall"].show(ARRIVAL)
    await until(lambda: _is_on(home, person.presence), 30, f"{story.NAME} was not recognized")
    return {
        "kith": ("/config/integrations/integration/kith", _nothing),
        "overview": (overview, _nothing),
        "person": (f"/config/devices/device/{device}", _nothing),
        "consent": ("/config/integrations/integration/kith", _add_a_person),
        "trigger": ("/config/automation/edit/greet", _open_the_trigger),
    }


async def _greet(home: Home, device: str) -> None:
    trigger = {"trigger": "kith.recognized", "target": {"device_id": device}}
    say = {"action": "persistent_notification.create", "data": {"message": "Hello, {{ trigger.person }}!"}}
    automation = {"alias": f"Greet {story.NAME}", "triggers": [trigger], "actions": [say]}
    await home.request("POST", "/api/config/automation/config/greet", json=automation)


async def _is_on(home: Home, entity: str) -> bool:
    return bool((await home.states())[entity]["state"] == "on")


async def _nothing(page: Page) -> None:
    """Clicks nothing."""


async def _add_a_person(page: Page) -> None:
    await page.get_by_role("button", name="Add person").first.click()


async def _open_the_newest(page: Page) -> None:
    await page.get_by_role("link", name="Recognized as").first.click()


async def _open_the_trigger(page: Page) -> None:
    await page.get_by_text("Person recognized").first.click()


async def _photograph(page: Page, url: str, name: str, scene: Scene) -> Path:
    path, click = scene
    await visit(page, url + path)
    await page.wait_for_timeout(SETTLED)
    await click(page)
    await page.wait_for_timeout(SETTLED)
    written = PICTURES / f"{name}.webp"
    Image.open(io.BytesIO(await page.screenshot())).convert("RGB").save(written, quality=QUALITY, method=6)
    return written
