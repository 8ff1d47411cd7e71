"""Kith's page on a loopback server, with a `hass` that answers from tests/fixtures/ws."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
import json
from pathlib import Path
import re
import subprocess
import tempfile
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright
import pytest

from demo.browser import CHROMIUM, QUIET

from .faces import face, scene

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
KITH = REPOSITORY / "custom_components" / "kith"
RECORDED = REPOSITORY / "tests" / "fixtures" / "ws"
AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = REPOSITORY / ".cache" / "screenshots" / "panel"
WIDTHS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 860}}
PATIENCE = 10_000
NOW = "2026-11-23T17:10:00+01:00"

type Json = dict[str, Any]


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def answers() -> Json:
    """By command: what was recorded of it."""
    found: Json = {}
    for path in RECORDED.glob("*.json"):
        kind, _, name = path.stem.partition("_")
        if kind in ("inbox", "people", "visits", "cameras", "knob") and name:
            found[f"kith/{kind}/{name}"] = recorded(path.stem)
    found["kith/subscribe"] = recorded("subscribe")
    return found


@dataclass
class House:
    """What the page is served from. answers: of the commands; uploads: answers to photos, one after another."""

    url: str
    answers: Json = field(default_factory=answers)
    language: str = "en"
    uploads: list[tuple[int, Json]] = field(default_factory=list)
    uploaded: list[tuple[str, bytes]] = field(default_factory=list)


async def _frame(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    texts = json.loads((KITH / "translations" / f"{house.language}.json").read_text())["config_panel"]
    text = (HERE / "frame.html").read_text().replace("LANGUAGE", house.language, 1)
    text = text.replace('window.LANGUAGE = "LANGUAGE"', f'window.LANGUAGE = "{house.language}"')
    text = text.replace('"TEXTS"', json.dumps(texts)).replace('"ANSWERS"', json.dumps(house.answers))
    return web.Response(text=text, content_type="text/html")


async def _picture(request: web.Request) -> web.Response:
    return web.Response(body=face(request.match_info["name"][-4:]), content_type="image/jpeg")


async def _scene(_request: web.Request) -> web.Response:
    return web.Response(body=scene(), content_type="image/jpeg")


async def _upload(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    house.uploaded.append((request.query["person_id"], await request.read()))
    status, answer = house.uploads.pop(0) if house.uploads else (200, recorded("upload"))
    return web.json_response(answer, status=status)


async def _harness(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(HERE / "harness.js")


HOUSE = web.AppKey("house", House)


@pytest.fixture
async def house(socket_enabled: None) -> AsyncIterator[House]:
    app = web.Application()
    app.router.add_get("/harness.js", _harness)
    app.router.add_static("/kith_panel/test", KITH / "panel")
    app.router.add_post("/api/kith/photos", _upload)
    app.router.add_get("/api/kith/photos/{name:.+}", _picture)
    app.router.add_get("/api/kith/pictures/{name:.+}", _scene)
    app.router.add_get("/kith{rest:.*}", _frame)
    runner = web.AppRunner(app)
    app[HOUSE] = House("")
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    app[HOUSE].url = f"http://{host}:{port}"
    yield app[HOUSE]
    await runner.cleanup()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where one Chromium listens, for all tests: every test has a profile of its own in it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        own = ("--headless", "--hide-scrollbars", "--remote-debugging-port=0", f"--user-data-dir={folder}")
        process = subprocess.Popen([CHROMIUM, *QUIET, *own], stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        told = next(line for line in process.stderr if line.startswith("DevTools listening on "))
        yield told.removeprefix("DevTools listening on ").strip()
        process.terminate()
        process.wait()


@pytest.fixture
async def browser(socket_enabled: None, address: str) -> AsyncIterator[Browser]:
    async with async_playwright() as tools:
        found = await tools.chromium.connect_over_cdp(address)
        yield found
        await found.close()


type Open = Callable[..., Awaitable[Page]]
type Look = dict[str, str]


@pytest.fixture(params=[(width, theme) for width in WIDTHS for theme in ("light", "dark")], ids="-".join)
def look(request: pytest.FixtureRequest) -> Look:
    """Every width in every theme: `open_page(path, **look)`."""
    width, theme = request.param
    return {"width": width, "theme": theme}


@pytest.fixture
async def open_page(house: House, browser: Browser) -> AsyncIterator[Open]:
    """A function that opens the page at a path; fails the test if the page reports any error of its own."""
    errors: list[str] = []

    async def opened(
        path: str = "/inbox", width: str = "desktop", theme: str = "light", *, paused: bool = False, **options: Any
    ) -> Page:
        """paused: the page's clock only goes on when the test says so."""
        phone = width == "phone"
        context = await browser.new_context(
            viewport=WIDTHS[width], color_scheme=theme, has_touch=phone, is_mobile=phone, **options
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda line: errors.append(line.text) if line.type == "error" and not _of_network(line.text) else None,
        )
        if paused:
            await page.clock.install(time=NOW)
        else:
            await page.clock.set_system_time(NOW)
        await page.goto(f"{house.url}/kith{path}")
        return page

    yield opened
    assert errors == []


def _of_network(text: str) -> bool:
    return bool(re.match(r"Failed to load resource", text))


async def asked(page: Page, kind: str) -> list[Json]:
    """What the page asked of one command, without its type."""
    calls = await page.evaluate("window.fake.calls")
    return [{key: value for key, value in call.items() if key != "type"} for call in calls if call["type"] == kind]


async def focused(page: Page) -> str:
    """What has the focus, looked for in shadow trees: its label, or its text."""
    found = await page.evaluate(
        """() => {
          let one = document.activeElement;
          while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
          return one?.getAttribute("aria-label") ?? one?.textContent ?? "";
        }"""
    )
    return " ".join(found.split())


async def widest(page: Page) -> int:
    """CSS pixels by which the page is wider than the window."""
    found: int = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found


async def shoot(page: Page, name: str, look: Look) -> None:
    """For looking at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = "-".join((name, *look.values()))
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")
