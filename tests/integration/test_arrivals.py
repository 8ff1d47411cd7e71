"""Automations learn exactly once who arrives and leaves, whatever happens to Kith, its engine, and its cameras."""

from datetime import timedelta

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import departures
from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.presence import Seen
from custom_components.kith.identity.visit_record import VisitRecord
from custom_components.kith.kith_engine.errors import EngineRefusedError
from custom_components.kith.review.answers import assign
from custom_components.kith.review.corrections import correct
from tests.identity.faces import EMPTY, axis, like, shown, template

from .automations import automate, empty, look, state
from .conftest import Scripted, as_subentry, camera_subentry, eventually, face_of, person_subentry
from .page import ADA_PERHAPS, camera_id, waiting

ADA, STRANGER = "binary_sensor.ada_presence", "binary_sensor.kith_stranger_present"
ARRIVED, LEFT = {"trigger": "kith.arrived"}, {"trigger": "kith.left"}


async def say_that_it_was_ada(entry: MockConfigEntry, how: str, ago: float) -> str:
    """By an answer, or a correction of a visit. Returns the token to undo it."""
    home, seen = entry.runtime_data, dt_util.utcnow() - timedelta(seconds=ago)
    if how == "answer":
        await waiting(entry, ADA_PERHAPS, when=seen)
        return (await assign(home, home.stores.faces.unanswered, "ada")).undo
    visit = VisitRecord("visit", camera_id(entry), seen, seen, Verdict(Outcome.UNSURE))
    home.stores.visits.put(visit)
    return (await correct(home, visit, "ada")).undo


async def test_somebody_arrives_and_leaves_once_each(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, brisk: None
) -> None:
    entry.runtime_data.household.presence.here_for = {"ada": timedelta(seconds=1)}
    automation = await automate(hass, ARRIVED, LEFT)
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    await look(engine, 20)
    (came,) = automation.calls
    assert (came.data["platform"], came.data["description"]) == ("kith.arrived", "Ada, who arrived at Hall")
    assert came.data["evidence"]["frames"] == 2
    assert came.data["explanation"].startswith("Recognized as Ada")
    engine.answer = EMPTY
    await eventually(lambda: len(automation.calls) > 1)
    await look(engine, 20)
    _, left = automation.calls
    assert (left.data["platform"], left.data["description"]) == ("kith.left", "Ada, who left")
    assert (left.data["entity_id"], left.data["camera"]) == ("binary_sensor.ada_presence", "camera.hall")
    assert (left.data["evidence"], left.data["explanation"]) == (
        None,
        "Ada has not been recognized anywhere for a while",
    )
    assert left.data["captured"] >= came.data["captured"]


async def test_who_is_seen_again_while_present_has_not_arrived_again(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, brisk: None
) -> None:
    automation = await automate(hass, ARRIVED, LEFT)
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    await empty(hass, engine)
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_ON)
    await look(engine, 20)
    assert set(await automation.refusals()) == {("here_already", "Ada was already here")}, "one for each visit"
    assert len(automation.calls) == 1


async def test_who_is_present_when_kith_is_loaded_again_has_not_arrived(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    automation = await automate(hass, ARRIVED, LEFT, {"trigger": "kith.recognized"})
    engine.answer = shown(face_of(0))
    await eventually(lambda: len(automation.calls) == 2)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await look(engine, 20)
    assert state(hass, "binary_sensor.ada_presence") == STATE_ON
    assert len(automation.calls) == 2


async def test_triggers_work_on_after_a_reload(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    automation = await automate(hass, ARRIVED, {"trigger": "kith.recognized"})
    assert await hass.config_entries.async_reload(entry.entry_id)
    engine.answer = shown(face_of(0))
    await eventually(lambda: len(automation.calls) == 2)


async def test_a_trigger_waits_for_kith_and_ends_with_its_automation(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    automation = await automate(hass, {"trigger": "kith.recognized"})
    assert await hass.config_entries.async_setup(entry.entry_id)
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.it"}, blocking=True)
    engine.answer = shown(face_of(1))
    await eventually(lambda: state(hass, "binary_sensor.grace_presence") == STATE_ON)
    assert automation.people == ["Ada"]


async def test_nobody_leaves_or_arrives_because_the_engine_was_away(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    automation = await automate(hass, ARRIVED, LEFT)
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    engine.answer = EngineRefusedError("changed meanwhile")
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_UNAVAILABLE)
    engine.answer = EMPTY
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_ON)
    await look(engine)
    assert len(automation.calls) == 1


async def test_who_left_while_the_engine_was_away_leaves_when_it_is_back(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    automation = await automate(hass, ARRIVED, LEFT)
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    engine.answer = EngineRefusedError("changed meanwhile")
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == STATE_UNAVAILABLE)
    entry.runtime_data.household.presence.here_for = {"ada": timedelta(0)}
    entry.runtime_data.household.notify_presence()
    await hass.async_block_till_done()
    assert len(automation.calls) == 1, "nobody can say so yet"
    engine.answer = EMPTY
    await eventually(lambda: len(automation.calls) == 2)
    assert automation.calls[1].data["platform"] == "kith.left"


async def test_who_turns_out_to_be_somebody_else_is_corrected(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    automation = await automate(hass, ARRIVED, LEFT, {"trigger": "kith.recognized"})
    engine.answer = shown(like((0, 0.75), (1, 0.2)))
    await eventually(lambda: len(automation.calls) == 2)
    engine.answer = shown(like((0, 0.2), (1, 0.9)))
    await eventually(lambda: len(automation.calls) == 5)
    told = {(call.data["platform"], call.data["person"]): call.data for call in automation.calls}
    assert told["kith.recognized", "Grace"]["corrects"] == "Ada"
    assert told["kith.left", "Ada"]["explanation"] == "It was not Ada after all"
    assert ("kith.arrived", "Grace") in told


@pytest.mark.parametrize("how", ["answer", "correction"])
@pytest.mark.parametrize(("ago", "told"), [(5, ["kith.arrived", "kith.left"]), (3 * 3600, [])])
async def test_who_was_seen_long_before_the_owner_says_so_does_not_arrive(
    hass: HomeAssistant, entry: MockConfigEntry, how: str, ago: float, told: list[str]
) -> None:
    home, automation = entry.runtime_data, await automate(hass, ARRIVED, LEFT)
    home.household.presence.here_for = {"ada": timedelta(hours=8)}
    undo = await say_that_it_was_ada(entry, how, ago)
    await hass.async_block_till_done()
    assert (state(hass, ADA), len(automation.calls)) == (STATE_ON, len(told[:1]))
    await home.undos.undo(undo)
    await hass.async_block_till_done()
    assert state(hass, ADA) == STATE_OFF
    assert [call.data["platform"] for call in automation.calls] == told


async def test_who_is_here_by_an_old_answer_leaves(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    home, automation = entry.runtime_data, await automate(hass, ARRIVED, LEFT)
    home.household.presence.here_for = {"ada": timedelta(hours=8)}
    await say_that_it_was_ada(entry, "answer", 3 * 3600)
    engine.answer = shown(face_of(0))
    await look(engine, 20)
    assert await automation.refusals() == [("here_already", "Ada was already here")]
    engine.answer = EMPTY
    home.household.presence.here_for = {"ada": timedelta(0)}
    home.household.notify_presence()
    await eventually(lambda: automation.calls)
    assert [call.data["platform"] for call in automation.calls] == ["kith.left"]


async def test_a_sighting_that_waited_too_long_for_the_engine_is_no_arrival(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    home, automation = entry.runtime_data, await automate(hass, ARRIVED)
    home.household.presence.here_for = {"ada": timedelta(hours=8)}
    engine.answer = EngineRefusedError("changed meanwhile")
    await eventually(lambda: state(hass, ADA) == STATE_UNAVAILABLE)
    seen = Verdict(Outcome.KNOWN, "ada", captured=dt_util.utcnow() - timedelta(hours=1))
    home.household.tell_recorded(camera_id(entry), [seen], dt_util.utcnow())
    await hass.async_block_till_done()
    engine.answer = EMPTY
    await eventually(lambda: state(hass, ADA) == STATE_ON)
    await look(engine)
    assert automation.calls == []


async def test_people_added_and_removed_later_need_no_reload(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    options = {"people": ["binary_sensor.alan_presence"]}
    automation = await automate(hass, {"trigger": "kith.recognized", "options": options}, ARRIVED, LEFT)
    hass.config_entries.async_add_subentry(entry, as_subentry(person_subentry("Alan")))
    await hass.async_block_till_done()
    await entry.runtime_data.enroll("alan", [template(axis(2), name="alan")])
    engine.answer = shown(face_of(2))
    await eventually(lambda: len(automation.calls) == 2)
    assert automation.people == ["Alan", "Alan"]
    alan = next(one for one in entry.subentries.values() if one.title == "Alan")
    hass.config_entries.async_remove_subentry(entry, alan.subentry_id)
    await look(engine)
    assert len(automation.calls) == 2, "who was removed has not left"


async def test_a_camera_added_later_explains_its_doubts_and_a_removed_one_is_nowhere(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, brisk: None
) -> None:
    (hall,) = (one for one in entry.subentries.values() if one.subentry_type == "camera")
    automation = await automate(hass, {"trigger": "kith.recognized"}, LEFT)
    engine.answer = shown(face_of(0))
    await eventually(lambda: automation.calls)
    hass.config_entries.async_remove_subentry(entry, hall.subentry_id)
    await hass.async_block_till_done()
    entry.runtime_data.household.presence.here_for = {"ada": timedelta(0)}
    entry.runtime_data.household.notify_presence()
    await eventually(lambda: len(automation.calls) == 2)
    assert automation.calls[1].data["camera"] is None
    engine.answer = EMPTY
    hass.config_entries.async_add_subentry(entry, as_subentry(camera_subentry()))
    await hass.async_block_till_done()
    engine.answer = shown()
    await look(engine)
    await eventually(lambda: state(hass, "binary_sensor.hall_person_detected") == STATE_ON)
    await empty(hass, engine)
    assert [reason for reason, _ in await automation.refusals()] == ["no_usable_face"]


async def test_a_start_before_the_clock_is_set_makes_nobody_arrive(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small machine without a clock of its own starts with the time of its last shutdown, or earlier."""
    monkeypatch.setattr(departures, "CHECK_EVERY", timedelta(seconds=0.05))
    now = dt_util.utcnow
    entry.runtime_data.household.presence.see("ada", Seen(now() - timedelta(seconds=30), camera_id(entry)))
    entry.runtime_data.household.notify_presence()
    await eventually(lambda: state(hass, ADA) == STATE_ON)
    assert await hass.config_entries.async_unload(entry.entry_id)
    with monkeypatch.context() as patch:
        patch.setattr(dt_util, "utcnow", lambda: now() - timedelta(hours=3))
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        automation = await automate(hass, ARRIVED, LEFT)
        assert state(hass, ADA) == STATE_OFF
    await eventually(lambda: state(hass, ADA) == STATE_ON)
    await hass.async_block_till_done()
    assert not automation.calls


async def test_whoever_was_here_long_ago_is_gone_soon_after_the_clock_jumps_ahead(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(departures, "CHECK_EVERY", timedelta(seconds=0.05))
    household = entry.runtime_data.household
    household.presence.here_for = {"ada": timedelta(hours=8)}
    household.presence.see("ada", Seen(dt_util.utcnow(), camera_id(entry)))
    household.notify_presence()
    await eventually(lambda: state(hass, ADA) == STATE_ON)
    now = dt_util.utcnow
    monkeypatch.setattr(dt_util, "utcnow", lambda: now() + timedelta(hours=9))
    await eventually(lambda: state(hass, ADA) == STATE_OFF)


async def test_a_stranger_is_gone_soon_after_the_clock_is_set_back(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(departures, "CHECK_EVERY", timedelta(seconds=0.05))
    household = entry.runtime_data.household
    household.presence.stranger = dt_util.utcnow()
    household.notify_presence()
    await eventually(lambda: state(hass, STRANGER) == STATE_ON)
    now = dt_util.utcnow
    monkeypatch.setattr(dt_util, "utcnow", lambda: now() - timedelta(hours=9))
    await eventually(lambda: state(hass, STRANGER) == STATE_OFF)
