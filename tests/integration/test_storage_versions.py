"""Files of an older Kith are migrated; those of a newer one stop it, and none of them is lost."""

import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import numpy as np
import pytest

from custom_components.kith.errors import StorageTooNewError
from custom_components.kith.identity.presence import Presence, Seen
from custom_components.kith.identity.suitability import Suitability
from custom_components.kith.second_opinion.enrolled_store import ENROLLED
from custom_components.kith.second_opinion.ledger_store import LEDGER
from custom_components.kith.storage import GalleryStore, PresenceStore, SuitabilityStore
from custom_components.kith.storage.faces import STORAGE_KEY, FaceStore, Kept
from custom_components.kith.storage.gallery import COPIES, USUAL_QUALITY
from custom_components.kith.storage.hearsay import HEARSAY
from custom_components.kith.storage.presence import PRESENCE
from custom_components.kith.storage.recognition_rate import SERVED
from custom_components.kith.storage.recognition_switches import SWITCHES
from custom_components.kith.storage.retention import RETENTION
from custom_components.kith.storage.suitability import SUITABILITY
from custom_components.kith.storage.visits import VISITS
from tests.identity.faces import HEAD, NOON, axis, face, gallery, template

from .conftest import Scripted, Shown, person_subentry, remote_entry

MANY = 200


def path_of(hass: HomeAssistant, key: str) -> Path:
    return Path(hass.config.path(".storage", key))


def rewrite(path: Path, **changes: Any) -> bytes:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path.read_bytes()


async def as_first_written(hass: HomeAssistant) -> None:
    """A gallery of 200 templates as the first Kith wrote it: without qualities and marks."""
    rng = np.random.default_rng(5)
    faces = [
        template(row / np.linalg.norm(row), name=str(number)) for number, row in enumerate(rng.normal(size=(MANY, 8)))
    ]
    await GalleryStore(hass).replace(gallery(grace=axis(1)).with_templates("ada", faces))
    for key in COPIES:
        found = json.loads(path_of(hass, key).read_text())["data"]
        people = {
            who: [{name: value for name, value in one.items() if name != "quality"} for one in templates]
            for who, templates in found["people"].items()
        }
        rewrite(path_of(hass, key), minor_version=1, data={"generation": found["generation"], "people": people})


async def test_a_gallery_of_an_older_version_is_brought_up_to_date(hass: HomeAssistant) -> None:
    await as_first_written(hass)
    store = GalleryStore(hass)
    await store.load()
    templates = store.gallery.templates["ada"]
    assert len(templates) == MANY
    assert {one.quality for one in templates} == {USUAL_QUALITY}
    assert [one.template_id for one in templates] == [str(number) for number in range(MANY)]
    for key in COPIES:
        stored = json.loads(path_of(hass, key).read_text())
        assert (stored["version"], stored["minor_version"]) == (1, 3)
        assert stored["data"]["strangers"] == []
        assert path_of(hass, key).stat().st_mode & 0o777 == 0o600


async def test_what_a_slightly_newer_version_added_does_not_hinder(hass: HomeAssistant) -> None:
    await GalleryStore(hass).replace(gallery(ada=axis(0)))
    for key in COPIES:
        rewrite(path_of(hass, key), minor_version=99)
    store = GalleryStore(hass)
    await store.load()
    assert set(store.gallery.templates) == {"ada"}


@pytest.mark.parametrize(
    "key", [*COPIES, ENROLLED, STORAGE_KEY, HEARSAY, LEDGER, PRESENCE, RETENTION, SERVED, SUITABILITY, SWITCHES, VISITS]
)
async def test_files_of_a_newer_version_are_refused_and_stay_as_they_are(
    hass: HomeAssistant, hall: Shown, engine: Scripted, key: str
) -> None:
    entry = remote_entry(engine, person_subentry("Ada"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await entry.runtime_data.enroll("ada", [template(axis(0))])
    assert await hass.config_entries.async_unload(entry.entry_id)
    path_of(hass, key).write_text(json.dumps({"version": 2, "minor_version": 1, "key": key, "data": {"of": "another"}}))
    before = path_of(hass, key).read_bytes()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == StorageTooNewError.code
    assert path_of(hass, key).read_bytes() == before
    assert not engine.asked


async def test_other_files_of_the_first_version_are_read(hass: HomeAssistant) -> None:
    told = Suitability()
    told.add([face(axis(0), HEAD)])
    suitability, presence = SuitabilityStore(hass), PresenceStore(hass)
    suitability.cameras["hall"] = told
    await suitability.save()
    presence.presence = Presence({"ada": Seen(NOON, "hall")})
    await presence.save()
    for key in (PRESENCE, SUITABILITY):
        content = json.loads(path_of(hass, key).read_text())
        del content["minor_version"]
        path_of(hass, key).write_text(json.dumps(content))
    await presence.load()
    await suitability.load()
    assert presence.presence.last == {"ada": Seen(NOON, "hall")}
    assert suitability.cameras == {"hall": told}


async def test_kept_faces_of_an_older_version_are_asked_about_anew(hass: HomeAssistant) -> None:
    """Then, no mark was known of what a face is not."""
    store = FaceStore(hass)
    await store.add(Kept(template(axis(0)), "hall", not_of={"ada": "mark"}))
    path = path_of(hass, STORAGE_KEY)
    (stored,) = json.loads(path.read_text())["data"]["faces"]
    older = {name: one for name, one in stored.items() if name not in ("apart", "marks")} | {"not_of": ["ada"]}
    rewrite(path, data={"faces": [older]})
    await store.load()
    (face,) = store.unanswered
    assert (face.not_of, face.apart) == ({}, None)
