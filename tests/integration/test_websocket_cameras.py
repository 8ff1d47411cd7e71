"""Cameras, what changed, and the page itself."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.components.frontend import DATA_PANELS
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kith import frontend as kith_panel
from custom_components.kith.const import SUBENTRY_PERSON
from custom_components.kith.http_views import WATCHED
from custom_components.kith.kith_engine.analysis import Flaw
from custom_components.kith.kith_engine.errors import EngineUnavailableError
from custom_components.kith.websocket import follower, live_view, subscribe
from tests.contract import assert_like, differences
from tests.identity.faces import EMPTY, HEAD, axis, shown, template

from .conftest import Scripted, as_subentry, eventually, face_of, person_subentry
from .page import NOBODY, Caller, camera_id, waiting

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_view, "LIVE_EVERY", 0.01)
    monkeypatch.setattr(follower, "TOGETHER", 0.01)


def change(hass: HomeAssistant, entry: MockConfigEntry, **data: Any) -> None:
    camera = entry.subentries[camera_id(entry)]
    hass.config_entries.async_update_subentry(entry, camera, data={**camera.data, **data})


async def test_each_camera_is_told_with_what_it_is_good_for_and_what_it_costs(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted, hall: Any
) -> None:
    hass.states.async_set("binary_sensor.bell", "off", {"friendly_name": "Bell"})
    engine.answer = shown(face_of(0))
    object.__setattr__(engine.answer, "timings", {"faces": 30.04, "embedding": 11.0})
    await eventually(lambda: entry.runtime_data.household.suitability[camera_id(entry)].telling)
    found = await page.ask("cameras/list")
    assert_like(found, "cameras_list")
    (camera,) = found["cameras"]
    assert (camera["entity_id"], camera["wake"], camera["state"], camera["frame_ms"]) == (
        "camera.hall",
        [],
        "watching",
        41.0,
    )
    assert camera["suitability"]["usable"] == 100
    sureness = (await page.ask("settings/get"))["sureness"]
    assert sureness["now"] == "normal"
    assert [one["value"] for one in sureness["choices"]] == ["relaxed", "normal", "strict"]
    assert "1,000" in sureness["choices"][1]["words"]
    engine.answer = EMPTY
    change(hass, entry, wake=["binary_sensor.bell", "event.gone"])
    await eventually(lambda: not next(iter(entry.runtime_data.cameras.values())).awake)
    (camera,) = (await page.ask("cameras/list"))["cameras"]
    assert (camera["wake"], camera["state"]) == (["Bell", "event.gone"], "asleep")
    change(hass, entry, enabled=False)
    await hass.async_block_till_done()
    assert (await page.ask("cameras/list"))["cameras"][0]["state"] == "off"
    change(hass, entry, enabled=True, wake=[])
    hall.picture = None
    await eventually(lambda: not next(iter(entry.runtime_data.cameras.values())).last_update_success)
    assert (await page.ask("cameras/list"))["cameras"][0]["state"] == "unavailable"


async def test_a_camera_is_shown_with_boxes_and_words_while_somebody_watches(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    engine: Scripted,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    engine.answer = shown(face_of(0))
    camera = camera_id(entry)
    watched = await page.follow("cameras/watch", camera_id=camera)
    event = await page.event(lambda one: one["faces"])
    assert_like(event, "cameras_watch")
    assert event["faces"][0]["box"] == [HEAD.left, HEAD.top, HEAD.right, HEAD.bottom]
    assert (event["faces"][0]["words"], event["faces"][0]["ok"]) == ("60 px wide: can be compared", True)
    await page.event(lambda one: [who["name"] for who in (*one["faces"], *one["persons"])] == ["Ada", "Ada"])
    for client in (await hass_client(), await hass_client_no_auth()):
        async with client.get(event["picture"]) as response:
            assert response.status == HTTPStatus.OK
            assert response.headers["Cache-Control"] == "private, no-store"
            assert (await response.read()).startswith(b"a picture")
    engine.answer = shown(flaws=(Flaw.TOO_SMALL,))
    event = await page.event(lambda one: one["faces"] and not one["faces"][0]["ok"])
    assert event["faces"][0]["words"].startswith("60 px wide; 32 are needed")
    engine.answer = shown(flaws=(Flaw.BLURRED,))
    await page.event(lambda one: one["faces"] and "blurred" in one["faces"][0]["words"])
    await page.client.send_json_auto_id({"type": "unsubscribe_events", "subscription": watched})
    await eventually(lambda: not hass.data[WATCHED])
    async with (await hass_client()).get(event["picture"]) as response:
        assert response.status == HTTPStatus.NOT_FOUND, "nobody watches"


async def test_pictures_are_for_administrators(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    engine: Scripted,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    engine.answer = shown(face_of(0))
    await page.follow("cameras/watch", camera_id=camera_id(entry))
    event = await page.event(lambda one: one["picture"])
    client = await hass_client(hass_read_only_access_token)
    async with client.get(event["picture"].split("?")[0]) as response:
        assert response.status == HTTPStatus.UNAUTHORIZED
    assert await page.refused("cameras/watch", camera_id="gone") == "camera_unknown"


async def test_a_picture_that_shows_somebody_who_is_not_to_be_recognized_is_not_shown(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    data = person_subentry("Carl")
    data["data"] = {**data["data"], "consent": {"to": ["never"], "by": "Carl", "at": "2026-11-23T12:00:00+00:00"}}
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    await hass.async_block_till_done()
    await entry.runtime_data.enroll("carl", [template(axis(2), name="carl")])
    engine.answer = shown(face_of(2))
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 2)
    await page.follow("cameras/watch", camera_id=camera_id(entry))
    event = await page.event()
    assert_like(event, "cameras_watch_hidden")
    assert (event["picture"], event["faces"], event["persons"]) == (None, [], [])


async def test_the_page_is_told_at_once_and_whenever_something_changes(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted, hall: Any
) -> None:
    await page.follow("subscribe")
    event = await page.event()
    assert_like(event, "subscribe")
    assert (event["loaded"], event["unanswered"], event["people"], event["keeping_days"]) == (True, 0, 2, 7)
    assert event["changed"] == list(subscribe.PARTS)
    await waiting(entry, NOBODY)
    event = await page.event(lambda one: "inbox" in one["changed"])
    assert event["unanswered"] == 1
    [camera], picture, hall.picture = entry.runtime_data.cameras.values(), hall.picture, None  # while nobody is there
    await page.event(lambda one: one["changed"] == ["cameras"] and not camera.last_update_success)
    hall.picture, engine.answer = picture, shown(face_of(0))
    await page.event(lambda one: "visits" in one["changed"])
    await entry.runtime_data.enroll("ada", [template(axis(0), name="more")])
    await page.event(lambda one: "people" in one["changed"])
    person = next(one for one in entry.subentries.values() if one.subentry_type == SUBENTRY_PERSON)
    hass.config_entries.async_update_subentry(entry, person, title="Somebody else")
    await page.event(lambda one: one["changed"] == list(subscribe.PARTS))


async def test_the_page_follows_kith_through_a_reload_and_says_while_it_is_off(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = await page.follow("subscribe")
    await page.event()
    await hass.config_entries.async_unload(entry.entry_id)
    event = await page.event(lambda one: not one["loaded"])
    assert_like(event, "subscribe_not_loaded")
    await hass.config_entries.async_setup(entry.entry_id)
    await page.event(lambda one: one["loaded"])
    home = entry.runtime_data
    monkeypatch.setattr(type(home.engine), "available", False)
    monkeypatch.setattr(type(home.engine), "reason", EngineUnavailableError("it is off."))
    await waiting(entry, NOBODY)
    event = await page.event(lambda one: "inbox" in one["changed"] and one["engine"]["state"] == "unavailable")
    assert_like(event, "subscribe_engine_away")
    assert "it is off" in event["engine"]["reason"]
    listening = len(list(home.stores.faces.on_change))
    await page.client.send_json_auto_id({"type": "unsubscribe_events", "subscription": followed})
    await eventually(lambda: len(list(home.stores.faces.on_change)) == listening - 1)


# The page itself


async def test_the_page_is_in_the_sidebar_for_administrators_as_long_as_there_is_an_entry(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    panel = hass.data[DATA_PANELS]["kith"]
    version = (await async_get_integration(hass, "kith")).version
    assert panel.require_admin
    assert panel.config_panel_domain is None, "it would replace Home Assistant's own dialog for the options"
    assert panel.config["_panel_custom"]["module_url"] == f"/kith_panel/{version}/main.js"
    await hass.config_entries.async_reload(entry.entry_id)
    assert "kith" in hass.data[DATA_PANELS]
    await hass.config_entries.async_remove(entry.entry_id)
    assert "kith" not in hass.data[DATA_PANELS]
    await kith_panel.show_panel(hass, entry)
    await kith_panel.show_panel(hass, entry)
    assert kith_panel.is_shown(hass)


async def test_its_files_are_served_under_the_version(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, entry: MockConfigEntry
) -> None:
    if not (Path(kith_panel.PANEL_FOLDER) / "main.js").exists():
        pytest.skip("the page is not there yet")
    url = hass.data[DATA_PANELS]["kith"].config["_panel_custom"]["module_url"]
    async with (await hass_client_no_auth()).get(url) as response:
        assert response.status == HTTPStatus.OK
        assert "javascript" in response.content_type


# The contract's own check


def test_what_differs_in_shape_is_found() -> None:
    known = {"a": [{"b": 1, "c": None}], "d": True}
    assert not differences({"a": [], "d": False}, known)
    assert not differences({"a": [{"b": 2.5, "c": "x"}], "d": None}, known)
    assert differences({"a": [{"b": "1", "c": None}], "d": True}, known) == [".a[].b: '1' is not of the kind of 1"]
    found = differences({"a": [{"b": 1}], "d": 1}, known)
    assert sorted(found) == [".a[].c: only in one of them", ".d: 1 is not of the kind of True"]
    assert differences({"d": True}, known) == [".a: only in one of them"]
