"""Chromium logged in to a running Home Assistant, for the browser tests and the README's pictures."""

from collections.abc import AsyncIterator
import contextlib
import json
import shutil
from typing import Any

from playwright.async_api import Browser, Error, Page, TimeoutError as PlaywrightTimeoutError, async_playwright

from .client import Login

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
FOREVER = 9**14
PATIENCE = 20_000
"""Milliseconds to wait for something to appear on the page."""
RESTS_WITHIN = 5_000
"""Milliseconds until a page has loaded what it needs and made its own navigations."""


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's own Chromium, headless."""
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        await browser.close()


async def logged_in(browser: Browser, login: Login, language: str = "en", **options: Any) -> Page:
    """A page of the home's owner, in `language`. options: for Playwright's `new_page`, such as the viewport."""
    page = await browser.new_page(**options)
    page.set_default_timeout(PATIENCE)
    tokens = {
        "hassUrl": login.url,
        "clientId": login.url + "/",
        "access_token": login.token,
        "refresh_token": "",
        "token_type": "Bearer",
        "expires_in": FOREVER,
        "expires": FOREVER,
    }
    stored = {"hassTokens": json.dumps(tokens), "selectedLanguage": json.dumps(language)}
    await page.add_init_script(
        f"for (const [key, value] of Object.entries({json.dumps(stored)})) localStorage[key] = value"
    )
    return page


async def visit(page: Page, url: str) -> None:
    """Go to a URL, and stay there: Home Assistant's page goes back in its history when a dialog closes. It aborts other
    navigations, or undoes them if it comes late.
    """
    for _ in range(3):
        try:
            await page.goto(url)
            with contextlib.suppress(PlaywrightTimeoutError):  # a page with a moving picture never rests
                await page.wait_for_load_state("networkidle", timeout=RESTS_WITHIN)
        except Error as error:
            if "ERR_ABORTED" not in error.message:
                raise
        if page.url.startswith(url):
            return
    await page.goto(url)
