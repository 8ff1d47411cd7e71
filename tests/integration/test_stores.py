"""Whatever is kept of people is in one list, and every way to erase somebody goes through all of it."""

import ast
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields, replace
import json
from pathlib import Path
from types import MappingProxyType

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import CONF_ALLOWED, DOMAIN, SUBENTRY_CAMERA
from custom_components.kith.identity.gallery import EnrolledEmbedding, Source, Template
from custom_components.kith.storage.faces import STORAGE_KEY as FACES, Kept
from custom_components.kith.stores import Stores
from custom_components.kith.subentries import person_subentry, subentries_of
from tests.identity.faces import NETWORK, NOON, axis, like, template

from .page import ADA_PERHAPS, NOBODY, Caller, camera_id, waiting
from .people import agree, chosen, configured
from .test_photos import kept

KITH = Path(__file__).parents[2] / "custom_components" / "kith"


class Notebook:
    """One store more, as somebody may add it: it remembers whom it was told to forget."""

    forgotten: set[str] = set()

    async def load(self) -> None: ...

    async def save(self) -> None: ...

    async def known_people(self) -> set[str]:
        return {"ada"} - self.forgotten

    async def forget(self, person_id: str) -> None:
        self.forgotten.add(person_id)

    async def remove(self) -> None: ...


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """In the list, whether Kith runs or not."""
    added = Notebook()
    Notebook.forgotten = set()
    listed = Stores.__iter__
    monkeypatch.setattr(Stores, "__iter__", lambda self: iter([*listed(self), added]))
    return added


def test_every_file_of_kith_s_is_in_the_list(hass: HomeAssistant) -> None:
    """A class that opens a file of its own in Home Assistant's storage belongs to a field of Stores."""
    listed = {type(getattr(Stores.of(hass), field.name)).__name__ for field in fields(Stores)}
    writing = {
        node.name
        for path in KITH.glob("**/*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and node.name.endswith("Store")
    }
    assert writing - {"Store"} == listed


async def withdraw(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow = await configured(hass, await chosen(hass, entry, "Ada", "consent", "withdraw"), {})
    assert flow["reason"] == "withdrawn"


async def withdraw_while_stopped(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    await withdraw(hass, entry)


async def forget(hass: HomeAssistant, _entry: MockConfigEntry) -> None:
    await hass.services.async_call(DOMAIN, "forget_person", {"person": "Ada"}, blocking=True)


async def remove(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_remove_subentry(entry, person_subentry(entry, "ada").subentry_id)
    await hass.async_block_till_done()


async def remove_while_stopped(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_remove_subentry(entry, person_subentry(entry, "ada").subentry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def take_the_consent_away(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    agree(hass, entry, "Ada")
    await hass.async_block_till_done()


type Door = Callable[[HomeAssistant, MockConfigEntry], Awaitable[None]]
LOADED = (withdraw, forget, remove, take_the_consent_away)
DOORS: Mapping[str, Door] = MappingProxyType(
    {door.__name__: door for door in (*LOADED, withdraw_while_stopped, remove_while_stopped)}
)


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_every_door_goes_through_all_stores(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    notebook: Notebook,
    door: Door,
) -> None:
    await door(hass, entry)
    assert notebook.forgotten == {"ada"}


async def never_recognize(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    agree(hass, entry, "Ada", "never")
    await hass.async_block_till_done()


@pytest.mark.parametrize("door", [*LOADED, remove_while_stopped, never_recognize])
async def test_every_door_erases_the_unnamed_faces_that_look_like_them(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, door: Door
) -> None:
    await waiting(entry, ADA_PERHAPS)
    other = await waiting(entry, NOBODY)
    await door(hass, entry)
    assert faces_of(entry) == [other]
    assert kept(hass) == [f"strangers/{other}.{camera_id(entry)}.jpg"]


@pytest.mark.parametrize("door", [*LOADED, never_recognize])
async def test_if_no_engine_can_compare_them_every_door_erases_all_unnamed_faces(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch, door: Door
) -> None:
    await waiting(entry, ADA_PERHAPS)
    monkeypatch.setattr(type(entry.runtime_data.engine), "facts", None)
    await door(hass, entry)
    assert faces_of(entry) == []
    assert kept(hass) == []


async def test_a_face_that_another_network_made_cannot_be_compared(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home = entry.runtime_data
    fresh = await waiting(entry, NOBODY)
    older = replace(home.stores.faces.get(await waiting(entry, NOBODY)).template, embeddings=(foreign(),))
    await home.stores.faces.add(Kept(older, camera_id(entry)))
    await forget(hass, entry)
    assert faces_of(entry) == [fresh]


async def test_whoever_was_only_ever_seen_by_another_network_cannot_be_compared(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home = entry.runtime_data
    await home.change(lambda gallery: gallery.renewed({"ada": replace(template(axis(0)), embeddings=(foreign(),))}))
    await waiting(entry, NOBODY)
    await forget(hass, entry)
    assert faces_of(entry) == []


async def test_whom_no_photo_shows_takes_no_unnamed_face_along(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = entry.runtime_data
    await home.change(lambda gallery: gallery.without_templates(["ada"]))
    face = await waiting(entry, ADA_PERHAPS)
    monkeypatch.setattr(type(home.engine), "facts", None)
    await forget(hass, entry)
    assert faces_of(entry) == [face]


async def test_an_answer_cannot_be_taken_back_after_it(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    answer = await page.ask("inbox/assign", group_id=face, person_id="ada")
    await remove(hass, entry)
    assert await page.refused("inbox/undo", undo=answer["undo"]) == "too_late"
    assert entry.runtime_data.stores.faces.get(face) is None


async def test_a_change_of_the_gallery_that_comes_first_erases_them_too(entry: MockConfigEntry, page: Caller) -> None:
    """It drops the templates of those who left, without which nobody could say what looks like them."""
    home = entry.runtime_data
    await waiting(entry, ADA_PERHAPS)
    with home.agreements.leaving("ada"):
        await home.enroll("grace", [template(axis(3), name="more")])
    assert "ada" not in home.stores.gallery.gallery.templates
    assert faces_of(entry) == []


async def test_a_photo_of_somebody_never_to_be_recognized_erases_what_looks_like_it(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    await never_recognize(hass, entry)
    await waiting(entry, like((3, 0.55)))
    other = await waiting(entry, NOBODY)
    await entry.runtime_data.enroll("ada", [template(axis(3), name="another look")])
    assert faces_of(entry) == [other]


async def test_whoever_is_never_to_be_recognized_takes_all_unnamed_faces_along_while_kith_is_stopped(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    await waiting(entry, ADA_PERHAPS)
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    assert (await configured(hass, flow, {"consent": False, "never": True}))["reason"] == "consent_changed"
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert faces_of(entry) == []
    assert kept(hass) == []


async def test_a_form_that_cannot_erase_them_says_why(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    stored = Path(hass.config.path(".storage", FACES))
    stored.write_text(json.dumps({"version": 99, "minor_version": 1, "key": FACES, "data": {}}))
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    answer = {"consent": False, "never": True}
    flow = await configured(hass, flow, answer)
    assert flow["errors"] == {"base": "storage_too_new"}
    stored.unlink()
    assert (await configured(hass, flow, answer))["reason"] == "consent_changed"


def faces_of(entry: MockConfigEntry) -> list[str]:
    """The unnamed faces that are still kept."""
    return [face.face_id for face in entry.runtime_data.stores.faces.unanswered]


def foreign() -> EnrolledEmbedding:
    return EnrolledEmbedding(axis(0), "another network", 0.8)


async def test_unnamed_faces_and_allowed_lists_are_erased_while_kith_is_stopped(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    camera = subentries_of(entry, SUBENTRY_CAMERA)[0]
    hass.config_entries.async_update_subentry(entry, camera, data={**camera.data, CONF_ALLOWED: ["ada", "grace"]})
    await hass.async_block_till_done()
    face = Template("face", (EnrolledEmbedding(axis(0), NETWORK, 0.8),), NOON, Source.CAMERA, 64.0)
    await entry.runtime_data.stores.faces.add(Kept(face, camera.subentry_id))
    await withdraw_while_stopped(hass, entry)
    stores = Stores.of(hass)
    await stores.load()
    assert stores.faces.unanswered == []
    assert subentries_of(entry, SUBENTRY_CAMERA)[0].data[CONF_ALLOWED] == ["grace"]


async def test_what_the_household_counts_is_what_is_stored(entry: MockConfigEntry) -> None:
    """On a first start, too, when there is nothing yet."""
    home = entry.runtime_data
    assert home.household.presence is home.stores.presence.presence
    assert home.household.suitability is home.stores.suitability.cameras
