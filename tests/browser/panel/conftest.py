"""Kith's page in Chromium, in every width and theme."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
import contextlib
import re
import subprocess
import tempfile
from typing import Any

from playwright.async_api import Browser, Page, Route, async_playwright
import pytest

from demo.browser import CHROMIUM, QUIET

from .house import REPOSITORY, House, Json, serving

AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = REPOSITORY / ".cache" / "screenshots" / "panel"
WIDTHS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 860}}
PATIENCE = 10_000
NOW = "2026-11-23T17:10:00+01:00"


@pytest.fixture
async def house(socket_enabled: None) -> AsyncIterator[House]:
    async with serving() as found:
        yield found


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of one Chromium for all tests; each test has its own profile in it."""
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


@pytest.fixture(params=[("phone", "light"), ("desktop", "dark")], ids="-".join)
def look(request: pytest.FixtureRequest) -> Look:
    """Each width and each theme once, for what the page does: `open_page(path, **look)`."""
    width, theme = request.param
    return {"width": width, "theme": theme}


@pytest.fixture(params=[(width, theme) for width in WIDTHS for theme in ("light", "dark")], ids="-".join)
def every_look(request: pytest.FixtureRequest) -> Look:
    """Every width in every theme, for what the page looks like."""
    width, theme = request.param
    return {"width": width, "theme": theme}


@pytest.fixture
async def open_page(house: House, browser: Browser) -> AsyncIterator[Open]:
    """A function that opens the page at a path; the test fails if the page reports an error."""
    errors: list[str] = []

    async def opened(
        path: str = "/inbox", width: str = "desktop", theme: str = "light", *, paused: bool = False, **options: Any
    ) -> Page:
        """paused: the page's clock advances only when the test says so."""
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
        await page.goto(f"{house.url}/kith{path}")  # or the card: "_card#", and its settings as JSON
        return page

    yield opened
    assert errors == []


def _of_network(text: str) -> bool:
    return bool(re.match(r"Failed to load resource", text))


async def asked(page: Page, kind: str) -> list[Json]:
    """What the page sent with one command, without its type and the reader's language."""
    calls = await page.evaluate("window.fake.calls")
    return [
        {key: value for key, value in call.items() if key not in ("type", "language")}
        for call in calls
        if call["type"] == kind
    ]


@contextlib.asynccontextmanager
async def slow_upload(page: Page) -> AsyncIterator[None]:
    """Home Assistant takes a file that is given up before the end."""
    given_up = asyncio.Event()

    async def wait(route: Route) -> None:
        await given_up.wait()
        await route.abort()

    await page.route("**/api/file_upload", wait)
    async with page.expect_event("requestfailed"):
        yield
    given_up.set()
    await page.unroute_all(behavior="wait")


async def focused(page: Page) -> str:
    """The label or text of the focused element, searched for in shadow trees."""
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
    """Take a screenshot for looking at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = "-".join((name, *look.values()))
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")
