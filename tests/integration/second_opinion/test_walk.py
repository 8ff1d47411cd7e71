"""The whole way over real HTTP: somebody in doubt at the door, one call to a service as published, a name."""

from collections.abc import AsyncIterator

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.kith.const import DOMAIN, EVENT_RECOGNIZED
from custom_components.kith.second_opinion.azure import AzureService
from custom_components.kith.second_opinion.bigger_engine import BiggerEngine
from custom_components.kith.second_opinion.clients import service_of
from custom_components.kith.second_opinion.compreface import CompreFaceService
from custom_components.kith.second_opinion.ledger import Purpose
from custom_components.kith.second_opinion.protocol import Said
from custom_components.kith.second_opinion.service_state import ServiceState
from custom_components.kith.settings import ServiceKind, ServiceSettings
from tests.identity.faces import like, shown
from tests.second_opinion.fake_azure import KEY as AZURE_KEY, FakeAzure
from tests.second_opinion.fake_compreface import KEY, FakeCompreFace
from tests.second_opinion.portraits import portrait

from ..automations import look, state
from ..conftest import Scripted, Shown, eventually
from .opinions import leave, live, running, service, still, written

MAYBE_ADA = shown(like((0, 0.34)))


@pytest.fixture
async def compreface(socket_enabled: None) -> AsyncIterator[FakeCompreFace]:
    async with FakeCompreFace().listening() as fake:
        yield fake


@pytest.fixture
async def azure(socket_enabled: None) -> AsyncIterator[FakeAzure]:
    async with FakeAzure().listening() as fake:
        fake.training_takes = 0.0
        yield fake


@pytest.fixture
def at_the_door(monkeypatch: pytest.MonkeyPatch, engine: Scripted) -> None:
    """It is Ada, but the home's own networks cannot tell."""
    monkeypatch.setattr(engine, "crop", lambda *_: portrait("ada"))


@pytest.fixture
async def begun(hass: HomeAssistant, hall: Shown, quick: None) -> AsyncIterator[list[MockConfigEntry]]:
    """Entries to unload at the end."""
    entries: list[MockConfigEntry] = []
    yield entries
    for entry in entries:
        if hass.config_entries.async_get_entry(entry.entry_id):
            await hass.config_entries.async_unload(entry.entry_id)


async def test_compreface_is_asked_once_and_what_it_had_is_erased_in_the_end(
    hass: HomeAssistant,
    engine: Scripted,
    compreface: FakeCompreFace,
    at_the_door: None,
    begun: list[MockConfigEntry],
) -> None:
    begun.append(await live(hass, engine, service(url=compreface.url, key=KEY), photo=portrait))
    (entry,) = begun
    assert {who: list(faces.values()) for who, faces in compreface.subjects.items()} == {
        "ada": ["ada"],
        "grace": ["grace"],
    }
    events, before = async_capture_events(hass, EVENT_RECOGNIZED), len(compreface.calls)

    engine.answer = MAYBE_ADA
    await eventually(lambda: events)
    await look(engine, 10)
    (call,) = compreface.calls[before:]
    assert call.path[-1] == "verify"
    assert portrait("ada") in call.body
    assert events[0].data["person_id"] == "ada"
    assert events[0].data["second_opinion"] == {"service": "compreface", "agrees": True}
    (entered,) = written(entry, Purpose.ASK)
    assert (entered.said, entered.sent, entered.calls, entered.about) == (Said.PERSON, len(call.body), 1, ("ada",))
    assert state(hass, "sensor.compreface_opinions_left_today") == "29"
    assert state(hass, "sensor.compreface_opinions_asked_today") == "1"
    assert state(hass, "sensor.compreface_state") == "ready"

    person = {"person": "binary_sensor.ada_presence"}
    answer = await hass.services.async_call(DOMAIN, "forget_person", person, blocking=True, return_response=True)
    assert answer == {**answer, "proved": True}
    assert list(compreface.subjects) == ["grace"]
    compreface.subjects["somebody of another program"] = {}
    await hass.config_entries.async_remove(entry.entry_id)
    assert list(compreface.subjects) == ["somebody of another program"]


async def test_azure_is_asked_with_its_own_group_and_nothing_of_it_is_left(
    hass: HomeAssistant, engine: Scripted, azure: FakeAzure, at_the_door: None, begun: list[MockConfigEntry]
) -> None:
    cloud = service("azure", azure.url, key=AZURE_KEY, group="kith-home")
    begun.append(await live(hass, engine, cloud, photo=portrait))
    (entry,) = begun
    assert list(azure.groups) == ["kith-home"]
    events, before = async_capture_events(hass, EVENT_RECOGNIZED), len(azure.calls)

    engine.answer = MAYBE_ADA
    await eventually(lambda: events)
    await still(entry)
    assert [call.path[0] for call in azure.calls[before:]] == ["detect", "verify"]
    assert written(entry, Purpose.ASK)[0].calls == 2
    subentry = next(one for one in entry.subentries.values() if one.title == "Azure")
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done()
    await still(entry)
    assert azure.groups == {}


async def test_an_account_that_loses_its_approval_is_asked_no_more_and_still_erased(
    hass: HomeAssistant, engine: Scripted, azure: FakeAzure, at_the_door: None, begun: list[MockConfigEntry]
) -> None:
    cloud = service("azure", azure.url, key=AZURE_KEY, group="kith-home")
    begun.append(await live(hass, engine, cloud, photo=portrait))
    (entry,) = begun
    azure.approved = False
    engine.answer = MAYBE_ADA
    await eventually(lambda: running(entry, "Azure").state is ServiceState.NOT_APPROVED)
    await leave(engine, entry)
    asked = len(azure.calls)
    engine.answer = MAYBE_ADA
    await look(engine, 15)
    assert len(azure.calls) == asked
    await hass.config_entries.async_remove(entry.entry_id)
    assert azure.groups == {}


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        (ServiceKind.KITH, BiggerEngine),
        (ServiceKind.COMPREFACE, CompreFaceService),
        (ServiceKind.AZURE, AzureService),
    ],
)
async def test_each_kind_is_reached_in_its_own_way(hass: HomeAssistant, kind: ServiceKind, of: type) -> None:
    assert isinstance(service_of(hass, ServiceSettings("", "", kind, "http://127.0.0.1:9", "a key", "group")), of)
