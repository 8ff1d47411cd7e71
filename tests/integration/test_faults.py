"""Faults that happen in homes: nothing is lost, nobody is mixed up, nothing stops."""

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
import numpy as np
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.kith.const import EVENT_RECOGNIZED
from tests.identity.faces import axis, shown, template

from .conftest import Scripted, as_subentry, eventually, face_of, person_subentry


def presence(hass: HomeAssistant, name: str, namesake: str = "") -> str | None:
    found = hass.states.get(f"binary_sensor.{name}_presence{namesake}")
    return found.state if found else None


async def test_two_people_of_one_name_are_two_people(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    recognized = async_capture_events(hass, EVENT_RECOGNIZED)
    data = person_subentry("Ada")
    data["data"] = {**data["data"], "person_id": "ada-the-younger"}
    data["unique_id"] = "ada-the-younger"
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    await entry.runtime_data.enroll("ada-the-younger", [template(axis(2), name="younger")])
    await eventually(lambda: presence(hass, "ada", "_2") == STATE_OFF)
    engine.answer = shown(face_of(2))
    await eventually(lambda: presence(hass, "ada", "_2") == STATE_ON)
    assert presence(hass, "ada") == STATE_OFF
    assert [(event.data["person"], event.data["person_id"]) for event in recognized] == [("Ada", "ada-the-younger")]


async def test_who_is_deleted_while_in_view_is_nobody_known_from_then_on(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: presence(hass, "ada") == STATE_ON)
    ada = next(person for person in entry.subentries.values() if person.title == "Ada")
    assert hass.config_entries.async_remove_subentry(entry, ada.subentry_id)
    recognized = async_capture_events(hass, EVENT_RECOGNIZED)
    await eventually(
        lambda: hass.states.get("binary_sensor.hall_person_detected").attributes["outcome"] not in ("known", "nobody")
    )
    await eventually(lambda: "ada" not in entry.runtime_data.stores.gallery.gallery.templates)
    assert presence(hass, "ada") is None
    assert recognized == []
    assert hass.states.get("binary_sensor.hall_person_detected").state == STATE_ON


async def test_two_hundred_templates_are_kept_and_compared_with(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    rng = np.random.default_rng(3)
    faces = axis(0) + rng.normal(0, 0.05, (200, 8)).astype(np.float32)
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    home = entry.runtime_data
    await home.enroll("ada", [template(face, name=f"ada-{number}") for number, face in enumerate(faces)])
    await hass.config_entries.async_reload(entry.entry_id)
    assert len(entry.runtime_data.stores.gallery.gallery.templates["ada"]) == 201
    engine.answer = shown(face_of(0))
    await eventually(lambda: presence(hass, "ada") == STATE_ON)
    assert presence(hass, "grace") == STATE_OFF
