"""How soon Kith's page is usable in a real Home Assistant, and whether 500 faces stall it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
import statistics
import tempfile
from typing import Any

from playwright.async_api import Browser, Page, Route, ViewportSize

from demo import setting
from demo.browser import chromium, logged_in
from demo.client import Home, Login
from demo.home import running_home
from tests.browser.panel.house import crowd, serving

from .effort import Effort

ROUNDS = 7
PHONE: ViewportSize = {"width": 390, "height": 844}
HEADING = "Keep faces that Kith could not name, for 7 days?"
EMPTY = f"""customElements.define("kith-panel", class extends HTMLElement {{
  connectedCallback() {{ this.innerHTML = "<h2>{HEADING}</h2>"; }}
}});"""
"""A panel that fetches nothing and immediately shows what Kith's page shows in an empty home."""
SCROLL = """async () => {
  const longest = [], frames = [];
  new PerformanceObserver((list) => longest.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask" });
  const next = () => new Promise((done) => requestAnimationFrame(done));
  let still = 0, before = await next();
  for (let top = -1; still < 20; ) {
    still = scrollY === top ? still + 1 : 0;
    top = scrollY;
    scrollBy(0, 350);
    const now = await next();
    frames.push(now - before);
    before = now;
  }
  return { longest: Math.max(0, ...longest), frames };
}"""


def measure(effort: Effort) -> dict[str, Any]:
    """usable_ms: of Kith's page more than of an empty panel (1,000 at most). frame_ms, longest_task_ms: while 500 faces
    are scrolled through at twice a screen's height in each five frames.
    """
    return asyncio.run(_measure(effort.rounds(ROUNDS)))


async def _measure(rounds: int) -> dict[str, Any]:
    async with chromium() as browser:
        return {**await _usable(browser, rounds), **await _scrolled(browser)}


async def _usable(browser: Browser, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        async with running_home(Path(folder)) as up, Home.connected(up.login) as home:
            await setting.install_kith(home)
            kith = await _rounds(browser, up.login, Route.continue_, rounds)
            empty = await _rounds(browser, up.login, _nothing, rounds)
    most, least = statistics.median(kith), statistics.median(empty)
    return {"usable_ms": round(most - least), "whole_ms": round(most), "empty_panel_ms": round(least)}


async def _rounds(
    browser: Browser, login: Login, answer: Callable[[Route], Awaitable[None]], rounds: int
) -> list[float]:
    """Both panels go through a route: it switches the browser's cache off, for one as for the other."""
    page = await logged_in(browser, login, viewport=PHONE)
    await page.route("**/kith_panel/**/main.js", answer)
    await _opened(page, login.url)
    return [await _opened(page, login.url) for _ in range(rounds)]


async def _nothing(route: Route) -> None:
    await route.fulfill(body=EMPTY, content_type="text/javascript")


async def _opened(page: Page, url: str) -> float:
    """Milliseconds from the navigation to the page's heading."""
    await page.goto(url + "/kith")
    await page.get_by_role("heading", name=HEADING).wait_for()
    found: float = await page.evaluate("performance.now()")
    return found


async def _scrolled(browser: Browser) -> dict[str, float]:
    async with serving() as house:
        house.answers["kith/inbox/list"] = crowd()
        page = await browser.new_page(viewport=PHONE)
        await page.goto(house.url + "/kith/inbox")
        await page.get_by_text("500 questions").wait_for()
        found = await page.evaluate(SCROLL)
    frames = sorted(found["frames"])
    return {
        "longest_task_ms": round(found["longest"]),
        "frame_ms": round(statistics.median(frames), 1),
        "frame_p99_ms": round(frames[int(len(frames) * 0.99)], 1),
        "frames": len(frames),
    }
