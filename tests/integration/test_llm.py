"""Assistants learn who is there through Home Assistant's own helper: only what is exposed, and never a guess."""

from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar, entity_registry as er, llm
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.kith_engine.analysis import Flaw
from tests.identity.faces import EMPTY, axis, like, shown

from .conftest import Scripted, eventually, face_of

ADA, GRACE = "binary_sensor.ada_presence", "binary_sensor.grace_presence"
CAMERA, DETECTED = "camera.hall", "binary_sensor.hall_person_detected"
ASSISTANT = "conversation"


def context() -> llm.LLMContext:
    return llm.LLMContext("test", Context(), "en", ASSISTANT, None)


async def offered(hass: HomeAssistant) -> llm.APIInstance:
    return await llm.async_get_api(hass, llm.LLM_API_ASSIST, context())


async def ask(hass: HomeAssistant, tool: str, **asked: Any) -> dict[str, Any]:
    api = await offered(hass)
    return (await api.async_call_tool(llm.ToolInput(f"kith__{tool}", asked))).data


async def tools(hass: HomeAssistant) -> set[str]:
    return {tool.name for tool in (await offered(hass)).tools if tool.name.startswith("kith__")}


def expose(hass: HomeAssistant, **entities: bool) -> None:
    for entity_id, yes in {CAMERA: False, DETECTED: True, ADA: True, GRACE: True, **entities}.items():
        async_expose_entity(hass, ASSISTANT, entity_id, yes)


@pytest.fixture
async def assist(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """All of Kith is exposed."""
    for component in ("intent", "llm", "conversation"):
        assert await async_setup_component(hass, component, {})
    expose(hass)
    return entry


async def see(hass: HomeAssistant, engine: Scripted, answer: Any, outcome: str) -> None:
    engine.answer = answer
    await eventually(lambda: hass.states.get(DETECTED).attributes.get("outcome") == outcome)


async def test_who_is_at_the_door_is_told_by_name(
    hass: HomeAssistant, assist: MockConfigEntry, engine: Scripted
) -> None:
    hall = ar.async_get(hass).async_create("Hallway")
    er.async_get(hass).async_update_entity(CAMERA, area_id=hall.id)
    await see(hass, engine, shown(face_of(0)), "known")
    for named in ({}, {"camera": "hall"}, {"camera": " HALLWAY "}):
        (told,) = (await ask(hass, "who_is_there", **named))["cameras"]
        assert (told["camera"], told["area"], told["in_view_now"]) == ("Hall", "Hallway", ["Ada"])


async def test_who_just_left_the_door_is_told_as_the_last_visit(
    hass: HomeAssistant, assist: MockConfigEntry, engine: Scripted
) -> None:
    await see(hass, engine, shown(face_of(0)), "known")
    engine.answer = EMPTY
    await eventually(lambda: not assist.runtime_data.cameras[next(iter(assist.subentries))].data.verdicts)
    (told,) = (await ask(hass, "who_is_there"))["cameras"]
    assert told["in_view_now"] == []
    assert (told["last_visit"]["people"], told["last_visit"]["stranger"]) == (["Ada"], False)


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (shown(axis(5)), "stranger", "a stranger"),
        (shown(like((0, 0.3))), "unsure", "somebody who is not recognized"),
        (shown(flaws=(Flaw.BLURRED,)), "unusable", "somebody whose face"),
    ],
)
async def test_a_doubt_names_nobody(
    hass: HomeAssistant, assist: MockConfigEntry, engine: Scripted, answer: Any, outcome: str, words: str
) -> None:
    await see(hass, engine, answer, outcome)
    told = await ask(hass, "who_is_there")
    assert told["cameras"][0]["in_view_now"][0].startswith(words)
    assert "Ada" not in str(told)


async def test_who_is_not_exposed_has_no_name_for_the_assistant(
    hass: HomeAssistant, assist: MockConfigEntry, engine: Scripted
) -> None:
    expose(hass, **{ADA: False})
    await see(hass, engine, shown(face_of(0)), "known")
    told = [await ask(hass, "who_is_there"), await ask(hass, "last_seen"), await ask(hass, "who_is_home")]
    assert "Ada" not in str(told)
    assert "somebody whose name" in told[0]["cameras"][0]["in_view_now"][0]
    unknown = await ask(hass, "last_seen", person="Ada")
    assert unknown == await ask(hass, "last_seen", person="Nobody"), "not even that there is one"


async def test_who_withdrew_consent_is_not_told_of(
    hass: HomeAssistant, assist: MockConfigEntry, engine: Scripted
) -> None:
    await see(hass, engine, shown(face_of(0)), "known")
    ada = next(one for one in assist.subentries.values() if one.title == "Ada")
    hass.config_entries.async_update_subentry(assist, ada, data={**ada.data, "consent": None})
    await hass.async_block_till_done()
    assert [person["name"] for person in (await ask(hass, "last_seen"))["people"]] == ["Grace"]


async def test_when_ada_was_last_seen_and_where_as_far_as_the_place_is_exposed(
    hass: HomeAssistant, assist: MockConfigEntry, engine: Scripted
) -> None:
    assert (await ask(hass, "last_seen", person="ada"))["people"] == [{"name": "Ada", "last_seen": None}]
    await see(hass, engine, shown(face_of(0)), "known")
    (told,) = (await ask(hass, "last_seen", person="ada"))["people"]
    assert told["camera"] == "Hall"
    assert told["last_seen"] is not None
    expose(hass, **{DETECTED: False})
    (told,) = (await ask(hass, "last_seen", person="ada"))["people"]
    assert "camera" not in told
    assert await tools(hass) == {"kith__last_seen", "kith__who_is_home"}


async def test_who_is_at_home(hass: HomeAssistant, assist: MockConfigEntry, engine: Scripted) -> None:
    assert await ask(hass, "who_is_home") == {
        "present": [],
        "at_home": [],
        "away": [],
        "stranger_present": False,
    }
    await see(hass, engine, shown(face_of(0)), "known")
    told = await ask(hass, "who_is_home")
    assert (told["present"], told["at_home"]) == (["Ada"], []), (
        "the hall is no entrance, so nobody knows who is at home"
    )
    assist.runtime_data.household.presence.phone("grace", at_home=False, when=dt_util.utcnow())
    assist.runtime_data.household.presence.phone("ada", at_home=True, when=dt_util.utcnow())
    told = await ask(hass, "who_is_home")
    assert (told["at_home"], told["away"]) == (["Ada"], ["Grace"])


async def test_while_the_engine_is_away_nothing_is_said_of_now(
    hass: HomeAssistant, assist: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await see(hass, engine, shown(face_of(0)), "known")
    monkeypatch.setattr(type(assist.runtime_data.engine), "available", False)
    assert "engine" in (await ask(hass, "who_is_home"))["error"]
    assert "engine" in (await ask(hass, "who_is_there"))["error"]
    assert (await ask(hass, "last_seen", person="Ada"))["people"][0]["last_seen"] is not None


async def test_a_camera_that_gives_no_picture_and_one_that_there_is_not_are_told_so(
    hass: HomeAssistant, assist: MockConfigEntry, hall: Any
) -> None:
    (camera,) = assist.runtime_data.cameras.values()
    hall.picture = None
    await eventually(lambda: not camera.last_update_success)
    (told,) = (await ask(hass, "who_is_there"))["cameras"]
    assert "no picture" in told["error"]
    assert "error" in await ask(hass, "who_is_there", camera="Garage")


async def test_without_anything_exposed_or_without_kith_there_are_no_tools(
    hass: HomeAssistant, assist: MockConfigEntry
) -> None:
    assert await tools(hass) == {"kith__who_is_there", "kith__last_seen", "kith__who_is_home"}
    expose(hass, **{DETECTED: False, ADA: False, GRACE: False})
    assert await tools(hass) == set()
    expose(hass)
    await hass.config_entries.async_unload(assist.entry_id)
    assert await tools(hass) == set()


async def test_the_tools_say_that_they_only_read_and_the_prompt_that_no_name_is_guessed(
    hass: HomeAssistant, assist: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    api = await offered(hass)
    assert "Say a name only if" in api.api_prompt
    for tool in api.tools:
        if tool.name.startswith("kith__"):
            assert (tool.integration, tool.annotations.read_only) == ("kith", True)
    assert "kith" not in caplog.text.lower().replace("custom_components.kith", "") or "not prefixed" not in caplog.text
