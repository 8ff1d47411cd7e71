"""Importing people: who was found, what their photos are worth, and a yes for each."""

from playwright.async_api import Page, expect

from .conftest import Look, Open, asked, shoot, slow_upload
from .house import House, recorded


async def found(open_page: Open, look: Look | None = None) -> Page:
    page = await open_page("/people", **(look or {}))
    await page.get_by_role("button", name="Import…").click()
    await page.get_by_label("A folder on Home Assistant's machine").fill("/media/faces")
    await page.get_by_role("button", name="Look", exact=True).click()
    await expect(page.get_by_text("3 people found")).to_be_visible()
    return page


async def tell(page: Page, **changes: object) -> None:
    event = recorded("import_check")
    event["person"] = event["person"] and {**event["person"], **changes.pop("person", {})}
    await page.evaluate("event => fake.tell('kith/import/check', event)", {**event, **changes})


async def test_people_are_found_checked_and_imported_with_a_yes_each(open_page: Open, house: House, look: Look) -> None:
    page = await found(open_page, look)
    await expect(page.get_by_text("40 of 212 photos")).to_be_visible()
    await shoot(page, "import_found", look)
    await page.get_by_role("checkbox", name="Linus").uncheck()
    await page.get_by_role("button", name="Look at the photos").click()
    await expect(page.get_by_role("progressbar", name="12 of 40 looked at")).to_be_visible()
    await expect(page.get_by_text("2 × blurred, 1 × several people")).to_be_visible()
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await tell(page, person={"checked": 40, "good": 20})
    await tell(
        page, person={"name": "Ada", "known": True, "photos": 5, "total": 5, "checked": 5, "good": 0, "refused": []}
    )
    await page.evaluate("fake.tell('kith/import/check', { person: null, done: true, trouble: null })")
    await expect(page.get_by_text("20 good photos")).to_be_visible()
    await expect(page.get_by_text("No good photo")).to_be_visible()
    await shoot(page, "import_checked", look)
    await page.get_by_role("checkbox", name="Katherine agrees to be recognized").check()
    await page.get_by_label("Who agreed").fill("Joylette")
    await page.get_by_role("radio", name="Seen lately: for 30 minutes").check()
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.get_by_text("Katherine: 9 photos added")).to_be_visible()
    (enrolled,) = await asked(page, "kith/import/enroll")
    assert (enrolled["name"], enrolled["consent"]) == ("Katherine", {"by": "Joylette", "photos": False})
    assert enrolled["present"] == "lately"
    await expect(page.get_by_role("radio")).to_have_count(0)  # nobody is left to be added
    await page.get_by_role("button", name="Close").click()
    await page.wait_for_function("window.fake.calls.some((call) => call.type === 'kith/import/close')")
    assert len(await asked(page, "kith/import/close")) == 1, "what was seen is dropped"


async def test_a_closed_import_sends_and_opens_nothing(open_page: Open) -> None:
    page = await open_page("/people")
    await page.get_by_role("button", name="Import…").click()
    dialog = page.get_by_role("dialog")
    async with slow_upload(page):
        await dialog.get_by_label("A ZIP file").set_input_files(
            [{"name": "people.zip", "mimeType": "application/zip", "buffer": b"people"}]
        )
        await dialog.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Import…").click()
    await page.evaluate("void (window.release = window.fake.hold('kith/import/open'))")
    await dialog.get_by_label("A folder on Home Assistant's machine").fill("/media/faces")
    await dialog.get_by_role("button", name="Look", exact=True).click()
    await dialog.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Import…").click()
    await page.evaluate("window.release()")
    await page.wait_for_function("window.fake.calls.some((call) => call.type === 'kith/import/close')")
    assert len(await asked(page, "kith/import/open")) == 1
    await expect(dialog.get_by_role("button", name="Look", exact=True)).to_be_enabled()


async def test_without_a_tick_nobody_is_imported(open_page: Open) -> None:
    page = await found(open_page)
    await page.get_by_role("button", name="Look at the photos").click()
    await page.get_by_role("button", name="Stop").click()
    await page.get_by_role("button", name="Import", exact=True).click()
    assert await asked(page, "kith/import/enroll") == []


async def test_media_are_browsed_folder_by_folder(open_page: Open, house: House) -> None:
    people = {"media_content_id": "media-source://immich/1|people", "title": "people", "can_expand": True}
    house.answers["media_source/browse_media"] = [
        {"media_content_id": "", "title": "Media", "can_expand": True, "children": [people]},
        {**people, "children": [{"media_content_id": "1", "title": "Ada", "can_expand": False}]},
    ]
    page = await open_page("/people")
    await page.get_by_role("button", name="Import…").click()
    await page.get_by_role("button", name="Home Assistant's media").click()
    await page.get_by_role("button", name="people").click()
    await expect(page.get_by_text("No further folders here.")).to_be_visible()
    await page.get_by_role("button", name="Import from this folder").click()
    await expect(page.get_by_text("3 people found")).to_be_visible()
    (opened,) = await asked(page, "kith/import/open")
    assert opened["media"] == people["media_content_id"]


async def test_what_cannot_be_opened_is_said_in_the_dialog(open_page: Open, house: House) -> None:
    house.answers["kith/import/open"] = {"error": {"code": "import_empty", "message": "No people were found there."}}
    page = await open_page("/people")
    await page.get_by_role("button", name="Import…").click()
    await page.get_by_role("button", name="Look", exact=True).click()
    await expect(page.get_by_role("alert").get_by_text("No people were found there.")).to_be_visible()
