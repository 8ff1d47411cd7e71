"""The card for everybody: it shows what its user may see, nothing of the gallery, and pictures as far as agreed."""

from http import HTTPStatus
from typing import Any

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.privacy.viewing import may_see_camera
from custom_components.kith.websocket import follower
from tests.contract import assert_like
from tests.identity.faces import shown

from .conftest import JPEG, Scripted, eventually, face_of
from .page import NOBODY, Caller, waiting
from .people import agree
from .test_websocket_visits import visit_of


@pytest.fixture
async def reader(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Caller:
    """A dashboard of somebody who is no administrator; Ada agreed that pictures of her are kept."""
    monkeypatch.setattr(follower, "TOGETHER", 0.01)
    agree(hass, entry, "Ada", "recognize", "photos")
    await hass.async_block_till_done()
    return Caller(await hass_ws_client(hass, hass_read_only_access_token))


async def visits_with_pictures(entry: MockConfigEntry) -> None:
    """Ada's, Grace's, and a stranger's; of all of them there is a picture on the disk."""
    home = entry.runtime_data
    stranger = Verdict(Outcome.STRANGER, likely="grace", frames=3)
    for number, (who, changes) in enumerate(
        (("ada", {}), ("grace", {}), (None, {"verdict": stranger, "face_id": await waiting(entry, NOBODY)})), 1
    ):
        record = visit_of(entry, number, who, **changes)
        home.stores.visits.put(record)
        if who is not None:
            await home.stores.visit_pictures.keep(who, record.visit_id, JPEG, lambda _who: True)


async def test_everybody_sees_who_is_here_and_who_came(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, reader: Caller
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")
    await reader.follow("card/subscribe")
    event = await reader.event(lambda one: one["people"][0]["present"])
    assert_like(event, "card_subscribe")
    ada, grace = event["people"]
    assert (ada["name"], ada["camera"], ada["entity_id"]) == ("Ada", "Hall", "binary_sensor.ada_presence")
    assert ada["since"] <= ada["last_seen"]
    assert (grace["present"], grace["since"], grace["last_seen"]) == (False, None, None)
    assert [(one["name"], one["outcome"]) for one in event["visits"]] == [("Ada", "known")]


async def test_pictures_are_shown_of_those_who_agreed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    reader: Caller,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await visits_with_pictures(entry)
    await reader.follow("card/subscribe")
    event = await reader.event(lambda one: len(one["visits"]) == 3)
    pictures = {one["name"]: one["picture"] for one in event["visits"]}
    assert (pictures["Grace"], pictures[None]) == (None, None)
    assert event["people"][0]["picture"].split("?")[0] == pictures["Ada"].split("?")[0]
    client = await hass_client_no_auth()
    async with client.get(pictures["Ada"]) as response:
        assert (response.status, await response.read()) == (HTTPStatus.OK, JPEG)
        assert response.headers["Cache-Control"] == "no-store"
    await page.follow("card/subscribe")
    told = await page.event(lambda one: len(one["visits"]) == 3)
    assert [bool(one["picture"]) for one in told["visits"]] == [True, False, True], "an administrator sees strangers"
    agree(hass, entry, "Ada", "recognize")
    await hass.async_block_till_done()
    async with client.get(pictures["Ada"]) as response:
        assert response.status == HTTPStatus.NOT_FOUND
    assert await entry.runtime_data.stores.visit_pictures.people() == {}


async def test_nobody_sees_more_than_home_assistant_shows_them(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    reader: Caller,
    hass_read_only_user: MockUser,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    await visits_with_pictures(entry)
    hass_read_only_user.groups = []
    allowed = {"binary_sensor.grace_presence": {POLICY_READ: True}, "camera.hall": {POLICY_READ: True}}
    hass_read_only_user.mock_policy({"entities": {"entity_ids": allowed}})
    await reader.follow("card/subscribe")
    event = await reader.event()
    assert [one["name"] for one in event["people"]] == ["Grace"]
    assert [one["name"] for one in event["visits"]] == ["Grace", None]
    client = await hass_client(hass_read_only_access_token)
    async with client.get("/api/kith/photos/visits/visit001") as response:
        assert response.status == HTTPStatus.NOT_FOUND
    del allowed["camera.hall"]
    hass_read_only_user.mock_policy({"entities": {"entity_ids": allowed}})
    assert not may_see_camera(entry.runtime_data, hass_read_only_user, "removed")
    await entry.runtime_data.enroll("ada", [])
    entry.runtime_data.household.notify_presence()
    event = await reader.event(lambda one: not one["visits"])
    assert event["people"][0]["camera"] is None


async def test_it_follows_kith_through_a_reload_and_ends_with_the_card(
    hass: HomeAssistant, entry: MockConfigEntry, reader: Caller
) -> None:
    followed = await reader.follow("card/subscribe")
    await reader.event(lambda one: one["loaded"])
    await hass.config_entries.async_unload(entry.entry_id)
    assert await reader.event(lambda one: not one["loaded"]) == {"loaded": False, "people": [], "visits": []}
    await hass.config_entries.async_setup(entry.entry_id)
    await reader.event(lambda one: one["loaded"])
    listening = len(list(entry.runtime_data.household.on_presence))
    await reader.client.send_json_auto_id({"type": "unsubscribe_events", "subscription": followed})
    assert (await reader.client.receive_json())["success"]
    assert len(list(entry.runtime_data.household.on_presence)) == listening - 1


async def test_the_card_is_offered_while_there_is_kith(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    def offered() -> list[Any]:
        return [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if "kith" in url]

    (url,) = offered()
    assert url.endswith("/card.js")
    await hass.config_entries.async_remove(entry.entry_id)
    assert offered() == []
