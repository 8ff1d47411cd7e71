"""Settings: how sure Kith must be, what it keeps, and what it computes with."""

from playwright.async_api import Page, expect

from .conftest import Look, Open, asked, shoot
from .house import House, Json, recorded

ASKED = {**recorded("inbox_list_off"), "keeping_decided": False}


async def test_the_inbox_asks_once_about_keeping_faces(open_page: Open, house: House, look: Look) -> None:
    house.answers["kith/inbox/list"] = ASKED
    page = await open_page("/inbox", **look)
    await expect(page.get_by_role("heading", name="Keep faces that Kith could not name, for 7 days?")).to_be_visible()
    await shoot(page, "keep", look)
    kept = recorded("inbox_list_off") | {"keeping_days": 7}
    await page.evaluate("(kept) => window.fake.answer('kith/inbox/list', kept)", kept)
    await page.get_by_role("button", name="Keep for 7 days").click()
    await expect(page.get_by_role("heading", name="No open questions")).to_be_visible()
    assert await asked(page, "kith/settings/set") == [{"keep_strangers": 7}]


async def test_who_wants_no_faces_kept_is_not_asked_again(open_page: Open, house: House) -> None:
    house.answers["kith/inbox/list"] = ASKED
    page = await open_page("/inbox")
    await expect(page.get_by_role("button", name="Keep for 7 days")).to_be_visible()
    await page.evaluate("(off) => window.fake.answer('kith/inbox/list', off)", recorded("inbox_list_off"))
    await page.get_by_role("button", name="Do not keep any").click()
    await expect(page.get_by_role("heading", name="Kith keeps no faces of strangers")).to_be_visible()
    assert await asked(page, "kith/settings/set") == [{"keep_strangers": 0}]


async def test_each_setting_says_what_it_means_and_is_saved_at_once(open_page: Open, look: Look) -> None:
    page = await open_page("/settings", **look)
    await expect(page.get_by_text("12 faces are kept now.")).to_be_visible()
    await page.get_by_label("Keep them for").select_option("14 days")
    await expect(page.get_by_text("Saved")).to_be_visible()
    await shoot(page, "settings", look)
    await page.get_by_role("radio", name="Standard").click()
    assert await asked(page, "kith/settings/set") == [{"keep_strangers": 14}, {"pack": "standard"}]


async def test_who_may_answer_is_chosen_on_the_page(open_page: Open, house: House, look: Look) -> None:
    page = await open_page("/settings", **look)
    section = page.get_by_role("region", name="Who may answer")
    await expect(section.get_by_role("checkbox", name="Linus")).to_be_checked()
    await section.scroll_into_view_if_needed()
    await shoot(page, "answering", look)
    await section.get_by_role("checkbox", name="Margaret").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    linus, margaret = (one["user_id"] for one in recorded("settings_get")["answering"])
    assert await asked(page, "kith/settings/set") == [{"trusted": [linus, margaret]}]


async def test_without_other_users_there_is_nobody_to_choose(open_page: Open, house: House) -> None:
    house.answers["kith/settings/get"] = recorded("settings_get") | {"answering": []}
    page = await open_page("/settings")
    await expect(page.get_by_role("region", name="Networks")).to_be_visible()
    await expect(page.get_by_role("region", name="Who may answer")).to_have_count(0)


async def test_every_mark_is_listed_and_taken_back(open_page: Open, look: Look) -> None:
    page = await open_page("/settings", **look)
    marks = page.get_by_role("region", name="Faces that you marked")
    await expect(marks.get_by_text("It looks very much like Ada, so it hardly counts.")).to_be_visible()
    await marks.scroll_into_view_if_needed()
    await shoot(page, "marks", look)
    await marks.get_by_role("button", name="Take back: Never ask again").click()
    await expect(page.get_by_text("Mark taken back")).to_be_visible()
    assert await asked(page, "kith/marks/remove") == [{"mark_id": "01KAQ000000000000000000952"}]
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Undone", exact=True)).to_be_visible()


async def test_a_blueprint_is_imported_with_a_tap(open_page: Open, house: House, look: Look) -> None:
    house.answers["blueprint/save"] = {}
    page = await open_page("/settings", **look)
    section = page.get_by_role("region", name="Automations to start from")
    await expect(section.get_by_text("Imported")).to_have_count(1)
    await section.scroll_into_view_if_needed()
    await shoot(page, "blueprints", look)
    both = {"kith/welcome_a_person.yaml": {}, "kith/guard_a_door.yaml": {}}
    await page.evaluate("(both) => window.fake.answer('blueprint/list', both)", both)
    await section.get_by_role("button", name="Import Guard a door").click()
    await expect(section.get_by_text("Imported")).to_have_count(2)
    (saved,) = await asked(page, "blueprint/save")
    assert saved == {"domain": "automation", "path": "kith/guard_a_door.yaml", "yaml": "blueprint: {}\n"}


def with_pending_networks() -> Json:
    """Settings where the standard networks are wanted and not installed yet."""
    found: Json = recorded("settings_get")
    found["networks"] |= {"wanted": "standard", "pending": True}
    return found


async def test_chosen_networks_lead_to_their_update(open_page: Open, house: House) -> None:
    house.answers["kith/settings/get"] = with_pending_networks()
    page = await open_page("/settings")
    await page.evaluate("addEventListener('hass-more-info', (event) => (window.shown = event.detail.entityId))")
    await page.get_by_role("button", name="Open the update").click()
    assert await page.evaluate("window.shown") == "update.kith_networks"


async def test_other_networks_are_tried_before_they_are_installed(open_page: Open, house: House, look: Look) -> None:
    house.answers["kith/settings/get"] = with_pending_networks()
    house.answers["kith/networks/try"] = {"percent": 0, "trouble": None, "tried": None}
    page = await open_page("/settings", **look)
    section = page.get_by_role("region", name="Networks")
    await section.get_by_role("button", name="Try them here").click()
    await expect(section.get_by_text("Downloading and testing the networks")).to_be_visible()
    await expect(section.get_by_role("radio", name="Kith's own")).to_be_disabled()
    await tell(page, {"percent": 63, "trouble": None, "tried": None})
    await expect(section.get_by_role("status")).to_have_text("Looking at kept photos and faces again")
    await section.get_by_role("button", name="Stop").scroll_into_view_if_needed()
    await shoot(page, "networks-trying", look)
    await tell(page, recorded("networks_try"))
    await expect(section.get_by_text("3 without a name would get one: Ada 2, Grace 1")).to_be_visible()
    await expect(section.get_by_text("Not recognized until you add new photos: Grace.")).to_be_visible()
    await expect(section.get_by_text("Would be recognized as Ada")).to_be_visible()
    await section.get_by_role("button", name="Open the update").scroll_into_view_if_needed()
    await shoot(page, "networks-tried", look)
    await section.get_by_role("button", name="Next").click()
    await expect(section.get_by_text("2 of 2")).to_be_visible()
    assert await page.evaluate("window.fake.listening('kith/networks/try')") == 0


async def test_a_trial_can_be_stopped_and_says_what_went_wrong(open_page: Open, house: House) -> None:
    house.answers["kith/settings/get"] = with_pending_networks()
    house.answers["kith/networks/try"] = {"percent": 0, "trouble": None, "tried": None}
    page = await open_page("/settings")
    section = page.get_by_role("region", name="Networks")
    await section.get_by_role("button", name="Try them here").click()
    await section.get_by_role("button", name="Stop").click()
    await page.wait_for_function("window.fake.listening('kith/networks/try') === 0")
    await section.get_by_role("button", name="Try them here").click()
    await tell(page, {"percent": 12, "trouble": "The networks could not be downloaded", "tried": None})
    await expect(page.get_by_text("The networks could not be downloaded")).to_be_visible()
    await expect(section.get_by_role("button", name="Try them here")).to_be_visible()
    await page.evaluate("window.fake.answer('kith/networks/try', {error: {code: 'packs_busy', message: 'Busy'}})")
    await section.get_by_role("button", name="Try them here").click()
    await expect(page.get_by_text("Busy")).to_be_visible()


async def test_what_was_tried_before_is_shown_again(open_page: Open, house: House) -> None:
    found = with_pending_networks()
    found["networks"]["tried"] = recorded("networks_try")["tried"]
    house.answers["kith/settings/get"] = found
    page = await open_page("/settings")
    await expect(page.get_by_text("30 would end as before")).to_be_visible()


async def tell(page: Page, event: Json) -> None:
    await page.evaluate("(event) => window.fake.tell('kith/networks/try', event)", event)


async def test_the_knob_shows_each_change_before_it_is_set(open_page: Open, look: Look) -> None:
    page = await open_page("/settings", **look)
    await page.get_by_role("radio", name="Relaxed").check()
    await expect(page.get_by_text("Of the last 200 visits, 2 would end differently.")).to_be_visible()
    assert await asked(page, "kith/knob/replay") == [{"sureness": "relaxed", "sample": 200}]
    assert await asked(page, "kith/knob/set") == []
    await expect(page.get_by_text("Would be recognized as Ada")).to_be_visible()
    await expect(page.get_by_role("button", name="Set to Relaxed without the rest")).to_be_visible()
    await shoot(page, "knob", look)
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_text("Would stay without a name", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Set to Relaxed", exact=True).click()
    await expect(page.get_by_text("Set to Relaxed").first).to_be_visible()
    assert await asked(page, "kith/knob/set") == [{"sureness": "relaxed"}]


async def test_the_pictures_of_a_replay_are_renewed_before_their_addresses_expire(open_page: Open) -> None:
    page = await open_page("/settings", paused=True)
    await page.get_by_role("radio", name="Relaxed").check()
    await expect(page.get_by_role("button", name="Set to Relaxed without the rest")).to_be_visible()
    await page.clock.fast_forward("46:00")
    await page.wait_for_function("window.fake.calls.filter((one) => one.type === 'kith/knob/replay').length === 2")
    await expect(page.get_by_role("button", name="Set to Relaxed without the rest")).to_be_visible()


async def test_the_knob_can_be_left_as_it_is(open_page: Open) -> None:
    page = await open_page("/settings")
    await page.get_by_role("radio", name="Strict").check()
    await page.get_by_role("button", name="Leave as it is").click()
    await expect(page.get_by_role("radio", name="Normal")).to_be_checked()
    assert await asked(page, "kith/knob/set") == []


async def test_a_replay_that_fails_leaves_the_knob(open_page: Open, house: House) -> None:
    house.answers["kith/knob/replay"] = {"error": {"code": "unknown", "message": "Something went wrong"}}
    page = await open_page("/settings")
    await page.get_by_role("radio", name="Strict").click()
    await expect(page.get_by_text("Something went wrong")).to_be_visible()
    await expect(page.get_by_role("radio", name="Normal")).to_be_checked()
