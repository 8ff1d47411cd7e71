"""Adding and changing cameras: easy if somebody only wants a camera, and no setting is lost or kept by mistake."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.identity.stay import Place
from custom_components.kith.kith_engine.analysis import Area, Sensitivity
from custom_components.kith.settings import CameraSettings, PictureSource, Turn

from .conftest import Scripted, Shown

STREET = {"left": 0, "top": 0, "right": 100, "bottom": 30}
EVERYTHING_SET: dict[str, Any] = {
    "camera": "camera.hall",
    "place": "entrance",
    "when": {
        "wake": ["binary_sensor.motion", "event.bell"],
        "named_by": ["sensor.person_name"],
        "connected": "always",
        "interval": 3,
        "save_power": True,
        "enabled": True,
    },
    "what": {
        "source": "stills",
        "close_up": "camera.hall_big",
        "turned": "180",
        "sensitivity": "high",
        "smallest_face": 60,
        "ignored": [STREET],
    },
    "who": {"allowed": ["ada"]},
}


async def add(hass: HomeAssistant, entry: MockConfigEntry, **answer: Any) -> dict[str, Any]:
    subentries = hass.config_entries.subentries
    flow = await subentries.async_init((entry.entry_id, "camera"), context={"source": SOURCE_USER})
    assert flow["type"] is FlowResultType.FORM
    return await subentries.async_configure(flow["flow_id"], answer)


def hall_of(entry: MockConfigEntry) -> ConfigSubentry:
    return next(one for one in entry.subentries.values() if one.unique_id == "camera.hall")


async def change(hass: HomeAssistant, entry: MockConfigEntry, **answer: Any) -> dict[str, Any]:
    flow = await entry.start_subentry_reconfigure_flow(hass, hall_of(entry).subentry_id)
    return await hass.config_entries.subentries.async_configure(flow["flow_id"], answer)


async def form(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """The form's suggestions when the camera is changed, field by field."""
    flow = await entry.start_subentry_reconfigure_flow(hass, hall_of(entry).subentry_id)
    found = {}
    for key, field in flow["data_schema"].schema.items():
        for inner in field.schema.schema if hasattr(field, "options") else [key]:
            found[str(inner)] = (inner.description or {}).get("suggested_value")
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    return found


async def test_a_camera_is_all_that_is_needed_and_is_watched_without_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    hass.states.async_set("camera.door", "idle", {"friendly_name": "Door"})
    flow = await add(hass, entry, camera="camera.door")
    assert (flow["type"], flow["title"]) == (FlowResultType.CREATE_ENTRY, "Door")
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.door_person_detected") is not None


async def test_all_that_can_be_set_is_stored_flat(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert (await change(hass, entry, **EVERYTHING_SET))["reason"] == "reconfigure_successful"
    stored = hall_of(entry)
    assert dict(stored.data) == {
        "camera": "camera.hall",
        "place": "entrance",
        "wake": ["binary_sensor.motion", "event.bell"],
        "named_by": ["sensor.person_name"],
        "connected": "always",
        "interval": 3,
        "save_power": True,
        "enabled": True,
        "source": "stills",
        "close_up": "camera.hall_big",
        "turned": "180",
        "sensitivity": "high",
        "smallest_face": 60,
        "ignored": [STREET],
        "allowed": ["ada"],
    }
    read = CameraSettings.of(stored)
    assert read.wake == ("binary_sensor.motion", "event.bell")
    assert (read.close_up, read.allowed, read.turn) == ("camera.hall_big", {"ada"}, Turn.UPSIDE_DOWN)
    assert (read.source, read.place) == (PictureSource.STILLS, Place.ENTRANCE)
    assert read.saves_power
    assert read.named_by == ("sensor.person_name",)
    assert (read.scope.sensitivity, read.scope.smallest_face) == (Sensitivity.HIGH, 60)
    assert read.scope.ignored == (Area(0, 0, 1, 0.3),)


async def test_the_form_shows_what_is_set(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await change(hass, entry, **EVERYTHING_SET)
    assert await form(hass, entry) == dict(hall_of(entry).data)


@pytest.mark.parametrize(
    ("section", "field"), [("when", "wake"), ("when", "named_by"), ("what", "close_up"), ("what", "ignored")]
)
@pytest.mark.parametrize("emptied", [True, False])
async def test_what_is_emptied_is_removed(
    hass: HomeAssistant, entry: MockConfigEntry, section: str, field: str, emptied: bool
) -> None:
    await change(hass, entry, **EVERYTHING_SET)
    rest = {key: value for key, value in EVERYTHING_SET[section].items() if key != field}
    if emptied and field != "close_up":
        rest[field] = []
    await change(hass, entry, **EVERYTHING_SET | {section: rest})
    assert field not in hall_of(entry).data


async def test_nobody_chosen_means_that_everybody_may_be_here(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await change(hass, entry, **EVERYTHING_SET)
    await change(hass, entry, **EVERYTHING_SET | {"who": {"allowed": []}})
    assert CameraSettings.of(hall_of(entry)).allowed is None


async def test_who_was_removed_does_not_stand_in_the_form_any_more(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await change(hass, entry, **EVERYTHING_SET | {"who": {"allowed": ["ada", "grace"]}})
    ada = next(one for one in entry.subentries.values() if one.title == "Ada")
    hass.config_entries.async_remove_subentry(entry, ada.subentry_id)
    await hass.async_block_till_done()
    assert (await form(hass, entry))["allowed"] == ["grace"]
    with pytest.raises(InvalidData):
        await change(hass, entry, **EVERYTHING_SET)


async def test_a_home_without_people_is_not_asked_who_may_be_here(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    for one in list(entry.subentries.values()):
        if one.subentry_type == "person":
            hass.config_entries.async_remove_subentry(entry, one.subentry_id)
    assert "allowed" not in await form(hass, entry)


FAULTS = [
    ("what", {"close_up": "camera.hall"}, {"what": "close_up_same"}),
    ("what", {"ignored": [STREET, STREET | {"left": 100}]}, {"what": "area_inside_out"}),
    ("what", {"ignored": [STREET | {"bottom": 0}]}, {"what": "area_inside_out"}),
    ("what", {"ignored": [STREET | {"bottom": 100}]}, {"what": "area_everything"}),
]


@pytest.mark.parametrize(("section", "given", "errors"), FAULTS)
async def test_what_cannot_be_is_refused_and_can_be_mended(
    hass: HomeAssistant, entry: MockConfigEntry, section: str, given: dict[str, Any], errors: dict[str, str]
) -> None:
    before = dict(hall_of(entry).data)
    flow = await change(hass, entry, **EVERYTHING_SET | {section: EVERYTHING_SET[section] | given})
    assert flow["errors"] == errors
    fields = flow["data_schema"].schema.items()
    assert {key for key, field in fields if hasattr(field, "options") and not field.options["collapsed"]} == set(errors)
    assert dict(hall_of(entry).data) == before
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], EVERYTHING_SET)
    assert flow["reason"] == "reconfigure_successful"


@pytest.mark.parametrize("edge", ["left", "top", "right", "bottom"])
@pytest.mark.parametrize("percent", [-1, 101])
async def test_an_area_lies_within_the_picture(
    hass: HomeAssistant, entry: MockConfigEntry, edge: str, percent: float
) -> None:
    with pytest.raises(InvalidData):
        await change(hass, entry, camera="camera.hall", what={"ignored": [STREET | {edge: percent}]})


async def test_a_camera_is_not_watched_twice(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow = await add(hass, entry, camera="camera.hall")
    assert flow["errors"] == {"camera": "already_watched"}
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"camera": "camera.door"})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert (await change(hass, entry, camera="camera.door"))["errors"] == {"camera": "already_watched"}


async def test_a_name_that_was_given_to_a_camera_stays_until_it_is_another_camera(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    hall = hall_of(entry)
    hass.config_entries.async_update_subentry(entry, hall, title="Where we come in")
    await change(hass, entry, camera="camera.hall", when={"interval": 5})
    assert hall.title == "Where we come in"
    hass.states.async_set("camera.door", "idle", {"friendly_name": "Door"})
    await change(hass, entry, camera="camera.door")
    assert (hall.title, hall.unique_id) == ("Door", "camera.door")


async def test_a_camera_that_is_switched_off_is_not_asked_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    await change(hass, entry, camera="camera.hall", when={"enabled": False})
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.hall_person_detected").state == "unavailable"
    taken = hall.taken
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hall.taken == taken


async def test_where_all_who_were_allowed_are_gone_the_form_says_so_and_keeps_it(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    subentry = hall_of(entry)
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "allowed": ["nobody"]})
    suggested = await form(hass, entry)
    assert suggested["allowed"] == ["nobody"]
    flow = await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    options = flow["data_schema"].schema["who"].schema.schema["allowed"].config["options"]
    assert {one["value"]: one["label"] for one in options}["nobody"].startswith("Nobody")
    await change(hass, entry, camera="camera.hall", place="elsewhere", when={}, what={}, who={"allowed": ["nobody"]})
    assert hall_of(entry).data["allowed"] == ["nobody"]
