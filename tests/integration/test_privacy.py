"""A forgotten person is gone from everywhere that Kith writes to, and what Kith cannot reach is named."""

import json
from pathlib import Path
from typing import Any

from homeassistant.components.backup import AgentBackup
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import DOMAIN
from custom_components.kith.kith_engine.errors import KithError
from custom_components.kith.privacy import erasure
from tests.identity.faces import axis, shown, template

from .conftest import Scripted, as_subentry, camera_subentry, eventually, face_of, person_subentry
from .test_subentry_flows import PORTRAIT, face, photo

ADA = "binary_sensor.ada_presence"


async def forget(hass: HomeAssistant, person: str = ADA) -> dict[str, Any]:
    return await hass.services.async_call(
        DOMAIN, "forget_person", {"person": person}, blocking=True, return_response=True
    )


def files(hass: HomeAssistant) -> dict[Path, bytes]:
    """All files that Kith and Home Assistant have written."""
    folders = (Path(hass.config.path(STORAGE_DIR)), Path(hass.config.path(DOMAIN)))
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def allowed(entry: MockConfigEntry, title: str) -> list[str]:
    return next(one for one in entry.subentries.values() if one.title == title).data.get("allowed", [])


@pytest.fixture
async def known(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> MockConfigEntry:
    """Ada has left traces in everything that Kith stores."""
    home = entry.runtime_data
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get(ADA).state == "on")
    await home.change(lambda gallery: gallery.with_negative("ada", template(axis(4), name="not_her")))
    home.stores.recognition_rate.count({"ada"}, set())
    await home.stores.recognition_rate.save()
    hall = next(one for one in entry.subentries.values() if one.title == "Hall")
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "allowed": ["ada", "grace"]})
    pool = camera_subentry(camera="camera.pool", enabled=False, allowed=["ada"])
    pool |= {"title": "Pool", "unique_id": "camera.pool"}
    hass.config_entries.async_add_subentry(entry, as_subentry(pool))
    await hass.async_block_till_done()
    await home.stores.photos.save_person("ada", "ada", b"\xff\xd8 a face")
    return entry


async def test_nothing_of_her_is_left_on_the_disk_and_what_there_was_is_told(
    hass: HomeAssistant, known: MockConfigEntry
) -> None:
    damaged = Path(hass.config.path(STORAGE_DIR), "kith.gallery.corrupt.2026-11-23")
    damaged.write_text('{"people": {"ada": ')
    assert [path for path, content in files(hass).items() if b'"ada"' in content]
    answer = await forget(hass)
    assert {key: answer["erased"][key] for key in ("templates", "not_this_person", "photos", "visits_counted")} == {
        "templates": 1,
        "not_this_person": 1,
        "photos": 1,
        "visits_counted": 1,
    }
    assert answer["erased"]["listed_at"] == ["Hall", "Pool"]
    await hass.async_block_till_done(wait_background_tasks=False)
    kiths = {
        path: content for path, content in files(hass).items() if "kith" in str(path.relative_to(hass.config.path()))
    }
    assert not [path for path, content in kiths.items() if b'"ada"' in content or "ada" in path.parts]
    assert not damaged.exists()


async def test_she_is_off_the_lists_of_who_may_be_somewhere_but_a_list_does_not_open_to_everybody(
    hass: HomeAssistant, known: MockConfigEntry
) -> None:
    await forget(hass)
    assert allowed(known, "Hall") == ["grace"]
    assert allowed(known, "Pool") == ["nobody"], "else everybody would be allowed at the pool"


async def test_the_last_picture_of_a_camera_is_gone_with_her(
    hass: HomeAssistant, known: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hall,) = (camera for camera in known.runtime_data.cameras.values() if camera.name == "Hall")
    await hall.stop()
    assert hall.last.picture
    await forget(hass)
    assert (hall.last.picture, hall.last.analysis) == (b"", None)


async def test_what_is_still_there_is_told_and_she_stays_in_the_list_so_that_it_can_be_tried_again(
    hass: HomeAssistant, known: MockConfigEntry
) -> None:
    stuck = Path(hass.config.path(STORAGE_DIR), "kith.of_another_version")
    stuck.write_text(json.dumps({"people": ["ada"]}))
    with pytest.raises(HomeAssistantError, match="of_another_version"):
        await forget(hass)
    assert "Ada" in {one.title for one in known.subentries.values()}
    stuck.unlink()
    assert (await forget(hass))["proved"] is True


async def test_a_disk_that_refuses_is_told_and_nothing_is_changed(
    hass: HomeAssistant, known: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise KithError("the disk is full.")

    monkeypatch.setattr(erasure, "erase", fail)
    with pytest.raises(HomeAssistantError, match="disk is full"):
        await forget(hass)
    assert "ada" in known.runtime_data.stores.gallery.gallery.templates


async def test_entities_that_stay_are_told(
    hass: HomeAssistant, known: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "entities_of", lambda *_: [ADA])
    with pytest.raises(HomeAssistantError, match=ADA):
        await forget(hass)


async def test_without_history_and_backups_little_can_be_left(hass: HomeAssistant, known: MockConfigEntry) -> None:
    left = (await forget(hass))["may_still_hold"]
    assert (left["backups"], left["history"], left["entities"]) == ([], False, [])
    assert len(left["advice"]) == 1


async def test_history_is_named_with_its_days_and_the_entities_to_purge(
    recorder_mock: Recorder, hass: HomeAssistant, known: MockConfigEntry
) -> None:
    left = (await forget(hass))["may_still_hold"]
    assert (left["history"], left["history_days"]) == (True, recorder_mock.keep_days)
    assert ADA in left["entities"]
    assert f"{recorder_mock.keep_days} days" in left["advice"][0]


async def test_history_that_is_kept_for_good_is_told_so(
    recorder_mock: Recorder, hass: HomeAssistant, known: MockConfigEntry
) -> None:
    recorder_mock.auto_purge = False
    left = (await forget(hass))["may_still_hold"]
    assert left["history_days"] is None
    assert "forever" in left["advice"][0]


async def test_backups_are_named_with_their_dates_oldest_first_and_only_those_that_can_hold_her(
    hass: HomeAssistant, known: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backup(name: str, date: str, *, whole: bool) -> AgentBackup:
        return AgentBackup(
            addons=[],
            backup_id=name,
            date=date,
            database_included=whole,
            extra_metadata={},
            folders=[],
            homeassistant_included=whole,
            homeassistant_version=None,
            name=name,
            protected=True,
            size=1,
        )

    assert await async_setup_component(hass, "backup", {})
    made = [
        backup("weekly", "2026-11-22", whole=True),
        backup("media only", "2026-11-21", whole=False),
        backup("monthly", "2026-11-01", whole=True),
    ]

    class Manager:
        async def async_get_backups(self) -> tuple[dict[str, AgentBackup], dict[str, Exception]]:
            return {one.backup_id: one for one in made}, {}

    monkeypatch.setattr("homeassistant.components.backup.async_get_manager", lambda _hass: Manager())
    left = (await forget(hass))["may_still_hold"]
    assert [one["name"] for one in left["backups"]] == ["monthly", "weekly"]
    assert left["advice"][0].startswith("2 backups")


async def test_faces_of_strangers_may_be_hers_and_that_is_said(hass: HomeAssistant, known: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(known, options={"keep_strangers": 7})
    left = (await forget(hass))["may_still_hold"]
    assert "7 days" in left["advice"][-1]


async def test_nobody_is_enrolled_without_having_agreed(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    hass.config_entries.async_add_subentry(entry, as_subentry(person_subentry("Eve", consent=False)))
    await hass.async_block_till_done()
    engine.answer = photo(face(axis(5), PORTRAIT))
    with pytest.raises(ServiceValidationError, match="Eve has not agreed"):
        await hass.services.async_call(
            DOMAIN, "enroll", {"person": "Eve", "camera": "camera.hall"}, blocking=True, return_response=True
        )
    assert "eve" not in entry.runtime_data.stores.gallery.gallery.templates


def test_a_trace_is_found_in_any_of_kiths_files(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    (tmp_path / "kith.presence").write_text('{"people":{"ada":{}}}')
    (tmp_path / "core.other").write_text('"ada"')
    assert erasure._traces(tmp_path, photos, "ada") == ["kith.presence"]
    for what in ("people", "visits"):
        (photos / what / "ada").mkdir(parents=True)
    found = erasure._traces(tmp_path, photos, "ada")
    assert set(found) == {"kith.presence", "people/ada", "visits/ada"}
