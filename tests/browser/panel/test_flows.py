"""Cameras and people are added, changed, and removed on the page, by Home Assistant's own forms."""

from typing import Any

from playwright.async_api import expect

from .conftest import Look, Open, asked, shoot
from .house import House, recorded

FLOW = "config/config_entries/subentries/flow"
PHOTOS = {
    "type": "form",
    "flow_id": "flow-person",
    "step_id": "photos",
    "data_schema": [{"name": "another", "default": False}],
}
ENGINE = "config/config_entries/flow"
ENTRY = "01KAPENTRY000000000000KITH"
ADA = "a1b2c3d4e5f60718293a4b5c6d7e8f90"


def sent(calls: list[dict[str, Any]]) -> list[Any]:
    return [call["body"] for call in calls]


async def test_a_camera_is_added_by_its_form(open_page: Open, house: House, look: Look) -> None:
    form = recorded("flow_camera")
    house.answers[f"POST {FLOW}"] = form
    house.answers[f"POST {FLOW}/flow-camera"] = [
        {**form, "errors": {"camera": "already_watched"}},
        {"type": "create_entry", "flow_id": "flow-camera", "step_id": "user", "title": "Porch"},
    ]
    page = await open_page("/cameras", **look)
    await page.get_by_role("button", name="Add a camera").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Camera").first.select_option("Porch")
    await dialog.get_by_text("When to watch").click()
    await shoot(page, "add-camera", look)
    await dialog.get_by_role("checkbox", name="Porch motion").check()
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("already")
    await dialog.get_by_label("Camera").first.select_option("Porch")
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog).to_have_count(0)
    given = sent(await asked(page, f"POST {FLOW}/flow-camera"))[0]
    assert (given["camera"], given["when"]["wake"]) == ("camera.porch", ["binary_sensor.porch_motion"])
    assert given["when"]["interval"] == 2
    assert sent(await asked(page, f"POST {FLOW}")) == [{"handler": [ENTRY, "camera"]}]


async def test_areas_are_drawn_on_the_picture(open_page: Open, house: House, look: Look) -> None:
    house.answers[f"POST {FLOW}"] = {**recorded("flow_camera"), "step_id": "reconfigure"}
    house.answers[f"POST {FLOW}/flow-camera"] = {"type": "abort", "flow_id": "flow-camera", "reason": "changed"}
    page = await open_page("/cameras", **look)
    await page.get_by_role("region", name="Hall").get_by_role("button", name="Settings of Hall").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Camera").first.select_option("Hall")
    await dialog.get_by_text("What to watch").click()
    picture = dialog.locator("kith-areas .still")
    await expect(picture.get_by_role("img", name="What the camera sees")).to_have_js_property("naturalWidth", 1920)
    await picture.scroll_into_view_if_needed()
    box = await picture.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    await page.mouse.down()
    await page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.75 * box["height"])
    await page.mouse.up()
    area = dialog.get_by_role("button", name="Area 1: 50–80% across, 50–75% down")
    await expect(area).to_be_visible()
    await area.press("ArrowLeft")
    await dialog.get_by_role("button", name="Area 1: 49–79% across").press("Shift+ArrowDown")
    await dialog.get_by_role("button", name="Add an area").click()
    second = dialog.get_by_role("button", name="Area 2: 35–65% across, 35–65% down")
    await expect(second).to_be_focused()
    await shoot(page, "areas", look)
    await second.press("Delete")
    await expect(second).to_have_count(0)
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog).to_have_count(0)
    (given,) = sent(await asked(page, f"POST {FLOW}/flow-camera"))
    assert given["what"]["ignored"] == [{"left": 49, "top": 50, "right": 79, "bottom": 76}]


async def test_a_camera_is_changed_and_removed(open_page: Open, house: House) -> None:
    form = {**recorded("flow_camera"), "step_id": "reconfigure"}
    house.answers[f"POST {FLOW}"] = form
    house.answers[f"DELETE {FLOW}/flow-camera"] = {"message": "Flow aborted"}
    house.answers["config_entries/subentries/delete"] = {}
    page = await open_page("/cameras")
    hall = page.get_by_role("region", name="Hall")
    await hall.get_by_role("button", name="Settings of Hall").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(await asked(page, f"DELETE {FLOW}/flow-camera")) == 1
    (opened,) = sent(await asked(page, f"POST {FLOW}"))
    await hall.get_by_role("button", name="Remove Hall").click()
    await page.get_by_role("button", name="Yes, I am sure").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    (removed,) = await asked(page, "config_entries/subentries/delete")
    assert removed == {"entry_id": ENTRY, "subentry_id": opened["subentry_id"]}


async def test_a_number_is_typed_key_by_key(open_page: Open, house: House) -> None:
    house.answers[f"POST {FLOW}"] = recorded("flow_camera")
    house.answers[f"POST {FLOW}/flow-camera"] = {"type": "create_entry", "flow_id": "flow-camera", "title": "Porch"}
    page = await open_page("/cameras")
    await page.get_by_role("button", name="Add a camera").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Camera").first.select_option("Porch")
    await dialog.get_by_text("When to watch").click()
    interval = dialog.get_by_role("spinbutton").first
    for typed, value in (("10.5", "10.5"), ("1.05", "1.05"), ("7.50", "7.50"), ("2.5", "2.5")):
        await interval.select_text()
        await interval.press_sequentially(typed)
        await expect(interval).to_have_value(value)
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog).to_have_count(0)
    assert sent(await asked(page, f"POST {FLOW}/flow-camera"))[0]["when"]["interval"] == 2.5


async def test_a_value_that_is_missing_or_not_valid_is_marked_at_its_field(open_page: Open, house: House) -> None:
    house.answers[f"POST {FLOW}"] = recorded("flow_camera")
    refused = {"error": {"status_code": 400, "body": {"errors": {"camera": "Entity is neither a valid ID nor UUID"}}}}
    house.answers[f"POST {FLOW}/flow-camera"] = refused
    page = await open_page("/cameras")
    await page.get_by_role("button", name="Add a camera").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("When to watch").click()
    interval = dialog.get_by_role("spinbutton").first
    await interval.select_text()
    await interval.press_sequentially("99")
    await dialog.get_by_text("When to watch").click()
    await dialog.get_by_role("button", name="Continue").click()
    told = "A value is missing or not valid."
    await expect(dialog.get_by_role("alert")).to_have_text([told, told])
    field = dialog.locator(".block", has=page.get_by_role("spinbutton")).first
    await expect(field.get_by_role("alert")).to_be_visible()  # though its section was closed
    assert await asked(page, f"POST {FLOW}/flow-camera") == []
    for half_typed in ("1e", ""):
        await interval.select_text()
        await interval.press("Delete")
        await interval.press_sequentially(half_typed)
        await dialog.get_by_role("button", name="Continue").click()
        await expect(dialog.get_by_role("alert")).to_have_count(2)
    assert await asked(page, f"POST {FLOW}/flow-camera") == []
    await interval.fill("3")
    camera = dialog.get_by_label("Camera").first
    await camera.select_option("Porch")
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_role("alert")).to_have_text(told)
    assert len(await asked(page, f"POST {FLOW}/flow-camera")) == 1


async def test_a_person_is_added_and_photos_come_on_their_page(open_page: Open, house: House, look: Look) -> None:
    form = recorded("flow_person")
    house.answers[f"POST {FLOW}"] = form
    house.answers[f"POST {FLOW}/flow-person"] = [
        {**form, "errors": {"consent": "consent_missing"}},
        PHOTOS,
        {"type": "create_entry", "flow_id": "flow-person", "step_id": "photos", "title": "Ada"},
    ]
    page = await open_page("/people", **look)
    await page.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Ada")
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Kith recognizes nobody without consent.")
    await shoot(page, "add-person", look)
    await dialog.get_by_label("This person agrees to be recognized").check()
    await dialog.get_by_role("radio", name="Seen lately").check()
    await dialog.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", name="Add photos")).to_be_visible()
    assert page.url.endswith(f"/kith/people/{ADA}")
    given = sent(await asked(page, f"POST {FLOW}/flow-person"))
    assert given[1] == {**given[1], "consent": True, "present": "lately"}
    assert given[2] == {"another": False}


async def test_consent_is_changed_on_the_person_s_page(open_page: Open, house: House) -> None:
    house.answers[f"POST {FLOW}"] = recorded("flow_change")
    house.answers[f"POST {FLOW}/flow-change"] = [
        {"type": "menu", "flow_id": "flow-change", "step_id": "consent", "menu_options": ["agreement", "withdraw"]},
        {"type": "progress", "flow_id": "flow-change", "step_id": "look", "progress_action": "left"},
    ]
    done = {"type": "abort", "flow_id": "flow-change", "step_id": "", "reason": "consent_changed"}
    house.answers[f"GET {FLOW}/flow-change"] = {**done, "description_placeholders": {"name": "Ada"}}
    page = await open_page(f"/people/{ADA}")
    await page.get_by_role("button", name="Change consent").click()
    await page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    await expect(page.get_by_text("The consent of Ada was changed.")).to_be_visible()
    assert sent(await asked(page, f"POST {FLOW}/flow-change")) == [
        {"next_step_id": "consent"},
        {"next_step_id": "withdraw"},
    ]


async def test_what_home_assistant_refuses_is_told_in_the_dialog(open_page: Open, house: House) -> None:
    house.answers[f"POST {FLOW}"] = {"error": {"body": {"message": "Kith is not set up"}}}
    page = await open_page("/people")
    await page.get_by_role("button", name="Add a person").click()
    await expect(page.get_by_role("dialog").get_by_text("Kith is not set up")).to_be_visible()


async def test_optional_networks_are_chosen_in_the_options_form(open_page: Open, house: House) -> None:
    path = "config/config_entries/options/flow"
    extras = {"select": {"options": ["masked"], "multiple": True, "mode": "list", "translation_key": "extras"}}
    form = {
        "type": "form",
        "flow_id": "flow-options",
        "step_id": "init",
        "data_schema": [{"name": "x", "selector": extras}],
    }
    house.answers[f"POST {path}"] = form
    house.answers[f"POST {path}/flow-options"] = {"type": "create_entry", "flow_id": "flow-options", "step_id": "init"}
    page = await open_page("/settings")
    await page.get_by_role("button", name="More networks…").click()
    await page.get_by_role("dialog").get_by_role("checkbox").check()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert sent(await asked(page, f"POST {path}")) == [{"handler": ENTRY}]
    assert sent(await asked(page, f"POST {path}/flow-options")) == [{"x": ["masked"]}]


async def test_a_service_is_added_changed_and_removed(open_page: Open, house: House, look: Look) -> None:
    menu = recorded("flow_service")
    address = {"name": "url", "required": True, "selector": {"text": {"type": "url"}}}
    form = {"type": "form", "flow_id": "flow-service", "step_id": "compreface", "data_schema": [address]}
    house.answers[f"POST {FLOW}"] = menu
    house.answers[f"POST {FLOW}/flow-service"] = [
        {**form, "description_placeholders": {"link": "/compreface"}},
        {"type": "create_entry", "flow_id": "flow-service", "step_id": "allowed", "title": "CompreFace"},
    ]
    house.answers["config_entries/subentries/delete"] = {}
    page = await open_page("/settings", **look)
    services = page.get_by_role("region", name="Second opinions")
    await services.get_by_role("button", name="Add a second opinion").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("with its own database")).to_be_visible()
    await shoot(page, "add-service", look)
    await dialog.get_by_role("button", name="CompreFace").click()
    await expect(dialog.get_by_role("link", name="CompreFace")).to_have_attribute("href", "/compreface")
    await dialog.get_by_label("Address").fill("http://192.168.1.20:8000")
    await dialog.get_by_role("button", name="Continue").click()
    await expect(page.get_by_text("Kith may now ask this service.")).to_be_visible()
    await services.get_by_role("button", name="Remove CompreFace").click()
    await page.get_by_role("button", name="Yes, I am sure").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert [one["subentry_id"] for one in await asked(page, "config_entries/subentries/delete")] == [
        "01KAPSERVICE000000000COMP1"
    ]


async def test_an_engine_that_was_found_is_offered_and_another_can_be_typed(
    open_page: Open, house: House, look: Look
) -> None:
    found = {"value": "https://192.168.1.20:7071", "label": "nas (192.168.1.20:7071)"}
    address = {"name": "url", "required": True, "selector": {"select": {"options": [found], "custom_value": True}}}
    form = {"type": "form", "flow_id": "flow-service", "step_id": "kith", "data_schema": [address]}
    house.answers[f"POST {FLOW}"] = recorded("flow_service")
    house.answers[f"POST {FLOW}/flow-service"] = [form, {**form, "errors": {"url": "already_there"}}]
    page = await open_page("/settings", **look)
    await page.get_by_role("button", name="Add a second opinion").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="A bigger Kith engine at home").click()
    field = dialog.get_by_label("Address")
    assert await field.evaluate("one => [...one.list.options].map(({value, label}) => ({value, label}))") == [found]
    await field.fill("nas.local")
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("already")
    assert sent(await asked(page, f"POST {FLOW}/flow-service"))[-1] == {"url": "nas.local"}


async def test_what_was_sent_is_a_table_with_links(open_page: Open, house: House, look: Look) -> None:
    table = "| When | About |\n| --- | --- |\n| 2026\\-11\\-23 | Ada \\| Grace |"
    links = '<a href="/api/kith/sent/x/csv" target="_blank">CSV</a>'
    told = {"name": "CompreFace", "table": table, "counted": "1 of 1.", "downloads": links}
    house.answers[f"POST {FLOW}"] = {
        "type": "form",
        "flow_id": "flow-sent",
        "step_id": "sent",
        "data_schema": [],
        "description_placeholders": told,
    }
    page = await open_page("/settings", **look)
    await page.get_by_role("button", name="Settings of CompreFace").click()
    dialog = page.get_by_role("dialog")
    for words in ("2026-11-23", "Ada | Grace"):
        await expect(dialog.get_by_role("cell", name=words)).to_be_visible()
    await expect(dialog.get_by_role("link", name="CSV")).to_have_attribute("href", "/api/kith/sent/x/csv")
    await expect(dialog.get_by_role("button", name="Back")).to_be_visible()
    await shoot(page, "sent", look)


async def test_the_engine_is_moved_even_while_kith_does_not_run(open_page: Open, house: House) -> None:
    house.answers["kith/subscribe"] = recorded("subscribe_not_loaded") | {"entry_id": ENTRY}
    house.answers[f"POST {ENGINE}"] = recorded("flow_engine")
    done = {"type": "abort", "flow_id": "flow-engine", "step_id": "", "reason": "reconfigure_successful"}
    house.answers[f"POST {ENGINE}/flow-engine"] = done
    page = await open_page("/inbox")
    await page.get_by_role("button", name="Change…").click()
    await page.get_by_role("dialog").get_by_role("button", name="On this machine").click()
    await expect(page.get_by_text("Kith now uses this engine.")).to_be_visible()
    assert sent(await asked(page, f"POST {ENGINE}")) == [{"handler": "kith", "entry_id": ENTRY}]


async def test_it_says_what_comes_next(open_page: Open, house: House, look: Look) -> None:
    house.answers["kith/subscribe"] = recorded("subscribe_first_steps")
    page = await open_page("/cameras", **look)
    steps = page.get_by_role("region", name="What comes next")
    await expect(steps.get_by_text("Add a camera: done")).to_be_visible()
    await expect(steps.locator("[aria-current=step]")).to_contain_text("Add a person")
    await shoot(page, "first-steps", look)
    await steps.get_by_role("link", name="Make an automation").click()
    await expect(page.get_by_role("heading", name="Automations to start from")).to_be_in_viewport()
    await steps.get_by_role("button", name="Hide").click()
    assert await asked(page, "kith/settings/set") == [{"guided": True}]
