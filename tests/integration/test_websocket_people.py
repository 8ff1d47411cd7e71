"""The people as the page shows and changes them."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kith.enrollment import session
from custom_components.kith.errors import GalleryNotSavedError
from custom_components.kith.identity.gallery import Gallery, Source
from custom_components.kith.identity.presence import Seen
from custom_components.kith.kith_engine.analysis import Flaw
from custom_components.kith.kith_engine.errors import EngineUnavailableError, PictureError
from custom_components.kith.kith_engine.wire import LARGEST_PICTURE
from custom_components.kith.review.merging import merge, unmerge
from custom_components.kith.storage import GalleryStore
from custom_components.kith.websocket import enroll_camera
from tests.contract import assert_like
from tests.identity.faces import EMPTY, axis, face, like, shown, template

from .conftest import JPEG, Scripted, as_subentry, eventually, face_of, person_subentry
from .page import Caller, camera_id
from .people import agree, consent_of, person_of
from .test_photos import kept
from .test_subentry_flows import PORTRAIT, photo

pytestmark = [pytest.mark.one_release, pytest.mark.usefixtures("quick")]


@pytest.fixture
async def photos(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Three photos of Ada are kept, two of them nearly identical."""
    agree(hass, entry, "Ada", "recognize", "photos")
    await hass.async_block_till_done()
    home = entry.runtime_data
    await home.enroll("ada", [template(like((0, 0.9), (6, 0.2)), name="other"), template(axis(0), name="double")])
    for name in ("ada", "other", "double"):
        await home.stores.photos.save_person("ada", name, JPEG)
    return entry


async def test_everybody_is_listed_with_key_figures(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")
    few = (await page.ask("people/list"))["figures"]
    assert (few["photos"], few["expected_misses"]) == (4, None)
    assert few["words"].endswith("That is too few for an estimate")
    more = [template(like((1, 0.9), (6, 0.1 + 0.04 * number)), name=f"more {number}") for number in range(9)]
    await photos.runtime_data.enroll("grace", more)
    found = await page.ask("people/list")
    assert_like(found, "people_list")
    ada, grace = found["people"]
    assert (ada["present"], ada["last_camera"], ada["photos"], ada["advice"]) == (True, "Hall", 3, [])
    assert "authSig=" in ada["portrait"]
    assert (grace["portrait"], grace["last_seen"], grace["advice"]) == (None, None, [])
    figures = found["figures"]
    assert (figures["photos"], figures["expected_misses"]) == (13, {"least": 0, "most": 23})
    assert {figures["closest"]["a"], figures["closest"]["b"]} == {"Ada", "Grace"}


async def test_without_enough_photos_no_figures_are_made_up(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await page.ask("people/list"))["figures"]["expected_misses"] is None
    monkeypatch.setattr(type(entry.runtime_data.engine), "facts", None)
    assert (await page.ask("people/list"))["figures"]["closest"] is None
    told = await page.ask("people/get", person_id="ada")
    assert (told["self_test"]["tests"], told["photos"][0]["weak"]) == (0, False)
    assert await page.refused("people/self_test", person_id="ada") == "engine_away"


async def test_a_person_is_told_with_each_photo_and_what_is_missing(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller
) -> None:
    found = await page.ask("people/get", person_id="ada")
    assert_like(found, "people_get")
    assert [one["double_of"] for one in found["photos"]] == [None, None, "ada"]
    assert found["consent"]["to"] == ["photos", "recognize"]
    assert found["missing"] == ["No photo from a camera here yet: people look different there"]
    assert found["self_test"]["found"] == 100.0
    assert found["look_alike"]["name"] == "Grace"
    assert await page.refused("people/get", person_id="gone") == "person_unknown"
    agree(hass, photos, "Grace")
    assert_like(await page.ask("people/get", person_id="grace"), "people_get_without_photos")


async def test_who_is_to_be_left_alone_is_told_apart_from_who_did_not_agree(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    for who in ("ada", "grace"):
        entry.runtime_data.household.presence.see(who, Seen(dt_util.utcnow(), camera_id(entry)))
    agree(hass, entry, "Ada", "never")
    agree(hass, entry, "Grace")
    people = (await page.ask("people/list"))["people"]
    assert not any(one["present"] or one["last_seen"] for one in people), "even before it is erased"
    await hass.async_block_till_done()
    people = (await page.ask("people/list"))["people"]
    assert [(one["recognized"], one["avoided"]) for one in people] == [(False, True), (False, False)]


async def test_photos_of_the_day_and_of_the_night_are_told_apart(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    hass.config.latitude, hass.config.longitude = 52.5, 13.4
    home = entry.runtime_data

    async def missing(hour: int) -> list[str]:
        made = template(like((0, 0.9), (hour % 5 + 1, 0.2)), name=f"camera{hour}")
        object.__setattr__(made, "source", Source.CAMERA)
        object.__setattr__(made, "added", datetime(2026, 11, 20, hour, tzinfo=UTC))
        await home.enroll("ada", [made])
        found: list[str] = (await page.ask("people/get", person_id="ada"))["missing"]
        return found

    assert "after dark" in (await missing(11))[0]
    assert await missing(22) == []


async def test_weak_photos_say_why(hass: HomeAssistant, entry: MockConfigEntry, page: Caller) -> None:
    home = entry.runtime_data
    poor = replace(template(axis(0), name="poor", quality=0.3), width=40.0)
    old, odd = template(axis(3), name="old", network="another"), template(axis(1), name="odd")
    masked = replace(template(axis(0), name="masked"), covered=True)
    await home.enroll("ada", [poor, old, odd, masked])
    words = {one["template_id"]: one["words"] for one in (await page.ask("people/get", person_id="ada"))["photos"]}
    assert "shows little of the face" in words["poor"]
    assert "the face is small" in words["poor"]
    assert "another network" in words["old"]
    assert "more like Grace" in words["odd"]
    assert "mouth and nose are covered" in words["masked"]


async def test_a_portrait_is_one_that_the_other_photos_confirm(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller
) -> None:
    home = photos.runtime_data
    await home.enroll("ada", [template(axis(4), name="stranger", quality=0.89)])
    await home.stores.photos.save_person("ada", "stranger", JPEG)
    ada, _ = (await page.ask("people/list"))["people"]
    assert "/ada/stranger" not in ada["portrait"]
    shown_photos = (await page.ask("people/get", person_id="ada"))["photos"]
    assert any("/ada/stranger" in (one["picture"] or "") for one in shown_photos), "it is still listed"


async def test_the_self_test_tells_of_each_photo(hass: HomeAssistant, photos: MockConfigEntry, page: Caller) -> None:
    await photos.runtime_data.enroll("ada", [template(axis(3), name="far"), template(axis(1), name="graces")])
    found = await page.ask("people/self_test", person_id="ada")
    assert_like(found, "people_self_test")
    told = {one["template_id"]: one for one in found["trials"]}
    assert told["ada"]["outcome"] == "known"
    assert told["far"]["outcome"] in ("unsure", "stranger")
    assert told["graces"]["words"] == "Mistaken for Grace"
    right = sum(one["outcome"] == "known" for one in told.values())
    words = f"Photos recognized from the others: {right} of {len(told)}. Mistaken for somebody else: 1"
    assert found["words"] == words, "it counts what it tells of each"
    assert (await page.ask("people/self_test", person_id="grace"))["trials"] == []


async def test_a_photo_is_taken_away_and_comes_back_with_its_picture(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller
) -> None:
    home = photos.runtime_data
    answer = await page.ask("people/remove_photo", person_id="ada", template_id="other")
    assert_like(answer, "people_remove_photo")
    assert "people/ada/other.jpg" not in kept(hass)
    await page.ask("people/undo", undo=answer["undo"])
    assert "people/ada/other.jpg" in kept(hass)
    assert len(home.stores.gallery.gallery.templates["ada"]) == 3
    assert await page.refused("people/remove_photo", person_id="ada", template_id="gone") == "photo_unknown"
    assert await page.refused("people/remove_photo", person_id="grace", template_id="other") == "photo_unknown"
    answer = await page.ask("people/remove_photo", person_id="ada", template_id="other")
    await page.ask("people/forget", person_id="ada")
    assert await page.refused("people/undo", undo=answer["undo"]) == "too_late", "who was forgotten stays so"
    assert "ada" not in home.stores.gallery.gallery.templates


async def test_a_disk_that_refuses_is_told(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_self: GalleryStore, _gallery: Gallery) -> None:
        raise GalleryNotSavedError("No space left on device")

    monkeypatch.setattr(GalleryStore, "replace", full)
    assert await page.refused("people/remove_photo", person_id="ada", template_id="other") == "gallery_not_saved"
    assert await page.refused("people/forget", person_id="ada") == "gallery_not_saved"
    assert "people/ada/other.jpg" in kept(hass)


# Merge


async def test_two_who_are_one_are_put_together_and_parted_again(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    home = photos.runtime_data
    engine.answer = shown(face_of(1))
    await eventually(lambda: hass.states.get("binary_sensor.grace_presence").state == "on")
    engine.answer = EMPTY
    await home.change(lambda gallery: gallery.with_negative("grace", template(axis(4), name="not_her")))
    answer = await page.ask("people/merge", person_id="grace", into="ada")
    assert_like(answer, "people_merge")
    await hass.async_block_till_done()
    assert [one["name"] for one in (await page.ask("people/list"))["people"]] == ["Ada"]
    assert {one.template_id for one in home.stores.gallery.gallery.templates["ada"]} == {
        "ada",
        "other",
        "double",
        "grace",
    }
    assert [one.template_id for one in home.stores.gallery.gallery.negatives["ada"]] == ["not_her"]
    assert {visit["name"] for visit in (await page.ask("visits/list"))["visits"]} == {"Ada"}
    (merged,) = (await page.ask("people/get", person_id="ada"))["merges"]
    assert (merged["name"], merged["merge_id"]) == ("Grace", answer["merge_id"])
    assert_like(await page.ask("people/unmerge", merge_id=answer["merge_id"]), "people_unmerge")
    await hass.async_block_till_done()
    assert {one["name"] for one in (await page.ask("people/list"))["people"]} == {"Ada", "Grace"}
    assert [one.template_id for one in home.stores.gallery.gallery.templates["grace"]] == ["grace"]
    assert [one.template_id for one in home.stores.gallery.gallery.negatives["grace"]] == ["not_her"]
    assert person_of(photos, "Grace").data["consent"]["to"] == ["recognize"]
    assert await page.refused("people/unmerge", merge_id=answer["merge_id"]) == "merge_unknown"


async def test_who_was_there_is_still_there_by_their_other_name(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    """And is not announced once more in the same visit."""
    home, hall = entry.runtime_data, entry.subentries[camera_id(entry)]
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "place": "entrance"})
    await hass.async_block_till_done()
    announced = async_capture_events(hass, "kith_person_recognized")
    engine.answer = shown(face_of(1))
    await eventually(lambda: hass.states.get("device_tracker.grace_at_home").state == "home")
    since = home.household.presence.stays["grace"].since
    merge_id = (await page.ask("people/merge", person_id="grace", into="ada"))["merge_id"]
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.ada_presence").state == "on"
    assert hass.states.get("device_tracker.ada_at_home").state == "home"
    assert home.household.presence.stays["ada"].since == since
    seen = home.household.presence.last["ada"]
    await eventually(lambda: home.household.presence.last["ada"].captured > seen.captured)
    assert [event.data["person_id"] for event in announced] == ["grace"]
    engine.answer = EMPTY
    await page.ask("people/unmerge", merge_id=merge_id)
    await hass.async_block_till_done()
    assert hass.states.get("device_tracker.ada_at_home").state == "home"
    assert "grace" not in home.household.presence.people


async def test_pictures_go_along_if_whom_they_go_to_agreed_to_that(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller
) -> None:
    answer = await page.ask("people/merge", person_id="ada", into="grace")
    await hass.async_block_till_done()
    assert kept(hass) == [], "Grace did not agree to photos"
    await page.ask("people/unmerge", merge_id=answer["merge_id"])
    agree(hass, photos, "Grace", "recognize", "photos")
    await hass.async_block_till_done()
    await photos.runtime_data.stores.photos.save_person("ada", "other", JPEG)
    answer = await page.ask("people/merge", person_id="ada", into="grace")
    await hass.async_block_till_done()
    assert kept(hass) == ["people/grace/other.jpg"]
    await page.ask("people/unmerge", merge_id=answer["merge_id"])
    await hass.async_block_till_done()
    assert kept(hass) == ["people/ada/other.jpg"]


async def test_photos_go_nowhere_where_more_is_done_with_them(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller
) -> None:
    agree(hass, photos, "Grace", "recognize", "photos", "cloud")
    await hass.async_block_till_done()
    before = kept(hass)
    assert await page.refused("people/merge", person_id="ada", into="grace") == "consents_differ"
    await hass.async_block_till_done()
    assert kept(hass) == before != []
    assert {one["name"] for one in (await page.ask("people/list"))["people"]} == {"Ada", "Grace"}


@pytest.mark.parametrize(
    ("since", "back"), [(("recognize",), ["recognize"]), (("never",), ["never"])], ids=["no photos", "never"]
)
async def test_what_was_taken_back_since_a_merge_does_not_come_back(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller, since: tuple[str, ...], back: list[str]
) -> None:
    agree(hass, photos, "Grace", "recognize", "photos")
    await hass.async_block_till_done()
    answer = await page.ask("people/merge", person_id="grace", into="ada")
    await hass.async_block_till_done()
    agree(hass, photos, "Ada", *since)
    await hass.async_block_till_done()
    await page.ask("people/unmerge", merge_id=answer["merge_id"])
    await hass.async_block_till_done()
    assert person_of(photos, "Grace").data["consent"]["to"] == back


async def test_lists_name_the_one_who_stays_and_after_a_separation_whom_they_named(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    service = ConfigSubentry(
        data=MappingProxyType({"kind": "compreface", "url": "http://localhost:1", "key": "k", "not_about": ["grace"]}),
        subentry_type="service",
        title="CompreFace",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, service)
    hall = next(one for one in entry.subentries.values() if one.title == "Hall")

    def lists() -> tuple[list[str], list[str]]:
        found = entry.subentries
        return found[hall.subentry_id].data["allowed"], found[service.subentry_id].data["not_about"]

    for listed, merged in ((["grace"], ["ada"]), (["ada", "grace"], ["ada"])):
        hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "allowed": listed})
        await hass.async_block_till_done()
        answer = await page.ask("people/merge", person_id="grace", into="ada")
        await hass.async_block_till_done()
        assert lists() == (merged, ["ada"])
        await page.ask("people/unmerge", merge_id=answer["merge_id"])
        await hass.async_block_till_done()
        assert lists() == (listed, ["grace"])
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "allowed": ["grace"]})
    answer = await page.ask("people/merge", person_id="grace", into="ada")
    await hass.async_block_till_done()
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "allowed": []})
    await page.ask("people/unmerge", merge_id=answer["merge_id"])
    await hass.async_block_till_done()
    assert lists()[0] == [], "the owner opened it to everybody meanwhile"


async def test_nobody_is_merged_with_themselves_or_without_having_agreed(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    assert await page.refused("people/merge", person_id="ada", into="ada") == "same_person"
    assert await page.refused("people/merge", person_id="ada", into="gone") == "person_unknown"
    agree(hass, entry, "Grace")
    await hass.async_block_till_done()
    assert await page.refused("people/merge", person_id="ada", into="grace") == "not_agreed"
    assert await page.refused("people/merge", person_id="grace", into="ada") == "not_agreed"


async def test_a_merge_that_cannot_be_undone_leaves_all_as_it_was(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await page.ask("people/merge", person_id="grace", into="ada")
    await hass.async_block_till_done()

    async def full(_self: GalleryStore, _gallery: Gallery) -> None:
        raise GalleryNotSavedError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(GalleryStore, "replace", full)
        assert await page.refused("people/unmerge", merge_id=answer["merge_id"]) == "gallery_not_saved"
        await hass.async_block_till_done()
    assert "Grace" not in {one.title for one in entry.subentries.values()}
    assert len(entry.runtime_data.stores.gallery.gallery.templates["ada"]) == 2


async def test_whoever_is_forgotten_is_forgotten_with_all_that_they_were_merged_of(
    hass: HomeAssistant, photos: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    engine.answer = shown(face_of(1))
    await eventually(lambda: hass.states.get("binary_sensor.grace_presence").state == "on")
    engine.answer = EMPTY
    await page.ask("people/merge", person_id="grace", into="ada")
    await hass.async_block_till_done()
    answer = await page.ask("people/forget", person_id="ada")
    assert_like(answer, "people_forget")
    assert (answer["erased"]["templates"], answer["erased"]["visits_logged"], answer["left"]) == (4, 1, [])
    assert (await page.ask("visits/list"))["total"] == 0
    assert not photos.runtime_data.stores.gallery.gallery.templates
    assert await page.refused("people/forget", person_id="ada") == "person_unknown"


# One is merged of several


@pytest.fixture
async def three(hass: HomeAssistant, photos: MockConfigEntry, page: Caller) -> tuple[MockConfigEntry, str, str]:
    """Linus was merged into Grace and Grace into Ada; a photo is kept of each. With the ids of both merges."""
    person = person_subentry("Linus")
    hass.config_entries.async_add_subentry(photos, as_subentry(person))
    for name in ("Grace", "Linus"):
        agree(hass, photos, name, "recognize", "photos")
    await hass.async_block_till_done()
    home = photos.runtime_data
    await home.enroll("linus", [template(axis(2), name="linus")])
    await home.change(lambda gallery: gallery.with_negative("linus", template(axis(4), name="not_him")))
    for name in ("grace", "linus"):
        await home.stores.photos.save_person(name, name, JPEG)
    hall = next(one for one in photos.subentries.values() if one.title == "Hall")
    hass.config_entries.async_update_subentry(photos, hall, data={**hall.data, "allowed": ["linus", "ada"]})
    merges = []
    for person_id, into in (("linus", "grace"), ("grace", "ada")):
        merges.append((await page.ask("people/merge", person_id=person_id, into=into))["merge_id"])
        await hass.async_block_till_done()
    return photos, merges[0], merges[1]


def told_apart(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """What is known of each person."""
    gallery = entry.runtime_data.stores.gallery.gallery
    hall = next(one for one in entry.subentries.values() if one.title == "Hall")
    return {
        "names": {one.title for one in entry.subentries.values() if one.subentry_type == "person"},
        "templates": {who: {one.template_id for one in found} for who, found in gallery.templates.items()},
        "negatives": {who: {one.template_id for one in found} for who, found in gallery.negatives.items()},
        "photos": set(kept(hass)),
        "allowed": set(hall.data["allowed"]),
    }


APART = {
    "names": {"Ada", "Grace", "Linus"},
    "templates": {"ada": {"ada", "other", "double"}, "grace": {"grace"}, "linus": {"linus"}},
    "negatives": {"linus": {"not_him"}},
    "photos": {f"people/{name}.jpg" for name in ("ada/ada", "ada/other", "ada/double", "grace/grace", "linus/linus")},
    "allowed": {"linus", "ada"},
}


@pytest.mark.parametrize("first", ["inner", "outer"])
async def test_merges_of_merges_are_undone_in_any_order(
    hass: HomeAssistant, three: tuple[MockConfigEntry, str, str], page: Caller, first: str
) -> None:
    entry, inner, outer = three
    assert {one["name"] for one in (await page.ask("people/get", person_id="ada"))["merges"]} == {"Grace", "Linus"}
    for merge_id in (inner, outer) if first == "inner" else (outer, inner):
        await page.ask("people/unmerge", merge_id=merge_id)
        await hass.async_block_till_done()
    assert told_apart(hass, entry) == APART
    for name in ("ada", "grace", "linus"):
        assert (await page.ask("people/get", person_id=name))["merges"] == []


async def test_who_was_parted_and_merged_elsewhere_stays_there(
    hass: HomeAssistant, three: tuple[MockConfigEntry, str, str], page: Caller
) -> None:
    """Linus turned out to be Ada, and neither of them Grace."""
    entry, inner, outer = three
    await page.ask("people/unmerge", merge_id=inner)
    await hass.async_block_till_done()
    await page.ask("people/merge", person_id="linus", into="ada")
    await hass.async_block_till_done()
    await page.ask("people/unmerge", merge_id=outer)
    await hass.async_block_till_done()
    found = told_apart(hass, entry)
    assert found["templates"] == {"ada": {"ada", "other", "double", "linus"}, "grace": {"grace"}}
    assert (found["negatives"], found["allowed"]) == ({"ada": {"not_him"}}, {"ada"})


async def test_merges_at_the_same_moment_lose_nobody(
    hass: HomeAssistant, three: tuple[MockConfigEntry, str, str], page: Caller
) -> None:
    entry, *merge_ids = three
    home = entry.runtime_data
    await asyncio.gather(*(unmerge(home, merge_id) for merge_id in merge_ids))
    await hass.async_block_till_done()
    assert told_apart(hass, entry) == APART
    ada, grace, linus = (person_of(entry, name) for name in ("Ada", "Grace", "Linus"))
    merge_ids = await asyncio.gather(merge(home, linus, grace), merge(home, grace, ada))
    await hass.async_block_till_done()
    assert set(home.stores.gallery.gallery.templates) == {"ada"}
    await asyncio.gather(*(unmerge(home, merge_id) for merge_id in reversed(merge_ids)))
    await hass.async_block_till_done()
    assert told_apart(hass, entry) == APART


async def test_what_was_taken_back_since_a_merge_of_merges_does_not_come_back(
    hass: HomeAssistant, three: tuple[MockConfigEntry, str, str], page: Caller
) -> None:
    entry, inner, _ = three
    agree(hass, entry, "Ada", "recognize")
    await hass.async_block_till_done()
    await page.ask("people/unmerge", merge_id=inner)
    assert consent_of(entry, "Linus") == {"recognize"}


@pytest.mark.parametrize("first", ["inner", "outer"])
async def test_merges_of_merges_that_an_early_version_stored_are_undone_too(
    hass: HomeAssistant, three: tuple[MockConfigEntry, str, str], page: Caller, first: str
) -> None:
    """It put the inner one beside the outer one."""
    entry, inner, outer = three
    ada = person_of(entry, "Ada")
    (merge,) = ada.data["merged"]
    person = {name: value for name, value in merge["person"].items() if name != "merged"}
    flat = [*merge["person"]["merged"], {**merge, "person": person}]
    hass.config_entries.async_update_subentry(entry, ada, data={**ada.data, "merged": flat})
    await hass.async_block_till_done()
    for merge_id in (inner, outer) if first == "inner" else (outer, inner):
        await page.ask("people/unmerge", merge_id=merge_id)
        await hass.async_block_till_done()
    found = told_apart(hass, entry)
    assert {name: found[name] for name in ("names", "templates", "negatives", "photos")} == {
        name: APART[name] for name in ("names", "templates", "negatives", "photos")
    }


# Photos in


async def post(client: Any, person: str, body: bytes = JPEG, *, sure: str = "false") -> tuple[int, dict[str, Any]]:
    async with client.post(f"/api/kith/photos?person_id={person}&sure={sure}", data=body) as response:
        return response.status, await response.json() if response.content_type == "application/json" else {}


async def test_uploads_are_taken_or_refused_one_by_one(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator, engine: Scripted
) -> None:
    client = await hass_client()
    agree(hass, entry, "Ada", "recognize", "photos")
    await hass.async_block_till_done()
    engine.answer = EMPTY
    status, told = await post(client, "linus")
    assert (status, told["code"]) == (HTTPStatus.NOT_FOUND, "person_unknown")
    engine.answer = photo(face(like((0, 0.7), (6, 0.4)), PORTRAIT))
    status, told = await post(client, "ada")
    assert status == HTTPStatus.OK, told
    assert_like(told, "upload")
    assert f"people/ada/{told['template_id']}.jpg" in kept(hass)
    status, told = await post(client, "ada")
    assert (status, told["code"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "photo_double")
    engine.answer = photo(face(axis(1), PORTRAIT))
    status, told = await post(client, "ada")
    assert (status, told["code"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "photo_like_other")
    assert "Grace" in told["message"]
    assert_like(told, "upload_refused")
    assert (await post(client, "ada", sure="true"))[0] == HTTPStatus.OK
    assert (await post(client, "ada", sure="true"))[1]["code"] == "photo_double", "nothing else is overruled"
    engine.answer = photo(face(None, PORTRAIT, (Flaw.BLURRED,)))
    assert (await post(client, "ada"))[1]["code"] == "face_blurred"
    engine.answer = PictureError("no picture")
    assert (await post(client, "ada"))[1]["code"] == "picture_unreadable"


async def test_nobody_is_enrolled_who_did_not_agree_nor_by_anybody_but_administrators(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_read_only_access_token: str,
    engine: Scripted,
) -> None:
    engine.answer = photo(face(like((1, 0.7), (6, 0.4)), PORTRAIT))
    agree(hass, entry, "Grace")
    await hass.async_block_till_done()
    client = await hass_client()
    assert (await post(client, "grace"))[1]["code"] == "not_agreed"
    assert (await post(await hass_client(hass_read_only_access_token), "ada"))[0] == HTTPStatus.UNAUTHORIZED
    assert (await post(await hass_client_no_auth(), "ada"))[0] == HTTPStatus.UNAUTHORIZED
    assert len(entry.runtime_data.stores.gallery.gallery.templates.get("ada", ())) == 1


async def test_what_is_too_large_or_comes_at_the_wrong_time_is_refused_with_the_reason(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    engine: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = await hass_client()
    status, told = await post(client, "ada", b"\xff\xd8" + bytes(LARGEST_PICTURE))
    assert (status, told["code"]) == (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "picture_too_large")

    async def away(*_: object, **__: object) -> None:
        raise EngineUnavailableError("gone.")

    async def full(_self: GalleryStore, _gallery: Gallery) -> None:
        raise GalleryNotSavedError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(entry.runtime_data.engine, "analyze", away)
        assert (await post(client, "ada"))[0] == HTTPStatus.SERVICE_UNAVAILABLE
    engine.answer = photo(face(like((0, 0.7), (6, 0.4)), PORTRAIT))
    with monkeypatch.context() as patch:
        patch.setattr(GalleryStore, "replace", full)
        status, told = await post(client, "ada")
        assert (status, told["code"]) == (HTTPStatus.INTERNAL_SERVER_ERROR, "gallery_not_saved")
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await post(client, "ada"))[1]["code"] == "not_loaded"


# From a live camera


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enroll_camera, "LOOK_EVERY", 0.005)


@pytest.mark.usefixtures("_at_once")
async def test_somebody_is_guided_until_there_is_enough(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.answer = photo(face(like((0, 0.7), (6, 0.4)), PORTRAIT))
    await page.follow("people/look", person_id="ada", camera_id=camera_id(entry))
    event = await page.event()
    assert_like(event, "people_look")
    assert (event["wish"], event["words"]) == ("straight", "Look straight into the camera.")
    event = await page.event(lambda one: one["taken"] == 1)
    assert len(entry.runtime_data.stores.gallery.gallery.templates["ada"]) == 2
    monkeypatch.setattr(session, "NEXT_WITHIN", 0.0)
    event = await page.event(lambda one: one["done"])
    assert event["taken"] >= 1


@pytest.mark.usefixtures("_at_once")
async def test_trouble_ends_it_with_the_reason(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, hall: Any, engine: Scripted
) -> None:
    hall.picture = None
    await page.follow("people/look", person_id="ada", camera_id=camera_id(entry))
    assert "camera.hall" in (await page.event(lambda one: one["done"]))["words"]
    hall.picture = b"a picture"
    engine.answer = EngineUnavailableError("it is off.")
    await page.follow("people/look", person_id="ada", camera_id=camera_id(entry))
    assert "it is off" in (await page.event(lambda one: one["done"]))["words"]


async def test_nobody_is_guided_who_did_not_agree_or_at_no_camera(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    assert await page.refused("people/look", person_id="ada", camera_id="gone") == "camera_unknown"
    assert await page.refused("people/look", person_id="gone", camera_id=camera_id(entry)) == "person_unknown"
    agree(hass, entry, "Grace")
    await hass.async_block_till_done()
    assert await page.refused("people/look", person_id="grace", camera_id=camera_id(entry)) == "not_agreed"
