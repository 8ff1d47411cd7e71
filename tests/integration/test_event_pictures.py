"""An image entity as a camera: each of its pictures is of an event of its own."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.image import ImageEntity
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.condition import async_get_all_descriptions as describe_conditions
from homeassistant.helpers.trigger import async_get_all_descriptions as describe_triggers
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    setup_test_component_platform,
)

from custom_components.kith.cameras import coordinator as watching, event_picture
from custom_components.kith.cameras.event_picture import taken_at
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.errors import PictureError
from custom_components.kith.sighting import Sighting, SightingKind
from tests.identity.faces import NOON, axis, shown, template

from .automations import automate
from .conftest import Scripted, Shown, camera_subentry, eventually, face_of, person_subentry, remote_entry
from .page import Caller

BELL, DETECTED = "image.bell", "binary_sensor.bell_person_detected"


def at(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat()


def without_zone(seconds: float) -> str:
    """The same as some integrations say it: the time on the wall."""
    return dt_util.as_local(NOON + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


NEW = [
    (State(BELL, at(-900)), State(BELL, at(0))),
    (State(BELL, "unknown", last_changed=NOON - timedelta(minutes=2)), State(BELL, at(-1))),  # its first event
    (State(BELL, at(-900)), State(BELL, at(-60))),  # the cloud took its time
]
NOT_NEW = [
    (None, State(BELL, at(0))),  # set up a moment ago; some say that the last picture is of now
    (State(BELL, "unavailable"), State(BELL, at(0))),
    (State(BELL, "unknown", last_changed=NOON - timedelta(seconds=5)), State(BELL, at(0))),  # a broker's last message
    (State(BELL, at(-900), {"restored": True}), State(BELL, at(0))),
    (State(BELL, at(0)), State(BELL, at(0), {"entity_picture": "/another"})),
    (State(BELL, at(0)), State(BELL, "unavailable")),
    (State(BELL, at(0)), State(BELL, "unknown")),
    (State(BELL, at(0)), None),
    (State(BELL, at(-900)), State(BELL, at(-600))),
]


@pytest.mark.one_release
@pytest.mark.parametrize(("old", "new"), NEW)
def test_another_time_is_another_picture(old: State, new: State) -> None:
    assert taken_at(old, new, NOON) == datetime.fromisoformat(new.state)


@pytest.mark.one_release
@pytest.mark.parametrize("seconds", [-60, 0])
def test_a_time_without_a_zone_is_in_home_assistants(hass: HomeAssistant, seconds: float) -> None:
    assert dt_util.as_local(NOON).utcoffset()
    new = State(BELL, without_zone(seconds))
    assert taken_at(State(BELL, without_zone(-900)), new, NOON) == NOON + timedelta(seconds=seconds)
    assert taken_at(new, State(BELL, without_zone(-600)), NOON) is None


@pytest.mark.one_release
@pytest.mark.parametrize(("old", "new"), NOT_NEW)
def test_what_is_shown_again_is_no_event(old: State | None, new: State | None) -> None:
    assert taken_at(old, new, NOON) is None


class Bell(ImageEntity):
    """A doorbell's last picture."""

    _attr_name = "Bell"
    _attr_unique_id = "bell"

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(hass)
        self.content: bytes | None = b"a picture"
        self.taken = 0
        self.rung = 0
        self.ahead = timedelta(0)
        self._attr_image_last_updated = dt_util.utcnow() - timedelta(days=1)

    async def async_image(self) -> bytes | None:
        self.taken += 1
        return self.content and self.content + str(self.rung).encode()

    def ring(self) -> None:
        self.rung += 1
        self.repeat()

    def repeat(self) -> None:
        """Show the last picture again, as of now."""
        self._attr_image_last_updated = dt_util.utcnow() + self.ahead
        self.async_write_ha_state()

    def connect(self, *, available: bool) -> None:
        self._attr_available = available
        self.async_write_ha_state()


@pytest.fixture
async def bell(hass: HomeAssistant, hall: Shown) -> Bell:
    """The entity image.bell."""
    entity = Bell(hass)
    setup_test_component_platform(hass, "image", [entity])
    assert await async_setup_component(hass, "image", {"image": {"platform": "test"}})
    await hass.async_block_till_done()
    return entity


@pytest.fixture
async def kith(hass: HomeAssistant, bell: Bell, engine: Scripted, quick: None) -> Any:
    """Kith, loaded, watching image.bell; with a list of what it announced."""
    watched = camera_subentry(camera=BELL, allowed=["ada"])
    entry = remote_entry(engine, watched | {"title": "Bell", "unique_id": BELL}, person_subentry("Ada"))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await entry.runtime_data.enroll("ada", [template(axis(0), name="ada")])
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


def told_by(entry: MockConfigEntry) -> list[Sighting]:
    told: list[Sighting] = []
    entry.runtime_data.household.on_sighting.subscribe(told.append)
    return told


def state(hass: HomeAssistant, entity_id: str = DETECTED) -> str:
    return hass.states.get(entity_id).state


async def test_the_picture_that_was_there_says_nothing_about_now(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass) == "off")
    assert (bell.taken, engine.asked) == (0, [])
    source = hass.states.get("sensor.bell_picture_source")
    assert (source.state, source.attributes["reason"]) == ("events", "image_entity")


async def test_each_new_picture_is_looked_at_once_and_is_a_visit_of_its_own(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    told = told_by(kith)
    engine.answer = shown(face_of(0))
    for count in (1, 2, 3):
        await eventually(lambda: state(hass) == "off")
        bell.ring()
        await eventually(lambda: state(hass) == "on")
        assert hass.states.get(DETECTED).attributes["outcome"] == "likely", "however often it is the same face"
        assert [sighting.kind for sighting in told].count(SightingKind.PERSON) == count
        assert (bell.taken, [look for _, look in engine.asked]) == (count, [Look.PEOPLE] * count)
        [coordinator] = kith.runtime_data.cameras.values()
        assert told[-1].captured == coordinator.last.captured == bell.image_last_updated
        kith.runtime_data.household.drop_camera(coordinator.camera_id)  # as after a while
    assert not kith.runtime_data.household.presence.last


async def test_pictures_that_follow_each_other_quickly_do_not_add_up(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    for count in range(1, 6):
        bell.ring()
        await eventually(lambda count=count: len(engine.asked) == count)
    await eventually(lambda: state(hass) == "on")
    assert not kith.runtime_data.household.presence.last
    visits = kith.runtime_data.stores.visits.newest_first
    assert {visit.verdict.frames for visit in visits} == {1}


async def test_a_very_clear_picture_says_who_it_likely_was(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    fired = async_capture_events(hass, "kith_person_likely")
    engine.answer = shown(face_of(0))
    bell.ring()
    await eventually(lambda: fired)
    told = hass.states.get("event.bell_sighting").attributes
    assert (told["event_type"], told["likely"], told["person"]) == ("likely", "Ada", None)
    assert told["explanation"] == "Likely Ada: one clear picture, and a name takes two"
    assert told["evidence"]["weight"] > told["evidence"]["demanded"]
    assert fired[0].data["entity_id"] == "event.bell_sighting"
    assert state(hass, "binary_sensor.ada_presence") == "off"
    assert state(hass, "event.ada_sighting") == "unknown"
    assert state(hass, "binary_sensor.bell_unauthorized_person") == "off", "a doubt accuses nobody"


async def test_an_automation_says_whether_likely_is_enough(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    wanted = {"options": {"people": ["binary_sensor.ada_presence"], "likely": True}}
    usual = await automate(
        hass, {"trigger": "kith.recognized"}, {"trigger": "kith.recognized", "id": "likely", **wanted}
    )
    engine.answer = shown(face_of(0))
    bell.ring()
    await eventually(lambda: usual.calls)
    await hass.async_block_till_done()
    (call,) = usual.calls
    assert (call.data["person"], call.data["entity_id"]) == (None, "event.bell_sighting")
    assert call.data["description"] == "Ada, likely seen at Bell"
    assert await usual.refusals() == [("likely", "Likely Ada: one clear picture, and a name takes two")]


async def test_an_entity_that_is_away_makes_the_camera_unavailable_until_it_is_back(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    await eventually(lambda: state(hass) == "off")
    bell.connect(available=False)
    await eventually(lambda: state(hass) == "unavailable")
    bell.connect(available=True)
    await eventually(lambda: state(hass) == "off")
    assert bell.taken == 0


async def test_the_same_picture_again_is_no_event_whatever_its_time(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    for count in (1, 2):
        bell.ring()
        await eventually(lambda count=count: len(engine.asked) == count)
        for _ in range(2):
            bell.connect(available=False)
            bell.connect(available=True)
            taken = bell.taken
            bell.repeat()
            await eventually(lambda taken=taken: bell.taken > taken)
        await eventually(lambda: state(hass) == "off")
        assert len(engine.asked) == count


@pytest.mark.parametrize("before", [None, timedelta(0)])
async def test_a_picture_that_is_there_at_the_start_is_no_event_later(
    hass: HomeAssistant, bell: Bell, engine: Scripted, quick: None, before: timedelta | None
) -> None:
    bell._attr_image_last_updated = before if before is None else dt_util.utcnow() - before
    bell.async_write_ha_state()
    entry = remote_entry(engine, camera_subentry(camera=BELL) | {"title": "Bell", "unique_id": BELL})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    if before is None:
        bell.repeat()
    await eventually(lambda: bell.taken == 1)
    bell.repeat()
    await eventually(lambda: bell.taken == 2)
    await eventually(lambda: state(hass) == "off")
    assert not engine.asked
    bell.ring()
    await eventually(lambda: engine.asked)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("content", [None, b""])
async def test_a_picture_that_cannot_be_had_is_tried_again(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted, content: bytes | None
) -> None:
    engine.answer = shown(face_of(0))
    bell.content = content
    bell.ring()
    await eventually(lambda: state(hass) == "unavailable")
    bell.content = b"a picture"
    await eventually(lambda: state(hass) == "on")


async def test_a_picture_that_is_none_is_not_asked_about_forever(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    engine.answer = PictureError("<html> is not a picture")
    bell.ring()
    await eventually(lambda: state(hass) == "unavailable")
    await eventually(lambda: state(hass) == "off")
    assert len(engine.asked) == 1


async def test_a_picture_that_comes_too_late_is_left_alone(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell.content = None
    bell.ring()
    await eventually(lambda: state(hass) == "unavailable")
    monkeypatch.setattr(event_picture, "NEW_FOR", timedelta(0))
    bell.content = b"a picture"
    await eventually(lambda: state(hass) == "off")
    assert not engine.asked


async def test_somebody_who_must_not_be_recognized_is_not_shown(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    subentry = next(one for one in kith.subentries.values() if one.title == "Ada")
    never = {"to": ["never"], "by": "Ada", "at": "2026-11-23T12:00:00+00:00"}
    hass.config_entries.async_update_subentry(kith, subentry, data={**subentry.data, "consent": never})
    await hass.async_block_till_done()
    engine.answer = shown(face_of(0))
    bell.ring()
    await eventually(lambda: engine.asked)
    await hass.async_block_till_done()
    [coordinator] = kith.runtime_data.cameras.values()
    assert not coordinator.last.picture
    assert not kith.runtime_data.stores.visits.newest_first


async def test_it_is_chosen_like_a_camera_but_kiths_own_pictures_are_not_offered(
    hass: HomeAssistant, bell: Bell, entry: MockConfigEntry
) -> None:
    own = [one.entity_id for one in er.async_get(hass).entities.values() if one.domain == "image"]
    subentries = hass.config_entries.subentries
    flow = await subentries.async_init((entry.entry_id, "camera"), context={"source": SOURCE_USER})
    chosen = next(field for key, field in flow["data_schema"].schema.items() if key == "camera")
    assert chosen.config["domain"] == ["camera", "image"]
    assert set(chosen.config["exclude_entities"]) == {one for one in own if one != BELL} != set()
    flow = await subentries.async_configure(flow["flow_id"], {"camera": BELL})
    assert flow["title"] == "Bell"
    await hass.async_block_till_done()
    assert state(hass, "sensor.bell_picture_source") == "events"


async def test_the_page_says_what_it_is(hass: HomeAssistant, kith: MockConfigEntry, hass_ws_client: Any) -> None:
    await eventually(lambda: state(hass) == "off")
    [camera] = (await Caller(await hass_ws_client(hass)).ask("cameras/list"))["cameras"]
    assert (camera["source"], camera["wake"], camera["state"]) == ("One picture of each event", ["Bell"], "asleep")


async def test_its_last_picture_can_be_identified(hass: HomeAssistant, kith: MockConfigEntry, engine: Scripted) -> None:
    engine.answer = shown(face_of(0))
    answer = await hass.services.async_call("kith", "identify", {"camera": BELL}, blocking=True, return_response=True)
    assert answer["faces"][0]["person"] == "Ada"


async def test_looking_now_needs_another_event(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RENEWED_WITHIN", 0.02)
    [coordinator] = kith.runtime_data.cameras.values()
    await eventually(lambda: state(hass) == "off")
    with pytest.raises(UpdateFailed):
        await coordinator.scan()
    assert not engine.asked


async def test_no_action_can_ask_it_for_a_new_picture(hass: HomeAssistant, kith: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError, match="only with the next event"):
        await hass.services.async_call("kith", "scan", {"camera": BELL}, blocking=True, return_response=True)


async def test_automations_can_choose_it(
    hass: HomeAssistant, kith: MockConfigEntry, bell: Bell, engine: Scripted
) -> None:
    """Among the cameras, and notifications have its picture."""
    automation = await automate(hass, {"trigger": "kith.person_seen", "target": {"entity_id": BELL}})
    engine.answer = shown(face_of(0))
    bell.ring()
    await eventually(lambda: automation.calls)
    triggers, conditions = await describe_triggers(hass), await describe_conditions(hass)
    for described in (triggers["kith.recognized"], triggers["kith.left"], conditions["kith.is_present"]):
        assert described["fields"]["cameras"]["selector"]["entity"]["filter"] == [{"domain": ["camera", "image"]}]
