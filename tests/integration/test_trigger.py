"""Automations are triggered once, by the people, places, and times that they name, and say why they were not."""

from dataclasses import replace
from datetime import timedelta
import re
from typing import Any

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.helpers.trigger import async_get_all_descriptions
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith import signals
from custom_components.kith.household import scene as household_scene
from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.kith_engine.analysis import Flaw
from custom_components.kith.sighting import Sighting, SightingKind, View
from tests.identity.faces import axis, like, shown

from .automations import automate, empty, look, state
from .conftest import Scripted, eventually, face_of
from .services import add_service


async def test_a_recognized_person_triggers_once_a_visit_with_all_that_is_known(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    area = ar.async_get(hass).async_create("Entrance")
    er.async_get(hass).async_update_entity("camera.hall", area_id=area.id)
    automation = await automate(hass, {"trigger": "kith.recognized"})
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    await look(engine, 30)
    (call,) = automation.calls
    told = call.data
    assert (told["person"], told["person_id"], told["entity_id"]) == ("Ada", "ada", "binary_sensor.ada_presence")
    assert (told["camera"], told["area"], told["corrects"]) == ("camera.hall", "Entrance", None)
    assert told["evidence"]["frames"] == 2
    assert told["explanation"].startswith("Recognized as Ada from 2 frames in ")
    assert told["captured"] <= hass.states.get("event.ada_sighting").state
    assert told["description"] == "Ada, recognized at Hall"
    assert await automation.refusals() == []


TARGETS = {
    "the camera": lambda hass: {"entity_id": "camera.hall"},
    "an entity at the camera": lambda hass: {"entity_id": ["event.hall_sighting"]},
    "the person's presence": lambda hass: {"entity_id": "binary_sensor.ada_presence"},
    "the person's device": lambda hass: {"device_id": device(hass, "binary_sensor.ada_presence")},
    "the camera's area": lambda hass: {"area_id": "hall"},
    "the camera's floor": lambda hass: {"floor_id": "ground"},
    "Kith's own device": lambda hass: {"device_id": device(hass, "sensor.kith_engine")},
    "the person's label": lambda hass: {"label_id": "family"},
}
OTHER_TARGETS = {
    "another camera": lambda hass: {"entity_id": "camera.door"},
    "another person": lambda hass: {"entity_id": "binary_sensor.grace_presence"},
    "another area": lambda hass: {"area_id": "cellar"},
    "an area that is the room of the person, not of the camera": lambda hass: {"area_id": "bedroom"},
    "a person who was removed": lambda hass: {"device_id": "gone"},
}


def device(hass: HomeAssistant, entity_id: str) -> str:
    return er.async_get(hass).async_get(entity_id).device_id


def camera_id(entry: MockConfigEntry) -> str:
    return next(one.subentry_id for one in entry.subentries.values() if one.subentry_type == "camera")


@pytest.fixture
def rooms(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """The camera is in the hall on the ground floor; Ada belongs to the family, and her device to the bedroom."""
    from homeassistant.helpers import floor_registry as fr

    areas, entities, devices = ar.async_get(hass), er.async_get(hass), dr.async_get(hass)
    floor = fr.async_get(hass).async_create("Ground")
    entities.async_update_entity("camera.hall", area_id=areas.async_create("Hall", floor_id=floor.floor_id).id)
    areas.async_create("Cellar")
    label = lr.async_get(hass).async_create("Family")
    bedroom = areas.async_create("Bedroom")
    devices.async_update_device(device(hass, "binary_sensor.ada_presence"), area_id=bedroom.id, labels={label.label_id})


@pytest.mark.usefixtures("rooms")
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
async def test_a_target_is_a_person_or_a_place(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, target: Any
) -> None:
    automation = await automate(hass, {"trigger": "kith.recognized", "target": target(hass)})
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)


@pytest.mark.parametrize("target", ["camera.hall", "binary_sensor.ada_presence"])
async def test_a_second_opinion_is_neither_a_person_nor_a_place(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, target: str
) -> None:
    add_service(hass, entry)
    automation = await automate(hass, {"trigger": "kith.recognized", "target": {"entity_id": target}})
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)


@pytest.mark.usefixtures("rooms")
@pytest.mark.parametrize("target", OTHER_TARGETS.values(), ids=OTHER_TARGETS)
async def test_another_target_is_not_meant(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, target: Any
) -> None:
    automation = await automate(hass, {"trigger": "kith.recognized", "target": target(hass)})
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    assert len(await automation.refusals()) == 1
    assert automation.calls == []


@pytest.mark.usefixtures("rooms")
@pytest.mark.parametrize(
    ("options", "people"),
    [
        ({"people": "binary_sensor.ada_presence"}, ["Ada"]),
        ({"people": ["binary_sensor.ada_presence", "binary_sensor.grace_presence"]}, ["Ada"]),
        ({"people": ["binary_sensor.grace_presence"]}, []),
        ({"people": ["binary_sensor.was_removed"]}, []),
        ({"people": [], "cameras": [], "areas": []}, ["Ada"]),
        ({"people": ["binary_sensor.kith_stranger_present"]}, []),
        ({"cameras": ["camera.hall"]}, ["Ada"]),
        ({"cameras": ["camera.door"]}, []),
        ({"areas": ["hall"]}, ["Ada"]),
        ({"areas": ["cellar"]}, []),
        ({"cameras": ["camera.door"], "areas": ["hall"]}, ["Ada"]),
    ],
    ids=str,
)
async def test_fields_narrow_it_down(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, options: dict[str, Any], people: list[str]
) -> None:
    automation = await automate(hass, {"trigger": "kith.recognized", "options": options})
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    await look(engine)
    assert automation.people == people


@pytest.mark.parametrize(
    ("trigger", "face", "refusal"),
    [
        (
            {"trigger": "kith.recognized", "options": {"people": ["binary_sensor.ada_presence"]}},
            face_of(1),
            ("other_person", "It was Grace, not Ada"),
        ),
        (
            {
                "trigger": "kith.recognized",
                "target": {"entity_id": "camera.hall"},
                "options": {"people": ["binary_sensor.ada_presence"]},
            },
            face_of(1),
            ("other_person", "It was Grace, not Ada"),
        ),
        (
            {
                "trigger": "kith.recognized",
                "target": {"entity_id": ["binary_sensor.ada_presence"]},
                "options": {"people": ["binary_sensor.ada_presence", "binary_sensor.grace_presence"]},
            },
            face_of(1),
            ("other_person", "It was Grace, not Ada"),
        ),
        (
            {"trigger": "kith.recognized", "options": {"people": ["binary_sensor.was_removed"]}},
            face_of(1),
            ("other_person", "It was Grace; none of the chosen people are in Kith anymore"),
        ),
        (
            {"trigger": "kith.recognized", "options": {"cameras": ["camera.door"]}},
            face_of(0),
            ("other_camera", "It was at Hall, which was not chosen"),
        ),
        (
            {"trigger": "kith.arrived", "target": {"entity_id": "binary_sensor.ada_presence"}},
            face_of(1),
            ("other_person", "It was Grace, not Ada"),
        ),
        (
            {"trigger": "kith.person_seen", "target": {"entity_id": "camera.door"}},
            face_of(0),
            ("other_camera", "It was at Hall, which was not chosen"),
        ),
        (
            {"trigger": "kith.person_seen", "target": {"entity_id": "binary_sensor.ada_presence"}},
            face_of(0),
            ("other_person", "a person at Hall"),
        ),
    ],
)
async def test_the_trace_says_who_or_where_it_was_instead(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Scripted,
    trigger: dict[str, Any],
    face: Any,
    refusal: tuple[str, str],
) -> None:
    automation = await automate(hass, trigger)
    engine.answer = shown(face)
    await eventually(lambda: hass.states.get("event.hall_sighting").attributes["event_type"] == "recognized")
    await look(engine)
    assert await automation.refusals() == [refusal]
    assert automation.calls == []


async def test_what_has_nothing_to_do_with_it_leaves_no_trace(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    options = {"people": ["binary_sensor.ada_presence"], "cameras": ["camera.door"]}
    automation = await automate(hass, {"trigger": "kith.recognized", "options": options})
    engine.answer = shown(face_of(1))
    await eventually(lambda: state(hass, "binary_sensor.grace_presence") == STATE_ON)
    assert await automation.refusals() == []


async def test_the_trace_says_that_it_was_a_stranger(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    recognized = await automate(hass, {"trigger": "kith.recognized"})
    engine.answer = shown(axis(5))
    await eventually(lambda: state(hass, "binary_sensor.kith_stranger_present") == STATE_ON)
    ((reason, explanation),) = await recognized.refusals()
    assert reason == "stranger"
    assert explanation.startswith("A stranger (3 frames in ")


async def test_the_trace_does_not_name_who_has_no_name(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    target = {"entity_id": "binary_sensor.ada_presence"}
    automation = await automate(hass, {"trigger": "kith.stranger_seen", "target": target})
    engine.answer = shown(axis(5))
    await eventually(lambda: state(hass, "binary_sensor.kith_stranger_present") == STATE_ON)
    ((reason, explanation),) = await automation.refusals()
    assert reason == "other_person"
    assert explanation.startswith("A stranger (3 frames in ")


async def test_the_trace_names_who_it_likely_was(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, brisk: None
) -> None:
    options = {"people": ["binary_sensor.ada_presence"], "likely": True}
    automation = await automate(hass, {"trigger": "kith.recognized", "options": options})
    entry.runtime_data.household.observe(camera_id(entry), shown(face_of(1)), dt_util.utcnow(), apart=True)
    assert await automation.refusals() == [("other_person", "It was Grace, not Ada")]


async def test_a_stranger_triggers_and_a_known_person_does_not(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, brisk: None
) -> None:
    automation = await automate(hass, {"trigger": "kith.stranger_seen", "target": {"entity_id": "camera.hall"}})
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    ((reason, explanation),) = await automation.refusals()
    assert reason == "recognized"
    assert explanation.startswith("Recognized as Ada from ")
    await empty(hass, engine)
    engine.answer = shown(axis(5))
    await eventually(lambda: automation.calls)
    told = automation.calls[0].data
    assert (told["person"], told["entity_id"], told["camera"]) == (None, "event.hall_sighting", "camera.hall")
    assert told["description"] == "a stranger at Hall"


async def test_a_person_triggers_before_anybody_knows_who(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    automation = await automate(hass, {"trigger": "kith.person_seen"})
    engine.answer = shown()
    await eventually(lambda: automation.calls)
    await look(engine, 20)
    (call,) = automation.calls
    assert (call.data["person"], call.data["description"]) == (None, "a person at Hall")


@pytest.mark.parametrize(
    ("seen", "reason", "explanation"),
    [
        (shown(like((0, 0.25))), "not_sure", r"Not sure: \d+ frames resemble Ada, with 2\d% of the evidence needed"),
        (shown(flaws=(Flaw.TOO_SMALL,)), "no_usable_face", "A person: the face was 60 px wide; 32 are needed"),
        (shown(), "no_usable_face", "A person: no face is visible"),
    ],
    ids=["not sure", "too small", "no face"],
)
@pytest.mark.parametrize("trigger", ["kith.recognized", "kith.stranger_seen"])
async def test_who_cannot_be_named_is_explained_once_a_visit(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Scripted,
    brisk: None,
    trigger: str,
    seen: Any,
    reason: str,
    explanation: str,
) -> None:
    automation = await automate(hass, {"trigger": trigger})
    for visit in (1, 2):
        engine.answer = seen
        await look(engine, 20)
        await empty(hass, engine)
        refusals = await automation.refusals()
        assert len(refusals) == visit
        assert refusals[-1][0] == reason
        assert re.match(explanation, refusals[-1][1])


async def test_it_waits_until_as_many_frames_agree_as_were_demanded(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    automation = await automate(hass, {"trigger": "kith.recognized", "options": {"frames": 5}})
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    await look(engine, 20)
    (call,) = automation.calls
    assert call.data["evidence"]["frames"] == 5
    assert call.data["explanation"].startswith("Recognized as Ada from 5 frames in ")
    assert call.data["captured"] > hass.states.get("event.ada_sighting").attributes["captured"]


async def test_too_few_frames_are_counted_in_the_trace(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, brisk: None
) -> None:
    automation = await automate(hass, {"trigger": "kith.recognized", "options": {"frames": 12}})
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    await empty(hass, engine)
    assert automation.calls == []
    ((reason, explanation),) = await automation.refusals()
    assert reason == "few_frames"
    assert re.fullmatch(r"Ada, but only \d+ of 12 frames agreed", explanation)


async def test_who_leaves_the_view_and_comes_back_goes_on_with_the_visit(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too few frames agreed until then, which the trace says, and enough do so later."""
    monkeypatch.setattr(household_scene, "DETECTED_FOR", timedelta(seconds=0.05))
    automation = await automate(hass, {"trigger": "kith.recognized", "options": {"frames": 12}})
    for _ in range(2):
        engine.answer = shown(face_of(0))
        await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_ON)
        await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
        await empty(hass, engine)
    assert [reason for reason, _ in await automation.refusals()] == ["few_frames"], "once a visit"
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    await look(engine, 20)
    assert automation.people == ["Ada"]


async def test_who_did_not_stay_long_enough_does_not_trigger_in_the_next_visit(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    automation = await automate(hass, {"trigger": "kith.recognized", "options": {"frames": 3}})
    camera, now, ada = camera_id(entry), dt_util.utcnow(), Verdict(Outcome.KNOWN, "ada", frames=2)
    for sighting in (
        Sighting(SightingKind.RECOGNIZED, camera, now, ada),
        Sighting(SightingKind.PERSON, camera, now + timedelta(minutes=1), Verdict(Outcome.UNUSABLE)),
    ):
        entry.runtime_data.household.on_sighting.notify(sighting)
    view = View(Outcome.KNOWN, True, (replace(ada, frames=3),))
    entry.runtime_data.cameras[camera].async_set_updated_data(view)
    await hass.async_block_till_done()
    assert automation.calls == []


@pytest.mark.parametrize(("agreed", "since"), [((2, 3), (5,)), ((2, 5), (2, 5, 6))], ids=["not yet", "before"])
async def test_an_automation_that_is_turned_off_and_on_in_a_visit_runs_once(
    hass: HomeAssistant, entry: MockConfigEntry, agreed: tuple[int, ...], since: tuple[int, ...]
) -> None:
    """It runs if enough frames agree later, but not again for a person who was lost and has few frames once more."""
    automation = await automate(hass, {"trigger": "kith.recognized", "options": {"frames": 5}})
    home, camera, ada = entry.runtime_data, camera_id(entry), Verdict(Outcome.KNOWN, "ada")

    def show(frames: int) -> None:
        view = View(Outcome.KNOWN, True, (replace(ada, frames=frames),))
        home.cameras[camera].async_set_updated_data(view)

    first = replace(ada, frames=agreed[0])
    home.household.on_sighting.notify(Sighting(SightingKind.RECOGNIZED, camera, dt_util.utcnow(), first))
    for frames in agreed:
        show(frames)
    await hass.async_block_till_done()
    for action in ("turn_off", "turn_on"):
        await hass.services.async_call("automation", action, {"entity_id": "automation.it"}, blocking=True)
    for frames in since:
        show(frames)
    await hass.async_block_till_done()
    assert automation.people == ["Ada"]


async def test_a_doubt_that_lasts_is_told_while_the_person_is_still_there(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "DOUBT_AFTER", timedelta(seconds=0.2))
    automation = await automate(hass, {"trigger": "kith.recognized"})
    engine.answer = shown(flaws=(Flaw.TURNED_AWAY,))
    await look(engine, 60)
    assert await automation.refusals() == [("no_usable_face", "A person: the face was turned away")]


async def test_a_doubt_at_another_camera_is_nothing_to_explain(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, brisk: None
) -> None:
    automation = await automate(hass, {"trigger": "kith.recognized", "options": {"cameras": ["camera.door"]}})
    engine.answer = shown()
    await look(engine, 20)
    await empty(hass, engine)
    assert await automation.refusals() == []


async def test_who_is_recognized_in_the_end_was_never_worth_a_doubt(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    automation = await automate(hass, {"trigger": "kith.recognized"})
    engine.answer = shown()
    await look(engine)
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    engine.answer = shown(flaws=(Flaw.TURNED_AWAY,))
    await look(engine)
    await empty(hass, engine)
    assert await automation.refusals() == []


async def test_a_trigger_that_was_set_up_wrongly_is_refused(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    from homeassistant.helpers.trigger import async_validate_trigger_config
    import voluptuous as vol

    with pytest.raises(vol.Invalid):
        await async_validate_trigger_config(hass, [{"platform": "kith.stranger_seen", "options": {"people": "x.y"}}])


async def test_the_editor_gets_fields_and_targets(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    from homeassistant.components.websocket_api.automation import async_get_triggers_for_target

    described = await async_get_all_descriptions(hass)
    assert set(described["kith.recognized"]["fields"]) == {"people", "cameras", "areas", "frames", "likely"}
    somebody = {"kith.recognized", "kith.arrived", "kith.left"}
    anybody = {*somebody, "kith.stranger_seen", "kith.person_seen"}
    for entity_id, offered in (
        ("binary_sensor.ada_presence", somebody),
        ("event.hall_sighting", anybody),
        ("sensor.kith_engine", anybody),
    ):
        target = {"device_id": [device(hass, entity_id)]}
        keys = await async_get_triggers_for_target(hass, target, expand_group=False)
        assert {key for key in keys if key.startswith("kith.")} == offered, entity_id
