"""Adding people, and photos that are accepted, or refused with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.enrollment import portrait
from custom_components.kith.errors import GalleryNotSavedError
from custom_components.kith.kith_engine.analysis import Analysis, Box, Flaw
from custom_components.kith.kith_engine.errors import EngineError, PictureError
from custom_components.kith.storage import GalleryStore
from tests.identity.faces import axis, face, like, shown

from .conftest import Scripted, eventually
from .people import chosen, configured

PORTRAIT = Box(100, 100, 300, 340)


def photo(*faces) -> Analysis:
    return Analysis(1000, 1000, None, looked=True, faces=tuple(replace(face, person=None) for face in faces))


@pytest.fixture
def upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of an uploaded file. The browser tests cover the upload over HTTP."""

    @contextmanager
    def uploaded(_hass: HomeAssistant, file_id: str) -> Iterator[Path]:
        if file_id != "f" * 32:
            raise ValueError("File does not exist")
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"a photo")
        yield path

    monkeypatch.setattr(portrait, "process_uploaded_file", uploaded)
    return "f" * 32


async def person_flow(hass: HomeAssistant, entry: MockConfigEntry, **answers: object) -> dict:
    subentries = hass.config_entries.subentries
    flow = await subentries.async_init((entry.entry_id, "person"), context={"source": SOURCE_USER})
    return await subentries.async_configure(flow["flow_id"], {"consent": True, **answers})


async def test_a_person_with_a_photo_is_there_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, upload: str
) -> None:
    engine.answer = photo(face(axis(2), PORTRAIT))
    flow = await person_flow(hass, entry, name="Linus", consent_by="his mother")
    assert flow["step_id"] == "photos"
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": False})
    assert (flow["type"], flow["title"]) == (FlowResultType.CREATE_ENTRY, "Linus")
    await hass.async_block_till_done()
    assert flow["data"]["consent"]["by"] == "his mother"
    assert flow["data"]["consent"]["at"]
    assert hass.states.get("binary_sensor.linus_presence").state == "off"
    person_id = flow["data"]["person_id"]
    assert len(entry.runtime_data.stores.gallery.gallery.templates[person_id]) == 1


async def test_nobody_is_added_without_consent(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow = await person_flow(hass, entry, name="Linus", consent=False)
    assert flow["errors"] == {"consent": "consent_missing"}


async def test_a_person_has_a_name_of_its_own_or_the_linked_persons(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    assert (await person_flow(hass, entry))["errors"] == {"name": "name_missing"}
    hass.states.async_set("person.linus", "home", {"friendly_name": "Linus"})
    flow = await person_flow(hass, entry, person="person.linus")
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"another": False})
    assert (flow["title"], flow["data"]["person"]) == ("Linus", "person.linus")


REFUSED = [
    (photo(), "no_face"),
    (photo(face(axis(2), PORTRAIT), face(axis(3), PORTRAIT)), "several_faces"),
    *((photo(face(None, PORTRAIT, flaws=(flaw,))), f"face_{flaw}") for flaw in Flaw),
    (PictureError("not a picture"), "picture_unreadable"),
]


@pytest.mark.parametrize(("answer", "code"), REFUSED)
async def test_a_refused_photo_comes_back_with_the_reason_and_another_may_be_given(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, upload: str, answer: object, code: str
) -> None:
    engine.answer = answer
    before = entry.runtime_data.stores.gallery.gallery
    flow = await person_flow(hass, entry, name="Linus")
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": False})
    assert flow["errors"] == {"photo": code}
    assert entry.runtime_data.stores.gallery.gallery is before
    engine.answer = photo(face(axis(2), PORTRAIT))
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": False})
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_an_upload_that_is_gone_is_told(hass: HomeAssistant, entry: MockConfigEntry, upload: str) -> None:
    flow = await person_flow(hass, entry, name="Linus")
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": "0" * 32, "another": False})
    assert flow["errors"] == {"photo": "upload_missing"}


async def test_an_engine_that_fails_is_no_fault_of_the_photo(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, upload: str
) -> None:
    flow = await person_flow(hass, entry, name="Linus")
    engine.answer = EngineError("of some kind")
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": False})
    assert flow["errors"] == {"base": "engine_failed"}


async def test_a_photo_that_does_not_get_onto_the_disk_is_told_and_nothing_is_half_there(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, upload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise GalleryNotSavedError("the disk is full")

    engine.answer = photo(face(axis(2), PORTRAIT))
    flow = await person_flow(hass, entry, name="Linus")
    with monkeypatch.context() as patch:
        patch.setattr(GalleryStore, "replace", full)
        flow = await hass.config_entries.subentries.async_configure(
            flow["flow_id"], {"photo": upload, "another": False}
        )
    assert flow["errors"] == {"base": "gallery_not_saved"}
    assert set(entry.runtime_data.stores.gallery.gallery.templates) == {"ada", "grace"}


async def test_photos_are_added_to_somebody_who_is_there(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, upload: str
) -> None:
    engine.answer = photo(face(axis(2), PORTRAIT))
    subentry = next(s for s in entry.subentries.values() if s.title == "Ada")
    flow = await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"next_step_id": "photos"})
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": True})
    assert flow["description_placeholders"]["taken"] == "1"
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": True})
    assert flow["errors"] == {"photo": "photo_double"}, "the same one again"
    engine.answer = photo(face(like((2, 0.8)), PORTRAIT))
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": False})
    assert (flow["reason"], flow["description_placeholders"]["count"]) == ("photos_added", "2")
    assert len(entry.runtime_data.stores.gallery.gallery.templates["ada"]) == 3


async def test_a_wide_photo_s_small_face_is_told_with_its_width(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, upload: str
) -> None:
    small = face(None, PORTRAIT, flaws=(Flaw.TOO_SMALL,))
    engine.answer = photo(replace(small, quality=replace(small.quality, width=21.4)))
    flow = await person_flow(hass, entry, name="Linus")
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": False})
    assert flow["description_placeholders"]["width"] == "21"
    assert flow["description_placeholders"]["smallest"] == "32"


async def test_a_photo_that_looks_more_like_somebody_else_waits_until_the_owner_says_that_it_is_right(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, upload: str
) -> None:
    configure = hass.config_entries.subentries.async_configure
    engine.answer = photo(face(like((1, 0.8)), PORTRAIT))
    flow = await person_flow(hass, entry, name="Linus")
    flow = await configure(flow["flow_id"], {"photo": upload, "another": False})
    assert flow["errors"] == {"photo": "photo_like_other"}
    assert flow["description_placeholders"]["other"] == "Grace"
    assert "keep" in flow["data_schema"].schema
    kept = await configure(flow["flow_id"], {"keep": True, "another": True})
    assert kept["description_placeholders"]["taken"] == "1"
    assert "keep" not in kept["data_schema"].schema
    flow = await person_flow(hass, entry, name="Margaret")
    flow = await configure(flow["flow_id"], {"photo": upload, "another": False})
    dropped = await configure(flow["flow_id"], {"keep": False, "another": True})
    assert dropped["description_placeholders"]["taken"] == "0"


async def test_the_knob_shows_this_homes_own_figures_and_is_obeyed_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, quick: None
) -> None:
    view = lambda: hass.states.get("binary_sensor.hall_person_detected").attributes  # noqa: E731
    engine.answer = shown(like((0, 0.36)))
    await eventually(lambda: view().get("outcome") == "known")
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert flow["description_placeholders"] == {"relaxed": "–", "normal": "–", "strict": "–"}, "one photo each"
    await hass.config_entries.options.async_configure(flow["flow_id"], {"sureness": "strict"})
    await eventually(lambda: "of the evidence needed" in (view().get("explanation") or ""))
    assert view()["outcome"] == "unsure"


async def test_closing_the_form_keeps_what_was_accepted(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, upload: str
) -> None:
    engine.answer = photo(face(axis(2), PORTRAIT))
    flow = await person_flow(hass, entry, name="Linus")
    await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": True})
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    await hass.async_block_till_done()
    linus = next(person for person in entry.subentries.values() if person.title == "Linus")
    assert linus.data["consent"]["to"] == ["recognize"]
    assert len(entry.runtime_data.stores.gallery.gallery.templates[linus.data["person_id"]]) == 1
    flow = await person_flow(hass, entry, name="Carl")
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    await hass.async_block_till_done()
    assert "Carl" not in {person.title for person in entry.subentries.values()}, "nothing was given"


async def test_what_cannot_be_stored_when_the_form_is_closed_adds_nobody(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Scripted,
    upload: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine.answer = photo(face(axis(2), PORTRAIT))
    flow = await person_flow(hass, entry, name="Linus")
    await hass.config_entries.subentries.async_configure(flow["flow_id"], {"photo": upload, "another": True})

    async def full(*_: object) -> None:
        raise GalleryNotSavedError("no space is left.")

    monkeypatch.setattr(GalleryStore, "replace", full)
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    await hass.async_block_till_done()
    assert "Linus" not in {person.title for person in entry.subentries.values()}
    assert "no space is left" in caplog.text


@pytest.mark.parametrize("name", ["Ada", " ada ", "ADA"])
async def test_a_name_is_given_once(hass: HomeAssistant, entry: MockConfigEntry, name: str) -> None:
    assert (await person_flow(hass, entry, name=name))["errors"] == {"name": "name_taken"}
    flow = await chosen(hass, entry, "Grace", "settings")
    flow = await configured(hass, flow, {"name": name, "here_for": 2})
    assert flow["errors"] == {"name": "name_taken"}
    flow = await configured(hass, flow, {"name": "grace", "here_for": 2})
    assert flow["reason"] == "settings_changed", "it is her own"


@pytest.mark.parametrize(("present", "minutes"), [(None, 2), ("lately", 30), ("today", 480)])
async def test_it_is_asked_what_presence_means(
    hass: HomeAssistant, entry: MockConfigEntry, present: str | None, minutes: int
) -> None:
    flow = await person_flow(hass, entry, name="Linus", **({"present": present} if present else {}))
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"another": False})
    assert flow["data"]["here_for"] == minutes
