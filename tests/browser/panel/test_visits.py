"""Visits: who came, why a visit ended as it did, and how to correct it."""

from typing import Any

from playwright.async_api import FilePayload, Page, expect
import pytest

from .conftest import Look, Open, asked, shoot, slow_upload
from .house import House, recorded

UNSURE = "01KAQ000000000000000000101"
KNOWN = "01KAQ000000000000000000102"
ADA = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
GRACE = "b1b2c3d4e5f60718293a4b5c6d7e8f91"
NOW = "2026-11-23T16:30:00.000000+00:00"


def known() -> dict[str, Any]:
    """The reasons why Ada was recognized."""
    changes = {"visit_id": KNOWN, "outcome": "known", "person_id": ADA, "name": "Ada", "opinion": None}
    return {**recorded("visits_explain"), **changes}


async def test_visits_are_told_day_by_day_and_can_be_chosen(open_page: Open, look: Look) -> None:
    page = await open_page("/visits", **look)
    await expect(page.get_by_role("region", name="Today").get_by_role("listitem")).to_have_count(5)
    await expect(page.get_by_role("region", name="Yesterday").get_by_role("listitem")).to_have_count(2)
    await shoot(page, "visits", look)
    await page.get_by_label("Person").select_option("Grace")
    await page.get_by_label("Camera").first.select_option("Hall")
    await page.get_by_role("combobox", name="Day").select_option("Yesterday")
    last = (await asked(page, "kith/visits/list"))[-1]
    assert last == {
        "person_id": GRACE,
        "camera_id": "01KAPCAMERA0000000000HALL1",
        "day": "2026-11-22",
        "limit": 50,
    }


async def test_a_choice_outlasts_the_way_into_a_visit_and_back(open_page: Open) -> None:
    page = await open_page("/visits")
    await page.get_by_label("Person").select_option("Grace")
    await page.get_by_role("link", name="Not sure").click()
    await expect(page.get_by_role("heading", name="Why")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Person")).to_have_value(GRACE)


async def test_no_visit_of_that_choice_leads_back_to_all(open_page: Open, house: House) -> None:
    page = await open_page("/visits")
    none = recorded("visits_list") | {"visits": [], "total": 0}
    await expect(page.get_by_role("region", name="Today")).to_be_visible()
    await page.evaluate("(none) => window.fake.answer('kith/visits/list', none)", none)
    await page.get_by_label("Person").select_option("Grace")
    await expect(page.get_by_text("No visit matches this day, person, and camera.")).to_be_visible()
    await page.evaluate("(all) => window.fake.answer('kith/visits/list', all)", recorded("visits_list"))
    await page.get_by_role("button", name="Show all visits").click()
    await expect(page.get_by_role("region", name="Today")).to_be_visible()
    await expect(page.get_by_label("Person")).to_have_value("")


async def test_all_are_shown_again_and_the_choices_say_so(open_page: Open, house: House) -> None:
    listed = recorded("visits_list")
    none = {**listed, "visits": [], "total": 0, "cursor": None}
    house.answers["kith/visits/list"] = [listed, listed, listed, none, listed]
    page = await open_page("/visits")
    person = page.get_by_label("Person")
    for name in ("Grace", "Everybody", "Grace"):
        await person.select_option(name)
    await page.get_by_role("button", name="Show all").click()
    await expect(page.get_by_role("region", name="Today")).to_be_visible()
    await expect(person).to_have_value("")


async def test_portraits_are_renewed_before_their_addresses_expire(open_page: Open, house: House) -> None:
    listed, people = recorded("visits_list"), recorded("people_list")
    visit = {**known(), "picture": None, "corrected": None, "person_id": people["people"][0]["person_id"]}
    house.answers["kith/visits/list"] = {**listed, "visits": [visit]}
    first, *others = people["people"]
    renewed = {**first, "portrait": f"{first['portrait']}?authSig=renewed"}
    house.answers["kith/people/list"] = [people, {**people, "people": [renewed, *others]}]
    page = await open_page("/visits", paused=True)
    shown = page.locator("kith-visits li img")
    await expect(shown).to_have_attribute("src", first["portrait"])
    await page.clock.fast_forward("46:00")
    await expect(shown).to_have_attribute("src", renewed["portrait"])


async def tell(page: Page, *changed: str) -> None:
    await page.evaluate(
        "(told) => window.fake.tell('kith/subscribe', told)", recorded("subscribe") | {"changed": changed}
    )


async def until_asked(page: Page, kind: str, times: int) -> None:
    """So often since the page was opened."""
    asks = "([kind, times]) => window.fake.calls.filter((call) => call.type === kind).length === times"
    await page.wait_for_function(asks, arg=[kind, times])


@pytest.mark.parametrize(
    ("path", "kind"), [("/visits", "kith/visits/list"), (f"/visits/{KNOWN}", "kith/visits/explain")]
)
async def test_people_are_asked_for_when_they_change_and_not_with_each_visit(
    open_page: Open, path: str, kind: str
) -> None:
    page = await open_page(path)
    await until_asked(page, "kith/people/list", 1)
    for times in (2, 3):
        await tell(page, "people", "visits")
        await until_asked(page, kind, times)
    await tell(page, "inbox", "people", "settings")  # as after a change of the gallery
    await until_asked(page, "kith/people/list", 2)


async def test_the_choices_stay_while_kith_reloads_and_are_asked_for_again(open_page: Open, house: House) -> None:
    people, cameras = recorded("people_list"), recorded("cameras_list")
    refused = {"error": {"code": "not_loaded", "message": "Kith is not running."}}
    first, *others = people["people"]
    renamed = {**people, "people": [{**first, "name": "Ada Lovelace"}, *others]}
    house.answers["kith/people/list"] = [people, refused, refused, renamed]
    house.answers["kith/cameras/list"] = [cameras, refused, refused, cameras]
    page = await open_page("/visits")
    person, camera = (page.get_by_role("combobox", name=name) for name in ("Person", "Camera"))
    await expect(person.get_by_role("option", name="Grace")).to_have_count(1)
    await tell(page, "settings", "visits")
    await until_asked(page, "kith/people/list", 2)
    await tell(page, "visits")
    await until_asked(page, "kith/people/list", 3)
    await expect(person.get_by_role("option", name="Grace")).to_have_count(1)
    await expect(camera.get_by_role("option", name="Hall")).to_have_count(1)
    await tell(page, "visits")
    await expect(person.get_by_role("option", name="Ada Lovelace")).to_have_count(1)
    await expect(camera.get_by_role("option", name="Hall")).to_have_count(1)


async def test_the_day_that_is_shown_is_the_one_that_is_chosen(open_page: Open, house: House) -> None:
    found = recorded("visits_day")
    newest, older = found["days"][:2]
    house.answers["kith/visits/day"] = [{**found, "day": one} for one in (newest, older, newest, older)]
    page = await open_page("/visits/day")
    day = page.get_by_label("Day", exact=True)
    await day.select_option(older)
    await page.get_by_role("button", name="Later day").click()
    await expect(day).to_have_value(newest)
    await page.get_by_role("button", name="Earlier day").click()
    await expect(day).to_have_value(older)


async def test_a_visit_says_why(open_page: Open, look: Look) -> None:
    page = await open_page(f"/visits/{UNSURE}", **look)
    plot = page.get_by_role("img", name="After 3 frames: 71% of the evidence needed to name Ada")
    await expect(plot).to_be_visible()
    for words in ("3 frames were compared", "4 × too small", "2 × turned away", "Evidence for Ada"):
        await expect(page.get_by_text(words, exact=True)).to_be_visible()
    await expect(page.get_by_text("Azure was asked once, 14 kB were sent: it said Ada")).to_be_visible()
    await shoot(page, "visit", look)


async def test_the_plot_rises_to_the_bar_only_when_the_evidence_does(open_page: Open, house: House) -> None:
    page = await open_page(f"/visits/{UNSURE}")
    await expect(page.locator("svg.plot")).to_be_visible()
    bar = await page.locator("svg.plot line.bar.name").get_attribute("y1")
    points = await page.locator("svg.plot polyline.name").get_attribute("points")
    assert bar is not None
    assert points is not None
    assert float(points.split()[-1].split(",")[1]) > float(bar)  # lower on the page: below the demand


async def test_more_than_enough_is_told_in_times_and_with_the_persons_face(open_page: Open, house: House) -> None:
    steps = [{**recorded("visits_explain")["steps"][-1], "evidence": 27.0, "demanded": 13.5}]
    house.answers["kith/visits/explain"] = known() | {"steps": steps, "picture": None}
    page = await open_page(f"/visits/{KNOWN}")
    plot = page.get_by_role("img", name="After 3 frames: 2 times the evidence needed to name Ada")
    await expect(plot).to_be_visible()
    portrait = page.locator("kith-visit .head img")
    assert f"/api/kith/photos/people/{ADA}/" in str(await portrait.get_attribute("src"))


async def test_without_a_second_opinion_it_says_that_nothing_left_the_home(open_page: Open, house: House) -> None:
    house.answers["kith/visits/explain"] = known()
    page = await open_page(f"/visits/{KNOWN}")
    await expect(page.get_by_text("Nobody else was asked. Kith sent no picture out of your home.")).to_be_visible()


async def test_wrong_makes_it_a_stranger_and_can_be_taken_back(open_page: Open, house: House, look: Look) -> None:
    house.answers["kith/visits/explain"] = known()
    page = await open_page(f"/visits/{KNOWN}", **look)
    await page.get_by_role("button", name="That is wrong…").click()
    await shoot(page, "wrong", look)
    await page.get_by_role("button", name="Not Ada: a stranger").click()
    await expect(page.get_by_text("Noted: not Ada. This face counts as not Ada from now on")).to_be_visible()
    assert await asked(page, "kith/visits/correct") == [{"visit_id": KNOWN, "person_id": None}]
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Undone")).to_be_visible()
    assert len(await asked(page, "kith/visits/undo")) == 1


async def test_who_was_followed_by_appearance_is_named_as_such_and_can_be_corrected(
    open_page: Open, house: House, look: Look
) -> None:
    (followed,) = [visit for visit in recorded("visits_list")["visits"] if visit["by"] == "appearance"]
    house.answers["kith/visits/explain"] = {
        **recorded("visits_explain"),
        **followed,
        "steps": [],
        "refused": [],
        "frames": 0,
        "sentences": [followed["words"]],
    }
    page = await open_page("/visits", **look)
    await page.get_by_role("link", name="Ada By appearance 17:02 · Kitchen").click()
    await expect(page.get_by_role("heading", name="Ada")).to_be_visible()
    await expect(page.get_by_text("By appearance", exact=True)).to_be_visible()
    await shoot(page, "followed", look)
    await page.get_by_role("button", name="That is wrong…").click()
    await page.get_by_role("button", name="Not Ada: a stranger").click()
    assert await asked(page, "kith/visits/correct") == [{"visit_id": followed["visit_id"], "person_id": None}]


async def test_it_was_grace(open_page: Open, house: House, look: Look) -> None:
    house.answers["kith/visits/explain"] = known()
    page = await open_page(f"/visits/{KNOWN}", **look)
    await page.get_by_role("button", name="That is wrong…").click()
    await expect(page.get_by_role("dialog").get_by_role("button", name="Ada", exact=True)).to_have_count(0)
    await page.get_by_role("dialog").get_by_role("button", name="Grace").click()
    assert await asked(page, "kith/visits/correct") == [{"visit_id": KNOWN, "person_id": GRACE}]


async def test_a_correction_can_be_corrected(open_page: Open, house: House) -> None:
    """At any time: the wrong word was perhaps the owner's."""
    house.answers["kith/visits/explain"] = known() | {"corrected": {"to": "a stranger", "person_id": None, "at": NOW}}
    page = await open_page(f"/visits/{KNOWN}")
    await page.get_by_role("button", name="That is wrong…").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="stranger")).to_have_count(0)
    await dialog.get_by_role("button", name="Ada", exact=True).click()
    assert await asked(page, "kith/visits/correct") == [{"visit_id": KNOWN, "person_id": ADA}]
    house.answers["kith/visits/explain"] = known() | {"corrected": {"to": "Grace", "person_id": GRACE, "at": NOW}}
    page = await open_page(f"/visits/{KNOWN}")
    await page.get_by_role("button", name="That is wrong…").click()
    await expect(page.get_by_role("dialog").get_by_role("button", name="Not Grace: a stranger")).to_be_visible()
    await expect(page.get_by_role("dialog").get_by_role("button", name="Grace", exact=True)).to_have_count(0)


async def test_a_visit_without_steps_says_so(open_page: Open, house: House) -> None:
    house.answers["kith/visits/explain"] = known() | {"steps": []}
    page = await open_page(f"/visits/{KNOWN}")
    await expect(page.get_by_text("There is no plot")).to_be_visible()


async def test_earlier_visits_come_on_demand_and_each_once(open_page: Open, house: House) -> None:
    listed = recorded("visits_list")
    first = {**listed, "visits": listed["visits"][:4], "cursor": "1"}
    second = {**listed, "visits": listed["visits"][3:], "cursor": None}
    house.answers["kith/visits/list"] = {"pages": [first, second]}
    page = await open_page("/visits")
    await page.get_by_role("button", name="Show earlier visits").click()
    await expect(page.get_by_role("region", name="Yesterday").get_by_role("listitem")).to_have_count(2)
    await expect(page.get_by_role("region", name="Today").get_by_role("listitem")).to_have_count(5)
    await expect(page.get_by_role("button", name="Show earlier visits")).to_have_count(0)


async def test_a_correction_that_contradicts_her_photos_is_questioned(
    open_page: Open, house: House, look: Look
) -> None:
    done = house.answers["kith/visits/correct"]
    words = "This looks very much like Ada. If it is really somebody else, confirm it."
    contradicts = {"error": {"code": "mark_contradicts", "message": words}}
    house.answers["kith/visits/correct"] = [contradicts, contradicts, done]
    house.answers["kith/visits/explain"] = known()
    page = await open_page(f"/visits/{KNOWN}", **look)
    for answer in ("No, leave it", "Yes, I am sure"):
        await page.get_by_role("button", name="That is wrong…").click()
        await page.get_by_role("button", name="Not Ada: a stranger").click()
        await expect(page.get_by_text(words)).to_be_visible()
        await shoot(page, "questioned", look)
        await page.get_by_role("button", name=answer).click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
    sent = [call.get("sure") for call in await asked(page, "kith/visits/correct")]
    assert sent == [None, None, True]


async def test_a_visit_is_deleted_and_taken_back(open_page: Open) -> None:
    page = await open_page(f"/visits/{KNOWN}")
    await page.get_by_role("button", name="Delete this visit").click()
    await expect(page.get_by_role("region", name="Today")).to_be_visible()
    assert await asked(page, "kith/visits/delete") == [{"visit_id": KNOWN}]
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Undone", exact=True)).to_be_visible()


CLIP: FilePayload = {"name": "clip.mp4", "mimeType": "video/mp4", "buffer": b"a recording"}


async def test_a_recording_is_looked_at_with_its_progress(open_page: Open, look: Look) -> None:
    page = await open_page("/visits", **look)
    await page.route("**/api/file_upload", lambda route: route.fulfill(json={"file_id": "the upload"}))
    await page.get_by_role("button", name="Look at a recording").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Recorded by").select_option("Hall")
    await dialog.get_by_label("List as visits").check()
    await dialog.get_by_label("Choose a file").set_input_files([CLIP])
    await page.wait_for_function("window.fake.listening('kith/clips/analyze') === 1")
    [sent] = [one for one in await page.evaluate("window.fake.follow") if one["type"] == "kith/clips/analyze"]
    assert (sent["upload"], sent["camera_id"], sent["record"]) == ("the upload", "01KAPCAMERA0000000000HALL1", True)
    tell = "(event) => window.fake.tell('kith/clips/analyze', event)"
    await page.evaluate(tell, {"share": 0.4, "done": False})
    await expect(dialog.get_by_role("progressbar", name="Looking: 40%")).to_be_visible()
    await shoot(page, "recording", look)
    await page.evaluate(tell, recorded("clips_analyze"))
    await expect(dialog.get_by_text("Recognized as Ada from 12 frames in 5.7 s")).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()
    await page.wait_for_function("window.fake.listening('kith/clips/analyze') === 0")


async def test_after_a_lost_connection_a_recording_is_not_looked_at_again_by_itself(open_page: Open) -> None:
    page = await open_page("/visits")
    await page.route("**/api/file_upload", lambda route: route.fulfill(json={"file_id": "the upload"}))
    await page.get_by_role("button", name="Look at a recording").click()
    await page.get_by_label("Choose a file").set_input_files([CLIP])
    await page.wait_for_function("window.fake.listening('kith/clips/analyze') === 1")
    await page.evaluate("window.fake.disconnect()")
    await page.evaluate("window.fake.reconnect()")
    alert = page.get_by_role("dialog").get_by_role("alert")
    await expect(alert).to_contain_text("was lost, so this has stopped. Please start it again.")
    assert await page.evaluate("window.fake.listening('kith/clips/analyze')") == 0


async def test_a_recording_that_is_given_up_while_it_is_sent_is_not_looked_at(open_page: Open) -> None:
    page = await open_page("/visits")
    await page.get_by_role("button", name="Look at a recording").click()
    async with slow_upload(page):
        await page.get_by_label("Choose a file").set_input_files([CLIP])
        await page.get_by_role("button", name="Stop").click()
    await page.get_by_role("button", name="Look at a recording").click()
    await expect(page.get_by_label("Choose a file")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)
    assert await page.evaluate("window.fake.listening('kith/clips/analyze')") == 0


async def test_a_recording_that_cannot_be_sent_or_read_is_told(open_page: Open) -> None:
    page = await open_page("/visits")
    await page.route("**/api/file_upload", lambda route: route.abort())
    await page.get_by_role("button", name="Look at a recording").click()
    await page.get_by_label("Choose a file").set_input_files([CLIP])
    await expect(page.get_by_role("alert")).to_have_text("The upload failed. Check the connection and try again.")


async def test_it_was_somebody_new(open_page: Open, house: House, look: Look) -> None:
    taken = {"error": {"code": "name_taken", "message": "There is already somebody called Hedy."}}
    house.answers["kith/visits/create"] = [taken, recorded("visits_create")]
    page = await open_page(f"/visits/{UNSURE}", **look)
    await page.get_by_role("button", name="Say who it was…").click()
    await page.get_by_role("button", name="New person…").click()
    dialog = page.get_by_role("dialog", name="Who is it?")
    await expect(dialog.get_by_role("img")).to_be_visible()
    await dialog.get_by_label("Name", exact=True).fill("Hedy")
    await dialog.get_by_label("They agreed to be recognized by Kith").check()
    await shoot(page, "newcomer", look)
    await dialog.get_by_role("button", name="Add and name").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("already somebody")  # not dimmed behind the dialog
    await dialog.get_by_role("button", name="Add and name").click()
    await expect(page.get_by_text("Noted: Hedy")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    hedy = {"name": "Hedy", "consent": {"by": "Hedy", "photos": False}, "present": "came"}
    assert (await asked(page, "kith/visits/create"))[-1] == {"visit_id": UNSURE, **hedy}
