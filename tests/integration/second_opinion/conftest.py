"""Services for second opinions under the tests' control."""

from collections.abc import AsyncIterator

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.second_opinion import service_sync

from ..conftest import Scripted, Shown
from .opinions import URL, Spoken, live, service


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> dict[str, Spoken]:
    """Services by address."""
    found: dict[str, Spoken] = {}
    monkeypatch.setattr(service_sync, "service_of", lambda _, settings: found.setdefault(settings.url, Spoken()))
    return found


@pytest.fixture
def nas(services: dict[str, Spoken]) -> Spoken:
    return services.setdefault(URL, Spoken())


@pytest.fixture
async def begun(hass: HomeAssistant, hall: Shown, quick: None) -> AsyncIterator[list[MockConfigEntry]]:
    """Entries to unload at the end."""
    entries: list[MockConfigEntry] = []
    yield entries
    for entry in entries:
        if hass.config_entries.async_get_entry(entry.entry_id):
            await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def entry(hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]) -> MockConfigEntry:
    """With CompreFace, which knows Ada and Grace."""
    begun.append(await live(hass, engine, service()))
    assert nas.faces == {"ada": 1, "grace": 1}
    nas.order.clear()
    return begun[0]
