"""A service that cannot be asked is reported with advice, until it can be asked again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.errors import OpinionRefusedError
from custom_components.kith.health.monitor import HealthMonitor
from custom_components.kith.health.service_checks import AWAY_FOR, TROUBLES
from custom_components.kith.second_opinion.active_service import ActiveService
from custom_components.kith.second_opinion.service_state import ServiceState
from custom_components.kith.settings import ServiceSettings

from .people import configured
from .services import add_service, service_of
from .test_health import issue, told
from .test_repairs import (
    _repairs as repairs,  # noqa: F401  a fixture
    answer,
    begin,
)
from .test_service_flow import ANSWER, KEY, URLS, Checked, checked  # noqa: F401  a fixture

type Halt = Callable[[ServiceState], None]


@pytest.fixture
async def service_id(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    found = add_service(hass, entry, url=URLS["compreface"], key=KEY)
    await hass.async_block_till_done()
    return found


@pytest.fixture
def halt(entry: MockConfigEntry, service_id: str) -> Halt:
    """Put the service in this state, as after its last answer."""

    def halt(state: ServiceState) -> None:
        there = entry.runtime_data.opinions.services[service_id].place.there
        there.halted = None if state is ServiceState.READY else state

    return halt


async def test_a_service_that_is_well_or_switched_off_is_no_trouble(
    hass: HomeAssistant, entry: MockConfigEntry, service_id: str
) -> None:
    await HealthMonitor(entry.runtime_data).look()
    assert told(hass) == set()
    service = service_of(entry)
    hass.config_entries.async_update_subentry(entry, service, data={**service.data, "enabled": False})
    await hass.async_block_till_done()
    await HealthMonitor(entry.runtime_data).look()
    assert told(hass) == set()


@pytest.mark.parametrize(("state", "kind"), TROUBLES.items())
async def test_why_a_service_is_not_asked_is_told_and_taken_back(
    hass: HomeAssistant, entry: MockConfigEntry, service_id: str, halt: Halt, state: ServiceState, kind: str
) -> None:
    care = HealthMonitor(entry.runtime_data)
    halt(state)
    await care.look()
    found = issue(hass, f"{kind}_{service_id}")
    assert found.translation_key == kind
    assert found.translation_placeholders == {"name": "CompreFace", "link": "https://aka.ms/facerecognition"}
    assert KEY not in repr(found.data)
    halt(ServiceState.READY)
    await care.look()
    assert told(hass) == set()


async def test_a_service_that_is_away_is_told_after_an_hour_and_not_before(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    service_id: str,
    monkeypatch: pytest.MonkeyPatch,
    freezer: FrozenDateTimeFactory,
) -> None:
    state = ServiceState.UNAVAILABLE
    monkeypatch.setattr(ActiveService, "state", property(lambda _self: state))
    care = HealthMonitor(entry.runtime_data)
    await care.look()
    freezer.tick(AWAY_FOR - timedelta(seconds=1))
    await care.look()
    assert told(hass) == set()
    freezer.tick(timedelta(seconds=1))
    await care.look()
    assert told(hass) == {f"opinion_away_{service_id}"}
    state = ServiceState.READY
    await care.look()
    assert told(hass) == set()
    state = ServiceState.UNAVAILABLE
    await care.look()
    assert told(hass) == set(), "the hour begins anew"


async def test_nothing_is_told_of_a_service_that_was_removed(
    hass: HomeAssistant, entry: MockConfigEntry, service_id: str, halt: Halt
) -> None:
    care = HealthMonitor(entry.runtime_data)
    halt(ServiceState.REFUSED)
    await care.look()
    hass.config_entries.async_remove_subentry(entry, service_id)
    await hass.async_block_till_done()
    await care.look()
    assert told(hass) == set()


async def led_to(hass: HomeAssistant, issue_id: str) -> dict[str, Any]:
    """The form to which the repair leads."""
    result = await answer(hass, await begin(hass, issue_id), {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "go_on")
    kind, flow_id = result["next_flow"]
    assert kind == "config_subentries_flow"
    return hass.config_entries.subentries.async_get(flow_id)


async def test_a_refused_key_is_entered_anew_and_then_all_is_well(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    service_id: str,
    halt: Halt,
    checked: Checked,  # noqa: F811
) -> None:
    care = HealthMonitor(entry.runtime_data)
    halt(ServiceState.REFUSED)
    await care.look()
    flow = await led_to(hass, f"opinion_refused_{service_id}")
    assert flow["step_id"] == "compreface", "at the form itself, not at a menu"
    checked.error = OpinionRefusedError("it does not know this key")
    flow = await configured(hass, flow, {"url": URLS["compreface"], "key": "wrong"})
    assert flow["errors"] == {"base": "opinion_refused"}
    assert entry.runtime_data.opinions.services[service_id].state is ServiceState.REFUSED
    checked.error = None
    assert (await configured(hass, flow, {"url": URLS["compreface"], "key": "right"}))["reason"] == "access_changed"
    await hass.async_block_till_done()
    assert ServiceSettings.of(service_of(entry)).key == "right"
    assert entry.runtime_data.opinions.services[service_id].state is ServiceState.READY
    await care.look()
    assert told(hass) == set()


async def test_the_same_key_does_where_the_account_was_approved_meanwhile(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    service_id: str,
    halt: Halt,
    checked: Checked,  # noqa: F811
) -> None:
    halt(ServiceState.NOT_APPROVED)
    await HealthMonitor(entry.runtime_data).look()
    flow = await led_to(hass, f"opinion_not_approved_{service_id}")
    await configured(hass, flow, {"url": URLS["compreface"]})
    assert checked.settings[-1].key == KEY
    assert entry.runtime_data.opinions.services[service_id].state is ServiceState.READY


@pytest.mark.parametrize(
    ("state", "step"), [(ServiceState.QUOTA_SPENT, "allowed"), (ServiceState.OUTDATED, "compreface")], ids=str
)
async def test_a_repair_leads_to_where_something_can_be_done(
    hass: HomeAssistant, entry: MockConfigEntry, service_id: str, halt: Halt, state: ServiceState, step: str
) -> None:
    halt(state)
    await HealthMonitor(entry.runtime_data).look()
    flow = await led_to(hass, f"{TROUBLES[state]}_{service_id}")
    assert flow["step_id"] == step
    if step == "allowed":
        await configured(hass, flow, {**ANSWER, "per_day": 1})
        assert ServiceSettings.of(service_of(entry)).per_day == 1


async def test_of_a_service_that_was_removed_meanwhile_there_is_nothing_to_mend(
    hass: HomeAssistant, entry: MockConfigEntry, service_id: str, halt: Halt
) -> None:
    halt(ServiceState.REFUSED)
    await HealthMonitor(entry.runtime_data).look()
    flow = await begin(hass, f"opinion_refused_{service_id}")
    hass.config_entries.async_remove_subentry(entry, service_id)
    assert (await answer(hass, flow, {}))["reason"] == "gone"
