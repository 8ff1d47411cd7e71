"""Home Assistant's own forms on the page: they ask what the page was tested with, and it can draw every field."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from homeassistant.components.frontend.storage import async_user_store
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.contract import assert_like, recorded

from .people import person_of
from .services import add_service

FLOW = "/api/config/config_entries/subentries/flow"
ENGINE = "/api/config/config_entries/flow"
DRAWN = {"boolean", "entity", "file", "number", "object", "select", "text"}
"""The selectors of panel/flow_fields.js."""


def selectors(schema: list[dict[str, Any]]) -> Iterator[str]:
    for field in schema:
        if field.get("type") == "expandable":
            yield from selectors(field["schema"])
        else:
            yield from field["selector"]


@pytest.fixture
async def client(hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator) -> Any:
    assert await async_setup_component(hass, "config", {})
    return await hass_client()


async def asked(client: Any, path: str = "", flow: str = FLOW, **body: Any) -> dict[str, Any]:
    async with client.post(flow + path, json=body) as response:
        assert response.status == HTTPStatus.OK, await response.text()
        found: dict[str, Any] = await response.json()
        return found


@pytest.mark.parametrize("kind", ["camera", "person"])
async def test_the_page_can_draw_every_field(entry: MockConfigEntry, client: Any, kind: str) -> None:
    step = await asked(client, handler=[entry.entry_id, kind])
    assert set(selectors(step["data_schema"])) <= DRAWN
    assert set(selectors(recorded(f"flow_{kind}")["data_schema"])) <= DRAWN
    assert {field["name"] for field in recorded(f"flow_{kind}")["data_schema"]} <= {
        field["name"] for field in step["data_schema"]
    }


async def test_a_person_is_added_and_changed_as_the_page_does_it(
    hass: HomeAssistant, entry: MockConfigEntry, client: Any
) -> None:
    step = await asked(client, handler=[entry.entry_id, "person"])
    step = await asked(client, f"/{step['flow_id']}", name="Linus", consent=False)
    assert step["errors"] == {"consent": "consent_missing"}
    step = await asked(client, f"/{step['flow_id']}", name="Linus", consent=True)
    assert step["step_id"] == "photos"
    assert set(selectors(step["data_schema"])) <= DRAWN
    step = await asked(client, f"/{step['flow_id']}", another=False)
    assert (step["type"], step["title"]) == ("create_entry", "Linus")
    linus = person_of(entry, "Linus")
    step = await asked(client, handler=[entry.entry_id, "person"], subentry_id=linus.subentry_id)
    assert_like(step, "flow_change")
    step = await asked(client, f"/{step['flow_id']}", next_step_id="settings")
    assert set(selectors(step["data_schema"])) <= DRAWN
    step = await asked(client, f"/{step['flow_id']}", name="Linus", here_for=5)
    assert (step["type"], step["reason"]) == ("abort", "settings_changed")
    assert entry.subentries[linus.subentry_id].data["here_for"] == 5


async def test_sentences_in_the_forms_are_in_the_reader_s_language(
    hass: HomeAssistant, entry: MockConfigEntry, client: Any, hass_admin_user: MockUser
) -> None:
    ada = person_of(entry, "Ada").subentry_id

    async def agreed() -> str:
        step = await asked(client, handler=[entry.entry_id, "person"], subentry_id=ada)
        step = await asked(client, f"/{step['flow_id']}", next_step_id="consent")
        return str(step["description_placeholders"]["to"])

    assert await agreed() == "being recognized"
    store = await async_user_store(hass, hass_admin_user.id)
    store.data["language"] = {"language": "de"}
    assert await agreed() == "erkannt zu werden"


async def test_a_service_is_added_as_the_page_does_it(hass: HomeAssistant, entry: MockConfigEntry, client: Any) -> None:
    step = await asked(client, handler=[entry.entry_id, "service"])
    assert_like(step, "flow_service")
    for kind in step["menu_options"]:
        step = await asked(client, handler=[entry.entry_id, "service"])
        step = await asked(client, f"/{step['flow_id']}", next_step_id=kind)
        assert set(selectors(step["data_schema"])) <= DRAWN
    step = await asked(client, handler=[entry.entry_id, "service"], subentry_id=add_service(hass, entry))
    step = await asked(client, f"/{step['flow_id']}", next_step_id="allowed")
    assert set(selectors(step["data_schema"])) <= DRAWN


async def test_the_engine_is_moved_as_the_page_does_it(entry: MockConfigEntry, client: Any) -> None:
    step = await asked(client, flow=ENGINE, handler="kith", entry_id=entry.entry_id)
    assert_like(step, "flow_engine")
    step = await asked(client, f"/{step['flow_id']}", ENGINE, next_step_id="remote")
    assert set(selectors(step["data_schema"])) <= DRAWN
    step = await asked(client, f"/{step['flow_id']}", ENGINE, url="http://127.0.0.1:9")
    assert step["errors"] == {"base": "engine_unavailable"}
