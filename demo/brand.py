"""Renders Kith's icon and logo into custom_components/kith/brand, in the sizes that Home Assistant requires."""

import io
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser

from .browser import chromium
from .home import REPOSITORY

SOURCE = REPOSITORY / "docs" / "brand" / "kith.svg"
PICTURES = REPOSITORY / "custom_components" / "kith" / "brand"
SIDE = 256
"""Side of the icon and height of the logo, in pixels and in the drawing's units (Home Assistant's rules for brands)."""
WIDTHS = {"icon": SIDE, "logo": 690}
LETTERS = {"": "#43302a", "dark_": "#fff1e0"}
"""For a light and a dark background."""


async def render() -> list[Path]:
    """Write icon and logo for light and dark backgrounds, in single and double size; returns the files."""
    PICTURES.mkdir(exist_ok=True)
    written = []
    async with chromium() as browser:
        for ground, letters in LETTERS.items():
            drawing = SOURCE.read_text().replace(LETTERS[""], letters)
            for name, width in WIDTHS.items():
                for times, suffix in ((1, ""), (2, "@2x")):
                    path = PICTURES / f"{ground}{name}{suffix}.png"
                    await _draw(browser, drawing, width, times, path)
                    written.append(path)
    return written


async def _draw(browser: Browser, drawing: str, width: int, times: int, path: Path) -> None:
    page = await browser.new_page(viewport={"width": width, "height": SIDE}, device_scale_factor=times)
    await page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; height: {SIDE}px }}</style>{drawing}")
    picture = await page.screenshot(omit_background=True)
    await page.close()
    Image.open(io.BytesIO(picture)).save(path, optimize=True)
