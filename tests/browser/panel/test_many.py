"""After a month away, 500 faces wait: the page neither stalls nor requests all of them."""

from playwright.async_api import Page, expect

from .conftest import Look, Open, asked, shoot
from .house import FACES, PAGE, House, crowd

SCREEN = 700


async def to_the_end(page: Page) -> None:
    """Scroll to the end, screen by screen."""
    await page.evaluate(
        """async (screen) => {
          let still = 0;
          for (let top = -1; still < 12; ) {
            still = scrollY === top ? still + 1 : 0;
            top = scrollY;
            scrollBy(0, screen);
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          }
        }""",
        SCREEN,
    )


async def test_five_hundred_faces_scroll(open_page: Open, house: House) -> None:
    house.answers["kith/inbox/list"] = crowd()
    page = await open_page("/inbox", "phone")
    await expect(page.get_by_text("500 questions")).to_be_visible()
    assert len(await asked(page, "kith/inbox/list")) <= 2
    await to_the_end(page)
    await expect(page.locator("kith-question")).to_have_count(FACES)
    assert len(await asked(page, "kith/inbox/list")) == FACES // PAGE
    drawn = await page.evaluate(
        """() => {
          const inbox = document.querySelector("kith-panel").renderRoot.querySelector("kith-inbox").renderRoot;
          const all = [...inbox.querySelectorAll("kith-question")];
          return all.filter((one) => one.renderRoot.querySelector("article").checkVisibility({
            contentVisibilityAuto: true })).length;
        }"""
    )
    assert drawn < PAGE  # the browser skips the others until they come near


async def test_answering_among_five_hundred_keeps_the_place(open_page: Open, house: House, look: Look) -> None:
    house.answers["kith/inbox/list"] = crowd()
    page = await open_page("/inbox", **look)
    tenth = page.get_by_role("article").nth(9)
    await tenth.scroll_into_view_if_needed()
    await tenth.get_by_role("button", name="Grace").click()
    assert (await asked(page, "kith/inbox/assign"))[0]["group_id"] == f"01KAQ{9:021d}"
    await expect(page.get_by_text("Noted: Grace")).to_be_visible()
    assert await page.evaluate("scrollY") > 0
    await shoot(page, "many", look)
