"""A bigger engine on another machine: found, paired by its code, followed, and never mixed up with another."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
import sys
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import SelectSelector, TextSelector
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

import custom_components.kith
from custom_components.kith.const import DOMAIN
from custom_components.kith.diagnostics import async_get_config_entry_diagnostics
from custom_components.kith.engines import pairing
from custom_components.kith.errors import OpinionReplacedError, OpinionUnpairedError
from custom_components.kith.health import checks
from custom_components.kith.health.monitor import HealthMonitor
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.pairing import server as pairing_server
from custom_components.kith.second_opinion.ledger import Purpose
from custom_components.kith.second_opinion.protocol import Meter
from custom_components.kith.second_opinion.service_state import ServiceState
from tests.identity.faces import axis, shown
from tests.pictures import astronaut, encoded

from ..conftest import Scripted, Shown, eventually
from ..elsewhere import Elsewhere
from ..people import configured
from ..services import add_service, service_of
from ..test_health import told
from ..test_pairing import announced, discover
from ..test_service_flow import ANSWER
from ..test_service_health import led_to
from .opinions import agreeing, live

NAME = "Bigger engine"
KITH = Path(custom_components.kith.__file__).parent


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing_server, "WRONG_CODE_PAUSE", 0.0)


@pytest.fixture
async def big(tmp_path: Path, socket_enabled: None) -> AsyncIterator[Elsewhere]:
    async with Elsewhere(tmp_path / "big", "big").running() as found:
        found.scripted.answer = shown(axis(0))
        yield found


@pytest.fixture
async def entry(hass: HomeAssistant, hall: Shown, engine: Scripted) -> AsyncIterator[MockConfigEntry]:
    """Kith with an engine of its own, and Ada, who agreed to everything."""
    found = await live(hass, engine, people=[agreeing("Ada")])
    yield found
    await hass.config_entries.async_unload(found.entry_id)


@pytest.fixture
async def repairs(hass: HomeAssistant) -> None:
    for component in ("homeassistant", "repairs"):
        assert await async_setup_component(hass, component, {})


async def begun(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    flow = await hass.config_entries.subentries.async_init((entry.entry_id, "service"), context={"source": SOURCE_USER})
    return await configured(hass, flow, {"next_step_id": "kith"})


async def paired(hass: HomeAssistant, entry: MockConfigEntry, big: Elsewhere) -> ConfigSubentry:
    """The service, after the dialog."""
    flow = await configured(hass, await begun(hass, entry), {"url": big.url, "agreed": True})
    return await added(hass, entry, await configured(hass, flow, {"code": big.code}))


async def added(hass: HomeAssistant, entry: MockConfigEntry, flow: Any) -> ConfigSubentry:
    """After the last form."""
    await configured(hass, flow, ANSWER)
    await hass.async_block_till_done()
    return service_of(entry, NAME)


def state_of(entry: MockConfigEntry) -> ServiceState:
    return entry.runtime_data.opinions.services[service_of(entry, NAME).subentry_id].state


def key_files(hass: HomeAssistant) -> list[str]:
    return sorted(path.name for path in Path(hass.config.path(".storage")).glob(f"{pairing.KEY}.*"))


async def test_it_is_paired_by_its_code_and_asked_over_what_was_paired(
    hass: HomeAssistant, entry: MockConfigEntry, big: Elsewhere
) -> None:
    flow = await begun(hass, entry)
    address = big.url.removeprefix("https://")
    flow = await configured(hass, flow, {"url": address})
    assert flow["errors"] == {"agreed": "agreement_missing"}
    flow = await configured(hass, flow, {"url": address, "agreed": True})
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "pair")
    assert flow["description_placeholders"] == {"details": "", "name": "big", "url": address}
    flow = await configured(hass, flow, {"code": f"{(int(big.code) + 1) % 10**6:06}"})
    assert flow["errors"] == {"base": "pairing_code_wrong"}
    assert key_files(hass) == []
    flow = await configured(hass, flow, {"code": big.code})
    assert flow["step_id"] == "allowed"
    assert key_files(hass) == [f"{pairing.KEY}.{big.fingerprint}"]
    flow = await configured(hass, flow, ANSWER)
    assert flow["data"].keys() >= {"kind", "url", "certificate"}
    assert "key" not in flow["data"]
    await eventually(lambda: Look.PORTRAIT in [look for _, look in big.scripted.asked])
    await eventually(lambda: entry.runtime_data.opinions.faces_at("ada") == {NAME: 1})
    ledger = entry.runtime_data.opinions.ledger
    assert {one.purpose for one in ledger.entries} == {Purpose.CHECK, Purpose.ENROLL}
    (told_of,) = (await async_get_config_entry_diagnostics(hass, entry))["services"]
    assert (told_of["paired"], told_of["encrypted"], told_of["key"]) == (True, True, False)
    assert big.fingerprint not in repr(told_of)


async def test_an_engine_that_was_found_is_offered_and_then_no_longer(
    hass: HomeAssistant, entry: MockConfigEntry, big: Elsewhere
) -> None:
    flow = await begun(hass, entry)
    assert isinstance(flow["data_schema"].schema["url"], TextSelector)
    assert (await discover(hass, announced(big)))["step_id"] == "move"
    flow = await begun(hass, entry)
    selector = flow["data_schema"].schema["url"]
    assert isinstance(selector, SelectSelector)
    (offered,) = selector.config["options"]
    assert offered["value"] == announced_url(big)
    flow = await configured(hass, flow, {"url": offered["value"], "agreed": True})
    flow = await configured(hass, flow, {"code": big.code})
    assert hass.config_entries.flow.async_progress_by_handler(DOMAIN) == [], "it is not offered as Kith's engine"
    await configured(hass, flow, ANSWER)
    again = await discover(hass, announced(big))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert isinstance((await begun(hass, entry))["data_schema"].schema["url"], TextSelector)


def announced_url(big: Elsewhere) -> str:
    return f"https://127.0.0.1:{URL(big.url).port}"


async def test_one_engine_is_not_added_twice(hass: HomeAssistant, entry: MockConfigEntry, big: Elsewhere) -> None:
    before = (await paired(hass, entry, big)).data["url"]
    async with big.running():
        assert big.url != before
        for address in (before, big.url):
            flow = await configured(hass, await begun(hass, entry), {"url": address, "agreed": True})
            assert flow["errors"] == {"url": "already_there"}


@pytest.mark.parametrize(
    ("address", "errors"),
    [
        ("http://192.168.1.20:7070", {"url": "engine_unencrypted"}),
        ("https://127.0.0.1:9", {"base": "engine_unavailable"}),
        ("ftp://nas", {"base": "engine_failed"}),
    ],
)
async def test_what_cannot_be_paired_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, address: str, errors: dict[str, str]
) -> None:
    flow = await configured(hass, await begun(hass, entry), {"url": address, "agreed": True})
    assert flow["errors"] == errors


async def test_an_engine_from_before_is_asked_and_offered_pairing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Scripted,
    big: Elsewhere,
    repairs: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine.answer = shown(axis(0))
    monkeypatch.setattr(pairing, "is_loopback", lambda _url: False)
    url = entry.data["url"]
    service_id = add_service(hass, entry, "kith", url=url, key="secret")
    await eventually(lambda: entry.runtime_data.opinions.faces_at("ada") == {NAME: 1})
    await HealthMonitor(entry.runtime_data).look()
    assert f"opinion_unencrypted_{service_id}" in told(hass)
    flow = await entry.start_subentry_reconfigure_flow(hass, service_id)
    flow = await configured(hass, flow, {"next_step_id": "access"})
    assert (await configured(hass, flow, {"url": url, "key": "secret"}))["reason"] == "access_changed", "as before"
    flow = await led_to(hass, f"opinion_unencrypted_{service_id}")
    assert flow["step_id"] == "kith"
    flow = await configured(hass, flow, {"url": big.url})
    assert flow["errors"] == {"agreed": "agreement_missing"}, "it is another address"
    flow = await configured(hass, flow, {"url": big.url, "agreed": True})
    assert (await configured(hass, flow, {"code": big.code}))["reason"] == "access_changed"
    service = service_of(entry, NAME)
    assert "key" not in service.data
    assert pairing.fingerprint_of(service.data["certificate"]) == big.fingerprint
    await eventually(lambda: big.scripted.asked)
    assert [one.issue for one in checks.unencrypted(entry.runtime_data)] == ["engine_unencrypted"], "its own engine"


async def test_another_engine_at_its_address_gets_nothing_and_is_reported(
    hass: HomeAssistant, entry: MockConfigEntry, repairs: None, tmp_path: Path
) -> None:
    big, other = Elsewhere(tmp_path / "big", "big"), Elsewhere(tmp_path / "other", "other")
    async with big.running():
        service_id = (await paired(hass, entry, big)).subentry_id
    place = entry.runtime_data.opinions.services[service_id].place
    async with other.running(URL(big.url).port or 0):
        place.service._met = None  # after a failure, it is greeted again
        with pytest.raises(OpinionReplacedError):
            await place.caller.call(Purpose.CHECK, place.service.check)
        assert state_of(entry) is ServiceState.REPLACED
        await HealthMonitor(entry.runtime_data).look()
        flow = await led_to(hass, f"opinion_replaced_{service_id}")
        assert other.scripted.asked == []
        # it was set up anew
        flow = await configured(hass, flow, {"url": other.url})
        assert (flow["step_id"], flow["description_placeholders"]["name"]) == ("pair", "other")
        assert (await configured(hass, flow, {"code": other.code}))["reason"] == "access_changed"
        await hass.async_block_till_done()
        await eventually(lambda: other.scripted.asked)
        assert state_of(entry) is ServiceState.READY
        await HealthMonitor(entry.runtime_data).look()
        assert told(hass) == set()
        assert key_files(hass) == [f"{pairing.KEY}.{other.fingerprint}"]


async def test_the_right_engine_that_is_back_is_asked_again(
    hass: HomeAssistant, entry: MockConfigEntry, tmp_path: Path, socket_enabled: None
) -> None:
    big = Elsewhere(tmp_path / "big", "big")
    async with big.running():
        service_id = (await paired(hass, entry, big)).subentry_id
        place = entry.runtime_data.opinions.services[service_id].place
        place.there.halted = ServiceState.REPLACED
        place.sync_soon()
        await eventually(lambda: state_of(entry) is ServiceState.READY)


async def test_a_home_that_was_forgotten_is_told_and_pairs_again(
    hass: HomeAssistant, entry: MockConfigEntry, repairs: None, big: Elsewhere
) -> None:
    service_id = (await paired(hass, entry, big)).subentry_id
    big.state.homes.clear()
    place = entry.runtime_data.opinions.services[service_id].place
    with pytest.raises(OpinionUnpairedError):
        await place.caller.call(Purpose.CHECK, place.service.check)
    assert state_of(entry) is ServiceState.UNPAIRED
    await HealthMonitor(entry.runtime_data).look()
    flow = await configured(hass, await led_to(hass, f"opinion_unpaired_{service_id}"), {"url": big.url})
    assert (await configured(hass, flow, {"code": big.code}))["reason"] == "access_changed"
    assert state_of(entry) is ServiceState.READY
    await place.service.check(Meter())


async def test_a_home_that_lost_its_key_is_told(hass: HomeAssistant, entry: MockConfigEntry, big: Elsewhere) -> None:
    service_id = (await paired(hass, entry, big)).subentry_id
    Path(hass.config.path(".storage", f"{pairing.KEY}.{big.fingerprint}")).unlink()
    with pytest.raises(OpinionUnpairedError):
        await entry.runtime_data.opinions.services[service_id].place.service.check(Meter())


async def test_it_is_followed_to_another_address_and_keeps_what_it_learned(
    hass: HomeAssistant, entry: MockConfigEntry, tmp_path: Path, socket_enabled: None
) -> None:
    big = Elsewhere(tmp_path / "big", "big")
    async with big.running():
        big.scripted.answer = shown(axis(0))
        service = await paired(hass, entry, big)
        opinions = entry.runtime_data.opinions
        await eventually(lambda: opinions.faces_at("ada") == {NAME: 1})
        before = service.data["url"]
        moved = announced(big)
        moved.port = 9
        await discover(hass, moved)
        assert service_of(entry, NAME).data["url"] == before, "one that answers is not given up"
    running = opinions.services[service.subentry_id]
    running.place.there.halted = ServiceState.REPLACED
    async with big.running():
        big.scripted.asked.clear()
        await discover(hass, announced(big))
        await hass.async_block_till_done()
        assert service_of(entry, NAME).data["url"] == announced_url(big)
        await running.place.service.check(Meter())
        assert running.state is ServiceState.READY
        assert opinions.faces_at("ada") == {NAME: 1}
        assert big.scripted.asked == [], "no photo is sent again"


async def test_its_key_goes_with_it(hass: HomeAssistant, entry: MockConfigEntry, big: Elsewhere) -> None:
    service = await paired(hass, entry, big)
    assert key_files(hass) == [f"{pairing.KEY}.{big.fingerprint}"]
    flow = await begun(hass, entry)
    hass.config_entries.async_remove_subentry(entry, service.subentry_id)
    await hass.async_block_till_done()
    assert key_files(hass) != [], "a dialog may be about to use it"
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    await hass.config_entries.async_reload(entry.entry_id)
    assert key_files(hass) == []


@pytest.mark.slow
async def test_a_real_engine_in_a_process_of_its_own_gives_the_opinion(
    hass: HomeAssistant, entry: MockConfigEntry, tmp_path: Path
) -> None:
    """As a user does it: serve, read the code, and pair; then it computes a photo's template."""
    pack, state = str(tmp_path / "pack"), str(tmp_path / "state")
    assert await (await launched("packs", "fetch", "compact", "--into", pack)).wait() == 0
    process = await launched("serve", "--tls", "127.0.0.1:0", "--pack", pack, "--state", state)
    try:
        assert process.stdout is not None
        ready = (await process.stdout.readline()).decode()
        code = (await process.stdout.readline()).decode().rpartition(" is ")[2].strip()
        url = ready.removeprefix("ready at ").strip()
        flow = await configured(hass, await begun(hass, entry), {"url": url, "agreed": True})
        flow = await configured(hass, flow, {"code": code})
        service_id = (await added(hass, entry, flow)).subentry_id
        service = entry.runtime_data.opinions.services[service_id].place.service
        face = await service.add_face("ada", encoded(astronaut()), Meter())
        assert '"vector"' in face
    finally:
        process.terminate()
        await process.wait()


async def launched(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kith_engine", *arguments), stdout=asyncio.subprocess.PIPE, cwd=KITH
    )
