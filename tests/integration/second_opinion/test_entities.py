"""What the owner sees of a service, and what diagnostics say about it: no people, no key, no address."""

from collections.abc import AsyncIterator
import json

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.kith import async_remove_config_entry_device
from custom_components.kith.const import DOMAIN
from custom_components.kith.diagnostics import async_get_config_entry_diagnostics, async_get_device_diagnostics
from custom_components.kith.errors import OpinionRefusedError
from custom_components.kith.second_opinion import service_sync
from custom_components.kith.second_opinion.service_state import ServiceState
from tests.identity.faces import like, shown

from ..automations import look, state
from ..conftest import Scripted, Shown, as_subentry
from .opinions import URL, Spoken, live, pass_time, running, service, still

LEFT, ASKED, STATE = (f"sensor.compreface_{one}" for one in ("opinions_left_today", "opinions_asked_today", "state"))


@pytest.fixture
def nas(monkeypatch: pytest.MonkeyPatch) -> Spoken:
    spoken = Spoken()
    monkeypatch.setattr(service_sync, "service_of", lambda *_: spoken)
    return spoken


@pytest.fixture
async def entry(
    hass: HomeAssistant, hall: Shown, engine: Scripted, quick: None, nas: Spoken
) -> AsyncIterator[MockConfigEntry]:
    """With CompreFace."""
    found = await live(hass, engine, service(per_day=5))
    yield found
    await hass.config_entries.async_unload(found.entry_id)


def device_of(hass: HomeAssistant, entry: MockConfigEntry) -> dr.DeviceEntry | None:
    identifier = (DOMAIN, running(entry).settings.service_id)
    return dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)


async def ask(engine: Scripted, entry: MockConfigEntry) -> None:
    engine.answer = shown(like((0, 0.3)))
    await look(engine, 15)
    await still(entry)


async def test_what_is_left_was_asked_and_how_it_is_stand_on_a_device_of_its_own(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    assert (state(hass, LEFT), state(hass, ASKED), state(hass, STATE)) == ("5", "0", "ready")
    await ask(engine, entry)
    assert (state(hass, LEFT), state(hass, ASKED)) == ("4", "1")
    device = device_of(hass, entry)
    assert device is not None
    assert device.config_subentry_id == running(entry).settings.service_id
    assert not await async_remove_config_entry_device(hass, entry, device)


async def test_their_ids_stay_as_they_are(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    service_id = running(entry).settings.service_id
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {one.unique_id for one in found if one.config_subentry_id == service_id} == {
        f"{service_id}_opinions_left",
        f"{service_id}_opinions_asked",
        f"{service_id}_service_state",
    }


async def test_a_refusal_shows(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken) -> None:
    nas.says = OpinionRefusedError("no")
    await ask(engine, entry)
    assert state(hass, STATE) == "refused"


@pytest.mark.parametrize("language", ["en", "de"])
async def test_every_state_has_a_word(hass: HomeAssistant, entry: MockConfigEntry, language: str) -> None:
    texts = await async_get_translations(hass, language, "entity", {DOMAIN})
    for one in ServiceState:
        assert texts[f"component.kith.entity.sensor.service_state.state.{one}"]


async def test_at_midnight_all_of_the_budget_is_there_again(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    opinions = entry.runtime_data.opinions
    monkeypatch.setattr(type(running(entry)), "left_today", 3)
    opinions._tell()
    assert state(hass, LEFT) == "3"
    monkeypatch.setattr(type(running(entry)), "left_today", 5)
    await pass_time(hass, hours=24)
    assert state(hass, LEFT) == "5"


async def test_a_service_comes_changes_and_goes_without_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    home = entry.runtime_data
    added = as_subentry(service("azure", "https://azure", group="kith"))
    hass.config_entries.async_add_subentry(entry, added)
    await hass.async_block_till_done()
    assert state(hass, "sensor.azure_state") == "ready"
    hass.config_entries.async_update_subentry(entry, added, data={**added.data, "enabled": False, "per_day": 7})
    await hass.async_block_till_done()
    assert (state(hass, "sensor.azure_state"), state(hass, "sensor.azure_opinions_left_today")) == ("off", "7")
    hass.config_entries.async_update_subentry(
        entry, added, data={**added.data, "enabled": True, "url": "https://another"}
    )
    await hass.async_block_till_done()
    assert state(hass, "sensor.azure_state") == "ready"
    hass.config_entries.async_remove_subentry(entry, added.subentry_id)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.azure_state") is None
    assert entry.runtime_data is home
    await still(entry)


async def test_diagnostics_tell_how_it_is_and_nothing_of_anybody(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.says = OpinionRefusedError("a secret key")
    await ask(engine, entry)
    found = await async_get_config_entry_diagnostics(hass, entry)
    (told,) = found["services"]
    assert told == {
        "kind": "compreface",
        "encrypted": False,
        "paired": False,
        "key": True,
        "state": "refused",
        "band": "normal",
        "per_minute": 20,
        "per_day": 5,
        "asked_today": 1,
        "last_error": "opinion_refused",
        "cameras_excluded": 0,
        "people_excluded": 0,
        "people_enrolled": [1, 1],
        "people_unfinished": 0,
        "photos_refused": 0,
    }
    text = json.dumps(found)
    assert not [secret for secret in ("secret", URL, "nas", "ada", "Compreface") if secret in text]
    device = device_of(hass, entry)
    assert device is not None
    of_device = await async_get_device_diagnostics(hass, entry, device)
    assert (of_device["service"], "camera" in of_device) == (told, False)


async def test_system_health_counts_services(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, DOMAIN)
    assert (info["services"], info["services_failing"]) == (1, 0)
    running(entry).place.there.halted = ServiceState.REFUSED
    assert (await get_system_health_info(hass, DOMAIN))["services_failing"] == 1
