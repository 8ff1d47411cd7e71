"""Whoever may answer, and is no administrator, sees the questions and nothing else."""

from playwright.async_api import expect

from .conftest import Look, Open, shoot
from .house import House


async def test_only_the_questions_are_there(open_page: Open, look: Look) -> None:
    page = await open_page("/people", **look)
    await page.evaluate("fake.set({ user: { is_admin: false }, connected: false })")
    await page.evaluate("fake.set({ connected: true })")
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()
    await expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    await expect(page.get_by_role("button", name="New person…")).to_have_count(0)
    await shoot(page, "trusted", look)


async def test_others_are_told_that_the_page_is_not_for_them(open_page: Open, house: House) -> None:
    house.answers["kith/subscribe"] = {"error": {"code": "unauthorized", "message": "Unauthorized"}}
    page = await open_page("/inbox")
    await expect(page.get_by_text("Only administrators and people chosen in Kith's settings")).to_be_visible()
