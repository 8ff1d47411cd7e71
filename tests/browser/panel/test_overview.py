"""Visits at a glance: a day as a timeline, and the week."""

from playwright.async_api import expect

from .conftest import Look, Open, asked, shoot
from .house import House, recorded


async def test_a_day_is_a_timeline_for_each_person_and_camera(open_page: Open, look: Look) -> None:
    page = await open_page("/visits", **look)
    await page.get_by_role("link", name="Day", exact=True).click()
    people = page.get_by_role("region", name="By person")
    await expect(people.get_by_role("group", name="Ada").get_by_role("link")).to_have_count(3)
    await expect(people.get_by_role("link", name="Ada, Kitchen, 17:02, By appearance")).to_be_visible()
    await expect(page.get_by_role("region", name="By camera").get_by_role("group", name="Hall")).to_be_visible()
    await shoot(page, "day", look)
    await page.get_by_role("button", name="Earlier day").click()
    assert await asked(page, "kith/visits/day") == [{}, {"day": "2026-11-22"}]
    visit = people.get_by_role("link", name="Ada, Hall, 17:00")
    assert str(await visit.get_attribute("style")).startswith("left: 70.8")
    await visit.click()
    await expect(page.get_by_role("heading", name="Why")).to_be_visible()


async def test_a_day_without_visits_says_so(open_page: Open, house: House) -> None:
    house.answers["kith/visits/day"] = recorded("visits_day") | {"visits": [], "days": []}
    page = await open_page("/visits/day")
    await expect(page.get_by_role("heading", name="No visits")).to_be_visible()
    await expect(page.get_by_role("button", name="Earlier day")).to_be_disabled()


async def test_the_week_shows_how_visits_ended_and_who_was_missed(open_page: Open, look: Look) -> None:
    page = await open_page("/visits/week", **look)
    monday = page.get_by_role("button", name="Today: Recognized: 5, A stranger: 1, Not sure: 1, No usable face: 1")
    await expect(monday).to_be_visible()
    await expect(page.get_by_role("row", name="Ada 37 3 1")).to_be_visible()
    await shoot(page, "week", look)
    await page.get_by_role("button", name="Saturday, November 21: No visits").click()
    await expect(page.get_by_role("heading", name="By person")).to_be_visible()
    assert await asked(page, "kith/visits/day") == [{"day": "2026-11-21"}]
