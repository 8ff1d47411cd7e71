"""Kept faces among Home Assistant's media."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.components import media_source
from homeassistant.components.media_player import BrowseError
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from .conftest import JPEG

KITH = "media-source://kith"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def media(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """A photo of Ada and a stranger in the hall are kept."""
    assert await async_setup_component(hass, "media_source", {})
    await hass.config.async_set_time_zone("UTC")
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 7})
    ada = next(person for person in entry.subentries.values() if person.title == "Ada")
    agreed = {"to": ["recognize", "photos"], "by": "Ada", "at": "2026-11-23T12:00:00+00:00"}
    hass.config_entries.async_update_subentry(entry, ada, data={**ada.data, "consent": agreed})
    await hass.async_block_till_done()
    await entry.runtime_data.stores.photos.save_person("ada", "ada", JPEG)
    hall = next(camera for camera in entry.subentries.values() if camera.title == "Hall")
    await entry.runtime_data.stores.photos.save_stranger(NOW, hall.subentry_id, JPEG)
    return entry


async def titles(hass: HomeAssistant, place: str) -> list[str]:
    return [child.title for child in (await media_source.async_browse_media(hass, place)).children]


async def test_people_and_strangers_are_found_with_the_days_they_are_kept(
    hass: HomeAssistant, media: MockConfigEntry
) -> None:
    assert await titles(hass, KITH) == ["People", "Strangers"]
    assert await titles(hass, f"{KITH}/people") == ["Ada"]
    assert await titles(hass, f"{KITH}/people/ada") == ["2026-11-23 12:00"], "when it was added"
    assert await titles(hass, f"{KITH}/strangers") == ["2026-11-23 12:00, Hall, kept until 2026-11-30 12:00"]
    await media.runtime_data.stores.photos.save_stranger(NOW, "gone", JPEG)
    assert "2026-11-23 12:00, kept until 2026-11-30 12:00" in await titles(hass, f"{KITH}/strangers")


async def test_there_is_nothing_while_nothing_is_kept(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "media_source", {})
    assert await titles(hass, KITH) == []


@pytest.mark.parametrize("place", ["people/ada/9", "people/ada", "people", "", "strangers/1", "x/../y", "people/../.."])
async def test_what_is_no_photo_cannot_be_opened(hass: HomeAssistant, media: MockConfigEntry, place: str) -> None:
    with pytest.raises(media_source.Unresolvable):
        await media_source.async_resolve_media(hass, f"{KITH}/{place}", None)


@pytest.mark.parametrize("place", ["cats", "people/ada/ada", "strangers/1"])
async def test_what_is_no_folder_cannot_be_browsed(hass: HomeAssistant, media: MockConfigEntry, place: str) -> None:
    with pytest.raises(BrowseError):
        await media_source.async_browse_media(hass, f"{KITH}/{place}")


async def test_nothing_is_there_while_kith_is_off(hass: HomeAssistant, media: MockConfigEntry) -> None:
    await hass.config_entries.async_unload(media.entry_id)
    with pytest.raises(BrowseError):
        await media_source.async_browse_media(hass, KITH)
    with pytest.raises(media_source.Unresolvable):
        await media_source.async_resolve_media(hass, f"{KITH}/people/ada/ada", None)


async def asked(client: Any, kind: str, place: str) -> dict[str, Any]:
    await client.send_json_auto_id({"type": f"media_source/{kind}", "media_content_id": place})
    return dict(await client.receive_json())


async def test_the_way_to_a_photo_is_signed_and_leads_there(
    hass: HomeAssistant,
    media: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_ws_client()
    browser = await hass_client_no_auth()
    (stranger,) = (await asked(client, "browse_media", f"{KITH}/strangers"))["result"]["children"]
    for place in (f"{KITH}/people/ada/ada", stranger["media_content_id"]):
        found = (await asked(client, "resolve_media", place))["result"]
        assert found["mime_type"] == "image/jpeg"
        async with browser.get(found["url"]) as response:
            assert await response.read() == JPEG
        async with browser.get(found["url"].partition("?")[0]) as response:
            assert response.status == 401


async def test_who_is_no_administrator_does_not_even_see_who_is_there(
    hass: HomeAssistant, media: MockConfigEntry, hass_ws_client: WebSocketGenerator, hass_read_only_access_token: str
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    for kind in ("browse_media", "resolve_media"):
        answer = await asked(client, kind, f"{KITH}/people/ada/ada")
        assert not answer["success"]
        assert "administrators" in answer["error"]["message"]
