"""Faces marked as not somebody: questioned, listed, taken back, and lifted by a later answer."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.contract import assert_like
from tests.identity.faces import like

from .conftest import Scripted
from .page import ADA_PERHAPS, NOBODY, Caller, waiting
from .people import agree
from .test_websocket_visits import visit_of

pytestmark = pytest.mark.one_release

HERSELF = like((0, 0.85))


async def test_a_mark_that_her_photos_contradict_is_questioned_first(entry: MockConfigEntry, page: Caller) -> None:
    home = entry.runtime_data
    face = await waiting(entry, HERSELF)
    home.stores.visits.put(visit_of(entry, 1, "ada", face_id=face))
    assert await page.refused("visits/correct", visit_id="visit001", person_id=None) == "mark_contradicts"
    assert await page.refused("visits/correct", visit_id="visit001", person_id="grace") == "mark_contradicts"
    assert await page.refused("inbox/not", group_id=face, person_id="ada") == "mark_contradicts"
    assert await page.refused("inbox/dismiss", group_id=face, how="never") == "mark_contradicts"
    assert home.stores.gallery.gallery.template_ids == {"ada", "grace"}
    await page.ask("inbox/dismiss", group_id=face, how="never", sure=True)
    assert len(home.stores.gallery.gallery.strangers) == 1


async def test_every_mark_is_listed_and_can_be_taken_back_at_any_time(entry: MockConfigEntry, page: Caller) -> None:
    home = entry.runtime_data
    await page.ask("inbox/not", group_id=await waiting(entry, ADA_PERHAPS, ago=9), person_id="ada", sure=True)
    await page.ask("inbox/dismiss", group_id=await waiting(entry, NOBODY, ago=1), how="never")
    found = await page.ask("marks/list")
    assert_like(found, "marks_list")
    never, against = found["marks"]
    assert (never["person_id"], never["looks_like"]) == (None, None)
    assert (against["name"], against["looks_like"]) == ("Ada", "Ada")
    for mark in (never, against):
        answer = await page.ask("marks/remove", mark_id=mark["mark_id"])
        assert_like(answer, "marks_remove")
    assert await page.ask("marks/list") == {"marks": []}
    assert home.stores.gallery.gallery.template_ids == {"ada", "grace"}
    assert await page.ask("marks/undo", undo=answer["undo"]) == {}
    assert [mark["name"] for mark in (await page.ask("marks/list"))["marks"]] == ["Ada"]
    assert await page.refused("marks/remove", mark_id=never["mark_id"]) == "mark_unknown"


async def test_no_is_forgotten_with_its_mark(entry: MockConfigEntry, page: Caller) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    await page.ask("inbox/not", group_id=face, person_id="ada", sure=True)
    (mark,) = (await page.ask("marks/list"))["marks"]
    answer = await page.ask("marks/remove", mark_id=mark["mark_id"])
    question = await page.ask("inbox/get", group_id=face)
    assert question["suggestion"]["name"] == "Ada"
    assert [one["name"] for one in question["likely"]] == ["Grace"]
    await page.ask("marks/undo", undo=answer["undo"])
    assert (await page.ask("inbox/get", group_id=face))["suggestion"] is None


async def test_it_was_ada_after_all_lifts_the_mark(hass: HomeAssistant, entry: MockConfigEntry, page: Caller) -> None:
    home = entry.runtime_data
    face = await waiting(entry, HERSELF)
    home.stores.visits.put(visit_of(entry, 1, "ada", face_id=face))
    await page.ask("visits/correct", visit_id="visit001", person_id=None, sure=True)
    await page.ask("inbox/dismiss", group_id=await waiting(entry, HERSELF, ago=9), how="never", sure=True)
    assert len((await page.ask("marks/list"))["marks"]) == 2
    answer = await page.ask("visits/correct", visit_id="visit001", person_id="ada")
    assert "Kith learned" in answer["words"]
    assert await page.ask("marks/list") == {"marks": []}
    await page.ask("visits/undo", undo=answer["undo"])
    assert len((await page.ask("marks/list"))["marks"]) == 2
    assert len(home.stores.gallery.gallery.templates["ada"]) == 1


async def test_what_was_learned_by_a_wrong_answer_goes_with_the_next(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home = entry.runtime_data
    agree(hass, entry, "Grace", "recognize", "photos")
    await hass.async_block_till_done()
    face = await waiting(entry, NOBODY)
    home.stores.visits.put(visit_of(entry, 1, None, face_id=face))
    await page.ask("visits/correct", visit_id="visit001", person_id="grace")
    photos = await home.stores.photos.people()
    assert len(graces := home.stores.gallery.gallery.templates["grace"]) == 2
    assert home.household.presence.last["grace"]
    for person_id in (None, "ada"):
        answer = await page.ask("visits/correct", visit_id="visit001", person_id=person_id)
        assert "Kith learned" in answer["words"]
        assert home.stores.gallery.gallery.templates["grace"] == graces[:1], "it never was her"
        assert "grace" not in home.household.presence.last
        assert "grace" not in await home.stores.photos.people()
        await page.ask("visits/undo", undo=answer["undo"])
        assert home.stores.gallery.gallery.templates["grace"] == graces
        assert home.household.presence.last["grace"]
        assert await home.stores.photos.people() == photos
    home.stores.faces.reopen([face])
    await page.ask("inbox/assign", group_id=face, person_id="ada")
    assert home.stores.gallery.gallery.templates["grace"] == graces[:1]
    assert len(home.stores.gallery.gallery.templates["ada"]) == 2


async def test_naming_a_face_of_hers_lifts_the_mark(entry: MockConfigEntry, page: Caller) -> None:
    face = await waiting(entry, HERSELF)
    await page.ask("inbox/not", group_id=face, person_id="ada", sure=True)
    answer = await page.ask("inbox/assign", group_id=face, person_id="ada")
    assert await page.ask("marks/list") == {"marks": []}
    await page.ask("inbox/undo", undo=answer["undo"])
    assert len((await page.ask("marks/list"))["marks"]) == 1


async def test_without_an_engine_nothing_is_questioned(entry: MockConfigEntry, page: Caller, engine: Scripted) -> None:
    face = await waiting(entry, HERSELF)
    entry.runtime_data.engine._facts = None
    await page.ask("inbox/not", group_id=face, person_id="ada")
    (mark,) = (await page.ask("marks/list"))["marks"]
    assert mark["looks_like"] is None
