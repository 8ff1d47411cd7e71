"""Enrolling from a live camera: it says what it needs, stops when it has enough, and loses and leaves nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED, FlowResultType, UnknownFlow
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.kith.const import DOMAIN
from custom_components.kith.enrollment import session
from custom_components.kith.errors import GalleryNotSavedError
from custom_components.kith.flows.person import camera_guide
from custom_components.kith.identity.gallery import Source
from custom_components.kith.kith_engine.analysis import Analysis, Box, Flaw
from custom_components.kith.kith_engine.errors import EngineBusyError, EngineError, PictureError
from custom_components.kith.storage import GalleryStore
from tests.identity.faces import EMPTY, face, like, template
from tests.pictures import astronaut, encoded

from .conftest import JPEG, Scripted, Shown, as_subentry, camera_subentry, eventually, person_subentry
from .people import agree, chosen, configured

PORTRAIT = Box(100, 100, 300, 340)
LOOKS = {
    "straight": (like((2, 0.9)), 0.0, 100.0),
    "left": (like((2, 0.8), (6, 0.5)), 0.4, 100.0),
    "right": (like((2, 0.8), (5, 0.5)), -0.4, 100.0),
    "closer": (like((2, 0.8), (4, 0.5)), 0.0, 140.0),
    "smile": (like((2, 0.8), (3, 0.5)), 0.0, 140.0),
}
"""Pictures of Linus, by what he is asked for."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_guide, "LOOK_EVERY", 0.005)


@pytest.fixture
async def linus(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Linus was added without a photo. The camera is not watched, so only he is looked at."""
    for subentry in list(entry.subentries.values()):
        if subentry.subentry_type == "camera":
            hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    data = person_subentry("Linus")
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    await hass.async_block_till_done()
    return entry


def seen(vector, yaw: float = 0.0, width: float = 100.0, flaws: tuple[Flaw, ...] = ()) -> Analysis:
    found = face(vector, PORTRAIT, flaws, person=None)
    found = replace(found, quality=replace(found.quality, yaw=yaw, width=width))
    return Analysis(1000, 1000, None, looked=True, faces=(found,))


async def begun(hass: HomeAssistant, entry: MockConfigEntry) -> dict:
    flow = await chosen(hass, entry, "Linus", "look")
    return await configured(hass, flow, {"camera": "camera.hall"})


async def told(hass: HomeAssistant, flow: dict) -> dict:
    """What the page shows now."""
    return await configured(hass, flow)


async def hears(hass: HomeAssistant, flow: dict, instruction: str) -> dict:
    """Wait until the page says so."""
    async with asyncio.timeout(10):
        while (shown := await told(hass, flow)).get("progress_action") != instruction:
            assert shown["type"] is FlowResultType.SHOW_PROGRESS, shown
            await asyncio.sleep(0.005)
    return shown


async def ended(hass: HomeAssistant, flow: dict) -> dict:
    async with asyncio.timeout(10):
        while (shown := await told(hass, flow))["type"] is FlowResultType.SHOW_PROGRESS:
            await asyncio.sleep(0.005)
    return shown


def running() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if "stands before" in task.get_name()]


def templates(entry: MockConfigEntry) -> list:
    return list(entry.runtime_data.stores.gallery.gallery.templates.get("linus", ()))


async def test_somebody_is_led_through_five_looks(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted
) -> None:
    progressed = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)
    engine.answer = EMPTY
    flow = await begun(hass, linus)
    assert (flow["type"], flow["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "straight")
    await hears(hass, flow, "nobody")
    for number, (wish, shown) in enumerate(LOOKS.items()):
        if number:
            page = await hears(hass, flow, wish)
            assert page["description_placeholders"] == {"name": "Linus", "taken": str(number)}
        engine.answer = seen(*shown)
        await eventually(lambda number=number: len(templates(linus)) == number + 1)
    flow = await ended(hass, flow)
    assert (flow["reason"], flow["description_placeholders"]["count"]) == ("looked", "5")
    assert {one.source for one in templates(linus)} == {Source.CAMERA}
    assert not running()
    assert len(progressed) >= 5, "the page is told to show the next instruction"


async def test_the_camera_that_is_watched_is_offered_and_its_close_up_used(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    flow = await chosen(hass, linus, "Linus", "look")
    assert flow["data_schema"]({"camera": "camera.x"}), "none is watched: none is suggested"
    watched = camera_subentry(camera="camera.small", close_up="camera.hall", enabled=False)
    hass.config_entries.async_add_subentry(linus, as_subentry(watched))
    flow = await chosen(hass, linus, "Linus", "look")
    (field,) = flow["data_schema"].schema
    assert field.description == {"suggested_value": "camera.small"}
    engine.answer = seen(*LOOKS["straight"])
    taken = hall.taken
    await configured(hass, flow, {"camera": "camera.small"})
    await eventually(lambda: templates(linus))
    assert hall.taken > taken


async def test_faces_are_kept_of_who_agreed(hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted) -> None:
    agree(hass, linus, "Linus", "recognize", "photos")
    await hass.async_block_till_done()
    engine.answer = seen(*LOOKS["straight"])
    await begun(hass, linus)
    await eventually(lambda: templates(linus))
    (kept,) = templates(linus)
    await eventually(lambda: list(Path(hass.config.path("kith", "photos")).rglob(f"{kept.template_id}.jpg")))
    assert await linus.runtime_data.stores.photos.find("linus", kept.template_id) == JPEG


async def test_what_is_in_the_way_is_told(hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted) -> None:
    engine.answer = seen(None, flaws=(Flaw.TOO_DARK,))
    flow = await begun(hass, linus)
    await hears(hass, flow, "light")
    engine.answer = seen(like((0, 0.9)))
    await hears(hass, flow, "somebody_else")
    engine.answer = PictureError("half of it")
    await hears(hass, flow, "nobody")
    assert templates(linus) == []


async def test_who_is_not_to_be_recognized_is_not_enrolled_by_the_way(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted
) -> None:
    agree(hass, linus, "Grace", "never")
    await hass.async_block_till_done()
    engine.answer = seen(like((1, 0.9)))
    flow = await begun(hass, linus)
    await hears(hass, flow, "avoided")
    assert templates(linus) == []


async def test_closing_the_page_loses_nothing_and_leaves_nothing_running(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    engine.answer = seen(*LOOKS["straight"])
    flow = await begun(hass, linus)
    await eventually(lambda: templates(linus))
    assert running()
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    await eventually(lambda: not running())
    assert len(templates(linus)) == 1
    taken = hall.taken
    await hass.async_block_till_done()
    assert hall.taken == taken


async def test_unloading_kith_ends_it(hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted) -> None:
    engine.answer = seen(*LOOKS["straight"])
    flow = await begun(hass, linus)
    await eventually(lambda: templates(linus))
    await hass.config_entries.async_unload(linus.entry_id)
    flow = await ended(hass, flow)
    assert (flow["reason"], flow["description_placeholders"]["count"]) == ("look_stopped", "1")
    assert not running()


async def test_it_ends_when_nobody_comes(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "FIRST_WITHIN", 0.05)
    engine.answer = EMPTY
    flow = await ended(hass, await begun(hass, linus))
    assert flow["reason"] == "looked_in_vain"


async def test_what_is_known_already_is_not_taken_twice(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "FIRST_WITHIN", 0.2)
    await linus.runtime_data.enroll("linus", [template(LOOKS["straight"][0])])
    engine.answer = seen(*LOOKS["straight"])
    flow = await begun(hass, linus)
    await hears(hass, flow, "left")
    assert (await ended(hass, flow))["reason"] == "looked_in_vain"
    assert len(templates(linus)) == 1


async def test_a_camera_that_fails_once_does_not_end_it(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    hall.picture = None
    engine.answer = seen(*LOOKS["straight"])
    flow = await begun(hass, linus)
    await eventually(lambda: hall.taken)
    hall.picture = b"a picture"
    await hears(hass, flow, "left")
    hall.picture = None
    flow = await ended(hass, flow)
    assert (flow["reason"], flow["description_placeholders"]["count"]) == ("look_failed", "1")
    assert "camera.hall" in flow["description_placeholders"]["details"]


async def test_a_busy_engine_is_waited_for_and_a_broken_one_is_told(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = EngineBusyError("others")
    flow = await begun(hass, linus)
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 3)
    assert (await told(hass, flow))["progress_action"] == "straight"
    engine.answer = EngineError("of some kind.")
    flow = await ended(hass, flow)
    assert flow["reason"] == "look_failed"
    assert "of some kind." in flow["description_placeholders"]["details"]


async def test_a_full_disk_is_told(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise GalleryNotSavedError("the disk is full")

    monkeypatch.setattr(GalleryStore, "replace", full)
    engine.answer = seen(*LOOKS["straight"])
    flow = await ended(hass, await begun(hass, linus))
    assert flow["reason"] == "look_failed"
    assert "the disk is full." in flow["description_placeholders"]["details"]
    assert templates(linus) == []


async def test_closing_the_page_while_something_is_stored_stores_it(
    hass: HomeAssistant, linus: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins, may = asyncio.Event(), asyncio.Event()
    save = GalleryStore.replace

    async def slow(store: GalleryStore, gallery) -> None:
        begins.set()
        await may.wait()
        await save(store, gallery)

    monkeypatch.setattr(GalleryStore, "replace", slow)
    engine.answer = seen(*LOOKS["straight"])
    flow = await begun(hass, linus)
    await begins.wait()
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    may.set()
    await eventually(lambda: templates(linus))
    with pytest.raises(UnknownFlow):
        await told(hass, flow)


# With nothing replaced


@pytest.fixture
async def home(hass: HomeAssistant, hall: Shown, models: Path) -> AsyncIterator[MockConfigEntry]:
    """Kith with its own engine; Linus is there, with the astronaut's face."""
    entry = MockConfigEntry(
        domain=DOMAIN, title="Kith", data={"engine": "local"}, subentries_data=[person_subentry("Linus")]
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_real_face_is_taken_once_and_asked_to_turn(
    hass: HomeAssistant, home: MockConfigEntry, hall: Shown
) -> None:
    agree(hass, home, "Linus", "recognize", "photos")
    await hass.async_block_till_done()
    hall.picture = encoded(astronaut())
    flow = await begun(hass, home)
    async with asyncio.timeout(30):
        page = await hears(hass, flow, "left")
    assert page["description_placeholders"]["taken"] == "1"
    (taken,) = templates(home)
    photo = await home.runtime_data.stores.photos.find("linus", taken.template_id)
    assert photo is not None
    assert photo.startswith(b"\xff\xd8")
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    await eventually(lambda: not running())
