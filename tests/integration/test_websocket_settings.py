"""Settings on the page: each can be seen and changed."""

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.kith.const import ENGINE_LOCAL
from custom_components.kith.kith_engine.errors import EngineUnavailableError
from custom_components.kith.settings import may_answer
from custom_components.kith.websocket import follower
from tests.contract import assert_like
from tests.identity.faces import axis, template

from .page import FACE, NOBODY, Caller, waiting
from .people import agree
from .services import add_service
from .test_websocket_visits import visit_of


async def test_every_setting_is_there_with_its_effect(entry: MockConfigEntry, page: Caller) -> None:
    await waiting(entry, NOBODY)
    found = await page.ask("settings/get")
    assert_like(found, "settings_get")
    assert found["keeping"] == {"days": 7, "decided": True, "most": 90, "kept": 1}
    assert found["sureness"]["now"] == "normal"
    assert (found["networks"], found["engine"]["url"]) == (None, entry.data["url"])


async def test_kept_pictures_of_known_people_are_counted(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    """A shorter time erases them, too."""
    agree(hass, entry, "Ada", "recognize", "photos")
    await hass.async_block_till_done()
    home = entry.runtime_data
    home.stores.visits.put(visit_of(entry, 1))
    await home.stores.visit_pictures.keep("ada", "visit001", FACE, home.keeps_pictures)
    await waiting(entry, NOBODY)
    assert (await page.ask("settings/get"))["keeping"]["kept"] == 2
    await page.ask("settings/set", keep_strangers=0)
    await hass.async_block_till_done()
    assert (await page.ask("settings/get"))["keeping"]["kept"] == 0


async def test_it_is_asked_once_whether_faces_are_kept(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    hass.config_entries.async_update_entry(entry, options={})
    assert (await page.ask("inbox/list"))["keeping_decided"] is False
    assert await page.ask("settings/set", keep_strangers=0) == {}
    found = await page.ask("inbox/list")
    assert (found["keeping_decided"], found["keeping_days"]) == (True, 0)


async def test_a_setting_leaves_the_others_as_they_are(entry: MockConfigEntry, page: Caller) -> None:
    await page.ask("settings/set", keep_strangers=14)
    await page.ask("knob/set", sureness="strict")
    assert entry.options == {"keep_strangers": 14, "sureness": "strict"}
    assert await page.refused("settings/set", keep_strangers=91) == "invalid_format"
    assert await page.refused("settings/set", pack="somebody's") == "no_such_networks"


async def test_who_may_answer_is_chosen_among_users_who_are_no_administrators(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    assert (await page.ask("settings/get"))["answering"] == []
    linus = await hass.auth.async_create_user("Linus", group_ids=["system-users"])
    found = await page.ask("settings/get")
    assert_like(found, "settings_get")
    assert found["answering"] == [{"user_id": linus.id, "name": "Linus", "trusted": False}]
    await page.ask("settings/set", trusted=[linus.id])
    assert (await page.ask("settings/get"))["answering"][0]["trusted"]
    assert may_answer(entry, linus)
    await page.ask("settings/set", trusted=[])
    assert not may_answer(entry, linus)


async def test_only_users_of_this_home_can_be_trusted(
    hass: HomeAssistant, page: Caller, hass_admin_user: MockUser
) -> None:
    assert await page.refused("settings/set", trusted=["nobody"]) == "no_such_user"
    assert await page.refused("settings/set", trusted=[hass_admin_user.id]) == "no_such_user"


async def test_services_are_listed_with_where_they_are(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    for kind, enabled in (("compreface", True), ("azure", False)):
        add_service(hass, entry, kind, enabled=enabled)
    await hass.async_block_till_done()
    found = await page.ask("settings/get")
    assert_like(found, "settings_get")
    listed = [(one["name"], one["enabled"], one["at_home"], one["asked_today"]) for one in found["services"]]
    assert listed == [("CompreFace", True, True, 0), ("Azure AI Face", False, False, 0)]


async def test_it_says_what_comes_next_until_all_is_there(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "TOGETHER", 0.01)
    home = entry.runtime_data
    await home.change(lambda gallery: gallery.without_templates(["ada", "grace"]))
    await page.follow("subscribe")
    event = await page.event()
    assert_like(event, "subscribe_first_steps")
    assert event["first_steps"] == {"camera": True, "person": False, "automation": False}
    await home.enroll("ada", [template(axis(0), name="ada")])
    await page.event(lambda one: one["first_steps"]["person"])
    trigger = {"trigger": "state", "entity_id": "binary_sensor.ada_presence"}
    greeting = {"id": "greet", "alias": "Greet", "triggers": [trigger], "actions": []}
    assert await async_setup_component(hass, "automation", {"automation": [greeting]})
    await home.enroll("ada", [template(axis(1), name="more")])
    await page.event(lambda one: one["first_steps"] is None)


async def test_who_wants_no_help_is_left_alone(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "TOGETHER", 0.01)
    await page.follow("subscribe")
    await page.event(lambda one: one["first_steps"])
    await page.ask("settings/set", guided=True)
    await page.event(lambda one: one["first_steps"] is None)


async def test_networks_are_chosen_where_kith_runs_them(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, "engine": ENGINE_LOCAL})
    found = (await page.ask("settings/get"))["networks"]
    assert [choice["name"] for choice in found["choices"]] == ["compact", "standard"]
    await page.ask("settings/set", pack="standard")
    assert (await page.ask("settings/get"))["networks"]["wanted"] == "standard"
    assert entry.options["pack"] == "standard"


async def test_everybody_reads_their_own_language(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home speaks English."""
    monkeypatch.setattr(follower, "TOGETHER", 0.01)
    home = entry.runtime_data
    await page.follow("subscribe", language="de")
    german, english = await page.ask("people/list", language="de"), await page.ask("people/list")
    assert english["people"][0]["advice"] != german["people"][0]["advice"]
    assert "Foto" in german["people"][0]["advice"][0]
    monkeypatch.setattr(type(home.engine), "available", False)
    monkeypatch.setattr(type(home.engine), "reason", EngineUnavailableError("it is off."))
    await waiting(entry, NOBODY)
    event = await page.event(lambda one: one["engine"]["state"] == "unavailable")
    assert "Engine" in event["engine"]["reason"]
    assert "The engine" not in event["engine"]["reason"]
    assert await page.refused("people/get", person_id="gone", language="no language") == "invalid_format"
    await page.client.send_json_auto_id({"type": "kith/people/get", "person_id": "gone", "language": "de"})
    assert "Person" in (await page.client.receive_json())["error"]["message"]
