"""Inbox: one tap answers, undo works for ten seconds, and a visit's link opens its question."""

from typing import Any

from playwright.async_api import Page, expect

from .conftest import Look, Open, asked, focused, shoot
from .house import House, recorded

UNDO = "5c1f0e6f1d9b4a0f8f9a1c22d3e4f506"


def group(place: int) -> dict[str, Any]:
    found: dict[str, Any] = recorded("inbox_list")["groups"][place]
    return found


def without_first() -> dict[str, Any]:
    listed: dict[str, Any] = recorded("inbox_list")
    return {**listed, "groups": listed["groups"][1:], "total": 2}


async def now_answers(page: Page, kind: str, answer: Any) -> None:
    await page.evaluate("([kind, answer]) => window.fake.answer(kind, answer)", [kind, answer])


async def test_one_tap_names_a_whole_visit_and_can_be_taken_back(open_page: Open, look: Look) -> None:
    page = await open_page("/inbox", **look)
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()
    await expect(page.get_by_text("86 px wide, good")).to_be_visible()
    await expect(page.get_by_text("Faces without an answer are erased after 7 days")).to_be_visible()
    await shoot(page, "inbox", look)
    await now_answers(page, "kith/inbox/list", without_first())
    await page.get_by_role("button", name="Yes, Ada").click()
    assert await asked(page, "kith/inbox/assign") == [
        {"group_id": group(0)["group_id"], "person_id": group(0)["suggestion"]["person_id"]}
    ]
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_have_count(0)
    await expect(page.get_by_text("Noted: Ada")).to_be_visible()
    await page.get_by_text("2 of 3 pictures kept to learn from").click()
    await expect(page.get_by_text("The best picture of the visit")).to_be_visible()
    await expect(page.get_by_text("It shows too little of the face to learn from")).to_be_visible()
    await shoot(page, "inbox-answered", look)
    await now_answers(page, "kith/inbox/list", recorded("inbox_list"))
    await page.get_by_role("button", name="Undo").click()
    assert await asked(page, "kith/inbox/undo") == [{"undo": UNDO}]
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()


async def test_after_ten_seconds_nothing_can_be_taken_back(open_page: Open) -> None:
    page = await open_page(paused=True)
    await page.get_by_role("button", name="Yes, Ada").click()
    undo = page.get_by_role("button", name="Undo")
    await page.clock.fast_forward(9_000)
    await expect(undo).to_be_visible()
    await page.clock.fast_forward(1_000)
    await expect(undo).to_have_count(0)


async def test_many_quick_answers_can_all_be_taken_back(open_page: Open) -> None:
    page = await open_page(paused=True)
    undo = page.get_by_role("button", name="Undo")
    for count in range(1, 6):
        await page.get_by_role("button", name="Yes, Ada").click()
        await expect(undo).to_have_count(count)
    await expect(undo.last).to_be_in_viewport()
    await undo.first.click()
    await expect(page.get_by_text("Undone")).to_be_in_viewport()
    await expect(undo).to_have_count(4)
    await page.evaluate("document.querySelector('kith-panel').kith.complain({message: 'The disk is full'})")
    await expect(page.get_by_text("The disk is full")).to_be_in_viewport()
    await expect(page.get_by_text("Undone")).to_have_count(0)  # has no more to offer
    await page.clock.fast_forward(10_000)
    await expect(undo).to_have_count(0)


async def test_somebody_else_is_one_tap_away(open_page: Open, look: Look) -> None:
    page = await open_page("/inbox", **look)
    await page.get_by_role("button", name="Grace").first.click()
    assert await asked(page, "kith/inbox/assign") == [
        {"group_id": group(0)["group_id"], "person_id": group(0)["likely"][0]["person_id"]}
    ]


async def test_no_is_told_and_the_question_stays_without_the_suggestion(open_page: Open, look: Look) -> None:
    page = await open_page("/inbox", **look)
    first = {**group(0), "suggestion": None}
    listed = recorded("inbox_list")
    answered = {**listed, "groups": [first, *listed["groups"][1:]]}
    await expect(page.get_by_role("button", name="No", exact=True)).to_be_visible()
    await now_answers(page, "kith/inbox/list", answered)
    await page.get_by_role("button", name="No", exact=True).click()
    assert await asked(page, "kith/inbox/not") == [
        {"group_id": first["group_id"], "person_id": group(0)["suggestion"]["person_id"]}
    ]
    await expect(page.get_by_text("Noted: not Ada")).to_be_visible()
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_have_count(0)
    await now_answers(page, "kith/inbox/list", listed)
    await page.get_by_role("button", name="Undo").click()
    assert await asked(page, "kith/inbox/undo") == [{"undo": UNDO}]
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()


async def test_a_newcomer_needs_a_name_and_consent(open_page: Open, look: Look) -> None:
    page = await open_page("/inbox", **look)
    await page.get_by_role("button", name="New person…").nth(1).click()
    save = page.get_by_role("button", name="Add and name")
    await save.click()
    await expect(page.get_by_role("alert")).to_have_text("Enter a name.")
    await page.get_by_label("Name", exact=True).fill("Lin")
    await save.click()
    await expect(page.get_by_role("alert")).to_contain_text("Kith recognizes nobody without consent")
    assert await asked(page, "kith/inbox/create") == []
    await page.get_by_label("They agreed to be recognized by Kith").check()
    present = page.get_by_role("group", name="Present means")
    await expect(present.get_by_label("Just came: for 2 minutes")).to_be_checked()
    await present.get_by_label("Seen lately: for 30 minutes").check()
    await shoot(page, "newcomer", look)
    await save.click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await asked(page, "kith/inbox/create") == [
        {
            "group_id": group(1)["group_id"],
            "name": "Lin",
            "consent": {"by": "Lin", "photos": False},
            "present": "lately",
        }
    ]


async def test_never_again_and_erase_are_two_things(open_page: Open, look: Look) -> None:
    page = await open_page("/inbox", **look)
    await page.get_by_role("button", name="Never ask again").first.click()
    await expect(page.get_by_text("Kith will not ask about this face again")).to_be_visible()
    await page.get_by_role("button", name="Erase").first.click()
    await expect(page.get_by_text("Erased", exact=True)).to_be_visible()
    assert [one["how"] for one in await asked(page, "kith/inbox/dismiss")] == ["never", "skip"]
    await expect(page.get_by_role("button", name="Undo")).to_have_count(2)


async def test_a_face_that_is_left_out_is_not_answered(open_page: Open) -> None:
    page = await open_page("/inbox")
    left, *others = [face["face_id"] for face in group(0)["faces"]]
    buttons = ("assign", "Yes, Ada"), ("not", "No"), ("dismiss", "Never ask again"), ("dismiss", "Erase")
    for command, button in buttons:
        await page.get_by_role("button", name="Leave out").first.click()
        before = len(await asked(page, f"kith/inbox/{command}"))
        await page.get_by_role("button", name=button, exact=True).first.click()
        assert [one["face_ids"] for one in (await asked(page, f"kith/inbox/{command}"))[before:]] == [others]
        await page.get_by_role("button", name="Include again").first.click()
    assert left not in others


async def test_what_was_left_out_is_the_next_question(open_page: Open) -> None:
    page = await open_page("/inbox")
    listed, first = recorded("inbox_list"), group(0)
    stays = {**first, "faces": first["faces"][:1]}
    await page.get_by_role("button", name="Leave out").first.click()
    await now_answers(page, "kith/inbox/list", {**listed, "groups": [stays, *listed["groups"][1:]]})
    await page.get_by_role("button", name="Never ask again").first.click()
    await expect(page.get_by_text("Kith will not ask about this face again")).to_be_visible()
    await page.get_by_role("button", name="Yes, Ada").click()
    assert await asked(page, "kith/inbox/assign") == [
        {"group_id": first["group_id"], "person_id": first["suggestion"]["person_id"]}
    ]


async def test_keys_answer_move_and_take_back(open_page: Open) -> None:
    page = await open_page()
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    assert "A stranger. Who is it?" in await focused(page)
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("2")
    await expect(page.get_by_text("Noted: Grace")).to_be_visible()
    assert (await asked(page, "kith/inbox/assign"))[0]["person_id"] == group(0)["likely"][0]["person_id"]
    await page.keyboard.press("u")
    await expect(page.get_by_text("Undone")).to_be_visible()


def questions(*names: str) -> dict[str, Any]:
    """A list of questions about one after another."""
    first = group(0)
    asked = [
        {**first, "group_id": name, "suggestion": {**first["suggestion"], "name": name, "person_id": name}}
        for name in names
    ]
    return {**recorded("inbox_list"), "groups": asked, "total": len(names)}


async def test_a_held_key_answers_once_and_takes_back_once(open_page: Open, house: House) -> None:
    house.answers["kith/inbox/list"] = [questions("Ada", "Grace"), questions("Grace")]
    page = await open_page()
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()
    await page.keyboard.down("1")
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_have_count(0)
    await page.keyboard.down("1")  # the key repeats
    await page.keyboard.up("1")
    assert [one["group_id"] for one in await asked(page, "kith/inbox/assign")] == ["Ada"]
    await page.keyboard.press("1")
    await expect(page.get_by_role("button", name="Undo")).to_have_count(2)
    await page.keyboard.down("u")
    await expect(page.get_by_role("button", name="Undo")).to_have_count(1)
    await page.keyboard.down("u")
    await page.keyboard.up("u")
    assert len(await asked(page, "kith/inbox/undo")) == 1


async def test_a_double_click_answers_once(open_page: Open, house: House) -> None:
    house.answers["kith/inbox/list"] = [questions("Ada", "Grace"), questions("Grace")]
    page = await open_page()
    await page.get_by_role("button", name="Yes, Ada").click()
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_have_count(0)
    await page.get_by_role("button", name="Yes, Grace").dispatch_event("click", {"detail": 2})
    assert [one["group_id"] for one in await asked(page, "kith/inbox/assign")] == ["Ada"]
    await page.get_by_role("button", name="Yes, Grace").click()
    await expect(page.get_by_role("button", name="Undo")).to_have_count(2)
    await page.get_by_role("button", name="Undo").last.dispatch_event("click", {"detail": 2})
    assert await asked(page, "kith/inbox/undo") == []


async def test_the_focus_goes_on_to_the_next_question(open_page: Open) -> None:
    page = await open_page()
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()
    await now_answers(page, "kith/inbox/list", without_first())
    await page.get_by_role("button", name="Yes, Ada").press("Enter")
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_have_count(0)
    assert "A stranger. Who is it?" in await focused(page)


async def test_a_link_opens_one_question_and_escape_shows_all(open_page: Open, look: Look) -> None:
    visit_id = "01KAQ000000000000000000101"
    page = await open_page(f"/inbox/{visit_id}", **look)
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()
    assert await asked(page, "kith/inbox/get") == [{"group_id": visit_id}]
    await expect(page.get_by_role("article")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("article")).to_have_count(3)
    assert page.url.endswith("/kith/inbox")


async def test_a_link_to_an_answered_question_says_so(open_page: Open, house: House) -> None:
    house.answers["kith/inbox/get"] = {"error": {"code": "not_found", "message": "This question was answered"}}
    page = await open_page("/inbox/01KAQ000000000000000000101")
    await expect(page.get_by_text("This question was answered")).to_be_visible()
    await page.get_by_role("link", name="All questions").click()
    await expect(page.get_by_role("article")).to_have_count(3)


async def test_a_refusal_leaves_the_question(open_page: Open, house: House) -> None:
    house.answers["kith/inbox/assign"] = {"error": {"code": "not_agreed", "message": "Ada has not agreed"}}
    page = await open_page()
    await page.get_by_role("button", name="Yes, Ada").click()
    await expect(page.get_by_text("Ada has not agreed")).to_be_visible()
    await expect(page.get_by_role("heading", name="Is this Ada?")).to_be_visible()
    await expect(page.get_by_role("button", name="Yes, Ada")).to_be_enabled()
