"""The clips of events: looked at once they are saved, and told of like what a camera sees."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
import os
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.kith.clips import clip_folder, clip_visits, event_clips
from custom_components.kith.clips.clip_folder import ClipFolder, clip_folders
from custom_components.kith.engines.remote import RemoteEngine
from custom_components.kith.identity.presence import Seen
from custom_components.kith.identity.visit_record import VisitRecord
from custom_components.kith.kith_engine.errors import EngineBusyError
from custom_components.kith.privacy.erasure import erase
from custom_components.kith.review.inbox import groups_of
from custom_components.kith.runtime import Home
from tests.engine.streams.recording import recorded
from tests.identity.faces import axis, shown, template, together

from .automations import automate
from .conftest import Shown, camera_subentry, eventually, face_of, person_subentry, remote_entry
from .page import ADA_PERHAPS, NOBODY, waiting
from .test_clips import Watching, engine, film  # noqa: F401  fixtures
from .test_event_pictures import BELL, DETECTED, Bell, bell  # noqa: F401  a fixture

FOLDER = "media-source://media_source/local/door"


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


@dataclass
class Door:
    """A doorbell whose pictures and clips Kith looks at; it knows Ada. folder: where today's clips are."""

    entry: MockConfigEntry
    bell: Bell
    engine: Watching
    folder: Path
    film: bytes

    async def ring(self) -> None:
        """Returns once the event's picture was looked at, and what is in the folder now was, too."""
        before = len(self.engine.asked)
        self.bell.ring()
        await eventually(lambda: len(self.engine.asked) > before)
        await asyncio.sleep(0.1)

    def save(self, name: str = "now.mp4", film: bytes | None = None) -> None:  # noqa: F811
        (self.folder / name).write_bytes(self.film if film is None else film)

    async def settle(self) -> None:
        """Everything that was seen is told, and looks that end soon have ended."""
        await asyncio.sleep(0.2)
        await self.home.hass.async_block_till_done()

    @property
    def home(self) -> Home:
        return self.entry.runtime_data

    @property
    def subentry(self) -> ConfigSubentry:
        return next(one for one in self.entry.subentries.values() if one.unique_id == BELL)

    @property
    def visits(self) -> list[VisitRecord]:
        """Those with a name."""
        return [one for one in self.home.stores.visits.newest_first if one.verdict.person_id]


@pytest.fixture
async def door(
    hass: HomeAssistant,
    bell: Bell,  # noqa: F811
    folder: Path,
    engine: Watching,  # noqa: F811
    film: bytes,  # noqa: F811
    quick: None,
) -> AsyncIterator[Door]:
    watched = camera_subentry(camera=BELL, clips=FOLDER)
    entry = remote_entry(engine, watched | {"title": "Bell", "unique_id": BELL}, person_subentry("Ada"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await entry.runtime_data.enroll("ada", [template(axis(0), name="ada")])
    await eventually(lambda: hass.states.get(DETECTED).state == "off")
    yield Door(entry, bell, engine, folder, film)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_clip_names_whom_the_picture_could_not(hass: HomeAssistant, door: Door) -> None:
    fired = async_capture_events(hass, "kith_person_recognized")
    door.engine.story = (shown(face_of(0)),)
    await door.ring()
    assert not fired
    door.save()
    await eventually(lambda: fired)
    await door.settle()
    (told,) = fired
    assert (told.data["person"], told.data["camera"], told.data["corrects"]) == ("Ada", BELL, None)
    assert hass.states.get("binary_sensor.ada_presence").state == "on"
    [visit] = door.visits
    assert told.data["visit"] == visit.visit_id
    assert (visit.end - visit.begin).total_seconds() == pytest.approx(2.7, abs=0.3)
    looked = door.engine.looked
    await door.ring()
    assert door.engine.looked == looked, "each is looked at once"


@pytest.mark.parametrize("alone", [True, False])
async def test_nobody_has_to_be_asked_about_the_picture_if_the_clip_names_everybody(door: Door, *, alone: bool) -> None:
    door.engine.story = (shown(face_of(0)) if alone else together(face_of(0), NOBODY),)
    await door.ring()
    asked = await waiting(door.entry, ADA_PERHAPS, when=door.bell.image_last_updated)
    hour_ago = await waiting(door.entry, NOBODY, ago=3600)

    async def questions() -> set[str]:
        return {face.face_id for group in await groups_of(door.home) for face in group.faces}

    assert await questions() == {asked, hour_ago}
    door.save()
    await eventually(lambda: door.engine.looked >= 8)
    await eventually(lambda: door.visits)
    assert await questions() == ({hour_ago} if alone else {asked, hour_ago})


async def test_who_is_erased_leaves_no_face_that_nobody_was_asked_about(hass: HomeAssistant, door: Door) -> None:
    door.engine.story = (shown(face_of(0)),)
    await door.ring()
    await waiting(door.entry, ADA_PERHAPS, when=door.bell.image_last_updated)
    door.save()
    await eventually(lambda: door.visits)
    await door.settle()
    assert not await groups_of(door.home)
    await erase(hass, door.entry, "ada")
    assert not door.home.stores.faces.unanswered


async def test_the_next_visitor_s_picture_is_another_event(door: Door) -> None:
    door.engine.story = (shown(face_of(0)),)
    await door.ring()
    door.save()
    await eventually(lambda: door.visits)
    later = await waiting(door.entry, NOBODY, when=door.visits[0].end + timedelta(seconds=30))
    assert [face.face_id for group in await groups_of(door.home) for face in group.faces] == [later]


async def test_who_was_likely_before_starts_nothing_twice(hass: HomeAssistant, door: Door) -> None:
    likely, sure = {"options": {"likely": True}}, {"id": "sure"}
    automation = await automate(hass, {"trigger": "kith.recognized", **likely}, {"trigger": "kith.recognized", **sure})
    door.engine.answer, door.engine.story = shown(face_of(0)), (shown(face_of(0)),)
    await door.ring()
    await eventually(lambda: len(automation.calls) == 1)
    door.save()
    await eventually(lambda: len(automation.calls) == 2)
    await door.settle()
    await hass.async_block_till_done()
    assert [call.data["person"] for call in automation.calls] == [None, "Ada"]


async def test_who_was_seen_elsewhere_since_is_where_they_were_seen_last(hass: HomeAssistant, door: Door) -> None:
    fired = async_capture_events(hass, "kith_person_recognized")
    await door.ring()
    presence = door.home.household.presence
    later = Seen(dt_util.utcnow() + timedelta(seconds=2), "hall")
    presence.record("ada", later)
    door.engine.story = (shown(face_of(0)),)
    door.save()
    await eventually(lambda: door.engine.looked >= 8)
    await door.settle()
    assert presence.last["ada"] == later
    assert not fired
    assert door.visits


async def test_a_stranger_in_the_clip_is_told_of_once(hass: HomeAssistant, door: Door) -> None:
    fired = async_capture_events(hass, "kith_stranger_seen")
    door.engine.story = (shown(axis(5)),)
    await door.ring()
    for name in ("one", "two"):
        door.save(f"{name}.mp4")
    await eventually(lambda: door.engine.looked >= 16)
    await door.settle()
    assert [told.data["camera"] for told in fired] == [BELL]
    assert door.home.household.presence.stranger is not None


async def test_what_came_long_before_or_comes_too_late_is_no_news(
    hass: HomeAssistant, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    fired = async_capture_events(hass, "kith_person_recognized")
    monkeypatch.setattr(event_clips, "NEW_FOR", timedelta(0))
    door.engine.story = (shown(face_of(0)),)
    door.save("before.mp4")
    hour_ago = dt_util.utcnow().timestamp() - 3600
    os.utime(door.folder / "before.mp4", (hour_ago, hour_ago))
    await door.ring()
    await asyncio.sleep(0.2)
    assert not door.engine.looked
    door.save()
    await eventually(lambda: door.engine.looked >= 8)
    await door.settle()
    assert not fired
    assert not door.home.household.presence.last
    assert door.visits


async def test_one_that_is_being_written_is_left_until_it_is_complete(
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_clips, "SETTLED", timedelta(seconds=0.5))
    door.engine.story = (shown(face_of(0)),)
    await door.ring()
    for part in range(1, 6):
        door.save(film=door.film[: part * len(door.film) // 5])
        await asyncio.sleep(0.1)
    assert not door.engine.looked
    await eventually(lambda: door.home.household.presence.last)


async def test_a_damaged_one_is_given_up(
    door: Door,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "custom_components.kith")
    await door.ring()
    door.save("damaged.mp4", door.film[:1000])
    await eventually(lambda: caplog.text.count("damaged.mp4 cannot be looked at") == event_clips.MOST_TRIES)
    door.engine.story = (shown(face_of(0)),)
    door.save()
    await eventually(lambda: door.home.household.presence.last)
    assert caplog.text.count("damaged.mp4 cannot be looked at") == event_clips.MOST_TRIES


async def test_the_picture_may_come_from_a_clock_that_is_ahead(door: Door) -> None:
    door.engine.story = (shown(face_of(0)),)
    door.bell.ahead = timedelta(seconds=110)
    await door.ring()
    door.save()
    await eventually(lambda: door.home.household.presence.last)


async def test_an_engine_without_time_for_it_gives_no_clip_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_visits, "MOST_BUSY", 1)
    monkeypatch.setattr(clip_visits, "BUSY_PAUSE", 0.0)
    door.engine.story = (*[EngineBusyError("of cameras")] * 2 * event_clips.MOST_TRIES, shown(face_of(0)))
    await door.ring()
    with monkeypatch.context() as restarting:
        restarting.setattr(RemoteEngine, "available", False)
        door.save()
        await asyncio.sleep(0.2)
    await eventually(lambda: door.home.household.presence.last)


@pytest.mark.parametrize(("began", "off"), [(-1.5, -1.5), (-3600.0, 0.0), (3600.0, 0.0), (180.0, 0.0)])
async def test_its_visit_has_its_own_time_unless_the_camera_s_clock_is_wrong(
    hass: HomeAssistant,
    door: Door,
    began: float,
    off: float,
) -> None:
    door.engine.story = (shown(face_of(0)),)
    await door.ring()
    event = door.bell.image_last_updated
    created = event + timedelta(seconds=began)
    dated = await hass.async_add_executor_job(lambda: recorded(3, "matroska", created=created.isoformat()))
    await asyncio.sleep(max(0.0, 3 - (dt_util.utcnow() - event).total_seconds()))  # until it is over
    door.save("now.mkv", dated)
    await eventually(lambda: door.home.household.presence.last)
    [visit] = door.visits
    assert (visit.begin - event).total_seconds() == pytest.approx(off, abs=0.2)


async def test_other_settings_count_at_once_and_unloading_ends_it(hass: HomeAssistant, door: Door) -> None:
    hass.config_entries.async_update_subentry(
        door.entry, door.subentry, data={**door.subentry.data, "clips": f"{FOLDER}/elsewhere"}
    )
    await hass.async_block_till_done()
    (door.folder.parent / "elsewhere").mkdir()
    await door.ring()
    door.save()
    await asyncio.sleep(0.2)
    assert not door.engine.looked
    door.save("../elsewhere/now.mp4")
    await eventually(lambda: door.engine.looked)
    await hass.config_entries.async_unload(door.entry.entry_id)
    looked = door.engine.looked
    door.save("../elsewhere/later.mp4")
    await asyncio.sleep(0.2)
    assert door.engine.looked == looked


async def test_a_clip_is_awaited_although_another_setting_changes(hass: HomeAssistant, door: Door) -> None:
    await door.ring()
    hass.config_entries.async_update_subentry(door.entry, door.subentry, data={**door.subentry.data, "interval": 5})
    await hass.async_block_till_done()
    door.save()
    await eventually(lambda: door.engine.looked)


async def test_nobody_is_recognized_in_clips_while_the_owner_has_switched_that_off(
    hass: HomeAssistant, door: Door
) -> None:
    door.engine.story = (shown(face_of(0)),)
    switch = {"entity_id": "switch.bell_recognition"}
    await hass.services.async_call("switch", "turn_off", switch, blocking=True)
    await door.ring()
    door.save("off.mp4")
    await asyncio.sleep(0.2)
    await hass.services.async_call("switch", "turn_on", switch, blocking=True)
    await asyncio.sleep(0.2)
    assert not door.engine.looked, "what came meanwhile is left alone"
    door.save("on.mp4")
    await eventually(lambda: door.engine.looked)


async def test_a_removed_camera_is_not_followed(hass: HomeAssistant, door: Door) -> None:
    await door.ring()
    hass.config_entries.async_remove_subentry(door.entry, door.subentry.subentry_id)
    await hass.async_block_till_done()
    door.save()
    await asyncio.sleep(0.2)
    assert not door.engine.looked


async def test_a_folder_that_cannot_be_read_has_no_new_clips(hass: HomeAssistant, folder: Path) -> None:
    clips = ClipFolder(hass, f"{FOLDER}/elsewhere")
    assert await clips.new() == []
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "old.mp4").write_bytes(b"a clip")
    assert await clips.new() == [], "nobody knows what was there before"
    (folder.parent / "elsewhere" / "new.mp4").write_bytes(b"a clip")
    (folder.parent / "elsewhere" / "new.jpg").write_bytes(b"a picture")
    assert await clips.new() == [f"{FOLDER}/elsewhere/new.mp4"]


async def test_the_newest_days_are_found_among_many(hass: HomeAssistant, folder: Path) -> None:
    for day in range(1, 28):
        (folder.parent / f"2026-11-{day:02}").mkdir()
        (folder.parent / f"2026-11-{day:02}" / "old.mp4").write_bytes(b"")
    clips = ClipFolder(hass, FOLDER)
    await clips.note()
    (folder / "new.mp4").write_bytes(b"a clip")
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
