""" "Who is this?" as the page asks and answers it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_fire_time_changed

from custom_components.kith.errors import GalleryNotSavedError, QuestionGoneError
from custom_components.kith.identity import presence
from custom_components.kith.identity.evidence import Outcome
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.review.answers import assign, deny, dismiss
from custom_components.kith.review.inbox import MOST_LIKELY
from custom_components.kith.storage import GalleryStore
from custom_components.kith.storage.faces import STORAGE_KEY
from custom_components.kith.storage.visits import VISITS
from custom_components.kith.undo import UNDO_FOR
from tests.contract import assert_like
from tests.identity.faces import EMPTY, axis, like, shown, template, together

from .conftest import Scripted, as_subentry, eventually, face_of, person_subentry
from .page import ADA_PERHAPS, NOBODY, Caller, camera_id, waiting
from .people import agree, consent_of
from .test_photos import kept
from .test_websocket_visits import visit_of

pytestmark = [pytest.mark.one_release, pytest.mark.usefixtures("quick")]


async def later(hass: HomeAssistant, after: timedelta = UNDO_FOR + timedelta(seconds=1)) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + after)
    await hass.async_block_till_done(wait_background_tasks=False)


async def only_group(page: Caller) -> dict[str, Any]:
    found = await page.ask("inbox/list")
    (group,) = found["groups"]
    assert isinstance(group, dict)
    return group


async def test_nobody_waits_where_nothing_is_kept(hass: HomeAssistant, entry: MockConfigEntry, page: Caller) -> None:
    found = await page.ask("inbox/list")
    assert (found["groups"], found["total"], found["keeping_days"]) == ([], 0, 7)
    hass.config_entries.async_update_entry(entry, options={})
    await hass.async_block_till_done()
    assert_like(await page.ask("inbox/list"), "inbox_list_off")


async def test_faces_of_one_person_are_one_question_with_the_best_picture_first(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    first = await waiting(entry, ADA_PERHAPS, ago=7200, quality=0.6)
    best = await waiting(entry, ADA_PERHAPS, ago=3600, quality=0.85)
    other = await waiting(entry, NOBODY, ago=60, stranger=True)
    found = await page.ask("inbox/list")
    assert_like(found, "inbox_list")
    newest, hers = found["groups"]
    assert [face["face_id"] for face in newest["faces"]] == [other]
    assert (newest["suggestion"], newest["stranger"]) == (None, True)
    assert [face["face_id"] for face in hers["faces"]] == [best, first]
    assert hers["group_id"] == first, "the oldest's, so that a link stays good while more come"
    assert hers["suggestion"]["name"] == "Ada"
    assert [one["name"] for one in hers["likely"]] == ["Grace"]
    assert hers["faces"][1]["quality"] == "weak"
    assert "authSig=" in hers["faces"][0]["picture"]
    assert await page.ask("inbox/get", group_id=best) == hers | {
        "faces": (await page.ask("inbox/get", group_id=best))["faces"],
        "suggestion": hers["suggestion"],
    }


async def test_one_yes_names_them_and_says_what_was_learned(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    engine: Scripted,
) -> None:
    for ago, quality in ((10, 0.8), (20, 0.3), (30, 0.7)):
        await waiting(entry, ADA_PERHAPS, ago=ago, quality=quality)
    group = await only_group(page)
    answer = await page.ask("inbox/assign", group_id=group["group_id"], person_id="ada")
    assert_like(answer, "inbox_assign")
    assert len(answer["kept"]) == 1
    assert {one["why"] for one in answer["dropped"]} == {
        "Nearly the same as a photo that Kith already has",
        "It shows too little of the face to learn from",
    }
    assert (await page.ask("inbox/list"))["groups"] == [], "answered at once"
    assert len(entry.runtime_data.stores.gallery.gallery.templates["ada"]) == 2
    engine.answer = shown(ADA_PERHAPS)
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")


async def test_who_is_named_was_there(entry: MockConfigEntry, page: Caller) -> None:
    """And is listed as seen then; undo takes that back."""
    home = entry.runtime_data
    answer = await page.ask("inbox/assign", group_id=await waiting(entry, ADA_PERHAPS, ago=600), person_id="ada")
    ada, _ = (await page.ask("people/list"))["people"]
    assert (ada["last_camera"], ada["present"]) == ("Hall", False)
    newer = home.household.presence.last["ada"]
    await page.ask("inbox/assign", group_id=await waiting(entry, like((0, 0.5)), ago=900), person_id="ada")
    assert home.household.presence.last["ada"] == newer
    await page.ask("inbox/undo", undo=answer["undo"])
    assert "ada" not in home.household.presence.last


async def test_of_a_whole_visit_no_more_than_three_pictures_are_learned(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    for number in range(5):
        await waiting(entry, like((5, 0.75), (number, 0.3), (6, 0.3)), ago=10 * number, quality=0.7)
    groups = (await page.ask("inbox/list"))["groups"]
    answer = await page.ask("inbox/create", group_id=groups[0]["group_id"], **linus())
    assert len(groups) == 1
    assert_like(answer, "inbox_create")
    assert len(answer["kept"]) == 3
    assert "Kith learned enough from better pictures" in {one["why"] for one in answer["dropped"]}


def linus(*, photos: bool = False) -> dict[str, Any]:
    return {"name": "Linus", "consent": {"by": "Linus", "photos": photos}}


async def test_a_new_person_is_there_with_what_they_agreed_to(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    engine: Scripted,
) -> None:
    await waiting(entry, NOBODY)
    group = await only_group(page)
    answer = await page.ask("inbox/create", group_id=group["group_id"], **linus(photos=True), present="today")
    await hass.async_block_till_done()
    assert entry.runtime_data.household.presence.here_for[answer["person_id"]] == timedelta(hours=8)
    assert consent_of(entry, "Linus") == {"recognize", "photos"}
    (made,) = entry.runtime_data.stores.gallery.gallery.templates[answer["person_id"]]
    assert f"people/{answer['person_id']}/{made.template_id}.jpg" in kept(hass)
    await later(hass)
    await eventually(lambda: not [one for one in kept(hass) if "strangers" in one])
    engine.answer = shown(NOBODY)
    await eventually(lambda: hass.states.get("binary_sensor.linus_presence").state == "on")


async def test_who_is_known_by_one_weak_picture_is_told_to_need_a_better_one(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home = entry.runtime_data
    hint = "Linus gets no name yet: Kith needs a better photo"
    face = await waiting(entry, NOBODY, quality=0.6)
    answer = await page.ask("inbox/create", group_id=face, **linus(photos=False))
    assert answer["hint"] == hint
    await hass.async_block_till_done()  # else the entities come after the person is gone
    await page.ask("inbox/undo", undo=answer["undo"])
    home.stores.visits.put(visit_of(entry, 1, None, face_id=face))
    answer = await page.ask("visits/create", visit_id="visit001", **linus(photos=False))
    assert answer["words"].endswith(f". {hint}")
    await hass.async_block_till_done()
    await page.ask("visits/undo", undo=answer["undo"])
    answer = await page.ask("inbox/assign", group_id=face, person_id="ada")
    assert answer["hint"] is None


async def test_a_new_person_who_is_taken_back_leaves_all_as_it_was(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    """Also what the owner said of similar faces; and the questions are asked again, although they look like theirs."""
    home = entry.runtime_data
    known = await waiting(entry, like((5, 0.9), (6, 0.3)))
    face = await waiting(entry, like((5, 0.9), (2, 0.3)), ago=30)
    await page.ask("inbox/dismiss", group_id=known, face_ids=[known], how="never")
    before = home.stores.gallery.gallery.template_ids
    answer = await page.ask("inbox/create", group_id=face, **linus())
    await hass.async_block_till_done()  # the time of a tap
    await page.ask("inbox/undo", undo=answer["undo"])
    await hass.async_block_till_done()
    assert home.stores.gallery.gallery.template_ids == before
    assert face in home.stores.faces.captured


async def test_a_tap_can_be_taken_back_for_ten_seconds_and_nothing_is_left_of_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    home = entry.runtime_data
    before = home.stores.gallery.gallery.template_ids
    answer = await page.ask("inbox/assign", group_id=face, person_id="ada")
    assert home.stores.gallery.gallery.template_ids != before
    assert await page.ask("inbox/undo", undo=answer["undo"]) == {}
    assert home.stores.gallery.gallery.template_ids == before
    assert (await only_group(page))["group_id"] == face
    assert await page.refused("inbox/undo", undo=answer["undo"]) == "too_late"
    answer = await page.ask("inbox/create", group_id=face, **linus())
    await hass.async_block_till_done()  # the time of a tap
    assert "Linus" in {one.title for one in entry.subentries.values()}
    await page.ask("inbox/undo", undo=answer["undo"])
    await hass.async_block_till_done()
    assert "Linus" not in {one.title for one in entry.subentries.values()}
    assert answer["person_id"] not in home.stores.gallery.gallery.templates
    assert (await only_group(page))["group_id"] == face


async def test_of_two_answers_at_the_same_moment_one_holds(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, hass_ws_client: Any
) -> None:
    home = entry.runtime_data
    other = Caller(await hass_ws_client(hass))
    face = await waiting(entry, NOBODY)
    answers = await asyncio.gather(
        page.answered("inbox/assign", group_id=face, person_id="ada"),
        other.answered("inbox/assign", group_id=face, person_id="grace"),
    )
    assert sorted(answer.get("error", {}).get("code", "") for answer in answers) == ["", "question_gone"]
    assert sorted(len(found) for found in home.stores.gallery.gallery.templates.values()) == [1, 2]


@pytest.mark.parametrize("second", ["assign", "skip", "never", "deny"])
async def test_an_answer_waits_for_the_one_before_and_is_refused_if_nothing_is_left_to_answer(
    entry: MockConfigEntry, page: Caller, second: str
) -> None:
    home = entry.runtime_data
    faces = [home.stores.faces.get(await waiting(entry, NOBODY))]
    answers = {
        "assign": lambda: assign(home, faces, "grace"),
        "skip": lambda: dismiss(home, faces, never=False),
        "never": lambda: dismiss(home, faces, never=True),
        "deny": lambda: deny(home, faces, "ada"),
    }
    held, refused = await asyncio.gather(assign(home, faces, "ada"), answers[second](), return_exceptions=True)
    assert isinstance(refused, QuestionGoneError)
    gallery = home.stores.gallery.gallery
    assert {who: len(found) for who, found in gallery.templates.items()} == {"ada": 2, "grace": 1}
    assert (gallery.negatives, gallery.strangers) == ({}, ())
    await home.undos.undo(held.undo)
    assert (await only_group(page))["group_id"] == faces[0].face_id


async def test_two_may_say_at_the_same_moment_who_it_is_not(entry: MockConfigEntry, page: Caller) -> None:
    """The question stays open, also for whoever then knows who it is."""
    home = entry.runtime_data
    faces = [home.stores.faces.get(await waiting(entry, NOBODY))]
    await asyncio.gather(deny(home, faces, "ada"), deny(home, faces, "grace"))
    assert set(home.stores.gallery.gallery.negatives) == {"ada", "grace"}
    assert set(home.stores.faces.get(faces[0].face_id).not_of) == {"ada", "grace"}
    await asyncio.gather(deny(home, faces, "grace"), assign(home, faces, "ada"))
    assert set(home.stores.gallery.gallery.negatives) == {"grace"}


async def test_somebody_new_taken_back_brings_back_what_the_answer_lifted(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    """A mark never to ask about that face, and what Grace had learned from it by a wrong answer, with its picture."""
    home = entry.runtime_data
    agree(hass, entry, "Grace", "recognize", "photos")
    await hass.async_block_till_done()
    face = await waiting(entry, NOBODY)
    await page.ask("inbox/assign", group_id=face, person_id="grace")
    home.stores.faces.reopen([face])
    mark = replace(home.stores.faces.get(face).template, template_id="never")
    await home.change(lambda gallery: gallery.with_stranger(mark))
    before, photos = home.stores.gallery.gallery.template_ids, await home.stores.photos.people()
    await home.stores.faces.set_apart({face: "x"})  # left out of "never ask again", so it is still asked about
    answer = await page.ask("inbox/create", group_id=face, **linus())
    await hass.async_block_till_done()
    gallery = home.stores.gallery.gallery
    assert (gallery.strangers, len(gallery.templates["grace"])) == ((), 1)
    assert len(gallery.templates[answer["person_id"]]) == 1
    await page.ask("inbox/undo", undo=answer["undo"])
    await hass.async_block_till_done()
    assert home.stores.gallery.gallery.template_ids == before
    assert await home.stores.photos.people() == photos != {}
    assert "Linus" not in {one.title for one in entry.subentries.values()}


async def test_after_ten_seconds_the_face_is_gone_from_the_disk(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    answer = await page.ask("inbox/dismiss", group_id=face, how="skip")
    assert_like(answer, "inbox_dismiss")
    assert (await page.ask("inbox/list"))["total"] == 0
    assert kept(hass), "it can still be taken back"
    await later(hass)
    await eventually(lambda: not kept(hass))
    assert entry.runtime_data.stores.faces.get(face) is None
    assert await page.refused("inbox/undo", undo=answer["undo"]) == "too_late"


async def test_what_was_answered_is_carried_out_when_kith_stops(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    await page.ask("inbox/dismiss", group_id=face, how="skip")
    await hass.config_entries.async_unload(entry.entry_id)
    assert not kept(hass)


async def test_who_is_never_to_be_asked_about_again_is_not_even_when_they_come_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    face = await waiting(entry, NOBODY)
    answer = await page.ask("inbox/dismiss", group_id=face, how="never")
    assert len(entry.runtime_data.stores.gallery.gallery.strangers) == 1
    await waiting(entry, NOBODY, ago=1)
    assert (await page.ask("inbox/list"))["groups"] == []
    await page.ask("inbox/undo", undo=answer["undo"])
    assert entry.runtime_data.stores.gallery.gallery.strangers == ()
    assert len((await only_group(page))["faces"]) == 2


async def test_no_to_a_suggestion_is_evidence_and_it_is_not_made_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    assert (await only_group(page))["suggestion"]["person_id"] == "ada"
    assert_like(await page.ask("inbox/not", group_id=face, person_id="ada", sure=True), "inbox_not")
    assert len(entry.runtime_data.stores.gallery.gallery.negatives["ada"]) == 1
    group = await only_group(page)
    assert group["suggestion"] is None
    assert [one["name"] for one in group["likely"]] == ["Grace", "Ada"], "the owner may have been mistaken"
    await page.ask("inbox/not", group_id=face, person_id="ada", sure=True)
    assert len(entry.runtime_data.stores.gallery.gallery.negatives["ada"]) == 1, "said twice is not known twice"


async def test_no_can_be_taken_back(entry: MockConfigEntry, page: Caller) -> None:
    """Also where an earlier mark is as good, which stays."""
    home = entry.runtime_data
    face = await waiting(entry, ADA_PERHAPS)
    before = await only_group(page)
    answer = await page.ask("inbox/not", group_id=face, person_id="ada", sure=True)
    await page.ask("inbox/undo", undo=answer["undo"])
    assert home.stores.gallery.gallery.negatives == {}
    assert home.stores.faces.get(face).not_of == {}
    assert (await only_group(page))["suggestion"] == before["suggestion"]
    await page.ask("inbox/not", group_id=face, person_id="ada", sure=True)
    await home.stores.faces.drop([face])
    other = await waiting(entry, ADA_PERHAPS)
    answer = await page.ask("inbox/not", group_id=other, person_id="ada", sure=True)
    await page.ask("inbox/undo", undo=answer["undo"])
    assert len(home.stores.gallery.gallery.negatives["ada"]) == 1
    assert home.stores.faces.get(other).not_of == {}


async def test_who_was_denied_is_offered_however_many_others_there_are(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    for number in range(MOST_LIKELY):
        hass.config_entries.async_add_subentry(entry, as_subentry(person_subentry(f"Neighbor {number}")))
    await hass.async_block_till_done()
    await page.ask("inbox/not", group_id=face, person_id="ada", sure=True)
    names = [one["name"] for one in (await only_group(page))["likely"]]
    assert (len(names), names[-1]) == (MOST_LIKELY + 1, "Ada")


async def test_who_does_not_agree_is_not_offered_and_cannot_be_named(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    agree(hass, entry, "Ada")
    await hass.async_block_till_done()
    face = await waiting(entry, ADA_PERHAPS)
    group = await only_group(page)
    assert (group["suggestion"], [one["name"] for one in group["likely"]]) == (None, ["Grace"])
    assert await page.refused("inbox/assign", group_id=face, person_id="ada") == "not_agreed"
    assert await page.refused("inbox/assign", group_id=face, person_id="nobody") == "person_unknown"


async def test_what_cannot_be_is_refused_in_words(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    face = await waiting(entry, NOBODY)
    assert await page.refused("inbox/get", group_id="gone") == "question_gone"
    assert await page.refused("inbox/assign", group_id=face, person_id="ada", face_ids=["x"]) == "question_gone"
    assert await page.refused("inbox/create", group_id=face, **(linus() | {"name": " "})) == "name_missing"
    assert await page.refused("inbox/create", group_id=face, **(linus() | {"name": "Ada"})) == "name_taken"
    for wrong in ({"limit": 0}, {"limit": 101}, {"cursor": "../1"}, {"more": 1}):
        assert await page.refused("inbox/list", **wrong) == "invalid_format"
    assert await page.refused("inbox/dismiss", group_id=face, how="always") == "invalid_format"
    assert await page.refused("inbox/create", group_id=face, name="X", consent={"photos": True}) == "invalid_format"
    assert await page.refused("inbox/create", group_id=face, **linus(), present="ever") == "invalid_format"


async def test_somebody_new_who_cannot_be_stored_is_not_there(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    face = await waiting(entry, NOBODY)

    async def full(_self: GalleryStore, _gallery: Gallery) -> None:
        raise GalleryNotSavedError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(GalleryStore, "replace", full)
        assert await page.refused("inbox/create", group_id=face, **linus()) == "gallery_not_saved"
        assert await page.refused("inbox/dismiss", group_id=face, how="never") == "gallery_not_saved"
        await hass.async_block_till_done()
    assert "Linus" not in {one.title for one in entry.subentries.values()}
    assert (await only_group(page))["group_id"] == face


async def test_what_is_kept_is_for_home_assistant_s_own_user_only(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    await waiting(entry, NOBODY)
    await entry.runtime_data.stores.visits.save()
    for name in (STORAGE_KEY, VISITS):
        assert Path(hass.config.path(".storage", name)).stat().st_mode & 0o777 == 0o600


async def test_only_some_of_the_faces_may_be_answered(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    one, other = await waiting(entry, NOBODY, ago=20), await waiting(entry, NOBODY, ago=10)
    await page.ask("inbox/assign", group_id=one, person_id="grace", face_ids=[other])
    assert [face["face_id"] for face in (await only_group(page))["faces"]] == [one]


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        ("assign", {"person_id": "grace"}),
        ("create", {"name": "Linus", "consent": {"by": "Linus", "photos": False}}),
        ("not", {"person_id": "ada"}),
        ("dismiss", {"how": "never"}),
        ("dismiss", {"how": "skip"}),
    ],
)
async def test_a_face_that_is_left_out_is_no_part_of_the_answer(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, command: str, asked: dict[str, Any]
) -> None:
    """Ada's face, the better one, was taken for the mail carrier's."""
    home = entry.runtime_data
    carriers = await waiting(entry, like((5, 0.75), (1, 0.3), (6, 0.3)), ago=60, quality=0.6)
    hers = await waiting(entry, like((5, 0.75), (2, 0.3), (6, 0.3)), ago=30, quality=0.9)
    (both,) = await questions(page)
    assert both == {carriers, hers}
    before = home.stores.gallery.gallery
    answer = await page.ask(f"inbox/{command}", group_id=carriers, face_ids=[carriers], **asked)
    await hass.async_block_till_done()
    gallery, kept_hers = home.stores.gallery.gallery, home.stores.faces.get(hers)
    vectors = [
        face.vector
        for found in (*gallery.templates.values(), *gallery.negatives.values(), gallery.strangers)
        for face in found
        if face.template_id not in before.template_ids
    ]
    assert not any(np.array_equal(vector, kept_hers.template.vector) for vector in vectors)
    assert kept_hers.not_of == {}
    assert await questions(page) == ([{hers}, {carriers}] if command == "not" else [{hers}])
    await page.ask("inbox/undo", undo=answer["undo"])
    assert await questions(page) == [both]


async def questions(page: Caller) -> list[set[str]]:
    """The faces of each."""
    return [{face["face_id"] for face in group["faces"]} for group in (await page.ask("inbox/list"))["groups"]]


async def test_what_was_left_out_can_be_parted_again(entry: MockConfigEntry, page: Caller) -> None:
    one, other, third = [await waiting(entry, NOBODY, ago=ago) for ago in (10, 20, 30)]
    await page.ask("inbox/not", group_id=one, person_id="ada", face_ids=[one])
    assert await questions(page) == [{one}, {other, third}]
    await page.ask("inbox/not", group_id=other, person_id="grace", face_ids=[other])
    assert await questions(page) == [{one}, {other}, {third}]


async def test_what_was_left_out_stays_when_the_answer_is_final_and_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    carriers, hers = await waiting(entry, NOBODY, ago=20), await waiting(entry, NOBODY, ago=10)
    await page.ask("inbox/dismiss", group_id=carriers, how="never", face_ids=[carriers])
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert await questions(page) == [{hers}]
    await page.ask("inbox/dismiss", group_id=hers, how="skip")
    await hass.config_entries.async_reload(entry.entry_id)
    assert not kept(hass)


async def test_without_the_engine_it_can_be_said_who_it_is_and_nothing_is_learned(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    face = await waiting(entry, NOBODY)
    monkeypatch.setattr(type(entry.runtime_data.engine), "facts", None)
    group = await only_group(page)
    assert group["suggestion"] is None
    answer = await page.ask("inbox/assign", group_id=face, person_id="ada")
    assert (answer["kept"], len(answer["dropped"])) == ([], 1)


async def test_five_hundred_faces_come_page_by_page_and_none_twice(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, now = entry.runtime_data, dt_util.utcnow()
    monkeypatch.setattr(type(home.stores.faces), "_save", lambda _self: _nothing())
    random = np.random.default_rng(1)
    for number in range(500):
        vector = random.normal(size=8)
        await waiting(entry, vector / np.linalg.norm(vector), when=now - timedelta(seconds=number))
    monkeypatch.undo()
    seen: list[str] = []
    cursor, total = None, 0
    while True:
        found = await page.ask("inbox/list", cursor=cursor, limit=10)
        seen += [face["face_id"] for group in found["groups"] for face in group["faces"]]
        total += len(found["groups"])
        if (cursor := found["cursor"]) is None:
            break
    assert len(seen) == len(set(seen)) == 500
    assert total == found["total"] < 500, "some are alike"
    await waiting(entry, NOBODY, ago=0)
    assert len(home.stores.faces.unanswered) == 500, "the oldest goes"


async def _nothing() -> None:
    return None


# As Kith keeps them itself


async def test_a_stranger_s_face_waits_for_an_answer_and_the_visit_leads_to_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    engine: Scripted,
) -> None:
    engine.answer = shown(axis(5))
    await eventually(lambda: entry.runtime_data.stores.faces.unanswered)
    engine.answer = EMPTY
    group = await only_group(page)
    assert group["stranger"] is True
    (visit,) = (await page.ask("visits/list"))["visits"]
    assert visit["picture"]
    assert (await page.ask("inbox/get", group_id=visit["visit_id"]))["group_id"] == group["group_id"]


async def test_two_strangers_beside_ada_are_told_and_asked_about_each(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    events = async_capture_events(hass, "kith_stranger_seen")
    engine.answer = together(face_of(0), axis(5), axis(4))
    await eventually(lambda: len(entry.runtime_data.stores.faces.unanswered) == 2)
    engine.answer = EMPTY
    assert [event.data["accompanied_by"] for event in events] == [["Ada"], ["Ada"]]
    assert hass.states.get("binary_sensor.kith_stranger_present").state == "on"
    groups = (await page.ask("inbox/list"))["groups"]
    visits = {event.data["visit"] for event in events}
    assert len(groups) == len(visits) == 2
    shown_by_visit = {(await page.ask("inbox/get", group_id=visit))["faces"][0]["picture"] for visit in visits}
    assert len(shown_by_visit) == 2
    strangers = {(530.0, 570.0), (930.0, 970.0)}
    assert strangers <= {(box.left, box.right) for box in engine.cropped}, "each in their own place"


async def test_the_best_face_of_somebody_undecided_waits_when_they_are_gone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    engine: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence, "VISIT_GAP", timedelta(seconds=0.05))
    engine.answer = shown(like((0, 0.3)))
    visits = entry.runtime_data.stores.visits
    await eventually(lambda: visits.newest_first and visits.newest_first[0].verdict.outcome is Outcome.UNSURE)
    engine.answer = EMPTY
    await eventually(lambda: entry.runtime_data.stores.faces.unanswered)
    assert (await only_group(page))["stranger"] is False


@pytest.mark.parametrize("erased", [False, True])
async def test_nothing_waits_of_somebody_undecided_who_may_have_been_erased_meanwhile(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted, *, erased: bool
) -> None:
    """Although they look a little more like Grace."""
    home = entry.runtime_data
    engine.answer = shown(like((0, 0.28), (1, 0.3)))
    visits = home.stores.visits
    await eventually(lambda: engine.cropped and visits.newest_first[0].verdict.outcome is Outcome.UNSURE)
    engine.answer = EMPTY
    await eventually(lambda: hass.states.get("binary_sensor.hall_person_detected").state == "off")
    if erased:
        await home.forget("ada")
    [log] = {listener.__self__ for listener in home.household.on_track}
    log._settle(*log._open)
    assert bool(visits.faces) is not erased
    await hass.async_block_till_done()
    if not erased:
        await eventually(lambda: home.stores.faces.unanswered)
    assert erased is not bool(home.stores.faces.unanswered)


async def test_nothing_waits_of_somebody_undecided_unless_the_owner_wants_to_keep_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence, "VISIT_GAP", timedelta(seconds=0.05))
    engine.answer = shown(like((0, 0.3)))
    await eventually(lambda: entry.runtime_data.stores.visits.newest_first)
    engine.answer = EMPTY
    visits = entry.runtime_data.stores.visits
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 40 and visits.newest_first)
    assert engine.cropped == []
    assert entry.runtime_data.stores.faces.unanswered == []


async def test_who_turns_out_to_be_known_is_not_asked_about(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    engine: Scripted,
) -> None:
    engine.answer = shown(axis(5))
    await eventually(lambda: entry.runtime_data.stores.faces.unanswered)
    engine.answer = shown(like((0, 0.7), (5, 0.3)))
    await eventually(lambda: not entry.runtime_data.stores.faces.unanswered)
    assert not kept(hass)


async def test_faces_wait_for_the_days_that_are_set_and_no_longer(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    steady: None,
) -> None:
    await waiting(entry, NOBODY, ago=8 * 86400)
    fresh = await waiting(entry, NOBODY, ago=6 * 86400)
    await entry.runtime_data.prune()
    assert [face.face_id for face in entry.runtime_data.stores.faces.unanswered] == [fresh]
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 0})
    await eventually(lambda: not entry.runtime_data.stores.faces.unanswered)
    assert not kept(hass)


async def test_somebody_who_is_forgotten_is_forgotten_here_too(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    await waiting(entry, ADA_PERHAPS)
    other = await waiting(entry, NOBODY)
    await page.ask("inbox/not", group_id=other, person_id="ada")
    answer = await page.ask("people/forget", person_id="ada")
    assert answer["left"] == []
    assert [face.face_id for face in entry.runtime_data.stores.faces.unanswered] == [other]
    assert entry.runtime_data.stores.faces.get(other).not_of == {}


async def test_faces_stay_over_a_restart_of_kith(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    face = await waiting(entry, NOBODY, stranger=True)
    await page.ask("inbox/not", group_id=face, person_id="ada")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    group = await only_group(page)
    assert (group["group_id"], group["stranger"]) == (face, True)
    assert [one["name"] for one in group["likely"]] == ["Grace", "Ada"]


async def test_somebody_not_to_be_recognized_is_never_a_suggestion(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    data = person_subentry("Carl")
    data["data"] = {**data["data"], "consent": {"to": ["never"], "by": "Carl", "at": "2026-11-23T12:00:00+00:00"}}
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    await hass.async_block_till_done()
    await entry.runtime_data.enroll("carl", [template(axis(2), name="carl")])
    await waiting(entry, face_of(2))
    group = await only_group(page)
    assert group["suggestion"] is None
    assert "Carl" not in {one["name"] for one in group["likely"]}


async def test_administrators_only(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: Any,
    hass_read_only_access_token: str,
) -> None:
    page = Caller(await hass_ws_client(hass, hass_read_only_access_token))
    for command in ("inbox/list", "people/list", "visits/list", "cameras/list", "subscribe"):
        assert await page.refused(command) == "unauthorized"
    face = await waiting(entry, NOBODY)
    assert await page.refused("inbox/assign", group_id=face, person_id="ada") == "unauthorized"


async def test_while_kith_is_off_every_question_is_answered_with_that(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    for command in ("inbox/list", "people/list", "visits/list", "cameras/list"):
        assert await page.refused(command) == "not_loaded"
    assert camera_id(entry)
