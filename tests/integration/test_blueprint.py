"""Each blueprint is imported like in Home Assistant and runs exactly for the people and places that it is meant for."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint import importer
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import entity_sources
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util, yaml as yaml_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_fire_time_changed_exact,
    async_mock_service,
)

from custom_components.kith.household import scene as household_scene
from custom_components.kith.identity import presence
from custom_components.kith.identity.presence import Seen
from tests.identity.faces import EMPTY, axis, shown

from .automations import empty, look
from .conftest import Scripted, eventually, face_of
from .page import Caller

BLUEPRINTS = Path(__file__).parents[2] / "custom_components" / "kith" / "blueprints" / "automation" / "kith"
NAMES = sorted(path.stem for path in BLUEPRINTS.glob("*.yaml"))
ADA, GRACE = "binary_sensor.ada_presence", "binary_sensor.grace_presence"
KEYPAD = "input_boolean.keypad"
SOURCE = "https://github.com/kith-home/kith/blob/main/custom_components/kith/blueprints/automation/kith/"
RAW = "https://raw.githubusercontent.com/kith-home/kith/main/custom_components/kith/blueprints/automation/kith/"


class GitHub:
    """Serves this repository's files."""

    async def get(self, url: str, **_: Any) -> SimpleNamespace:
        assert url.startswith(RAW), url
        text = (BLUEPRINTS / url.removeprefix(RAW)).read_text()

        async def read() -> str:
            return text

        return SimpleNamespace(text=read)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> None:
    session = SimpleNamespace(async_get_clientsession=lambda _hass: GitHub())
    monkeypatch.setattr(importer, "aiohttp_client", session)


async def use(hass: HomeAssistant, name: str, **inputs: Any) -> list[ServiceCall]:
    """Import the blueprint from its source, and use it; returns the calls of its actions."""
    imported = await importer.fetch_blueprint_from_url(hass, f"{SOURCE}{name}.yaml")
    assert imported.blueprint.validate() is None
    path = f"{imported.suggested_filename}.yaml"
    assert not await async_get_blueprints(hass).async_add_blueprint(imported.blueprint, path)
    calls = async_mock_service(hass, "test", "it")
    actions = imported.blueprint.inputs.get("actions")
    if actions is not None:
        inputs.setdefault("actions", [{"action": "test.it", "data": inputs.pop("data", {})}])
    config = {"id": "it", "alias": "It", "use_blueprint": {"path": path, "input": inputs}}
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    assert hass.states.get("automation.it").state == STATE_ON
    return calls


def phone(hass: HomeAssistant) -> tuple[str, list[ServiceCall]]:
    """A phone's device and its notifications."""
    entry = MockConfigEntry(domain="mobile_app")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("mobile_app", "1")}, name="Alan's Phone"
    )
    return device.id, async_mock_service(hass, "notify", "mobile_app_alan_s_phone")


def seen(entry: MockConfigEntry, person_id: str, ago: timedelta = timedelta(0)) -> None:
    (hall,) = (one for one in entry.subentries.values() if one.subentry_type == "camera")
    entry.runtime_data.household.presence.last[person_id] = Seen(dt_util.utcnow() - ago, hall.subentry_id)
    entry.runtime_data.household.notify_presence()


async def recognized(hass: HomeAssistant, engine: Scripted, number: int, entity_id: str) -> None:
    """This person comes and is recognized."""
    engine.answer = shown(face_of(number))
    await eventually(lambda: hass.states.get(entity_id).state == STATE_ON)
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 10)
    await hass.async_block_till_done()


pytestmark = pytest.mark.usefixtures("github")


@pytest.mark.parametrize("name", NAMES)
def test_every_blueprint_can_be_imported_from_where_it_says(name: str) -> None:
    blueprint = yaml_util.load_yaml_dict(str(BLUEPRINTS / f"{name}.yaml"))["blueprint"]
    assert blueprint["source_url"] == f"{SOURCE}{name}.yaml"
    assert all("selector" in field and field["description"] for field in blueprint["input"].values())


@pytest.mark.parametrize("name", NAMES)
def test_a_camera_may_be_an_image_entity(name: str) -> None:
    inputs = yaml_util.load_yaml_dict(str(BLUEPRINTS / f"{name}.yaml"))["blueprint"]["input"]
    for field in inputs.keys() & {"camera", "cameras"}:
        assert inputs[field]["selector"]["entity"]["filter"] == [{"domain": ["camera", "image"]}]


async def test_welcome_greets_once_when_somebody_arrives(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    calls = await use(hass, "welcome_a_person", people=[ADA], data={"name": "{{ trigger.person }}"})
    await recognized(hass, engine, 1, GRACE)
    assert calls == []
    await recognized(hass, engine, 0, ADA)
    assert [call.data["name"] for call in calls] == ["Ada"]


@pytest.mark.parametrize(
    "inputs",
    [
        {"people": [GRACE]},
        {"cameras": ["camera.door"]},
        {"oldest": -1},
        {"conditions": [{"condition": "state", "entity_id": "sun.sun", "state": "below_horizon"}]},
    ],
    ids=["somebody else", "elsewhere", "an old picture", "a condition of the user's"],
)
async def test_welcome_greets_nobody_else_nowhere_else(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, inputs: dict[str, Any]
) -> None:
    hass.states.async_set("sun.sun", "above_horizon")
    calls = await use(hass, "welcome_a_person", **inputs)
    await recognized(hass, engine, 0, ADA)
    assert calls == []


async def test_welcome_greets_at_each_visit_if_wanted(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "VISIT_GAP", timedelta(seconds=0.05))
    calls = await use(hass, "welcome_a_person", when="visit")
    await recognized(hass, engine, 0, ADA)
    greeted = len(calls)  # a busy machine may take the gap for one between two frames
    assert greeted
    engine.answer = EMPTY
    await eventually(lambda: hass.states.get("binary_sensor.hall_person_detected").state == STATE_OFF)
    await recognized(hass, engine, 0, ADA)
    assert len(calls) > greeted


STRANGER = {"patience": 0, "data": {"picture": "{{ picture }}", "camera": "{{ camera }}"}}


async def test_a_stranger_is_told_to_the_phone_with_a_picture(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    device, told = phone(hass)
    calls = await use(hass, "tell_about_a_stranger", phones=[device], **STRANGER)
    engine.answer = shown(axis(5))
    await eventually(lambda: calls)
    (message,) = told
    assert message.data["title"] == "A stranger at Hall"
    assert message.data["message"].startswith("A stranger (3 frames in ")
    assert message.data["data"]["image"] == "/api/camera_proxy/camera.hall"
    assert calls[0].data == {"picture": "/api/camera_proxy/camera.hall", "camera": "camera.hall"}


async def test_the_notification_about_a_stranger_leads_to_the_question_who_it_was(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, page: Caller
) -> None:
    device, told = phone(hass)
    calls = await use(hass, "tell_about_a_stranger", phones=[device], **STRANGER)
    engine.answer = shown(axis(5))
    await eventually(lambda: calls and entry.runtime_data.stores.faces.unanswered)
    link = told[0].data["data"]["url"]
    assert told[0].data["data"]["clickAction"] == link
    group = await page.ask("inbox/get", group_id=link.removeprefix("/kith/inbox/"))
    await page.ask("inbox/assign", group_id=group["group_id"], person_id="ada")
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")


@pytest.fixture
def kept(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """The hall's entity "Last stranger"; its state is when that picture was taken."""
    entities = er.async_get(hass)
    sighting = entities.async_get("event.hall_sighting")
    place = {"config_subentry_id": sighting.config_subentry_id, "device_id": sighting.device_id}
    image = entities.async_get_or_create("image", "kith", "kept", config_entry=entry, **place)
    entity_sources(hass)[image.entity_id] = {"domain": "kith"}
    return image.entity_id


@pytest.mark.parametrize(
    ("ago", "url"), [(-60, "/api/image_proxy/{kept}"), (60, "/api/camera_proxy/camera.hall"), (None, None)]
)
async def test_the_stranger_s_own_picture_is_told_where_it_is_kept(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kept: str, ago: int | None, url: str | None
) -> None:
    """Not that of the stranger before, which stays if this one's could not be cropped."""
    shown_at = (dt_util.utcnow() - timedelta(seconds=ago)).isoformat() if ago is not None else "unavailable"
    hass.states.async_set(kept, shown_at)
    calls = await use(hass, "tell_about_a_stranger", **STRANGER)
    engine.answer = shown(axis(5))
    await eventually(lambda: calls)
    assert calls[0].data["picture"] == (url or "/api/camera_proxy/camera.hall").format(kept=kept)


@pytest.mark.parametrize(("minutes_ago", "told"), [(4, False), (6, True)])
async def test_no_stranger_is_told_when_somebody_known_came_a_short_while_ago(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, minutes_ago: int, told: bool
) -> None:
    seen(entry, "ada", timedelta(minutes=minutes_ago))
    calls = await use(hass, "tell_about_a_stranger", cameras=["camera.hall"], **STRANGER)
    engine.answer = shown(axis(5))
    await eventually(lambda: hass.states.get("event.hall_sighting").attributes["event_type"] == "stranger")
    await hass.async_block_till_done()
    assert bool(calls) is told


async def test_a_known_person_s_scene_comes_on_in_the_chosen_area(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    area = ar.async_get(hass).async_create("Entrance")
    er.async_get(hass).async_update_entity("camera.hall", area_id=area.id)
    on = async_mock_service(hass, "homeassistant", "turn_on")
    await use(hass, "scene_for_a_person", person=ADA, areas=[area.id], scene="scene.ada", unless=[GRACE])
    await recognized(hass, engine, 0, ADA)
    assert [call.data["entity_id"] for call in on] == [["scene.ada"]]


@pytest.mark.parametrize("inputs", [{"person": GRACE}, {"areas": ["cellar"]}, {"unless": [GRACE]}], ids=str)
async def test_no_scene_for_others_elsewhere_or_where_others_have_a_say(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, inputs: dict[str, Any]
) -> None:
    on = async_mock_service(hass, "homeassistant", "turn_on")
    await use(hass, "scene_for_a_person", **{"person": ADA, "scene": "scene.ada", **inputs})
    if "unless" in inputs:
        seen(entry, "grace")
    await recognized(hass, engine, 0, ADA)
    assert on == []


async def test_a_child_that_came_home_is_told_once(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    device, told = phone(hass)
    calls = await use(hass, "child_came_home", children=[GRACE], phones=[device], data={"name": "{{ name }}"})
    await recognized(hass, engine, 0, ADA)
    await recognized(hass, engine, 1, GRACE)
    (message,) = told
    at = dt_util.parse_datetime(hass.states.get("event.grace_sighting").attributes["captured"])
    assert message.data["title"] == "Grace is home"
    assert message.data["message"] == f"Grace came home at {dt_util.as_local(at):%H:%M}."
    assert "data" not in message.data, "no picture of a child"
    assert [call.data["name"] for call in calls] == ["Grace"]


async def leave(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Ada was here and has left."""
    seen(entry, "ada")
    await hass.async_block_till_done()
    seen(entry, "ada", timedelta(hours=1))
    await hass.async_block_till_done()


async def test_nobody_known_is_at_home_when_the_last_one_left(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    calls = await use(hass, "nobody_known_at_home", lasting=0)
    seen(entry, "grace")
    await leave(hass, entry)
    assert calls == []
    seen(entry, "grace", timedelta(hours=1))
    await hass.async_block_till_done()
    assert len(calls) == 1


async def test_who_came_in_and_was_not_seen_leaving_is_at_home(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    calls = await use(hass, "nobody_known_at_home", lasting=0)
    presence = entry.runtime_data.household.presence
    presence.phone("grace", at_home=True, when=dt_util.utcnow())
    await leave(hass, entry)
    assert calls == []
    presence.phone("grace", at_home=False, when=dt_util.utcnow())
    entry.runtime_data.household.notify_presence()
    await hass.async_block_till_done()
    assert len(calls) == 1


async def test_somebody_s_phone_or_a_sensor_says_otherwise(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.states.async_set("person.grace", "home")
    hass.states.async_set("binary_sensor.sofa", "on")
    calls = await use(hass, "nobody_known_at_home", lasting=0, persons=["person.grace"], sensors=["binary_sensor.sofa"])
    await leave(hass, entry)
    hass.states.async_set("person.grace", "not_home")
    await hass.async_block_till_done()
    assert calls == []
    hass.states.async_set("binary_sensor.sofa", "off")
    await hass.async_block_till_done()
    assert len(calls) == 1


async def test_a_stranger_is_asked_about_on_the_phone(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hass_admin_user: MockUser
) -> None:
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 7})
    await hass.async_block_till_done()
    app = MockConfigEntry(domain="mobile_app", data={"device_name": "Alan's Phone", "user_id": hass_admin_user.id})
    app.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", "1")}, name="Alan's Phone"
    )
    told = async_mock_service(hass, "notify", "mobile_app_alan_s_phone")
    await use(hass, "ask_who_it_is", phones=[device.id], patience=1, title="{{ camera_name }}")
    engine.answer = shown(axis(5))
    await eventually(lambda: told)
    assert (told[0].data["title"], told[0].data["message"]) == ("Hall", "Who is it?")


async def test_who_may_not_be_there_is_told(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    (hall,) = (one for one in entry.subentries.values() if one.subentry_type == "camera")
    hass.config_entries.async_update_subentry(entry, hall, data={**hall.data, "allowed": ["ada"]})
    await hass.async_block_till_done()
    entities = er.async_get(hass)
    guard = entities.async_get_entity_id("binary_sensor", "kith", f"{hall.subentry_id}_not_allowed")
    device, told = phone(hass)
    data = {"camera": "{{ camera }}", "picture": "{{ picture }}"}
    await eventually(lambda: hass.states.get(guard).state == STATE_OFF)
    calls = await use(hass, "somebody_where_they_may_not_be", guards=[guard], phones=[device], data=data)
    await recognized(hass, engine, 0, ADA)
    assert calls == []
    await recognized(hass, engine, 1, GRACE)
    await eventually(lambda: calls)
    (message,) = told
    assert message.data["title"] == "Hall: somebody who is not allowed there"
    assert message.data["message"].startswith("Recognized as Grace from ")
    assert calls[0].data == {"camera": "camera.hall", "picture": "/api/camera_proxy/camera.hall"}


async def test_the_picture_of_an_image_entity_has_another_address(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    calls = await use(
        hass, "somebody_where_they_may_not_be", guards=["binary_sensor.bell"], data={"picture": "{{ picture }}"}
    )
    for shown_now in ("off", "on"):
        hass.states.async_set("binary_sensor.bell", shown_now, {"camera": "image.bell"})
    await eventually(lambda: calls)
    assert calls[0].data["picture"] == "/api/image_proxy/image.bell"


async def guard(hass: HomeAssistant, **inputs: Any) -> tuple[list, list, list]:
    """Use the door's blueprint; returns the calls of its action, of its refusal, and of the logbook."""
    refused = async_mock_service(hass, "test", "refused")
    logged = async_mock_service(hass, "logbook", "log")
    chosen = {
        "person": ADA,
        "camera": "camera.hall",
        "proof": KEYPAD,
        "proven": "on",
        "patience": 0,
        "refused": [{"action": "test.refused", "data": {"reason": "{{ reason | trim }}"}}],
    }
    return await use(hass, "guard_a_door", **{**chosen, **inputs}), refused, logged


async def prove(hass: HomeAssistant, engine: Scripted) -> None:
    """Give the second proof; the automation then waits for the face."""
    hass.states.async_set(KEYPAD, "off")
    hass.states.async_set(KEYPAD, "on")
    await look(engine, 3)
    assert hass.states.get("automation.it").attributes["current"] == 1


async def test_a_door_opens_with_two_proofs(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    opened, refused, _ = await guard(hass, data={"frames": "{{ face.evidence.frames }}", "who": "{{ face.person }}"})
    await prove(hass, engine)
    engine.answer = shown(face_of(1))
    await eventually(lambda: hass.states.get(GRACE).state == STATE_ON)
    await look(engine)
    assert opened == []
    await recognized(hass, engine, 0, ADA)
    assert (len(opened), refused) == (1, [])
    assert opened[0].data["frames"] >= 4
    assert opened[0].data["who"] == "Ada"


async def test_the_face_is_waited_for_since_the_second_proof_was_last_given(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    opened, refused, logged = await guard(hass, within=60)
    await prove(hass, engine)
    again = dt_util.utcnow()
    await prove(hass, engine)
    async_fire_time_changed_exact(hass, again + timedelta(seconds=60))
    await look(engine)
    assert hass.states.get("automation.it").attributes["current"] == 1
    async_fire_time_changed_exact(hass, dt_util.utcnow() + timedelta(seconds=60))
    await eventually(lambda: hass.states.get("automation.it").attributes["current"] == 0)
    assert (opened, refused, logged) == ([], [], []), "nobody came"


async def announced(entry: MockConfigEntry, engine: Scripted) -> None:
    """Ada comes and is announced, by fewer frames than the door wants."""
    frames: list[int] = []
    entry.runtime_data.household.on_sighting.subscribe(
        lambda sighting: frames.append(sighting.verdict.frames) if sighting.verdict.person_id else None
    )
    engine.answer = shown(face_of(0))
    await eventually(lambda: frames)
    assert frames == [2]


@pytest.mark.parametrize("inputs", [{}, {"frames": 6}, {"frames": 12}], ids=str)
async def test_a_door_opens_if_the_second_proof_comes_while_the_face_is_being_recognized(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, inputs: dict[str, Any]
) -> None:
    hass.states.async_set(KEYPAD, "off")
    opened, refused, _ = await guard(hass, **inputs)
    await announced(entry, engine)
    hass.states.async_set(KEYPAD, "on")
    await eventually(lambda: opened)
    await look(engine, 20)
    assert (len(opened), refused) == (1, [])


async def test_a_door_opens_if_the_second_proof_is_given_again_while_the_face_is_being_recognized(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    opened, refused, _ = await guard(hass, frames=6)
    await prove(hass, engine)
    await announced(entry, engine)
    hass.states.async_set(KEYPAD, "off")
    hass.states.async_set(KEYPAD, "on")
    await eventually(lambda: opened)
    await look(engine, 20)
    assert (len(opened), refused) == (1, [])


async def test_a_door_opens_if_the_second_proof_comes_while_the_person_is_out_of_view(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come back in the same visit, and are not announced again."""
    monkeypatch.setattr(household_scene, "DETECTED_FOR", timedelta(seconds=0.05))
    hass.states.async_set(KEYPAD, "off")
    opened, refused, _ = await guard(hass, frames=12)
    await announced(entry, engine)
    await empty(hass, engine)
    await prove(hass, engine)
    engine.answer = shown(face_of(0))
    await eventually(lambda: opened)
    assert refused == []


@pytest.mark.parametrize("before", ["unavailable", "unknown", None])
async def test_a_second_proof_that_is_only_back_proves_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, before: str | None
) -> None:
    """As after a restart of the router, or of the integration that a phone is known by."""
    opened, refused, _ = await guard(hass)
    if before:
        hass.states.async_set(KEYPAD, before)
    hass.states.async_set(KEYPAD, "on")
    await recognized(hass, engine, 0, ADA)
    assert opened == []
    assert 'did not become "on" in the last 120 s' in refused[0].data["reason"]


async def test_a_second_proof_that_comes_back_while_it_is_waited_for_proves_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    hass.states.async_set(KEYPAD, "off")
    opened, refused, _ = await guard(hass, patience=30)
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("automation.it").attributes["current"] == 1)
    hass.states.async_set(KEYPAD, "unavailable")
    hass.states.async_set(KEYPAD, "on")
    await look(engine)
    assert (opened, refused) == ([], [])
    hass.states.async_set(KEYPAD, "off")
    hass.states.async_set(KEYPAD, "on")
    await eventually(lambda: opened)


async def test_a_door_waits_for_the_second_proof(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    hass.states.async_set(KEYPAD, "off")
    opened, refused, _ = await guard(hass, patience=30)
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("automation.it").attributes["current"] == 1)
    assert (opened, refused) == ([], [])
    hass.states.async_set(KEYPAD, "on")
    await eventually(lambda: opened)
    assert refused == []


@pytest.mark.parametrize(
    ("keypad", "inputs", "why"),
    [
        (None, {}, "does not exist"),
        ("off", {}, 'is "off", not "on"'),
        ("on", {"oldest": -1}, "the picture was taken 0 s ago; -1 s are allowed"),
        ("on", {}, 'did not become "on" in the last 120 s'),
        ("on", {"proof": GRACE, "proven": "off"}, "is Kith's own: a face is one proof, not two"),
    ],
    ids=["no second proof", "not given", "an old picture", "given too long ago", "a face twice"],
)
async def test_a_door_stays_shut_without_the_second_proof_and_says_why(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, keypad: str | None, inputs: dict[str, Any], why: str
) -> None:
    if keypad:
        hass.states.async_set(KEYPAD, keypad)
    opened, refused, logged = await guard(hass, **inputs)
    engine.answer = shown(face_of(0))
    await eventually(lambda: refused)
    assert opened == []
    assert why in refused[0].data["reason"]
    assert why in logged[0].data["message"]
    assert logged[0].data["name"] == "Hall"


async def test_a_door_stays_shut_until_enough_frames_agree(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    opened, refused, _ = await guard(hass, frames=12)
    await prove(hass, engine)
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get(ADA).state == STATE_ON)
    engine.answer = EMPTY
    await eventually(lambda: hass.states.get("binary_sensor.hall_person_detected").state == STATE_OFF)
    assert (opened, refused) == ([], [])
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.it"}, blocking=True)
