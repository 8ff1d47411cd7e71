"""People: who is known and how well, what would help, and how to be forgotten."""

import io
from typing import Any

from PIL import Image
from playwright.async_api import FilePayload, Page, expect

from .conftest import Look, Open, asked, shoot
from .house import House, recorded

ADA = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
GRACE = "b1b2c3d4e5f60718293a4b5c6d7e8f91"
LINUS = "c1b2c3d4e5f60718293a4b5c6d7e8f92"


def photo(name: str) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": b"\xff\xd8 a photo \xff\xd9"}


async def ada(open_page: Open, look: Look | None = None) -> Page:
    page = await open_page(f"/people/{ADA}", **(look or {}))
    await expect(page.get_by_role("heading", name="Ada", exact=True)).to_be_visible()
    return page


async def test_everybody_is_there_with_what_is_missing(open_page: Open, look: Look) -> None:
    page = await open_page("/people", **look)
    await expect(page.get_by_role("link", name="Ada Here Today, 17:00, Hall")).to_be_visible()
    await expect(page.get_by_role("link", name="Linus Not seen yet No photos yet")).to_be_visible()
    await expect(page.get_by_text("0.1%", exact=True)).to_be_visible()
    await expect(
        page.get_by_role("img", name="1 to 35% of single pictures get no name; a visit has several")
    ).to_be_visible()
    await expect(page.get_by_text("Ada and Grace look most alike here, but Kith tells them apart well")).to_be_visible()
    await shoot(page, "people", look)
    await page.get_by_role("link", name="Ada Here").click()
    assert page.url.endswith(f"/kith/people/{ADA}")
    await expect(page.get_by_role("heading", name="3 photos")).to_be_visible()
    await shoot(page, "person", look)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="Ada Here")).to_be_visible()


async def test_a_person_says_what_would_help_and_what_was_agreed(open_page: Open, look: Look) -> None:
    page = await ada(open_page, look)
    for words in (
        "Duplicate",
        "No photo at night or in the evening yet: one from the camera after dark helps",
        "Ada and Grace look most alike here, but Kith tells them apart well",
        "photos being kept, being recognized",
        "Nov 1, 2026",
        "Photos recognized from the others: 2 of 3",
    ):
        await expect(page.get_by_text(words, exact=True).first).to_be_visible()


async def test_each_upload_has_its_own_answer(open_page: Open, house: House, look: Look) -> None:
    house.uploads = [(200, recorded("upload")), (422, recorded("upload_refused"))]
    page = await ada(open_page, look)
    await page.locator("input[type=file]").set_input_files([photo("garden.jpg"), photo("moved.jpg")])
    await expect(page.get_by_text("2026-11-23, a photo, face 140 px wide, good")).to_be_visible()
    await expect(page.get_by_text("The face is blurred. Take a sharper photo.")).to_be_visible()
    assert house.uploaded == [(ADA, photo(name)["buffer"]) for name in ("garden.jpg", "moved.jpg")]
    await shoot(page, "uploads", look)


async def test_a_photo_that_looks_more_like_somebody_else_is_questioned(open_page: Open, house: House) -> None:
    words = "This looks more like Grace than like this person. Add it only if you are sure."
    refused = (422, {"code": "photo_like_other", "message": words})
    house.uploads = [refused, refused, (200, recorded("upload"))]
    page = await ada(open_page)
    await page.locator("input[type=file]").set_input_files([photo("no.jpg"), photo("yes.jpg")])
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text(f"no.jpg: {words}")).to_be_visible()
    await dialog.get_by_role("button", name="No, leave it").click()
    await expect(dialog.get_by_text(f"yes.jpg: {words}")).to_be_visible()
    await dialog.get_by_role("button", name="Yes, I am sure").click()
    await expect(page.get_by_text("2026-11-23, a photo, face 140 px wide, good")).to_be_visible()
    await expect(page.get_by_text(words)).to_have_count(1)
    assert [body for _, body in house.uploaded] == [photo(one)["buffer"] for one in ("no.jpg", "yes.jpg", "yes.jpg")]


async def test_an_upload_that_does_not_arrive_is_told(open_page: Open) -> None:
    page = await ada(open_page)
    await page.route("**/api/kith/photos?*", lambda route: route.abort())
    await page.locator("input[type=file]").set_input_files([photo("garden.jpg")])
    await expect(page.get_by_text("The upload failed. Check the connection and try again.")).to_be_visible()


async def test_a_phone_s_photo_is_made_ready_before_it_is_sent(open_page: Open, house: House) -> None:
    """Whatever the browser reads becomes a JPEG no larger than needed; what it cannot read is sent as it is."""
    made = io.BytesIO()
    Image.new("RGB", (6000, 4500), "gray").save(made, "PNG")
    page = await ada(open_page)
    large: FilePayload = {"name": "phone.png", "mimeType": "image/png", "buffer": made.getvalue()}
    await page.locator("input[type=file]").set_input_files([large, photo("unreadable.heic")])
    await expect(page.get_by_text("2026-11-23, a photo")).to_have_count(2)
    sent = Image.open(io.BytesIO(house.uploaded[0][1]))
    assert (sent.format, sent.size) == ("JPEG", (2400, 1800))
    assert house.uploaded[1][1] == photo("unreadable.heic")["buffer"]


async def test_a_proxy_that_refuses_large_photos_is_told(open_page: Open, house: House) -> None:
    house.uploads = [(413, "<html>Request Entity Too Large</html>")]
    page = await ada(open_page)
    await page.locator("input[type=file]").set_input_files([photo("garden.jpg")])
    await expect(
        page.get_by_text("A proxy in front of Home Assistant refused this photo as too large.")
    ).to_be_visible()


async def test_a_camera_guides_and_is_let_go(open_page: Open, look: Look) -> None:
    page = await ada(open_page, look)
    await page.get_by_role("button", name="Look into a camera").click()
    await expect(page.get_by_role("button", name="Garden")).to_have_count(0)  # it is unavailable
    await page.get_by_role("button", name="Hall").click()
    await expect(page.get_by_text("Turn your head a little to your left")).to_be_visible()
    await expect(page.get_by_role("img", name="1 of 5 pictures taken")).to_be_visible()
    await shoot(page, "guided", look)
    assert await page.evaluate("window.fake.listening('kith/people/look')") == 1
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.wait_for_function("window.fake.listening('kith/people/look') === 0")


async def test_a_camera_that_has_looked_enough_is_let_go(open_page: Open) -> None:
    page = await ada(open_page)
    await page.get_by_role("button", name="Look into a camera").click()
    await page.get_by_role("button", name="Hall").click()
    await expect(page.get_by_text("Turn your head a little to your left")).to_be_visible()
    done = recorded("people_look") | {"done": True, "words": "5 photos taken"}
    await page.evaluate("(look) => window.fake.tell('kith/people/look', look)", done)
    await expect(page.get_by_text("5 photos taken")).to_be_visible()
    await page.wait_for_function("window.fake.listening('kith/people/look') === 0")


async def test_after_a_lost_connection_a_camera_takes_no_photos_by_itself(open_page: Open) -> None:
    page = await ada(open_page)
    await page.get_by_role("button", name="Look into a camera").click()
    await page.get_by_role("button", name="Hall").click()
    await expect(page.get_by_text("Turn your head a little to your left")).to_be_visible()
    await page.evaluate("window.fake.disconnect()")
    dialog = page.get_by_role("dialog")
    for _ in range(2):
        told = "was lost, so this has stopped. Please start it again."
        await expect(dialog.get_by_role("alert")).to_contain_text(told)
        await dialog.get_by_role("button", name="Hall").click()
    await page.evaluate("window.fake.reconnect()")
    assert await page.evaluate("window.fake.listening('kith/people/look')") == 0
    await dialog.get_by_role("button", name="Hall").click()
    await expect(dialog.get_by_text("Turn your head a little to your left")).to_be_visible()
    assert await page.evaluate("window.fake.listening('kith/people/look')") == 1


async def test_a_photo_is_removed_and_taken_back(open_page: Open, look: Look) -> None:
    page = await ada(open_page, look)
    await page.get_by_role("button", name="Remove this photo: 2026-11-02, from a camera, face 64 px").click()
    await expect(page.get_by_text("Photo removed")).to_be_visible()
    assert await asked(page, "kith/people/remove_photo") == [
        {"person_id": ADA, "template_id": "01KAQ000000000000000000904"}
    ]
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Undone", exact=True)).to_be_visible()
    assert len(await asked(page, "kith/people/undo")) == 1


async def test_the_self_test_is_told_photo_by_photo(open_page: Open, look: Look) -> None:
    page = await ada(open_page, look)
    await page.get_by_role("button", name="Test each photo").click()
    await expect(page.get_by_text("Recognized from the other photos", exact=True)).to_have_count(2)
    await expect(page.get_by_text("Not recognized from the other photos: 61%")).to_be_visible()


async def test_two_who_are_one_become_one_and_two_again(open_page: Open, look: Look) -> None:
    page = await ada(open_page, look)
    await page.get_by_role("button", name="Separate").click()
    await expect(page.get_by_text("Two people again")).to_be_visible()
    assert await asked(page, "kith/people/unmerge") == [{"merge_id": "3f0a5c1d"}]
    await page.get_by_role("button", name="Merge…").click()
    await page.get_by_label("Merge into").select_option("Grace")
    await shoot(page, "merging", look)
    await page.get_by_role("button", name="Merge", exact=True).click()
    await expect(page.get_by_text("Merged into Grace")).to_be_visible()
    assert await asked(page, "kith/people/merge") == [{"person_id": ADA, "into": GRACE}]
    assert page.url.endswith(f"/kith/people/{GRACE}")


async def test_forgetting_asks_first_and_then_proves_it(open_page: Open, look: Look) -> None:
    page = await ada(open_page, look)
    await page.get_by_role("button", name="Forget Ada").click()
    await expect(page.get_by_role("heading", name="Forget Ada for good?")).to_be_visible()
    assert await asked(page, "kith/people/forget") == []
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Forget Ada").click()
    await page.get_by_role("dialog").get_by_role("button", name="Forget Ada").click()
    await expect(page.get_by_role("heading", name="Ada is forgotten")).to_be_visible()
    await expect(page.get_by_text("Verified: nothing is left in Kith.")).to_be_visible()
    await expect(page.get_by_text("Weekly 2026-11-15")).to_be_visible()
    await expect(page.get_by_text("binary_sensor.ada_presence, sensor.ada_last_seen")).to_be_visible()
    await expect(page.get_by_text("Visits in the list")).to_be_visible()
    await shoot(page, "forgotten", look)
    await page.get_by_role("button", name="Close").last.click()
    await expect(page.get_by_role("heading", name="How well Kith tells them apart")).to_be_visible()
    assert page.url.endswith("/kith/people")


async def test_after_a_failed_forgetting_the_page_follows_the_person_again(open_page: Open, house: House) -> None:
    failed = {"error": {"code": "storage", "message": "The disk is full"}}
    house.answers["kith/people/forget"] = failed
    found = recorded("people_get")
    house.answers["kith/people/get"] = [found, {**found, "photos": found["photos"][1:]}]
    page = await ada(open_page)
    photos = page.get_by_role("button", name="Remove this photo")
    await expect(photos).to_have_count(len(found["photos"]))
    await page.get_by_role("button", name="Forget Ada").click()
    await page.get_by_role("dialog").get_by_role("button", name="Forget Ada").click()
    await expect(page.get_by_text("The disk is full")).to_be_visible()
    await expect(photos).to_have_count(len(found["photos"]) - 1)


async def test_what_could_not_be_erased_is_named(open_page: Open, house: House) -> None:
    house.answers["kith/people/forget"] = recorded("people_forget") | {"left": [".storage/kith.gallery"]}
    page = await ada(open_page)
    await page.get_by_role("button", name="Forget Ada").click()
    await page.get_by_role("dialog").get_by_role("button", name="Forget Ada").click()
    await expect(page.get_by_text("These could not be erased: .storage/kith.gallery")).to_be_visible()


async def test_who_has_not_agreed_gets_no_photos(open_page: Open, house: House) -> None:
    found: dict[str, Any] = recorded("people_get_without_photos")
    house.answers["kith/people/get"] = found
    page = await open_page(f"/people/{LINUS}")
    await expect(page.get_by_text("Linus has not agreed to be recognized, so no photos can be added.")).to_be_visible()
    await expect(page.locator("input[type=file]")).to_have_count(0)
    await expect(page.get_by_role("button", name="Look into a camera")).to_have_count(0)


async def test_who_is_to_be_left_alone_gets_the_photo_that_this_needs(open_page: Open, house: House) -> None:
    house.answers["kith/people/get"] = recorded("people_get_without_photos") | {"avoided": True}
    page = await open_page(f"/people/{LINUS}")
    await expect(page.get_by_text("Cannot be left alone yet: needs a photo")).to_be_visible()
    await expect(page.get_by_role("button", name="Look into a camera")).to_be_visible()
    await page.locator("input[type=file]").set_input_files([photo("garden.jpg")])
    await expect(page.get_by_text("2026-11-23, a photo")).to_be_visible()
    assert [person_id for person_id, _ in house.uploaded] == [LINUS]
