"""The clips of events: looked at once they are saved, and told of like what a camera sees."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
import os
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.kith.clips import clip_folder, event_clips
from custom_components.kith.clips.clip_folder import ClipFolder, clip_folders
from custom_components.kith.identity.presence import Seen
from custom_components.kith.kith_engine.server import Address, create_app, listening
from custom_components.kith.kith_engine.streams.clip_routes import add_clip_routes
from tests.engine.streams.recording import recorded
from tests.identity.faces import FACTS, axis, shown, template

from .automations import automate
from .conftest import Scripted, Shown, camera_subentry, eventually, face_of, person_subentry, remote_entry
from .test_clips import Watching
from .test_event_pictures import BELL, DETECTED, Bell, bell  # noqa: F401  a fixture

FOLDER = "media-source://media_source/local/door"


@pytest.fixture
async def engine(socket_enabled: None) -> AsyncIterator[Watching]:
    watching = Watching(told=replace(FACTS, streams=True))
    app = create_app(watching, "secret", more=lambda app, scheduler: add_clip_routes(app, watching, scheduler))
    async with listening(app, Address()) as url:
        watching.url = url
        yield watching


@pytest.fixture(scope="module")
def film() -> bytes:
    return recorded(3)


@pytest.fixture
async def folder(hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the doorbell's clips are, one folder for each day."""
    monkeypatch.setattr(event_clips, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(event_clips, "SETTLED", timedelta(0))
    today = tmp_path / "door" / "2026-11-29"
    today.mkdir(parents=True)
    hass.config.media_dirs = {"local": str(tmp_path)}
    assert await async_setup_component(hass, "media_source", {})
    return today


@pytest.fixture
async def kith(
    hass: HomeAssistant,
    bell: Bell,  # noqa: F811
    folder: Path,
    engine: Watching,
    quick: None,
) -> Any:
    """Kith, loaded, watching image.bell and its clips; it knows Ada."""
    watched = camera_subentry(camera=BELL, clips=FOLDER)
    entry = remote_entry(engine, watched | {"title": "Bell", "unique_id": BELL}, person_subentry("Ada"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await entry.runtime_data.enroll("ada", [template(axis(0), name="ada")])
    await eventually(lambda: hass.states.get(DETECTED).state == "off")
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def ring(bell: Bell, engine: Scripted) -> None:  # noqa: F811
    """Returns once the event's picture was looked at, and what is in the folder now was, too."""
    before = len(engine.asked)
    bell.ring()
    await eventually(lambda: len(engine.asked) > before)
    await asyncio.sleep(0.1)


async def settled(entry: MockConfigEntry) -> None:
    """Everything that was seen is told, and looks that end soon have ended."""
    await asyncio.sleep(0.2)
    await entry.runtime_data.hass.async_block_till_done()


async def test_the_clip_names_whom_the_picture_could_not(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    film: bytes,
) -> None:
    fired = async_capture_events(hass, "kith_person_recognized")
    engine.story = (shown(face_of(0)),)
    await ring(bell, engine)
    assert not fired
    (folder / "now.mp4").write_bytes(film)
    await eventually(lambda: fired)
    await settled(kith)
    (told,) = fired
    assert (told.data["person"], told.data["camera"], told.data["corrects"]) == ("Ada", BELL, None)
    assert hass.states.get("binary_sensor.ada_presence").state == "on"
    [visit] = [one for one in kith.runtime_data.stores.visits.newest_first if one.verdict.person_id]
    assert told.data["visit"] == visit.visit_id
    assert (visit.end - visit.begin).total_seconds() == pytest.approx(2.7, abs=0.3)
    looked = engine.looked
    await ring(bell, engine)
    assert engine.looked == looked, "each is looked at once"


async def test_who_was_likely_before_starts_nothing_twice(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    film: bytes,
) -> None:
    likely, sure = {"options": {"likely": True}}, {"id": "sure"}
    automation = await automate(hass, {"trigger": "kith.recognized", **likely}, {"trigger": "kith.recognized", **sure})
    engine.answer, engine.story = shown(face_of(0)), (shown(face_of(0)),)
    await ring(bell, engine)
    await eventually(lambda: len(automation.calls) == 1)
    (folder / "now.mp4").write_bytes(film)
    await eventually(lambda: len(automation.calls) == 2)
    await settled(kith)
    await hass.async_block_till_done()
    assert [call.data["person"] for call in automation.calls] == [None, "Ada"]


async def test_who_was_seen_elsewhere_since_is_where_they_were_seen_last(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    film: bytes,
) -> None:
    fired = async_capture_events(hass, "kith_person_recognized")
    await ring(bell, engine)
    presence = kith.runtime_data.household.presence
    later = Seen(dt_util.utcnow() + timedelta(seconds=60), "hall")
    presence.record("ada", later)
    engine.story = (shown(face_of(0)),)
    (folder / "now.mp4").write_bytes(film)
    await eventually(lambda: engine.looked >= 8)
    await settled(kith)
    assert presence.last["ada"] == later
    assert not fired
    assert [visit for visit in kith.runtime_data.stores.visits.newest_first if visit.verdict.person_id]


async def test_a_stranger_in_the_clip_is_told_of_once(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    film: bytes,
) -> None:
    fired = async_capture_events(hass, "kith_stranger_seen")
    engine.story = (shown(axis(5)),)
    await ring(bell, engine)
    for name in ("one", "two"):
        (folder / f"{name}.mp4").write_bytes(film)
    await eventually(lambda: engine.looked >= 16)
    await settled(kith)
    assert [told.data["camera"] for told in fired] == [BELL]
    assert kith.runtime_data.household.presence.stranger is not None


async def test_what_came_long_before_or_comes_too_late_is_no_news(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    film: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fired = async_capture_events(hass, "kith_person_recognized")
    monkeypatch.setattr(event_clips, "NEW_FOR", timedelta(0))
    engine.story = (shown(face_of(0)),)
    (folder / "before.mp4").write_bytes(film)
    hour_ago = dt_util.utcnow().timestamp() - 3600
    os.utime(folder / "before.mp4", (hour_ago, hour_ago))
    await ring(bell, engine)
    await asyncio.sleep(0.2)
    assert not engine.looked
    (folder / "now.mp4").write_bytes(film)
    await eventually(lambda: engine.looked >= 8)
    await settled(kith)
    assert not fired
    assert not kith.runtime_data.household.presence.last
    assert [visit for visit in kith.runtime_data.stores.visits.newest_first if visit.verdict.person_id]


async def test_one_that_is_being_written_is_left_until_it_is_complete(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    film: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_clips, "SETTLED", timedelta(seconds=0.5))
    engine.story = (shown(face_of(0)),)
    await ring(bell, engine)
    for part in range(1, 6):
        (folder / "now.mp4").write_bytes(film[: part * len(film) // 5])
        await asyncio.sleep(0.1)
    assert not engine.looked
    await eventually(lambda: kith.runtime_data.household.presence.last)


async def test_a_damaged_one_is_given_up(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    film: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "custom_components.kith")
    await ring(bell, engine)
    (folder / "damaged.mp4").write_bytes(film[:1000])
    await eventually(lambda: caplog.text.count("damaged.mp4 cannot be looked at") == event_clips.MOST_TRIES)
    engine.story = (shown(face_of(0)),)
    (folder / "now.mp4").write_bytes(film)
    await eventually(lambda: kith.runtime_data.household.presence.last)
    assert caplog.text.count("damaged.mp4 cannot be looked at") == event_clips.MOST_TRIES


@pytest.mark.parametrize(("began", "off"), [(-1.5, -1.5), (-3600.0, 0.0), (3600.0, 0.0)])
async def test_its_visit_has_its_own_time_unless_the_camera_s_clock_is_wrong(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    began: float,
    off: float,
) -> None:
    engine.story = (shown(face_of(0)),)
    await ring(bell, engine)
    event = bell.image_last_updated
    created = event + timedelta(seconds=began)
    film = await hass.async_add_executor_job(lambda: recorded(3, "matroska", created=created.isoformat()))
    await asyncio.sleep(max(0.0, 3 - (dt_util.utcnow() - event).total_seconds()))  # until it is over
    (folder / "now.mkv").write_bytes(film)
    await eventually(lambda: kith.runtime_data.household.presence.last)
    [visit] = [one for one in kith.runtime_data.stores.visits.newest_first if one.verdict.person_id]
    assert (visit.begin - event).total_seconds() == pytest.approx(off, abs=0.2)


async def test_other_settings_count_at_once_and_unloading_ends_it(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    film: bytes,
) -> None:
    [subentry] = [one for one in kith.subentries.values() if one.unique_id == BELL]
    hass.config_entries.async_update_subentry(kith, subentry, data={**subentry.data, "clips": f"{FOLDER}/elsewhere"})
    await hass.async_block_till_done()
    (folder.parent / "elsewhere").mkdir()
    await ring(bell, engine)
    (folder / "now.mp4").write_bytes(film)
    await asyncio.sleep(0.2)
    assert not engine.looked
    (folder.parent / "elsewhere" / "now.mp4").write_bytes(film)
    await eventually(lambda: engine.looked)
    await hass.config_entries.async_unload(kith.entry_id)
    looked = engine.looked
    (folder.parent / "elsewhere" / "later.mp4").write_bytes(film)
    await asyncio.sleep(0.2)
    assert engine.looked == looked


async def test_a_removed_camera_is_not_followed(
    hass: HomeAssistant,
    kith: MockConfigEntry,
    bell: Bell,  # noqa: F811
    engine: Watching,
    folder: Path,
    film: bytes,
) -> None:
    await ring(bell, engine)
    [subentry] = [one for one in kith.subentries.values() if one.unique_id == BELL]
    hass.config_entries.async_remove_subentry(kith, subentry.subentry_id)
    await hass.async_block_till_done()
    (folder / "now.mp4").write_bytes(film)
    await asyncio.sleep(0.2)
    assert not engine.looked


async def test_a_folder_that_cannot_be_read_has_no_new_clips(hass: HomeAssistant, folder: Path, film: bytes) -> None:
    clips = ClipFolder(hass, f"{FOLDER}/elsewhere")
    assert await clips.new() == []
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "old.mp4").write_bytes(film)
    assert await clips.new() == [], "nobody knows what was there before"
    (folder.parent / "elsewhere" / "new.mp4").write_bytes(film)
    (folder.parent / "elsewhere" / "new.jpg").write_bytes(b"a picture")
    assert await clips.new() == [f"{FOLDER}/elsewhere/new.mp4"]


async def test_the_newest_days_are_found_among_many(hass: HomeAssistant, folder: Path, film: bytes) -> None:
    for day in range(1, 28):
        (folder.parent / f"2026-11-{day:02}").mkdir()
        (folder.parent / f"2026-11-{day:02}" / "old.mp4").write_bytes(b"")
    clips = ClipFolder(hass, FOLDER)
    await clips.note()
    (folder / "new.mp4").write_bytes(film)
    assert await clips.new() == [f"{FOLDER}/2026-11-29/new.mp4"]


async def test_folders_of_this_homes_media_are_offered(
    hass: HomeAssistant,
    bell: Bell,  # noqa: F811
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (folder.parents[1] / "music").mkdir()
    offered = await clip_folders(hass)
    assert FOLDER in offered
    assert offered[f"{FOLDER}/2026-11-29"].endswith("› door › 2026-11-29")
    monkeypatch.setattr(clip_folder, "MOST_OFFERED", 1)
    assert len(await clip_folders(hass)) == 1


async def test_the_folder_is_asked_for_kept_and_taken_back(
    hass: HomeAssistant,
    bell: Bell,  # noqa: F811
    folder: Path,
    entry: MockConfigEntry,
    hall: Shown,
) -> None:
    flows = hass.config_entries.subentries
    flow = await flows.async_init((entry.entry_id, "camera"), context={"source": SOURCE_USER})
    flow = await flows.async_configure(flow["flow_id"], {"camera": BELL, "place": "entrance"})
    assert flow["step_id"] == "clips"
    await flows.async_configure(flow["flow_id"], {"clips": FOLDER})

    def stored() -> Any:
        return next(one for one in entry.subentries.values() if one.unique_id == BELL)

    assert stored().data["clips"] == FOLDER
    (folder.parent).rename(folder.parents[1] / "away")
    for answer in ({"clips": FOLDER}, {}):
        flow = await entry.start_subentry_reconfigure_flow(hass, stored().subentry_id)
        flow = await flows.async_configure(flow["flow_id"], {"camera": BELL, "place": "entrance"})
        assert flow["data_schema"].schema
        assert [key.description["suggested_value"] for key in flow["data_schema"].schema] == [FOLDER]
        await flows.async_configure(flow["flow_id"], answer)
        assert stored().data.get("clips") == answer.get("clips")


async def test_a_camera_with_a_live_picture_is_not_asked(
    hass: HomeAssistant, folder: Path, entry: MockConfigEntry, hall: Shown
) -> None:
    [watched] = [one for one in entry.subentries.values() if one.unique_id == "camera.hall"]
    flow = await entry.start_subentry_reconfigure_flow(hass, watched.subentry_id)
    flow = await hass.config_entries.subentries.async_configure(
        flow["flow_id"], {"camera": "camera.hall", "place": "entrance"}
    )
    assert flow["reason"] == "reconfigure_successful"
