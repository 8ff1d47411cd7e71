"""A person's device: there at once, with the name and picture of Home Assistant's person; some people have none."""

from datetime import timedelta

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import DOMAIN, SUBENTRY_CAMERA
from custom_components.kith.storage import RecognitionSwitchStore
from custom_components.kith.subentries import subentries_of
from tests.identity.faces import EMPTY, axis, shown, template

from .conftest import Scripted, as_subentry, eventually, face_of, person_subentry


def device_of(hass: HomeAssistant, entry: MockConfigEntry, person_id: str) -> dr.DeviceEntry | None:
    return dr.async_get(hass).async_get_device_by_identifier((DOMAIN, person_id), entry.entry_id)


def state(hass: HomeAssistant, entity_id: str) -> str:
    found = hass.states.get(entity_id)
    assert found is not None, entity_id
    return found.state


async def test_where_a_person_was_last_stays_known(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    area = ar.async_get(hass).async_create("Entrance")
    er.async_get(hass).async_update_entity("camera.hall", area_id=area.id)
    assert state(hass, "sensor.ada_last_camera") == STATE_UNKNOWN
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "sensor.ada_last_camera") == "Hall")
    assert state(hass, "sensor.ada_last_area") == "Entrance"
    assert state(hass, "sensor.kith_known_people_present") == "1"
    assert hass.states.get("sensor.kith_known_people_present").attributes["people"] == ["Ada"]
    engine.answer = EMPTY
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, "sensor.ada_last_camera") == "Hall"
    assert state(hass, "binary_sensor.ada_presence") == STATE_ON, "her time is not over"


async def test_a_person_stays_present_for_as_long_as_was_set(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    engine.answer = EMPTY
    ada = next(person for person in entry.subentries.values() if person.title == "Ada")
    hass.config_entries.async_update_subentry(entry, ada, data={**ada.data, "here_for": 0.02})
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_OFF)


async def test_the_name_and_the_picture_follow_the_linked_person(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.states.async_set("person.bob", "home", {"friendly_name": "Bob", "entity_picture": "/bob.png"})
    data = person_subentry("Bob")
    data["data"] = {**data["data"], "person": "person.bob"}
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    await eventually(lambda: hass.states.get("binary_sensor.bob_presence"))
    assert hass.states.get("binary_sensor.bob_presence").attributes["entity_picture"] == "/bob.png"
    hass.states.async_set("person.bob", "home", {"friendly_name": "Robert", "entity_picture": "/robert.png"})
    await eventually(lambda: any(person.title == "Robert" for person in entry.subentries.values()))
    device = device_of(hass, entry, "bob")
    assert device is not None
    assert device.name == "Robert"
    await eventually(
        lambda: hass.states.get("binary_sensor.bob_presence").attributes["entity_picture"] == "/robert.png"
    )


async def test_the_name_and_the_picture_follow_when_another_person_is_linked(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    for name in ("Ada", "Bob", "Grace"):
        attributes = {"friendly_name": name, "entity_picture": f"/{name}.png"}
        hass.states.async_set(f"person.{name.lower()}", "home", attributes)

    async def link(linked: str | None) -> tuple[str, str | None]:
        ada = entry.runtime_data.person("ada")
        person = next(one for one in entry.subentries.values() if one.title == ada.name)
        hass.config_entries.async_update_subentry(entry, person, data={**person.data, "person": linked})
        await hass.async_block_till_done()
        named = entry.runtime_data.person("ada").name
        assert device_of(hass, entry, "ada").name == named
        return named, picture(hass)

    assert await link("person.ada") == ("Ada", "/Ada.png")
    assert await link("person.grace") == ("Ada", "/Grace.png"), "Grace is somebody else in Kith"
    await link("person.ada")
    assert await link("person.bob") == ("Bob", "/Bob.png")
    hass.states.async_set("person.ada", "home", {"friendly_name": "Ada", "entity_picture": "/another.png"})
    await hass.async_block_till_done()
    assert picture(hass) == "/Bob.png"
    hass.states.async_set("person.bob", "home", {"friendly_name": "Bob", "entity_picture": "/another.png"})
    await hass.async_block_till_done()
    assert picture(hass) == "/another.png"
    assert await link(None) == ("Bob", None)


def picture(hass: HomeAssistant) -> str | None:
    found: str | None = hass.states.get("binary_sensor.ada_presence").attributes.get("entity_picture")
    return found


async def test_who_was_given_a_name_in_kith_keeps_it(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.states.async_set("person.bob", "home", {"friendly_name": "Bob"})
    data = person_subentry("Bobby")
    data["data"] = {**data["data"], "person": "person.bob"}
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    hass.states.async_set("person.bob", "home", {"friendly_name": "Robert"})
    await hass.async_block_till_done()
    assert "Bobby" in {person.title for person in entry.subentries.values()}


async def test_who_is_not_to_be_recognized_has_no_device_and_is_never_told_of(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    data = person_subentry("Carl")
    data["data"] = {**data["data"], "consent": {"to": ["never"], "by": "Carl", "at": "2026-11-23T12:00:00+00:00"}}
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    await hass.async_block_till_done()
    await entry.runtime_data.enroll("carl", [template(axis(2), name="carl")])
    engine.answer = shown(face_of(2))
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 20)
    assert state(hass, "binary_sensor.hall_person_detected") == STATE_OFF
    assert state(hass, "event.hall_sighting") == STATE_UNKNOWN
    assert device_of(hass, entry, "carl") is None


async def test_who_withdraws_into_not_being_recognized_loses_the_device(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    ada = next(person for person in entry.subentries.values() if person.title == "Ada")
    never = {"to": ["never"], "by": "Ada", "at": "2026-11-23T12:00:00+00:00"}
    hass.config_entries.async_update_subentry(entry, ada, data={**ada.data, "consent": never})
    await eventually(lambda: device_of(hass, entry, "ada") is None)
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.ada_presence") is None
    assert entry.runtime_data.stores.gallery.gallery.templates["ada"], "kept: it takes them to know whom to leave alone"


async def test_a_stranger_is_somebody_nobody_knows_for_a_while(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    assert state(hass, "binary_sensor.kith_stranger_present") == STATE_OFF
    engine.answer = shown(axis(5))
    await eventually(lambda: state(hass, "binary_sensor.kith_stranger_present") == STATE_ON)
    engine.answer = EMPTY
    household = entry.runtime_data.household
    household.presence.stranger = dt_util.utcnow() - timedelta(hours=1)
    household.notify_presence()
    assert state(hass, "binary_sensor.kith_stranger_present") == STATE_OFF


async def test_how_sure_the_last_recognition_was_can_be_shown(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    er.async_get(hass).async_update_entity("sensor.ada_confidence_of_the_last_sighting", disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    engine.answer = shown(face_of(0))
    await eventually(
        lambda: state(hass, "sensor.ada_confidence_of_the_last_sighting") not in (STATE_UNKNOWN, "unavailable")
    )
    assert 99 < float(state(hass, "sensor.ada_confidence_of_the_last_sighting")) <= 100


async def test_somebody_who_may_not_be_here_is_told_only_where_a_list_is_set(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    alarm = "binary_sensor.hall_unauthorized_person"
    assert hass.states.get(alarm) is None
    hall = next(camera for camera in entry.subentries.values() if camera.subentry_type == "camera")
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "allowed": ["ada"]})
    await eventually(lambda: hass.states.get(alarm))
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_ON)
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    assert state(hass, alarm) == STATE_OFF
    engine.answer = shown(face_of(1))
    await eventually(lambda: state(hass, alarm) == STATE_ON)
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "allowed": []})
    await eventually(lambda: hass.states.get(alarm) is None)


@pytest.mark.parametrize("loaded", [True, False])
async def test_who_is_removed_in_home_assistant_is_off_the_lists_and_opens_none_to_everybody(
    hass: HomeAssistant, entry: MockConfigEntry, *, loaded: bool
) -> None:
    hall = next(camera for camera in entry.subentries.values() if camera.subentry_type == "camera")
    ada = next(person for person in entry.subentries.values() if person.title == "Ada")
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "allowed": ["ada"]})
    await hass.async_block_till_done()
    if not loaded:
        await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_remove_subentry(entry, ada.subentry_id)
    if not loaded:
        await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: entry.subentries[hall.subentry_id].data["allowed"] == ["nobody"])


async def test_recognition_is_switched_off_and_stays_so(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    switch = {"entity_id": "switch.hall_recognition"}
    assert state(hass, "switch.hall_recognition") == STATE_ON
    await hass.services.async_call("switch", "turn_off", switch, blocking=True)
    assert state(hass, "switch.hall_recognition") == STATE_OFF
    assert not entry.runtime_data.cameras[next(iter(entry.runtime_data.cameras))].recognizes
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, "switch.hall_recognition") == STATE_OFF
    await hass.services.async_call("switch", "turn_on", switch, blocking=True)
    assert state(hass, "switch.hall_recognition") == STATE_ON


async def test_recognition_that_is_off_stays_so_while_the_camera_is_not_watched(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_recognition"}, blocking=True)
    for watched in (False, True):
        (hall,) = subentries_of(entry, SUBENTRY_CAMERA)
        hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "enabled": watched})
        await hass.async_block_till_done()
        await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, "switch.hall_recognition") == STATE_OFF


@pytest.mark.parametrize("stored", [True, False])
async def test_what_was_switched_counts_and_not_what_home_assistant_wrote_last(
    hass: HomeAssistant, entry: MockConfigEntry, stored: bool
) -> None:
    """Home Assistant writes its states every 15 minutes: after a power cut it remembers earlier ones."""
    turn, switch = "turn_off" if stored else "turn_on", {"entity_id": "switch.hall_recognition"}
    await hass.services.async_call("switch", turn, switch, blocking=True)
    await hass.config_entries.async_unload(entry.entry_id)
    (camera,) = subentries_of(entry, SUBENTRY_CAMERA)
    await RecognitionSwitchStore(hass).switch(camera.subentry_id, on=stored)
    await hass.config_entries.async_setup(entry.entry_id)
    assert state(hass, "switch.hall_recognition") == (STATE_ON if stored else STATE_OFF)


async def test_recognition_that_was_off_before_kith_stored_it_stays_off(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.hall_recognition"}, blocking=True)
    await hass.config_entries.async_unload(entry.entry_id)
    await RecognitionSwitchStore(hass).remove()
    await hass.config_entries.async_setup(entry.entry_id)
    (camera,) = entry.runtime_data.cameras.values()
    assert not camera.recognizes
    assert entry.runtime_data.stores.recognition_switches.cameras == {camera.camera_id: False}
    hass.config_entries.async_remove_subentry(entry, camera.camera_id)
    await hass.async_block_till_done()
    assert entry.runtime_data.stores.recognition_switches.cameras == {}


@pytest.mark.parametrize("key", ["engine", "networks", "runtime"])
async def test_the_engine_says_what_it_is(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> None:
    runtime = "ncnn 1.0 (onnxruntime has no wheel for musl)"
    assert state(hass, f"sensor.kith_{key}") == {"engine": "running", "networks": "test", "runtime": runtime}[key]


async def test_changes_that_follow_at_once_are_each_made_once(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    hall = next(camera for camera in entry.subentries.values() if camera.subentry_type == "camera")
    hass.config_entries.async_remove_subentry(entry, hall.subentry_id)  # takes a moment, because the camera is released
    hass.config_entries.async_add_subentry(entry, as_subentry(person_subentry("Bob")))
    await eventually(lambda: hass.states.get("binary_sensor.bob_presence"))
    await hass.async_block_till_done()
    assert "already exists" not in caplog.text
