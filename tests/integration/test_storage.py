"""The gallery on disk: private, complete whatever happens, and never silently empty."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import count
import json
from pathlib import Path
import threading
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir, storage
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.kith.errors import GalleryNotSavedError, GalleryUnreadableError
from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.gallery import EnrolledEmbedding, Gallery
from custom_components.kith.identity.presence import Presence, Visit
from custom_components.kith.identity.suitability import Suitability
from custom_components.kith.identity.visit_record import Correction, EvidenceStep, VisitRecord
from custom_components.kith.kith_engine.analysis import Flaw
from custom_components.kith.storage import (
    GalleryStore,
    PresenceStore,
    SuitabilityStore,
    VisitStore,
    suitability,
    visits as visit_storage,
)
from custom_components.kith.storage.gallery import COPIES, DAMAGED, USUAL_QUALITY
from custom_components.kith.storage.records import Records
from custom_components.kith.storage.visit_codec import encode_visit
from custom_components.kith.storage.visits import SAVE_STEPS_AFTER, SAVE_VISITS_AFTER, VISITS
from tests.identity.faces import HEAD, NOON, after, axis, face, gallery, shown, template

from .conftest import JPEG, PATIENCE, Scripted, Shown, eventually, person_subentry, remote_entry


def files(hass: HomeAssistant) -> list[Path]:
    return [Path(hass.config.path(".storage", key)) for key in COPIES]


async def saved(hass: HomeAssistant) -> Gallery:
    found = gallery(ada=axis(0), grace=axis(1))
    await GalleryStore(hass).replace(found)
    return found


async def loaded(hass: HomeAssistant) -> GalleryStore:
    store = GalleryStore(hass)
    await store.load()
    return store


async def test_what_was_saved_is_loaded_and_only_its_owner_may_read_it(hass: HomeAssistant) -> None:
    before = await saved(hass)
    after = (await loaded(hass)).gallery
    assert after.templates.keys() == before.templates.keys()
    one, other = before.templates["ada"][0], after.templates["ada"][0]
    assert np.array_equal(one.vector, other.vector)
    assert (one.template_id, one.embedding, one.added, one.source, one.width) == (
        other.template_id,
        other.embedding,
        other.added,
        other.source,
        other.width,
    )
    for path in files(hass):
        assert path.stat().st_mode & 0o777 == 0o600


async def test_what_a_second_network_made_of_a_face_is_kept_with_it(hass: HomeAssistant) -> None:
    second = EnrolledEmbedding(axis(3)[:6], "another-0123456789ab", 0.6)
    first = template(axis(0))
    both = replace(first, embeddings=(*first.embeddings, second))
    await GalleryStore(hass).replace(Gallery({"ada": (both, template(axis(1)))}))
    one, other = (await loaded(hass)).gallery.templates["ada"]
    assert np.array_equal(one.embeddings[1].vector, second.vector)
    assert (one.embeddings[1].network, one.embeddings[1].quality) == (second.network, second.quality)
    assert len(other.embeddings) == 1


async def test_marked_faces_and_qualities_are_kept_and_older_files_are_read(hass: HomeAssistant) -> None:
    marked = (await saved(hass)).with_negative("ada", template(axis(2))).with_stranger(template(axis(5)))
    store = await loaded(hass)
    await store.replace(marked)
    after = (await loaded(hass)).gallery
    assert np.array_equal(after.negatives["ada"][0].vector, axis(2))
    assert np.array_equal(after.strangers[0].vector, axis(5))
    assert after.templates["ada"][0].quality == pytest.approx(0.8)
    await store.replace(marked.only(["grace"]))
    assert not (await loaded(hass)).gallery.negatives, "what was kept of Ada goes with Ada"

    for path in files(hass):  # the format before qualities and marks
        content = json.loads(path.read_text())
        content["minor_version"] = 1
        content["data"] = {key: content["data"][key] for key in ("generation", "people")}
        for templates in content["data"]["people"].values():
            for stored in templates:
                del stored["quality"]
        path.write_text(json.dumps(content))
    older = (await loaded(hass)).gallery
    assert older.templates["grace"][0].quality == USUAL_QUALITY


async def test_what_was_counted_at_a_camera_is_kept(hass: HomeAssistant) -> None:
    told = Suitability()
    told.add([face(axis(0), HEAD, width=61)] * 3 + [face(None, HEAD, flaws=(Flaw.TOO_DARK,), width=40)])
    store = SuitabilityStore(hass)
    store.cameras["hall"] = told
    await store.save()
    again = SuitabilityStore(hass)
    await again.load()
    assert again.cameras == {"hall": told}


async def test_a_visit_goes_on_after_a_restart(hass: HomeAssistant) -> None:
    visit = Visit(after(5), {"ada"}, stranger=True, asked={"grace"}, begin=NOON, likely={"linus"})
    store = PresenceStore(hass)
    store.presence = Presence(visits={"hall": visit})
    await store.save()
    again = PresenceStore(hass)
    await again.load()
    assert again.presence.visits == {"hall": replace(visit, resumed=True)}
    assert again.presence.people == {"ada", "grace", "linus"}, "who was removed meanwhile is erased"


@pytest.mark.parametrize("place", [0, 1])
async def test_a_file_cut_in_half_loses_nothing_and_is_told(hass: HomeAssistant, place: int) -> None:
    await saved(hass)
    path = files(hass)[place]
    path.write_text(path.read_text()[: path.stat().st_size // 2])
    store = await loaded(hass)
    assert set(store.gallery.templates) == {"ada", "grace"}
    assert ir.async_get(hass).async_get_issue("kith", DAMAGED) is not None
    assert [json.loads(path.read_text())["data"]["generation"] for path in files(hass)] == [2, 2], "both whole again"


async def test_a_write_that_was_cut_off_between_the_copies_keeps_the_newer_one(hass: HomeAssistant) -> None:
    await saved(hass)
    old = files(hass)[1].read_text()
    store = await loaded(hass)
    await store.replace(store.gallery.with_templates("linus", [template(axis(2))]))
    files(hass)[1].write_text(old)
    assert set((await loaded(hass)).gallery.templates) == {"ada", "grace", "linus"}


async def test_two_damaged_copies_stop_kith_instead_of_starting_it_empty(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    await saved(hass)
    for path in files(hass):
        path.write_text("{")
    entry = remote_entry(engine, person_subentry("Ada"))
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == GalleryUnreadableError.code
    set_aside = list(Path(hass.config.path(".storage")).glob("kith.gallery*.corrupt.*"))
    assert len(set_aside) == 2, "for whoever can repair them"


async def damaged(hass: HomeAssistant, engine: Scripted) -> tuple[MockConfigEntry, Path, list[str]]:
    """A home that did not start as both copies are damaged, a photo that Grace agreed to, and the copies as written."""
    (known,) = (await saved(hass)).templates["grace"]
    photo = Path(hass.config.path("kith", "photos", "people", "grace", f"{known.template_id}.jpg"))
    photo.parent.mkdir(parents=True)
    photo.write_bytes(JPEG)
    before = [path.read_text() for path in files(hass)]
    for path in files(hass):
        path.write_text("{")
    grace = person_subentry("Grace")
    grace["data"] = {**grace["data"], "consent": {**grace["data"]["consent"], "to": ["recognize", "photos"]}}
    entry = remote_entry(engine, person_subentry("Ada"), grace)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    return entry, photo, before


async def test_two_damaged_copies_stop_every_start_until_one_is_restored(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    entry, photo, before = await damaged(hass, engine)
    for _ in range(2):
        assert not await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        assert entry.error_reason_translation_key == GalleryUnreadableError.code
    files(hass)[0].write_text(before[0])
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert set(entry.runtime_data.stores.gallery.gallery.templates) == {"ada", "grace"}
    assert photo.exists()
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_photos_that_people_agreed_to_outlive_the_gallery(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    entry, photo, _before = await damaged(hass, engine)
    for path in photo.parents[4].glob(".storage/kith.gallery*"):
        path.unlink()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await entry.runtime_data.enroll("ada", [template(axis(0))])
    assert photo.exists()
    grace = next(person for person in entry.subentries.values() if person.title == "Grace")
    hass.config_entries.async_update_subentry(entry, grace, data=person_subentry("Grace")["data"])
    await eventually(lambda: not photo.exists())
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_removed_photo_goes_at_the_next_start_if_home_assistant_was_killed_then(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    entry, photo, before = await damaged(hass, engine)
    files(hass)[0].write_text(before[0])
    assert await hass.config_entries.async_reload(entry.entry_id)
    await entry.runtime_data.change(lambda gallery: gallery.without("grace"))
    assert not photo.exists()
    photo.parent.mkdir(exist_ok=True)
    photo.write_bytes(JPEG)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert not photo.exists()
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_full_or_unwritable_disk_is_told_and_the_gallery_is_as_before(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await saved(hass)
    store = await loaded(hass)
    before = store.gallery

    def full(*_args: object, **_kwargs: object) -> None:
        raise WriteError("[Errno 28] No space left on device")

    monkeypatch.setattr("homeassistant.helpers.storage.write_utf8_file_atomic", full)
    with pytest.raises(GalleryNotSavedError):
        await store.replace(before.without("ada"))
    assert store.gallery is before
    assert set((await loaded(hass)).gallery.templates) == {"ada", "grace"}


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the next writes succeed, first to last; those after them do."""
    script: list[bool] = []
    write = storage.write_utf8_file_atomic

    def written(*args: Any, **kwargs: Any) -> None:
        if script and not script.pop(0):
            raise WriteError("[Errno 28] No space left on device")
        write(*args, **kwargs)

    monkeypatch.setattr(storage, "write_utf8_file_atomic", written)
    return script


async def test_a_change_that_was_refused_does_not_come_with_the_next_start(
    hass: HomeAssistant, writes: list[bool]
) -> None:
    """The disk was full only when the second copy was written."""
    await saved(hass)
    store = await loaded(hass)
    writes[:] = [True, False]
    with pytest.raises(GalleryNotSavedError, match=r"folder writable$"):
        await store.replace(store.gallery.without("ada"))
    assert writes == []
    assert set((await loaded(hass)).gallery.templates) == {"ada", "grace"}
    await store.replace(store.gallery.without("grace"))
    assert set((await loaded(hass)).gallery.templates) == {"ada"}


async def test_a_change_that_could_not_be_taken_back_from_the_disk_is_told_and_is_older_than_the_next(
    hass: HomeAssistant, writes: list[bool], caplog: pytest.LogCaptureFixture
) -> None:
    await saved(hass)
    store = await loaded(hass)
    writes[:] = [True, False, False]
    with pytest.raises(GalleryNotSavedError, match="a restart may bring the change back"):
        await store.replace(store.gallery.without("ada"))
    assert "a restart may bring the change back" in caplog.text
    writes[:] = [False]
    with pytest.raises(GalleryNotSavedError):
        await store.replace(store.gallery.without("grace"))
    await store.replace(store.gallery.without("grace"))
    assert set((await loaded(hass)).gallery.templates) == {"ada"}


async def test_the_first_gallery_that_could_not_be_written_is_not_there(
    hass: HomeAssistant, writes: list[bool]
) -> None:
    """A home with photos and without a gallery keeps them; one with an empty gallery does not."""
    store = await loaded(hass)
    writes[:] = [True, False]
    with pytest.raises(GalleryNotSavedError):
        await store.replace(gallery(ada=axis(0)))
    assert not any(path.exists() for path in files(hass))
    assert (await loaded(hass)).lost


async def test_an_empty_home_has_an_empty_gallery_and_no_complaint(hass: HomeAssistant) -> None:
    assert (await loaded(hass)).gallery.templates == {}
    assert ir.async_get(hass).async_get_issue("kith", DAMAGED) is None


async def test_removing_kith_leaves_nothing_of_anybody(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    folder = Path(hass.config.path(".storage"))
    (folder / "kith.gallery.corrupt.2026").write_text("half")
    engine_files = Path(hass.config.path(".cache", "kith", "packs"))
    engine_files.mkdir(parents=True)
    Path(hass.config.path("kith")).mkdir(exist_ok=True)
    assert await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert list(folder.glob("kith.*")) == []
    assert not engine_files.parent.exists()
    assert not Path(hass.config.path("kith")).exists()


async def test_who_was_removed_while_kith_was_off_is_erased_at_the_next_start(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    await saved(hass)
    entry = remote_entry(engine, person_subentry("Grace"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert set(entry.runtime_data.stores.gallery.gallery.templates) == {"grace"}
    for path in files(hass):
        assert set(json.loads(path.read_text())["data"]["people"]) == {"grace"}
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_what_changes_all_the_time_is_written_nevertheless(hass: HomeAssistant) -> None:
    """Somebody in view changes a visit several times a second."""
    records: Records[dict[str, int]] = Records(hass, "kith.test", dict[str, int])
    path, number = Path(hass.config.path(".storage", "kith.test")), count()
    kept = {"number": 0}

    def changes() -> bool:
        kept["number"] = next(number)
        records.async_delay_save(lambda: dict(kept), 0.2)
        return path.exists()

    await eventually(changes)
    await eventually(lambda: json.loads(path.read_text())["data"] == kept)


async def test_what_is_urgent_does_not_wait_with_what_is_not(hass: HomeAssistant) -> None:
    records: Records[dict[str, int]] = Records(hass, "kith.test", dict[str, int])
    path = Path(hass.config.path(".storage", "kith.test"))
    kept = {"number": 0}
    for number, delay in enumerate([*[300] * 100, 0.05, 300]):
        kept["number"] = number
        records.async_delay_save(lambda: dict(kept), delay)
    await eventually(path.exists)
    assert json.loads(path.read_text())["data"] == kept


class SlowEncoding:
    """Encodes what is kept when it begins, and ends when the test lets it go on."""

    def __init__(self, kept: dict[str, int]) -> None:
        self.kept = kept
        self.begun, self.goes_on = threading.Event(), threading.Event()

    def encode(self) -> dict[str, int]:
        found = dict(self.kept)
        self.begun.set()
        assert self.goes_on.wait(PATIENCE)
        return found


async def test_a_write_in_progress_brings_nothing_back_that_is_erased_meanwhile(hass: HomeAssistant) -> None:
    records: Records[dict[str, int]] = Records(hass, "kith.test", dict[str, int], frozen=True)
    slow = SlowEncoding({"ada": 1})
    writing = hass.async_create_task(records.write(slow.encode))
    assert await hass.async_add_executor_job(slow.begun.wait, PATIENCE)
    slow.kept.clear()
    forgetting = hass.async_create_task(records.write(slow.encode))
    slow.goes_on.set()
    await asyncio.gather(writing, forgetting)
    assert json.loads(Path(hass.config.path(".storage", "kith.test")).read_text())["data"] == {}


async def test_what_changes_during_a_write_is_written_next(hass: HomeAssistant) -> None:
    records: Records[dict[str, int]] = Records(hass, "kith.test", dict[str, int], frozen=True)
    slow = SlowEncoding({"number": 1})
    writing = hass.async_create_task(records.write(slow.encode))
    assert await hass.async_add_executor_job(slow.begun.wait, PATIENCE)
    slow.kept["number"] = 2
    records.async_delay_save(slow.encode, 0.05)
    slow.goes_on.set()
    await writing
    path = Path(hass.config.path(".storage", "kith.test"))
    await eventually(lambda: json.loads(path.read_text())["data"] == slow.kept)


async def test_a_visit_s_explanation_is_written_later_than_what_a_list_shows(hass: HomeAssistant) -> None:
    path = Path(hass.config.path(".storage", VISITS))

    async def written(after: float) -> Any:
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=after + 1))
        await hass.async_block_till_done()
        return json.loads(path.read_text())["data"]["visits"] if path.exists() else None

    visits = VisitStore(hass)
    visit = VisitRecord("one", "hall", NOON, NOON, Verdict(Outcome.UNSURE, None, None, None))
    visits.put(visit)
    assert await written(0) is None
    assert len(await written(SAVE_VISITS_AFTER)) == 1
    visits.put(replace(visit, steps=(EvidenceStep(NOON, "ada", 1.0, 0.5, 1),)))
    assert (await written(SAVE_VISITS_AFTER))[0]["steps"] == []
    assert len((await written(SAVE_STEPS_AFTER))[0]["steps"]) == 1
    visits.put(visit)
    visits.correct("one", Correction("ada", NOON))
    assert (await written(SAVE_VISITS_AFTER))[0]["correction"]["to"] == "ada"
    visits.put(visit)
    await visits.save()
    assert "correction" not in (await written(0))[0]


async def test_what_is_stored_in_mass_is_encoded_outside_the_event_loop(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand visits take tens of milliseconds."""
    threads: set[int] = set()

    def encode(entry: VisitRecord) -> Any:
        threads.add(threading.get_ident())
        return encode_visit(entry)

    monkeypatch.setattr(visit_storage, "encode_visit", encode)
    store = VisitStore(hass)
    store.put(VisitRecord("one", "hall", NOON, NOON, Verdict(Outcome.UNSURE, None, None, None)))
    await store.save()
    store.correct("one", Correction("ada", NOON))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=SAVE_VISITS_AFTER + 1))
    await hass.async_block_till_done()
    assert threads
    assert threading.get_ident() not in threads


async def test_what_a_camera_counted_is_written_after_a_visit_and_not_only_at_the_end(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suitability, "SAVE_SUITABILITY_AFTER", 0.05)
    path = Path(hass.config.path(".storage", suitability.SUITABILITY))
    assert not path.exists()
    engine.answer = shown(axis(0))
    await eventually(path.exists)
    (told,) = json.loads(path.read_text())["data"].values()
    assert told["faces"] > 0
