"""Kept faces: whose, for how long, and who may see them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.kith_engine.errors import PictureError
from custom_components.kith.review import kept_faces
from custom_components.kith.review.kept_faces import PRUNE_EVERY
from custom_components.kith.review.visit_log import VisitLog
from custom_components.kith.sighting import Sighting, SightingKind
from custom_components.kith.storage import picture_files
from custom_components.kith.storage.photos import SUFFIX, PhotoStore
from tests.identity.faces import EMPTY, HEAD, axis, like, shown, template

from .conftest import JPEG, Scripted, as_subentry, eventually, face_of, person_subentry

pytestmark = pytest.mark.one_release

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def folder(hass: HomeAssistant) -> Path:
    return Path(hass.config.path("kith", "photos"))


def kept(hass: HomeAssistant) -> list[str]:
    """Folder and name of all files."""
    return sorted(str(path.relative_to(folder(hass))) for path in folder(hass).rglob("*") if path.is_file())


def whole(hass: HomeAssistant) -> list[str]:
    """Without unfinished files."""
    return [name for name in kept(hass) if name.endswith(SUFFIX)]


@pytest.fixture
def store(hass: HomeAssistant) -> PhotoStore:
    return PhotoStore(hass)


async def test_what_was_kept_can_be_seen_and_only_its_owner_may_read_it(hass: HomeAssistant, store: PhotoStore) -> None:
    await store.save_person("ada", "1", JPEG)
    stranger = await store.save_stranger(NOW, "hall", JPEG)
    assert stranger is not None
    assert await store.people() == {"ada": ("1",)}
    assert await store.find("ada", "1") == JPEG
    assert [(one.captured, one.camera) for one in await store.strangers()] == [(NOW, "hall")]
    assert await store.stranger(stranger) == JPEG
    for path in [folder(hass), *folder(hass).rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


async def test_nothing_is_there_before_something_is_kept(hass: HomeAssistant, store: PhotoStore) -> None:
    assert await store.people() == {}
    assert await store.strangers() == []
    assert await store.find("ada", "1") is None
    assert await store.stranger("01") is None
    await store.forget("ada")
    await store.forget_strangers({"01"})
    assert not folder(hass).exists()


@pytest.mark.parametrize("name", ["..", "../ada", "a/b", ".", "", "a\x00", "/etc", "%2e%2e"])
async def test_no_name_leads_out_of_the_folder(hass: HomeAssistant, store: PhotoStore, name: str) -> None:
    outside = folder(hass).parent / "1.jpg"
    outside.parent.mkdir(parents=True)
    outside.write_bytes(JPEG)
    await store.save_person(name, "1", JPEG)
    await store.save_person("ada", name, JPEG)
    assert await store.save_stranger(NOW, name, JPEG) is None
    assert await store.find(name, "1") is None
    assert await store.find("ada", name) is None
    await store.forget(name)
    assert outside.exists()
    assert kept(hass) == []


async def test_damaged_and_foreign_files_are_not_shown_and_hinder_nothing(
    hass: HomeAssistant, store: PhotoStore
) -> None:
    await store.save_person("ada", "1", JPEG)
    stranger = await store.save_stranger(NOW, "hall", JPEG)
    (folder(hass) / "people" / "ada" / "1.jpg").write_bytes(b"")
    (folder(hass) / "people" / "ada" / "2.part").write_bytes(JPEG)
    (folder(hass) / "strangers" / "half.part").write_bytes(JPEG)
    (folder(hass) / "strangers" / "somebody.hall.jpg").write_bytes(JPEG)
    (folder(hass) / "strangers" / f"7{'Z' * 25}.hall.jpg").write_bytes(JPEG)  # of the year 10889
    (folder(hass) / "strangers" / f"{stranger}.hall.jpg").unlink()
    (folder(hass) / "people" / "a file").write_bytes(b"")
    assert await store.find("ada", "1") is None
    assert await store.stranger(stranger or "") is None
    assert await store.strangers() == []
    await store.keep_only({"ada": ["1"]})
    await store.forget_strangers(())
    assert kept(hass) == ["people/ada/1.jpg"], "what was half written shows a face too"


async def test_a_disk_that_cannot_be_written_costs_the_photo_only(
    hass: HomeAssistant, store: PhotoStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    await store.save_person("ada", "1", JPEG)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        await store.save_person("ada", "2", JPEG)
        assert await store.save_stranger(NOW, "hall", JPEG) is None
        patch.setattr(Path, "unlink", full)
        await store.keep_only({"ada": ["3"]})
    assert "No space left on device" in caplog.text
    assert "ada" not in caplog.text, "nothing personal is logged"
    assert kept(hass) == ["people/ada/1.jpg"]


async def test_a_folder_that_refuses_rights_keeps_photos_and_that_is_told_once(
    hass: HomeAssistant, store: PhotoStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    picture_files._tell_once.cache_clear()
    monkeypatch.setattr(Path, "chmod", refuse)
    for name in ("one", "two"):
        await store.save_person("ada", name, JPEG)
        assert await store.find("ada", name) == JPEG
    assert caplog.text.count("Operation not permitted") == 1


async def test_of_strangers_only_the_given_ones_go(store: PhotoStore) -> None:
    first, second, third = [await store.save_stranger(NOW + timedelta(days=day), "hall", JPEG) for day in range(3)]
    await store.forget_strangers({first, third})
    assert [one.stranger_id for one in await store.strangers()] == [second]


# With Kith running


def agree(hass: HomeAssistant, entry: MockConfigEntry, name: str, *to: str) -> None:
    person = next(person for person in entry.subentries.values() if person.title == name)
    consent = {"to": list(to), "by": name, "at": "2026-11-23T12:00:00+00:00"}
    hass.config_entries.async_update_subentry(entry, person, data={**person.data, "consent": consent})


@pytest.fixture
async def photos(hass: HomeAssistant, entry: MockConfigEntry) -> PhotoStore:
    """Ada agreed to photos and Grace did not; both have one nevertheless."""
    agree(hass, entry, "Ada", "recognize", "photos")
    await hass.async_block_till_done()
    found: PhotoStore = entry.runtime_data.stores.photos
    for who in ("ada", "grace"):
        await found.save_person(who, who, JPEG)
    return found


async def test_photos_are_kept_of_those_who_agreed_to_it(
    hass: HomeAssistant, entry: MockConfigEntry, photos: PhotoStore
) -> None:
    await entry.runtime_data.enroll("ada", [template(axis(0), name="more")])
    assert kept(hass) == ["people/ada/ada.jpg"]
    agree(hass, entry, "Ada", "recognize")
    await eventually(lambda: kept(hass) == [])
    assert len(entry.runtime_data.stores.gallery.gallery.templates["ada"]) == 2


async def test_a_photo_goes_with_its_template(hass: HomeAssistant, entry: MockConfigEntry, photos: PhotoStore) -> None:
    await entry.runtime_data.enroll("ada", [template(axis(0), name="more")])
    await photos.save_person("ada", "more", JPEG)
    await entry.runtime_data.change(lambda gallery: gallery.without_templates(["ada"]))
    assert kept(hass) == ["people/ada/more.jpg"]


async def test_a_persons_photos_go_with_the_person(
    hass: HomeAssistant, entry: MockConfigEntry, photos: PhotoStore
) -> None:
    ada = next(person for person in entry.subentries.values() if person.title == "Ada")
    assert hass.config_entries.async_remove_subentry(entry, ada.subentry_id)
    await eventually(lambda: kept(hass) == [])


async def test_photos_go_with_kith(hass: HomeAssistant, entry: MockConfigEntry, photos: PhotoStore) -> None:
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert not folder(hass).exists()


async def keep_strangers(hass: HomeAssistant, entry: MockConfigEntry, days: int) -> None:
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": days})
    await hass.async_block_till_done()


async def test_no_stranger_is_kept_unless_days_are_set(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(axis(5))
    await eventually(lambda: hass.states.get("binary_sensor.kith_stranger_present").state == "on")
    await hass.async_block_till_done(wait_background_tasks=False)
    assert kept(hass) == []
    assert engine.cropped == []


async def test_a_stranger_is_kept_once_a_visit_until_the_days_are_over(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    await keep_strangers(hass, entry, 7)
    engine.answer = shown(axis(5))
    await eventually(lambda: whole(hass))
    assert set(engine.cropped) == {HEAD}
    (stranger,) = await entry.runtime_data.stores.photos.strangers()
    assert stranger.camera in entry.subentries
    engine.answer = EMPTY
    await keep_strangers(hass, entry, 6)
    assert kept(hass)
    await keep_strangers(hass, entry, 0)
    assert kept(hass) == []


async def test_the_days_are_counted_while_nothing_happens(
    hass: HomeAssistant, entry: MockConfigEntry, steady: None
) -> None:
    await keep_strangers(hass, entry, 7)
    now = datetime.now(UTC)
    for days in (6.9, 7.1):
        await entry.runtime_data.stores.photos.save_stranger(now - timedelta(days=days), "hall", JPEG)
    assert len(kept(hass)) == 2
    async_fire_time_changed(hass, now + PRUNE_EVERY * 1.1)
    await eventually(lambda: len(kept(hass)) == 1)


async def test_who_turns_out_to_be_known_is_not_kept_as_a_stranger(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    await keep_strangers(hass, entry, 7)
    engine.answer = shown(axis(5))
    await eventually(lambda: whole(hass))
    engine.answer = shown(like((0, 0.7), (5, 0.3)))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")
    await eventually(lambda: kept(hass) == [])


async def test_a_face_is_remembered_until_its_visit_is_settled(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, brisk: None
) -> None:
    """Somebody later, whose track has the same number, turns out to be known: that says nothing about the first."""
    await keep_strangers(hass, entry, 7)
    home = entry.runtime_data
    log = VisitLog(home)
    keeper = kept_faces._Keeper(home, log)
    told: list[Sighting] = []
    log.start()
    log.on_settled.subscribe(keeper.settled)
    home.household.on_sighting.subscribe(keeper.sighted)
    home.household.on_sighting.subscribe(told.append)
    engine.answer = shown(axis(5))
    await eventually(lambda: keeper._last and len(whole(hass)) == 2)  # with the home's own
    engine.answer = EMPTY
    await eventually(lambda: not keeper._last)
    stranger = next(sighting for sighting in told if sighting.kind is SightingKind.STRANGER)
    known = Verdict(Outcome.KNOWN, "ada")
    home.household.on_sighting.notify(
        replace(stranger, kind=SightingKind.RECOGNIZED, verdict=known, corrects=stranger.verdict)
    )
    await hass.async_block_till_done()
    assert len(whole(hass)) == 2


async def test_a_face_that_cannot_be_cut_out_is_not_kept(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    cropped: list[object] = []

    async def fail(*args: object) -> bytes:
        cropped.append(args)
        raise PictureError("half of it")

    monkeypatch.setattr(entry.runtime_data.engine, "crop", fail)
    await keep_strangers(hass, entry, 7)
    engine.answer = shown(axis(5))
    await eventually(lambda: cropped)
    assert kept(hass) == []


async def test_who_is_not_to_be_recognized_is_kept_nowhere(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    await keep_strangers(hass, entry, 7)
    data = person_subentry("Carl")
    data["data"] = {**data["data"], "consent": {"to": ["never"], "by": "Carl", "at": "2026-11-23T12:00:00+00:00"}}
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    await hass.async_block_till_done()
    await entry.runtime_data.enroll("carl", [template(axis(2), name="carl")])
    engine.answer = shown(face_of(2))
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 20)
    assert kept(hass) == []


# Over HTTP


@pytest.mark.parametrize("path", ["people/ada/..%2Fada%2Fada", "people/..%2F..%2F..%2F.storage/auth"])
async def test_no_path_leads_out_of_the_folder(
    hass: HomeAssistant, entry: MockConfigEntry, photos: PhotoStore, hass_client: ClientSessionGenerator, path: str
) -> None:
    found = await status(await hass_client(), f"/api/kith/photos/{path}")
    assert found in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND), "Home Assistant's own filter, or ours"


async def status(client: Any, path: str) -> int:
    async with client.get(path) as response:
        return int(response.status)


async def test_administrators_see_kept_faces_and_nobody_keeps_a_copy(
    hass: HomeAssistant, entry: MockConfigEntry, photos: PhotoStore, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    stranger = await photos.save_stranger(NOW, "hall", JPEG)
    for path in ("people/ada/ada", f"strangers/{stranger}"):
        async with client.get(f"/api/kith/photos/{path}") as response:
            assert response.status == HTTPStatus.OK
            assert response.content_type == "image/jpeg"
            assert response.headers["Cache-Control"] == "no-store"
            assert await response.read() == JPEG


@pytest.mark.parametrize("path", ["people/ada/9", "people/linus/1", "people/%2E%2E/strangers", "strangers/1"])
async def test_what_is_not_kept_is_not_found(
    hass: HomeAssistant, entry: MockConfigEntry, photos: PhotoStore, hass_client: ClientSessionGenerator, path: str
) -> None:
    assert await status(await hass_client(), f"/api/kith/photos/{path}") == HTTPStatus.NOT_FOUND


async def test_nobody_sees_faces_without_being_an_administrator(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    photos: PhotoStore,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    path = "/api/kith/photos/people/ada/ada"
    assert await status(await hass_client_no_auth(), path) == HTTPStatus.UNAUTHORIZED
    assert await status(await hass_client(hass_read_only_access_token), path) == HTTPStatus.UNAUTHORIZED


async def test_while_kith_is_off_nothing_is_shown(
    hass: HomeAssistant, entry: MockConfigEntry, photos: PhotoStore, hass_client: ClientSessionGenerator
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    assert await status(await hass_client(), "/api/kith/photos/people/ada/ada") == HTTPStatus.NOT_FOUND
