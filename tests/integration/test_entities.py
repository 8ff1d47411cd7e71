"""What a household sees: states and events, on the right devices, once, and never wrong."""

from datetime import timedelta
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.kith import binary_sensor
from custom_components.kith.const import DOMAIN, EVENT_RECOGNIZED
from custom_components.kith.identity.suitability import ENOUGH_FACES
from custom_components.kith.kith_engine.analysis import Flaw
from tests.identity.faces import EMPTY, axis, shown, together

from .automations import automate, look
from .conftest import Scripted, Shown, eventually, face_of


def state(hass: HomeAssistant, entity_id: str) -> str:
    found = hass.states.get(entity_id)
    assert found is not None, entity_id
    return found.state


@pytest.fixture
def recognized(hass: HomeAssistant) -> list[Event]:
    return async_capture_events(hass, EVENT_RECOGNIZED)


async def test_every_entity_keeps_its_ids_and_its_class(
    hass: HomeAssistant, entry: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    told = {
        entity.entity_id: {
            "unique_id": entity.unique_id.replace(entity.config_subentry_id or entry.entry_id, "SUBENTRY"),
            "class": entity.original_device_class,
            "translation_key": entity.translation_key,
            "category": entity.entity_category,
            "enabled": entity.disabled_by is None,
        }
        for entity in entities
    }
    assert dict(sorted(told.items())) == snapshot


async def test_a_known_person_arrives_is_told_once_and_leaves(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, recognized: list[Event]
) -> None:
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_OFF)
    assert state(hass, "event.hall_sighting") == STATE_UNKNOWN
    assert state(hass, "binary_sensor.ada_presence") == STATE_OFF
    assert state(hass, "sensor.ada_last_seen") == STATE_UNKNOWN

    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    await eventually(lambda: len(engine.asked) > 30)

    assert len(recognized) == 1
    told = recognized[0].data
    assert told["person"] == "Ada"
    assert told["entity_id"] == "binary_sensor.ada_presence"
    assert told["camera"] == "camera.hall"
    assert told["evidence"]["frames"] == 2
    assert told["evidence"]["score"] == pytest.approx(0.9, abs=0.01)
    assert timedelta(0) <= dt_util.utcnow() - dt_util.parse_datetime(told["captured"]) < timedelta(seconds=10)
    assert told["explanation"].startswith("Recognized as Ada from 2 frames in ")

    view = hass.states.get("binary_sensor.hall_person_detected")
    assert (view.state, view.attributes["outcome"], view.attributes["people"]) == (STATE_ON, "known", 1)
    assert hass.states.get("event.hall_sighting").attributes["event_type"] == "recognized"
    assert hass.states.get("event.ada_sighting").attributes["camera"] == "camera.hall"
    assert state(hass, "event.grace_sighting") == STATE_UNKNOWN
    assert state(hass, "binary_sensor.grace_presence") == STATE_OFF

    engine.answer = EMPTY
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_OFF)
    assert state(hass, "binary_sensor.ada_presence") == STATE_ON, "she left the hall, not the house"


async def test_a_camera_says_what_its_pictures_are_good_for_once_it_has_seen_enough(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, quick: None
) -> None:
    assert state(hass, "sensor.hall_usable_faces") == STATE_UNKNOWN
    engine.answer = shown(flaws=(Flaw.TOO_DARK,))
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_ON)
    await eventually(lambda: len(engine.asked) > ENOUGH_FACES + 5)
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "sensor.hall_usable_faces") not in (STATE_UNKNOWN, "100"))
    told = hass.states.get("sensor.hall_usable_faces")
    assert float(told.state) < 20
    assert told.attributes["limited_by"] == "too_dark"
    assert "a lamp near the camera helps most" in told.attributes["advice"]


async def test_presence_ends_by_itself_and_last_seen_stays(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    entry.runtime_data.household.presence.here_for = {"ada": timedelta(seconds=1)}
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    engine.answer = EMPTY
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_OFF)
    assert dt_util.parse_datetime(state(hass, "sensor.ada_last_seen")) is not None


async def test_a_stranger_is_told_at_the_camera_and_not_on_the_bus_as_anybody(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, recognized: list[Event]
) -> None:
    engine.answer = shown(axis(5))
    await eventually(lambda: hass.states.get("event.hall_sighting").attributes["event_type"] == "stranger")
    assert hass.states.get("binary_sensor.hall_person_detected").attributes["outcome"] == "stranger"
    assert hass.states.get("event.hall_sighting").attributes["person"] is None
    assert recognized == []


def explanation(hass: HomeAssistant, entity_id: str) -> str | None:
    return hass.states.get(entity_id).attributes["explanation"]


async def test_while_somebody_stays_the_reason_is_written_in_steps(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts frames: else the recorder would get a state for each look."""
    detected = "binary_sensor.hall_person_detected"
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get(detected).attributes["outcome"] == "known")
    before = hass.states.get(detected)
    await look(engine, 30)
    assert hass.states.get(detected) is before
    engine.answer = together(face_of(0), face_of(1))
    await eventually(lambda: hass.states.get(detected).attributes["people"] == 2)
    await look(engine)
    now = explanation(hass, detected)
    monkeypatch.setattr(binary_sensor, "PRESENCE_INTERVAL", timedelta(0))
    await eventually(lambda: explanation(hass, detected) != now)


@pytest.fixture
async def guard(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """The hall's entity "Unauthorized person": Ada may be there."""
    (hall,) = (one for one in entry.subentries.values() if one.subentry_type == "camera")
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "allowed": ["ada"]})
    await hass.async_block_till_done()
    return er.async_get(hass).async_get_entity_id("binary_sensor", DOMAIN, f"{hall.subentry_id}_not_allowed")


@pytest.mark.parametrize(
    ("other", "why"), [(face_of(1), "Recognized as Grace from "), (axis(5), "A stranger (")], ids=["grace", "stranger"]
)
async def test_who_is_not_allowed_is_explained_and_not_who_is(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, guard: str, other: Any, why: str
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    await look(engine)
    assert (state(hass, guard), explanation(hass, guard)) == (STATE_OFF, None)
    engine.answer = together(face_of(0), other)
    await eventually(lambda: state(hass, guard) == STATE_ON)
    assert explanation(hass, guard).startswith(why)
    assert hass.states.get(guard).attributes["camera"] == "camera.hall"


async def test_a_face_that_is_too_small_is_explained_in_words(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(flaws=(Flaw.TOO_SMALL,))
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_ON)
    attributes = hass.states.get("binary_sensor.hall_person_detected").attributes
    assert (attributes["outcome"], attributes["explanation"]) == (
        "unusable",
        "A person: the face was 60 px wide; 32 are needed",
    )
    assert hass.states.get("event.hall_sighting").attributes["event_type"] == "person"


async def test_without_consent_nobody_is_recognized(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, recognized: list[Event]
) -> None:
    subentry = next(s for s in entry.subentries.values() if s.title == "Ada")
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "consent": None})
    await hass.async_block_till_done()
    asked = len(engine.asked)
    engine.answer = shown(face_of(0))
    await eventually(lambda: len(engine.asked) > asked + 20)
    assert recognized == []
    assert "ada" not in entry.runtime_data.stores.gallery.gallery.templates, "and the templates are erased"


async def test_nothing_is_told_again_after_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, recognized: list[Event]
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: recognized)
    sightings = async_capture_events(hass, "state_changed")
    last_seen = state(hass, "sensor.ada_last_seen")
    assert await hass.config_entries.async_reload(entry.entry_id)
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 10)
    assert len(recognized) == 1
    assert state(hass, "sensor.ada_last_seen") >= last_seen
    assert state(hass, "binary_sensor.ada_presence") == STATE_ON
    times = {e.data["new_state"].state for e in sightings if e.data["entity_id"] == "event.ada_sighting"}
    assert len(times - {STATE_UNAVAILABLE, STATE_UNKNOWN}) <= 1, "the event entity shows the same time as before"


async def test_presence_is_unavailable_while_nobody_looks(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    from custom_components.kith.kith_engine.errors import EngineRefusedError

    engine.answer = EngineRefusedError("changed meanwhile")
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_UNAVAILABLE)
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_UNAVAILABLE)
    engine.answer = EMPTY
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_OFF)
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_OFF)
    assert caplog.text.count("is not responding") == 1


async def test_the_first_sighting_after_an_outage_counts_for_automations(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant's own triggers skip an event whose entity was unavailable until then."""
    received = {"target": {"entity_id": "event.hall_sighting"}, "options": {"event_type": ["person"]}}
    automation = await automate(hass, {"trigger": "event.received", **received})
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_OFF)
    hall.picture = RuntimeError("offline")
    await eventually(lambda: state(hass, "event.hall_sighting") == STATE_UNAVAILABLE)
    engine.answer, hall.picture = shown(None), b"a picture"
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_ON)
    await hass.async_block_till_done()
    assert len(automation.calls) == 1
    assert caplog.text.count("Hall can be looked at again") == 1


async def test_the_camera_s_area_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, recognized: list[Event]
) -> None:
    area = ar.async_get(hass).async_create("Entrance")
    er.async_get(hass).async_update_entity("camera.hall", area_id=area.id)
    engine.answer = shown(face_of(1))
    await eventually(lambda: recognized)
    assert (recognized[0].data["person"], recognized[0].data["area"]) == ("Grace", "Entrance")


async def test_a_persons_device_is_there_and_goes_with_the_person(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    def people() -> set[str | None]:
        return {device.name for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}

    subentry = next(s for s in entry.subentries.values() if s.title == "Ada")
    assert people() >= {"Ada", "Grace"}
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done()
    assert "Ada" not in people()
    assert hass.states.get("binary_sensor.ada_presence") is None
    assert set(entry.runtime_data.stores.gallery.gallery.templates) == {"grace"}
