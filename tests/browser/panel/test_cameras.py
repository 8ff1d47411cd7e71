"""Cameras: what they see now, and what would help."""

from playwright.async_api import expect

from .conftest import Look, Open, shoot
from .house import House, recorded

DOOR = "01KAPCAMERA0000000000DOOR1"


async def test_a_camera_says_what_wakes_it_what_it_costs_and_what_limits_it(open_page: Open, look: Look) -> None:
    page = await open_page("/cameras", **look)
    door = page.get_by_role("region", name="Front door")
    for words in ("Watching", "Doorbell, Front door motion", "41 ms per frame"):
        await expect(door.get_by_text(words, exact=True)).to_be_visible()
    await expect(door.get_by_text("most of the others are too small")).to_be_visible()
    await expect(door.get_by_role("img", name="72% of the faces here can be compared")).to_be_visible()
    garden = page.get_by_role("region", name="Garden")
    await expect(garden.get_by_text("Cannot be reached")).to_be_visible()
    await expect(garden.get_by_role("button", name="Look now")).to_be_disabled()


async def test_looking_shows_boxes_and_words_and_ends(open_page: Open, look: Look) -> None:
    page = await open_page("/cameras", **look)
    door = page.get_by_role("region", name="Front door")
    await door.get_by_role("button", name="Look now").click()
    await expect(door.get_by_text("Ada · 86 px wide: can be compared")).to_be_visible()
    await expect(door.get_by_text("28 px wide; 40 are needed. Move the camera closer")).to_be_visible()
    await expect(door.locator(".tag")).to_have_text("Ada")
    await expect(door.locator("rect.person")).to_have_count(2)
    await expect(door.locator("rect.ok")).to_have_count(1)
    await expect(door.locator("rect.no")).to_have_count(1)
    drawn = door.get_by_role("img", name="What Front door sees now")
    await expect(drawn).to_have_js_property("naturalWidth", 1920)
    await shoot(page, "live", look)
    assert await page.evaluate("window.fake.listening('kith/cameras/watch')") == 1
    await door.get_by_role("button", name="Stop looking").click()
    await page.wait_for_function("window.fake.listening('kith/cameras/watch') === 0")


async def test_looking_continues_after_a_restart(open_page: Open) -> None:
    page = await open_page("/cameras", paused=True)
    await page.get_by_role("button", name="Look now").first.click()
    await expect(page.locator("kith-live-view rect.ok")).to_have_count(1)
    unknown = {"error": {"code": "unknown_command", "message": "Unknown command."}}
    await page.evaluate("window.fake.disconnect()")
    await page.evaluate("(answer) => window.fake.answer('kith/cameras/watch', answer)", unknown)
    await page.evaluate("window.fake.reconnect()")
    await expect(page.get_by_text("Unknown command.")).to_be_visible()
    await page.evaluate("(seen) => window.fake.answer('kith/cameras/watch', seen)", recorded("cameras_watch"))
    await page.clock.fast_forward(10_000)
    await expect(page.locator("kith-live-view rect.ok")).to_have_count(1)
    assert await page.evaluate("window.fake.listening('kith/cameras/watch')") == 1


async def test_leaving_the_page_ends_the_looking(open_page: Open) -> None:
    page = await open_page("/cameras")
    await page.get_by_role("button", name="Look now").first.click()
    await expect(page.locator("kith-live-view rect.ok")).to_have_count(1)
    await page.get_by_role("link", name="Visits").click()
    await expect(page.get_by_role("region", name="Today")).to_be_visible()
    await page.wait_for_function("window.fake.listening('kith/cameras/watch') === 0")


async def test_who_is_not_to_be_recognized_is_not_shown(open_page: Open, house: House) -> None:
    house.answers["kith/cameras/watch"] = recorded("cameras_watch_hidden")
    page = await open_page("/cameras")
    await page.get_by_role("button", name="Look now").first.click()
    await expect(page.get_by_text("it shows somebody who must not be recognized")).to_be_visible()
    await expect(page.locator("kith-live-view img")).to_have_count(0)
