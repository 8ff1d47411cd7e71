"""A disk that gives back something else than was written: nothing is lost without a word, and Kith goes on."""

from collections.abc import Callable, Iterator
from dataclasses import replace
import json
from pathlib import Path
import random
import threading
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.errors import GalleryUnreadableError, StorageTooNewError
from custom_components.kith.identity.gallery import EnrolledEmbedding, Source, Template
from custom_components.kith.second_opinion.enrolled_store import ENROLLED
from custom_components.kith.second_opinion.ledger_store import LEDGER
from custom_components.kith.storage import GalleryStore, leftovers
from custom_components.kith.storage.faces import STORAGE_KEY
from custom_components.kith.storage.gallery import COPIES, DAMAGED
from custom_components.kith.storage.hearsay import HEARSAY
from custom_components.kith.storage.presence import PRESENCE
from custom_components.kith.storage.recognition_rate import SERVED
from custom_components.kith.storage.recognition_switches import SWITCHES
from custom_components.kith.storage.records import SET_ASIDE
from custom_components.kith.storage.retention import RETENTION
from custom_components.kith.storage.suitability import SUITABILITY
from custom_components.kith.storage.template_codec import decode_template, encode_template
from custom_components.kith.storage.visits import VISITS
from tests.examples import examples
from tests.identity.faces import NETWORK, NOON, axis, gallery, template

from .conftest import Scripted, Shown, person_subentry, remote_entry
from .test_privacy import forget

pytestmark = pytest.mark.one_release

STORES = (ENROLLED, STORAGE_KEY, HEARSAY, LEDGER, PRESENCE, RETENTION, SERVED, SUITABILITY, SWITCHES, VISITS)


def path_of(hass: HomeAssistant, key: str) -> Path:
    return Path(hass.config.path(".storage", key))


def stored(key: str, data: Any, **envelope: Any) -> str:
    return json.dumps({"version": 1, "minor_version": 1, "key": key, "data": data, **envelope})


DAMAGE: dict[str, Callable[[str], bytes]] = {
    "empty": lambda _key: b"",
    "not text": lambda _key: b"\xff\xfe\x00" * 50,
    "cut off": lambda key: stored(key, {"visits": []}).encode()[:-9],
    "a list": lambda _key: b"[1, 2]",
    "no envelope": lambda _key: b'{"visits": []}',
    "no data": lambda key: json.dumps({"version": 1, "minor_version": 1, "key": key}).encode(),
    "data that is a list": lambda key: stored(key, [1]).encode(),
    "data that is a number": lambda key: stored(key, 7).encode(),
    "of another form": lambda key: stored(key, {"people": 1, "cameras": [], "visits": {}, "ada": "x"}).encode(),
    "a wrong version": lambda key: stored(key, {}, version="one").encode(),
    "deeply nested": lambda key: stored(key, {"ada": {"ada": {"ada": {"ada": [{}]}}}}).encode(),
    "wrong values": lambda key: stored(
        key,
        {
            "people": {"ada": {"captured": "today", "camera": "hall"}},
            "cameras": {"hall": {"last": "2026-11-23T12:00:00", "named": [], "stranger": False}},
            "visits": [{"id": "1", "camera": "hall", "begin": "2026-11-23T12:00:00"}],
            "faces": [{"template": {}, "camera": "hall"}],
            "entries": [{"at": "never"}],
            "services": {"1": {"access": {"kind": "none"}}},
            "ada": {"named": "many", "missed": 0, "faces": 1, "usable": 1, "flaws": {"tired": 1}, "widths": {"x": 1}},
        },
    ).encode(),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("key", STORES)
async def test_kith_goes_on_without_a_file_that_is_damaged_and_says_so(
    hass: HomeAssistant, hall: Shown, engine: Scripted, key: str, damage: Callable[[str], bytes]
) -> None:
    await GalleryStore(hass).replace(gallery(ada=axis(0)))
    path = path_of(hass, key)
    path.write_bytes(damage(key))
    entry = remote_entry(engine, person_subentry("Ada"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert set(entry.runtime_data.stores.gallery.gallery.templates) == {"ada"}
    assert await hass.config_entries.async_unload(entry.entry_id)
    aside = list(path.parent.glob(f"{key}.corrupt.*"))
    told = [one for _, one in ir.async_get(hass).issues if one.startswith((f"{SET_ASIDE}_{key}", "storage_corruption"))]
    assert len(aside) == len(told) == 1


async def test_a_file_that_was_set_aside_hinders_no_forgetting_and_goes_with_it(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    damaged = path_of(hass, f"{VISITS}.corrupt.2026-11-23T12:00:00")
    damaged.write_text('{"visits": [{"person_id": "ada"}')
    assert (await forget(hass))["proved"] is True
    assert not damaged.exists()


async def test_what_was_set_aside_goes_with_kith(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    damaged = path_of(hass, f"{VISITS}.corrupt.2026-11-23T12:00:00")
    damaged.write_text("half")
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert not damaged.exists()


async def test_the_folder_is_not_read_in_home_assistants_loop(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()
    read = Path.glob

    def noted(path: Path, pattern: str) -> Iterator[Path]:
        threads.add(threading.get_ident())
        return read(path, pattern)

    monkeypatch.setattr(Path, "glob", noted)
    await leftovers.LeftoverStore(hass).remove()
    assert threads
    assert threading.get_ident() not in threads


# What a kill in the middle of a write leaves


def unfinished(hass: HomeAssistant, name: str, key: str) -> Path:
    path = path_of(hass, name)
    path.write_text(stored(key, {"people": {"ada": []}}))
    return path


async def test_what_a_kill_left_is_erased_at_the_next_start_and_nothing_of_others(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    path_of(hass, "").mkdir(exist_ok=True)
    ours, others = unfinished(hass, "tmp1", COPIES[0]), unfinished(hass, "tmp2", "core.config")
    nothing = path_of(hass, "tmp3")
    nothing.write_bytes(b"")
    path_of(hass, "tmp4").mkdir()
    entry = remote_entry(engine)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert not ours.exists()
    assert others.exists()
    assert nothing.exists()
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_forgetting_looks_into_what_a_kill_left(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = unfinished(hass, "tmp1", COPIES[0])
    with pytest.raises(Exception, match="tmp1"):
        await forget(hass)  # it may be being written just now
    monkeypatch.setattr(leftovers, "ABANDONED_S", 0.0)
    assert (await forget(hass))["proved"] is True
    assert not left.exists()


async def test_a_disk_that_keeps_a_left_over_file_is_told(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path_of(hass, "").mkdir(exist_ok=True)
    unfinished(hass, "tmp1", COPIES[0])

    def refuse(*_args: object, **_how: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    await leftovers.LeftoverStore(hass).load()
    assert "Read-only file system" in caplog.text


# The gallery


async def test_no_bit_of_a_copy_of_the_gallery_changes_without_being_noticed(hass: HomeAssistant) -> None:
    """The newer copy comes back otherwise than it was written: the other one is whole."""
    before = gallery(ada=axis(0), grace=axis(1))
    await GalleryStore(hass).replace(before)
    path = path_of(hass, COPIES[0])
    content, chance = path.read_bytes(), random.Random(24)
    for _ in range(examples(60)):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        store = GalleryStore(hass)
        try:
            await store.load()
        except StorageTooNewError:
            continue  # a version that says that a newer Kith wrote it is believed
        assert store.gallery.templates.keys() == before.templates.keys()
        for who, (one,) in before.templates.items():
            (other,) = store.gallery.templates[who]
            assert np.array_equal(one.vector, other.vector)
            assert (one.template_id, one.quality, one.added) == (other.template_id, other.quality, other.added)
        for name in path.parent.glob("*.corrupt.*"):
            name.unlink()


async def test_a_gallery_that_is_valid_but_not_as_written_is_replaced_with_the_other_copy(hass: HomeAssistant) -> None:
    await GalleryStore(hass).replace(gallery(ada=axis(0), grace=axis(1)))
    path = path_of(hass, COPIES[0])
    path.write_text(path.read_text().replace('"grace"', '"linus"'))
    store = GalleryStore(hass)
    await store.load()
    assert set(store.gallery.templates) == {"ada", "grace"}
    assert ir.async_get(hass).async_get_issue("kith", DAMAGED) is not None


async def test_two_copies_that_are_no_gallery_stop_kith(hass: HomeAssistant, hall: Shown, engine: Scripted) -> None:
    path_of(hass, "").mkdir(exist_ok=True)
    for key in COPIES:
        path_of(hass, key).write_text(stored(key, {"people": []}))
    entry = remote_entry(engine, person_subentry("Ada"))
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == GalleryUnreadableError.code


@pytest.mark.parametrize(
    "vector",
    [np.full(8, np.nan), np.zeros(8), axis(0) * 2, np.full(8, np.inf), np.zeros(0), np.ones(100_000)],
    ids=["not numbers", "nothing", "too long", "infinite", "empty", "of too many dimensions"],
)
def test_no_vector_that_no_network_made_is_read(vector: np.ndarray) -> None:
    damaged = Template("1", (EnrolledEmbedding(vector.astype(np.float32), NETWORK, 0.8),), NOON, Source.PHOTO, 80.0)
    with pytest.raises(ValueError, match="length"):
        decode_template(encode_template(damaged))


def test_a_template_says_that_its_face_is_covered_only_where_it_is() -> None:
    bare = template(axis(0))
    worn = replace(bare, covered=True)
    assert "covered" not in encode_template(bare)
    assert [decode_template(encode_template(one)).covered for one in (bare, worn)] == [False, True]


@pytest.mark.parametrize("quality", [0.0, 1.0, -3.0, 1e300])
def test_no_quality_that_no_face_has_is_read(quality: float) -> None:
    with pytest.raises(ValueError, match="quality"):
        decode_template(encode_template(template(axis(0), quality=quality)))
