"""Whoever is not an administrator gets nothing about anybody: every command and every view that Kith registers.

The tests walk over what is registered, so that a new command or view without a check fails here.
"""

from http import HTTPStatus
import re
from typing import Any

from homeassistant.components.frontend import DATA_PANELS
from homeassistant.components.http import KEY_HASS
from homeassistant.components.websocket_api.const import ERR_UNAUTHORIZED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.kith.const import DOMAIN
from custom_components.kith.http_views import PEOPLE, STRANGERS
from tests.integration.page import ADA_PERHAPS, FACE, Caller, waiting
from tests.integration.people import agree

COMMANDS_FOR_EVERYBODY = {"kith/card/subscribe"}
"""It asks what its user may see: tests/integration/test_websocket_card.py."""
VIEWS_FOR_EVERYBODY = {"/api/kith/photos/visits/{visit_id}"}
"""The same."""
FOR_WHOEVER_MAY_ANSWER = {
    "kith/subscribe",
    *(f"kith/inbox/{name}" for name in ("list", "get", "assign", "dismiss", "not", "undo")),
}
FOR_EVERYBODY = {"scan"}
"""Actions that others may call; `scan` tells them no names."""
SAMPLES: dict[str, dict[str, Any]] = {
    "analyze": {"file": "/media/clip.mp4"},
    "enroll": {"person": "Ada", "camera": "camera.hall"},
    "mark_face": {"camera": "camera.hall"},
    "remove_template": {"template": ["ada"]},
    "ask": {"visit": "visit", "device_id": ["phone"]},
    "identify": {"camera": "camera.hall"},
    "forget_person": {"person": "Ada"},
}
"""What the actions' schemas demand: they are checked before the user is."""


async def test_every_command_is_for_administrators(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    commands = [name for name in hass.data["websocket_api"] if name.startswith(f"{DOMAIN}/")]
    assert len(commands) > 20
    client = await hass_ws_client(hass, hass_read_only_access_token)
    for command in set(commands) - COMMANDS_FOR_EVERYBODY:
        await client.send_json_auto_id({"type": command, **_sample(hass, command)})
        answer = await client.receive_json()
        assert not answer["success"], command
        assert answer["error"]["code"] == ERR_UNAUTHORIZED, (command, answer)


def _sample(hass: HomeAssistant, command: str) -> dict[str, Any]:
    """What the command's schema demands, so that it is not refused for its form."""
    _, schema = hass.data["websocket_api"][command]
    samples = {"consent": {"by": "", "photos": False}, "how": "skip", "sureness": "normal", "names": ["x"]}
    found = {}
    for key in getattr(schema, "schema", {}):
        if type(key).__name__ == "Required" and str(key) not in ("id", "type"):
            found[str(key)] = samples.get(str(key), "x")
    return found


async def test_whoever_may_answer_gets_the_questions_and_nothing_else(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: MockUser,
) -> None:
    agree(hass, entry, "Ada", "recognize", "photos")
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 7, "trusted": [hass_read_only_user.id]})
    await hass.async_block_till_done()
    await entry.runtime_data.stores.photos.save_person("ada", "ada", FACE)
    face = await waiting(entry, ADA_PERHAPS)
    page = Caller(await hass_ws_client(hass, hass_read_only_access_token))
    (group,) = (await page.ask("inbox/list"))["groups"]
    assert (group["suggestion"]["name"], group["suggestion"]["portrait"]) == ("Ada", None)
    client = await hass_client(hass_read_only_access_token)
    async with client.get(f"{STRANGERS}/{face}") as response:
        assert response.status == HTTPStatus.OK
    async with client.get(f"{PEOPLE}/ada/ada") as response:
        assert response.status == HTTPStatus.UNAUTHORIZED
    for command in (name for name in hass.data["websocket_api"] if name.startswith(f"{DOMAIN}/")):
        if command not in FOR_WHOEVER_MAY_ANSWER | COMMANDS_FOR_EVERYBODY:
            assert await page.refused(command.removeprefix("kith/"), **_sample(hass, command)) == ERR_UNAUTHORIZED, (
                command
            )
    assert (await page.ask("inbox/assign", group_id=face, person_id="ada"))["kept"]
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 7, "trusted": []})
    await hass.async_block_till_done()
    assert await page.refused("inbox/list") == ERR_UNAUTHORIZED


async def test_the_page_is_in_the_sidebar_of_whoever_may_answer(
    hass: HomeAssistant, entry: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    assert hass.data[DATA_PANELS][DOMAIN].require_admin
    for trusted in ([hass_read_only_user.id], []):
        hass.config_entries.async_update_entry(entry, options={"trusted": trusted})
        await hass.async_block_till_done()
        assert hass.data[DATA_PANELS][DOMAIN].require_admin is not bool(trusted)


async def test_every_view_is_for_administrators(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    reader, nobody = await hass_client(hass_read_only_access_token), await hass_client_no_auth()
    app = reader.server.app
    assert app[KEY_HASS] is hass
    routes = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and "kith" in route.resource.canonical and route.method in ("GET", "POST")
    }
    views = {(method, path) for method, path in routes if path.startswith("/api/")}
    assert len(views) >= 5
    assert {path for _, path in routes} - {path for _, path in views} <= _pages(routes), "neither a view nor the page"
    for method, path in views:
        url = re.sub(r"{[^}]*}", "x", path)
        for client in (reader, nobody):
            async with client.request(method, url) as response:
                open_to_reader = path in VIEWS_FOR_EVERYBODY and client is reader
                expected = HTTPStatus.NOT_FOUND if open_to_reader else HTTPStatus.UNAUTHORIZED
                assert response.status == expected, (method, url)


def _pages(routes: set[tuple[str, str]]) -> set[str]:
    return {path for _, path in routes if path.startswith("/kith")}


async def test_every_action_is_for_administrators_or_tells_no_names(
    hass: HomeAssistant, entry: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    from homeassistant.core import Context

    actions = hass.services.async_services_for_domain(DOMAIN)
    reader = Context(hass_read_only_user.id)
    for name in actions.keys() - FOR_EVERYBODY:
        with pytest.raises(Unauthorized):
            await hass.services.async_call(
                DOMAIN, name, SAMPLES.get(name, {}), blocking=True, return_response=True, context=reader
            )


async def test_a_scan_tells_names_to_administrators_and_automations_only(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Any, hass_read_only_user: MockUser, hass_admin_user: MockUser
) -> None:
    from homeassistant.core import Context

    from tests.identity.faces import axis, shown
    from tests.integration.conftest import eventually

    engine.answer = shown(axis(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")

    async def scan(context: Context | None) -> dict[str, Any]:
        return await hass.services.async_call(
            DOMAIN, "scan", {"camera": "camera.hall"}, blocking=True, return_response=True, context=context
        )

    assert await scan(Context(hass_read_only_user.id)) == {"detected": True}
    for context in (Context(hass_admin_user.id), None):
        assert (await scan(context))["people"][0]["person"] == "Ada"
