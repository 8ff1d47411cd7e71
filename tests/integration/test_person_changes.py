"""What can be changed about a person: photos, settings, consent."""

from dataclasses import replace
from pathlib import Path

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import DOMAIN
from custom_components.kith.errors import GalleryNotSavedError
from custom_components.kith.identity.gallery import Source
from custom_components.kith.settings import retention_days
from custom_components.kith.storage import GalleryStore, PresenceStore
from tests.identity.faces import axis, like, shown, template

from .conftest import JPEG, Scripted, eventually, face_of
from .people import agree, chosen, configured, consent_of, person_of


def kept(hass: HomeAssistant) -> list[str]:
    return [path.name for path in Path(hass.config.path("kith", "photos")).rglob("*.jpg")]


async def added(hass: HomeAssistant, entry: MockConfigEntry, **answers: object) -> dict:
    flow = await hass.config_entries.subentries.async_init((entry.entry_id, "person"), context={"source": SOURCE_USER})
    return await configured(hass, flow, {"name": "Linus", "consent": False, **answers})


async def test_the_menu_offers_what_can_be_changed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow = await chosen(hass, entry, "Ada")
    assert flow["type"] is FlowResultType.MENU
    assert flow["menu_options"] == ["photos", "shown", "look", "settings", "consent"]
    assert flow["description_placeholders"]["name"] == "Ada"


# Adding


@pytest.mark.parametrize(
    ("answers", "agreed"),
    [
        ({"consent": True}, {"recognize"}),
        ({"consent": True, "keep_photos": True}, {"recognize", "photos"}),
        ({"never": True}, {"never"}),
    ],
)
async def test_people_agree_to_each_thing_for_itself(
    hass: HomeAssistant, entry: MockConfigEntry, answers: dict, agreed: set[str]
) -> None:
    flow = await added(hass, entry, **answers)
    assert flow["step_id"] == ("avoid" if "never" in answers else "photos")
    await configured(hass, flow, {"another": False})
    assert consent_of(entry, "Linus") == agreed


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({}, {"consent": "consent_missing"}),
        ({"keep_photos": True}, {"consent": "consent_missing"}),
        ({"never": True, "consent": True}, {"never": "never_and_else"}),
        ({"never": True, "keep_photos": True}, {"never": "never_and_else"}),
    ],
)
async def test_nobody_agrees_to_opposites(
    hass: HomeAssistant, entry: MockConfigEntry, answers: dict, errors: dict[str, str]
) -> None:
    assert (await added(hass, entry, **answers))["errors"] == errors


# Photos


async def test_photos_are_shown_with_why_one_is_weak(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    agree(hass, entry, "Ada", "recognize", "photos")
    home = entry.runtime_data
    await home.enroll(
        "ada",
        [
            template(like((0, 0.9)), name="good"),
            replace(template(like((0, 0.8)), name="small"), width=40.0, source=Source.CAMERA),
            template(like((0, 0.85)), name="poor", quality=0.58),
            template(axis(1), name="mixed up", quality=0.7),
            template(axis(5), name="odd"),
            template(axis(0), name="old", network="another network"),
        ],
    )
    await home.stores.photos.save_person("ada", "good", JPEG)
    flow = await chosen(hass, entry, "Ada", "shown")
    lines = flow["description_placeholders"]["photos"].split("\n")
    assert [line.partition("; ")[2] for line in lines] == [
        "",
        "",
        "the face is small: use a closer photo",
        "shows little of the face: use a closer, sharper photo from the front",
        "more like Grace than like the other photos: check whether it is this person",
        "not like the other photos: check whether it is this person",
        "made by another network and no longer compared: add it again",
    ]
    assert lines[0] == "- 1: 2026-11-23, a photo, face 80 px wide, good"
    assert '<img src="/api/kith/photos/people/ada/good?authSig=' in lines[1]
    assert "3: 2026-11-23, from a camera, face 40 px wide, good" in lines[2]
    assert "weak" in lines[3]
    assert "fair" in lines[4]


async def test_chosen_photos_are_deleted(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    agree(hass, entry, "Ada", "recognize", "photos")
    home = entry.runtime_data
    await home.enroll("ada", [template(like((0, 0.9)), name="more")])
    for name in ("ada", "more"):
        await home.stores.photos.save_person("ada", name, JPEG)
    flow = await configured(hass, await chosen(hass, entry, "Ada", "shown"), {"delete": ["ada"]})
    assert flow["reason"] == "photos_deleted"
    assert (flow["description_placeholders"]["count"], flow["description_placeholders"]["left"]) == ("1", "1")
    assert [one.template_id for one in home.stores.gallery.gallery.templates["ada"]] == ["more"]
    assert kept(hass) == ["more.jpg"]


async def test_who_deletes_no_photo_comes_back_to_the_menu(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow = await configured(hass, await chosen(hass, entry, "Ada", "shown"), {})
    assert flow["type"] is FlowResultType.MENU
    await entry.runtime_data.change(lambda gallery: gallery.without("ada"))
    assert (await configured(hass, flow, {"next_step_id": "shown"}))["reason"] == "no_photos"


async def test_a_photo_that_cannot_be_deleted_is_still_there_and_that_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await chosen(hass, entry, "Ada", "shown")
    monkeypatch.setattr(GalleryStore, "replace", full)
    flow = await configured(hass, flow, {"delete": ["ada"]})
    assert flow["errors"] == {"base": "gallery_not_saved"}
    assert "full" in flow["description_placeholders"]["details"]
    assert entry.runtime_data.stores.gallery.gallery.templates["ada"]


async def full(*_: object) -> None:
    raise GalleryNotSavedError("the disk is full")


# Settings


async def test_settings_are_changed_and_obeyed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.states.async_set("person.ada", "home", {"friendly_name": "Ada", "entity_picture": "/ada.png"})
    flow = await chosen(hass, entry, "Ada", "settings")
    flow = await configured(hass, flow, {"name": "Ada L.", "person": "person.ada", "here_for": 30, "born": 2015})
    assert flow["reason"] == "settings_changed"
    await hass.async_block_till_done()
    person = entry.runtime_data.person("ada")
    assert (person.name, person.linked, person.here_for.total_seconds(), person.born) == (
        "Ada L.",
        "person.ada",
        1800,
        2015,
    )
    assert entry.runtime_data.household.presence.here_for["ada"].total_seconds() == 1800
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "ada"), entry.entry_id)
    assert device.name == "Ada L."
    assert consent_of(entry, "Ada L.") == {"recognize"}

    flow = await chosen(hass, entry, "Ada L.", "settings")
    assert (await configured(hass, flow, {"name": " ", "here_for": 2}))["errors"] == {"name": "name_missing"}
    await configured(hass, flow, {"name": "Ada L.", "here_for": 2})
    person = entry.runtime_data.person("ada")
    assert (person.linked, person.born) == (None, None)


# Consent


async def test_consent_is_told_and_changed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    agree(hass, entry, "Ada", "recognize", "photos", "opinion")
    await hass.async_block_till_done()
    await entry.runtime_data.stores.photos.save_person("ada", "ada", JPEG)
    flow = await chosen(hass, entry, "Ada", "consent")
    told = flow["description_placeholders"]
    assert told == {
        "name": "Ada",
        "to": "second opinions from a service at home, photos being kept, being recognized",
        "by": "Ada",
        "at": "2026-11-23",
    }
    flow = await configured(hass, flow, {"next_step_id": "agreement"})
    assert (await configured(hass, flow, {"consent": False}))["errors"] == {"consent": "consent_missing"}
    flow = await configured(hass, flow, {"consent": True, "consent_by": "her mother"})
    assert flow["reason"] == "consent_changed"
    assert kept(hass) == []
    assert consent_of(entry, "Ada") == {"recognize", "opinion"}, "what is not asked for here stays"
    stored = person_of(entry, "Ada").data["consent"]
    assert stored["by"] == "her mother"
    assert stored["at"] > "2026-11-23T12:00:00"
    assert entry.runtime_data.stores.gallery.gallery.templates["ada"]


async def test_who_wants_never_to_be_recognized_is_left_alone_from_then_on(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    agree(hass, entry, "Ada", "recognize", "opinion")
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    await configured(hass, flow, {"consent": False, "never": True})
    assert consent_of(entry, "Ada") == {"never"}
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence") is None)
    assert entry.runtime_data.stores.gallery.gallery.templates["ada"], "it takes them to know whom to leave alone"


async def test_consent_is_withdrawn_with_one_click_which_erases_everything_and_says_what(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    agree(hass, entry, "Ada", "recognize", "photos")
    await hass.async_block_till_done()
    home = entry.runtime_data
    await home.enroll("ada", [template(like((0, 0.9)), name="more")])
    await home.stores.photos.save_person("ada", "more", JPEG)
    await home.change(lambda gallery: gallery.with_negative("ada", template(axis(5))))
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")
    flow = await configured(hass, await chosen(hass, entry, "Ada", "consent", "withdraw"), {})
    assert flow["reason"] == "withdrawn"
    assert flow["description_placeholders"] == {"name": "Ada", "templates": "2", "photos": "1"}
    for key in ("kith.gallery", "kith.gallery.copy", "kith.presence"):
        assert "ada" not in Path(hass.config.path(".storage", key)).read_text()
    assert kept(hass) == []
    assert consent_of(entry, "Ada") == set()
    assert hass.states.get("binary_sensor.ada_presence").state == "off"
    flow = await chosen(hass, entry, "Ada", "consent")
    assert flow["description_placeholders"]["to"] == "nothing"


async def test_a_disk_that_refuses_is_told_and_the_person_is_not_recognized_all_the_same(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await chosen(hass, entry, "Ada", "consent", "withdraw")
    with monkeypatch.context() as patch:
        patch.setattr(GalleryStore, "replace", full)
        flow = await configured(hass, flow, {})
        await hass.async_block_till_done()
    assert flow["errors"] == {"base": "gallery_not_saved"}
    assert consent_of(entry, "Ada") == set()
    flow = await configured(hass, flow, {})
    assert flow["description_placeholders"]["templates"] == "1"


async def test_nobody_waits_for_an_engine_to_withdraw(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    agree(hass, entry, "Ada", "recognize", "photos")
    await hass.async_block_till_done()
    await entry.runtime_data.stores.photos.save_person("ada", "ada", JPEG)
    engine.answer = shown(face_of(0))
    await eventually(lambda: "ada" in entry.runtime_data.household.presence.last)
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await chosen(hass, entry, "Ada")
    assert flow["menu_options"] == ["settings", "consent"]
    flow = await configured(
        hass, await configured(hass, flow, {"next_step_id": "consent"}), {"next_step_id": "withdraw"}
    )
    flow = await configured(hass, flow, {})
    assert flow["description_placeholders"] == {"name": "Ada", "templates": "1", "photos": "1"}
    store = GalleryStore(hass)
    await store.load()
    assert set(store.gallery.templates) == {"grace"}
    presence = PresenceStore(hass)
    await presence.load()
    assert presence.presence.last == {}
    assert kept(hass) == []


@pytest.mark.parametrize(
    ("step", "answer"), [("photos", {"another": True}), ("shown", {}), ("look", {"camera": "camera.hall"})]
)
async def test_who_is_in_a_form_while_kith_ends_is_told_so(
    hass: HomeAssistant, entry: MockConfigEntry, step: str, answer: dict
) -> None:
    flow = await chosen(hass, entry, "Ada", step)
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await configured(hass, flow, answer))["reason"] == "not_loaded"


# What is kept of strangers


async def test_the_owner_sets_for_how_many_days_strangers_are_kept(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert retention_days(entry) == 0, "none, unless the owner wants it"
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(flow["flow_id"], {"sureness": "normal", "keep_strangers": 7.0})
    assert retention_days(entry) == 7
    assert entry.options["keep_strangers"] == 7
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(
            flow["flow_id"], {"sureness": "normal", "keep_strangers": 1000}
        )


# Two dialogs at once


async def test_a_form_changes_its_own_fields_only(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow = await chosen(hass, entry, "Ada", "settings")
    assert (await configured(hass, await chosen(hass, entry, "Ada", "consent", "withdraw"), {}))[
        "reason"
    ] == "withdrawn"
    flow = await configured(hass, flow, {"name": "Ada", "here_for": 3})
    assert flow["reason"] == "settings_changed"
    assert consent_of(entry, "Ada") == set()
    assert person_of(entry, "Ada").data["here_for"] == 3


async def test_photos_of_somebody_who_withdrew_meanwhile_are_not_stored(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    flow = await chosen(hass, entry, "Ada", "photos")
    await configured(hass, await chosen(hass, entry, "Ada", "consent", "withdraw"), {})
    assert (await configured(hass, flow, {"another": False}))["reason"] == "agreement_gone"
    assert "ada" not in entry.runtime_data.stores.gallery.gallery.people


async def test_consent_that_changed_meanwhile_is_shown_as_it_is_now(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    await configured(hass, await chosen(hass, entry, "Ada", "consent", "withdraw"), {})
    answer = {"consent": True, "keep_photos": False, "never": False}
    flow = await configured(hass, flow, answer)
    assert flow["errors"] == {"base": "consent_changed_meanwhile"}
    assert consent_of(entry, "Ada") == set()
    assert (await configured(hass, flow, answer))["reason"] == "consent_changed"
    assert consent_of(entry, "Ada") == {"recognize"}


@pytest.mark.parametrize("step", ["photos", "shown", "look", "settings", "consent"])
async def test_a_dialog_about_somebody_who_is_gone_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, step: str
) -> None:
    flow = await chosen(hass, entry, "Ada")
    hass.config_entries.async_remove_subentry(entry, person_of(entry, "Ada").subentry_id)
    await hass.async_block_till_done()
    flow = await configured(hass, flow, {"next_step_id": step})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "person_gone")
