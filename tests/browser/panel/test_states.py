"""In every state, each page is readable, says what is wrong, and recovers by itself."""

from typing import Any

from playwright.async_api import Page, expect
import pytest

from .conftest import AXE, Look, Open, asked, focused, shoot, widest
from .house import House, recorded

VISIT = "/visits/01KAQ000000000000000000101"
PERSON = "/people/a1b2c3d4e5f60718293a4b5c6d7e8f90"
PAGES = {
    "/inbox": "Is this Ada?",
    "/people": "How well Kith tells them apart",
    PERSON: "Self-test",
    "/visits": "Today",
    VISIT: "Why",
    "/visits/day": "By person",
    "/visits/week": "Visits of the week",
    "/cameras": "Front door",
    "/settings": "How sure must Kith be?",
}
COMMANDS = {
    "/inbox": "kith/inbox/list",
    "/people": "kith/people/list",
    PERSON: "kith/people/get",
    "/visits": "kith/visits/list",
    VISIT: "kith/visits/explain",
    "/visits/day": "kith/visits/day",
    "/visits/week": "kith/visits/week",
    "/cameras": "kith/cameras/list",
    "/settings": "kith/settings/get",
}
SERIOUS = ("serious", "critical")


async def serious(page: Page) -> list[str]:
    """Problems that axe-core calls serious or worse."""
    await page.add_script_tag(path=AXE)
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core here: scripts/setup page")
@pytest.mark.parametrize("path", PAGES)
async def test_everybody_can_use_it(open_page: Open, every_look: Look, path: str) -> None:
    page = await open_page(path, **every_look)
    await expect(page.get_by_role("heading", name=PAGES[path])).to_be_visible()
    assert await serious(page) == []
    assert await widest(page) <= 0
    await expect(page.get_by_role("main")).to_have_count(1)
    await expect(page.get_by_role("navigation")).to_have_count(1)
    await expect(page.get_by_role("navigation").locator("[aria-current=page]")).to_have_count(1)


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core here: scripts/setup page")
async def test_everybody_can_read_a_complaint(open_page: Open, house: House, every_look: Look) -> None:
    house.answers["kith/inbox/assign"] = {"error": recorded("error_not_loaded")}
    page = await open_page("/inbox", **every_look)
    await page.get_by_role("button", name="Yes, Ada").click()
    await expect(page.get_by_text(recorded("error_not_loaded")["message"])).to_be_visible()
    width = await page.evaluate("innerWidth")
    await page.set_viewport_size({"width": width, "height": 4_000})  # axe judges no colors above other content
    line = page.locator("kith-undo .line")
    await line.evaluate("(line) => Promise.all(line.getAnimations().map((one) => one.finished))")
    assert await serious(page) == []


@pytest.mark.parametrize("path", PAGES)
async def test_it_speaks_german(open_page: Open, house: House, path: str) -> None:
    house.language = "de"
    page = await open_page(path, "phone")
    await expect(page.get_by_role("link", name="Kameras")).to_be_visible()
    await expect(page.get_by_role("heading").nth(0)).to_be_attached()
    assert await widest(page) <= 0


@pytest.mark.parametrize("path", PAGES)
async def test_an_error_is_told_and_can_be_tried_again(open_page: Open, house: House, path: str) -> None:
    told = recorded("error_not_loaded")
    answer, house.answers[COMMANDS[path]] = house.answers[COMMANDS[path]], {"error": told}
    page = await open_page(path)
    await expect(page.get_by_text(told["message"])).to_be_visible()
    await page.evaluate("([kind, answer]) => window.fake.answer(kind, answer)", [COMMANDS[path], answer])
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name=PAGES[path])).to_be_visible()


NOTHING: dict[str, tuple[Any, str]] = {
    "/inbox": ({**recorded("inbox_list"), "groups": [], "total": 0}, "the question appears here and stays for 7 days"),
    "/people": ({**recorded("people_list"), "people": []}, "each with their consent and three photos"),
    "/visits": (
        {**recorded("visits_list"), "visits": [], "days": [], "total": 0},
        "for two weeks, along with why it ended",
    ),
    "/cameras": ({**recorded("cameras_list"), "cameras": []}, "The front door is a good start"),
}


@pytest.mark.parametrize("path", NOTHING)
async def test_where_nothing_is_it_says_what_comes_here(open_page: Open, house: House, look: Look, path: str) -> None:
    house.answers[COMMANDS[path]], words = NOTHING[path]
    page = await open_page(path, **look)
    await expect(page.get_by_text(words)).to_be_visible()
    await shoot(page, f"empty{path.replace('/', '-')}", look)


async def test_without_keeping_it_says_how_to_begin(open_page: Open, house: House) -> None:
    house.answers["kith/inbox/list"] = recorded("inbox_list_off")
    page = await open_page("/inbox")
    await expect(page.get_by_role("heading", name="Kith keeps no faces of strangers")).to_be_visible()
    await page.get_by_role("link", name="Open the settings").click()
    await expect(page.get_by_role("heading", name="Faces and pictures of visits")).to_be_visible()


async def test_while_kith_is_off_the_page_says_where_to_look(open_page: Open, house: House, look: Look) -> None:
    house.answers["kith/subscribe"] = recorded("subscribe_not_loaded")
    page = await open_page("/inbox", **look)
    await expect(page.get_by_role("heading", name="Kith is not running")).to_be_visible()
    assert await asked(page, "kith/inbox/list") == []
    await shoot(page, "off", look)
    await page.evaluate("(told) => window.fake.tell('kith/subscribe', told)", recorded("subscribe"))
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()


async def test_an_engine_that_is_away_is_told_and_nothing_is_hidden(open_page: Open, house: House) -> None:
    house.answers["kith/subscribe"] = recorded("subscribe_engine_away")
    page = await open_page("/inbox")
    await expect(page.get_by_text("The engine is not responding")).to_be_visible()
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()


async def test_without_a_connection_what_was_shown_stays(open_page: Open, look: Look) -> None:
    page = await open_page("/people", **look)
    await expect(page.get_by_role("link", name="Ada")).to_be_visible()
    await page.evaluate("window.fake.set({connected: false})")
    await expect(page.get_by_text("No connection to Home Assistant")).to_be_visible()
    await expect(page.get_by_role("link", name="Ada")).to_be_visible()
    await shoot(page, "offline", look)
    await page.evaluate("window.fake.set({connected: true})")
    await expect(page.get_by_text("No connection to Home Assistant")).to_have_count(0)


async def test_after_a_restart_it_waits_for_kith(open_page: Open) -> None:
    page = await open_page("/inbox", paused=True)
    await expect(page.get_by_role("article")).to_have_count(3)
    await page.evaluate("window.fake.disconnect()")
    unknown = {"error": {"code": "unknown_command", "message": "Unknown command."}}
    await page.evaluate("(answer) => window.fake.answer('kith/subscribe', answer)", unknown)
    await page.evaluate("window.fake.reconnect()")
    await page.clock.fast_forward(10_000)
    assert await page.evaluate("window.fake.listening('kith/subscribe')") == 0
    told = recorded("subscribe") | {"unanswered": 2}
    await page.evaluate("(told) => window.fake.answer('kith/subscribe', told)", told)
    await page.clock.fast_forward(10_000)
    await expect(page.get_by_role("link", name="Who is this?")).to_contain_text("2")
    assert await page.evaluate("window.fake.listening('kith/subscribe')") == 1


async def test_what_changes_is_shown_without_asking(open_page: Open) -> None:
    page = await open_page("/inbox")
    await expect(page.get_by_role("article")).to_have_count(3)
    listed = recorded("inbox_list")
    fewer = {**listed, "groups": listed["groups"][1:], "total": 2}
    told = recorded("subscribe") | {"changed": ["inbox"], "unanswered": 2}
    await page.evaluate("(fewer) => window.fake.answer('kith/inbox/list', fewer)", fewer)
    await page.evaluate("(told) => window.fake.tell('kith/subscribe', told)", told)
    await expect(page.get_by_role("article")).to_have_count(2)
    await expect(page.get_by_role("link", name="Who is this?")).to_contain_text("2")


async def test_while_it_waits_it_says_so(open_page: Open) -> None:
    page = await open_page("/people")
    await expect(page.get_by_role("link", name="Ada")).to_be_visible()
    await page.evaluate("void (window.release = window.fake.hold('kith/visits/list'))")
    await page.get_by_role("link", name="Visits").click()
    await expect(page.get_by_role("status").get_by_text("Loading")).to_be_attached()
    await page.evaluate("window.release()")
    await expect(page.get_by_role("region", name="Today")).to_be_visible()


async def test_the_address_follows_and_back_goes_back(open_page: Open, look: Look) -> None:
    page = await open_page("", **look)
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()
    await page.get_by_role("link", name="Cameras").click()
    await expect(page.get_by_role("region", name="Hall")).to_be_visible()
    assert page.url.endswith("/kith/cameras")
    await page.go_back()
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()


async def test_the_keyboard_skips_to_the_content(open_page: Open) -> None:
    page = await open_page("/people")
    await expect(page.get_by_role("link", name="Ada")).to_be_visible()
    await page.keyboard.press("Tab")
    assert await focused(page) == "Skip to the content"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert "Ada" in await focused(page)


async def test_a_dialog_gives_the_focus_back(open_page: Open) -> None:
    page = await open_page(PERSON)
    await page.get_by_role("button", name="Forget Ada").press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await focused(page) == "Cancel"
    await page.keyboard.press("Escape")
    assert await focused(page) == "Forget Ada"
    assert page.url.endswith(PERSON)  # Escape closed only the dialog


async def test_who_wants_no_motion_gets_none(open_page: Open) -> None:
    page = await open_page("/inbox", reduced_motion="reduce")
    await page.get_by_role("button", name="Yes, Ada").click()
    line = page.locator("kith-undo .line").first
    await expect(line).to_be_visible()
    assert await line.evaluate("(line) => getComputedStyle(line).animationName") == "none"


async def test_nothing_stays_in_the_browser(open_page: Open) -> None:
    page = await open_page("/visits")
    await page.get_by_label("Person").select_option("Grace")
    await page.get_by_role("link", name="People").click()
    await expect(page.get_by_role("link", name="Ada")).to_be_visible()
    kept = "[localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length]"
    assert await page.evaluate(f"(async () => {kept})()") == [0, 0, "", 0]
