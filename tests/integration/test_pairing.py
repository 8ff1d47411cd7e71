"""An engine on another machine: found, paired by its code, followed, and never mixed up with another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_USER, SOURCE_ZEROCONF, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.kith.cameras import stream
from custom_components.kith.const import DOMAIN
from custom_components.kith.diagnostics import async_get_config_entry_diagnostics
from custom_components.kith.engines import pairing, remote
from custom_components.kith.engines.pairing import paired_url
from custom_components.kith.health import checks
from custom_components.kith.kith_engine.analysis import Analysis
from custom_components.kith.kith_engine.errors import EngineReplacedError, EngineUnpairedError
from custom_components.kith.kith_engine.pairing import server as pairing_server
from custom_components.kith.kith_engine.streams.registry import Streams
from custom_components.kith.kith_engine.streams.routes import add_routes as add_streams
from custom_components.kith.repairs import async_create_fix_flow
from demo.rtsp import Channel, RtspServer
from tests.engine.streams.filming import film, playing
from tests.identity.faces import EMPTY, FACTS

from .conftest import Scripted, Shown, camera_subentry, eventually
from .elsewhere import Elsewhere


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing_server, "WRONG_CODE_PAUSE", 0.0)
    monkeypatch.setattr(remote, "FIRST_RETRY", 0.01)
    monkeypatch.setattr(remote, "LONGEST_RETRY", 0.05)


@pytest.fixture
async def nas(tmp_path: Path, socket_enabled: None) -> AsyncIterator[Elsewhere]:
    async with Elsewhere(tmp_path / "nas").running() as found:
        yield found


def key_file(hass: HomeAssistant, nas: Elsewhere) -> Path:
    return Path(hass.config.path(".storage", f"{pairing.KEY}.{nas.fingerprint}"))


async def paired(hass: HomeAssistant, nas: Elsewhere, *subentries: Any) -> MockConfigEntry:
    """Kith, loaded, with this engine."""
    await pairing.pair_with(hass, nas.url, nas.code)
    found = nas.entry(*subentries)
    found.add_to_hass(hass)
    assert await hass.config_entries.async_setup(found.entry_id)
    return found


def announced(nas: Elsewhere, **changes: Any) -> ZeroconfServiceInfo:
    url = URL(nas.url)
    properties = {"id": nas.fingerprint, "name": "nas", "version": "0.1.0", **changes}
    return ZeroconfServiceInfo(
        ip_address=ip_address("127.0.0.1"),
        ip_addresses=[ip_address("127.0.0.1")],
        port=url.port,
        hostname="nas.local.",
        type="_kith._tcp.local.",
        name="nas._kith._tcp.local.",
        properties=properties,
    )


async def discover(hass: HomeAssistant, info: ZeroconfServiceInfo) -> Any:
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info)


async def enter(hass: HomeAssistant, flow: Any, **answer: str) -> Any:
    return await hass.config_entries.flow.async_configure(flow["flow_id"], answer)


async def end(hass: HomeAssistant, entry: Any) -> None:
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_an_engine_is_paired_by_its_code(hass: HomeAssistant, hall: Shown, nas: Elsewhere) -> None:
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await enter(hass, flow, next_step_id="remote")
    flow = await enter(hass, flow, url=nas.url.removeprefix("https://"))
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "pair")
    assert flow["description_placeholders"]["name"] == "nas"
    code = nas.code
    flow = await enter(hass, flow, code=f"{(int(code) + 1) % 10**6:06}")
    assert flow["errors"] == {"base": "pairing_code_wrong"}
    assert not key_file(hass, nas).exists()
    flow = await enter(hass, flow, code=f"{code[:3]} {code[3:]}")
    flow = await enter(hass, flow)
    entry = flow["result"]
    assert entry.data.keys() == {"engine", "url", "certificate"}
    assert (entry.unique_id, entry.state) == (None, ConfigEntryState.LOADED)
    assert key_file(hass, nas).stat().st_mode & 0o777 == 0o600
    assert [home.name for home in nas.state.homes.read()] == [hass.config.location_name]
    told = await async_get_config_entry_diagnostics(hass, entry)
    assert (told["entry"]["encrypted"], told["entry"]["paired"]) == (True, True)
    for secret in (entry.data["certificate"], nas.fingerprint, *key_file(hass, nas).read_text().splitlines()):
        assert secret not in json.dumps(told, default=str)
    await end(hass, entry)
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert not key_file(hass, nas).exists()


async def test_an_engine_without_a_code_says_how_to_get_one(hass: HomeAssistant, hall: Shown, nas: Elsewhere) -> None:
    flow = await discover(hass, announced(nas))
    flow = await enter(hass, flow, code="123456")
    assert flow["errors"] == {"base": "pairing_closed"}


async def test_an_engine_that_went_away_meanwhile_is_said(
    hass: HomeAssistant, hall: Shown, tmp_path: Path, socket_enabled: None
) -> None:
    async with Elsewhere(tmp_path / "nas").running() as nas:
        flow = await discover(hass, announced(nas))
    flow = await enter(hass, flow, code="123456")
    assert flow["errors"] == {"base": "engine_unavailable"}


async def test_an_engine_that_is_found_asks_for_its_code(hass: HomeAssistant, hall: Shown, nas: Elsewhere) -> None:
    flow = await discover(hass, announced(nas))
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "pair")
    (shown,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert shown["context"]["title_placeholders"] == {"name": "nas"}
    again = await discover(hass, announced(nas))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_in_progress")
    flow = await enter(hass, flow, code=nas.code)
    flow = await enter(hass, flow, cameras=[])
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await end(hass, flow["result"])


async def test_kith_moves_to_an_engine_that_is_found(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Elsewhere
) -> None:
    before = dict(entry.subentries)
    flow = await discover(hass, announced(nas))
    assert flow["step_id"] == "move"
    flow = await enter(hass, flow, code=nas.code)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await eventually(lambda: nas.scripted.asked)
    assert entry.data.keys() == {"engine", "url", "certificate"}
    assert entry.subentries == before


async def test_two_dialogs_make_one_entry(hass: HomeAssistant, hall: Shown, nas: Elsewhere) -> None:
    flow = await discover(hass, announced(nas))
    flow = await enter(hass, flow, code=nas.code)
    assert flow["step_id"] == "cameras"
    entry = await paired(hass, nas)
    flow = await enter(hass, flow)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "single_instance_allowed")
    await end(hass, entry)


async def test_the_engine_is_followed_to_another_address(
    hass: HomeAssistant, hall: Shown, tmp_path: Path, socket_enabled: None
) -> None:
    nas = Elsewhere(tmp_path / "nas")
    async with nas.running():
        entry = await paired(hass, nas)
        flow = await discover(hass, announced(nas))
        assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")
        before = entry.data["url"]
        moved = announced(nas)
        moved.port = 9
        await discover(hass, moved)
        assert entry.data["url"] == before, "an engine that answers is not given up for what somebody announces"
    home = entry.runtime_data.engine
    await hass.config_entries.async_unload(entry.entry_id)
    assert not home.available
    async with nas.running():
        assert nas.url != before
        await discover(hass, announced(nas))
        assert entry.data["url"] == nas.url
        await eventually(lambda: entry.state is ConfigEntryState.LOADED)
        await end(hass, entry)


async def test_another_engine_at_its_address_gets_nothing_and_is_reported(
    hass: HomeAssistant, hall: Shown, tmp_path: Path, socket_enabled: None
) -> None:
    nas, other = Elsewhere(tmp_path / "nas"), Elsewhere(tmp_path / "other", "other")
    async with nas.running():
        entry = await paired(hass, nas, camera_subentry())
        await eventually(lambda: nas.scripted.asked)
        port = URL(nas.url).port
    async with other.running(port or 0):
        await eventually(lambda: isinstance(entry.runtime_data.engine.reason, EngineReplacedError))
        await eventually(lambda: ir.async_get(hass).async_get_issue(DOMAIN, "engine"))
        issue = ir.async_get(hass).async_get_issue(DOMAIN, "engine")
        assert issue is not None
        assert issue.translation_key == "engine_replaced"
        assert other.scripted.asked == []
        # it was set up anew: pairing again is one dialog
        flow = await entry.start_reconfigure_flow(hass)
        flow = await enter(hass, flow, next_step_id="remote")
        flow = await enter(hass, flow, url=other.url)
        assert (flow["step_id"], flow["description_placeholders"]["name"]) == ("pair", "other")
        flow = await enter(hass, flow, code=other.code)
        assert flow["reason"] == "reconfigure_successful"
        await eventually(lambda: other.scripted.asked)
        await eventually(lambda: ir.async_get(hass).async_get_issue(DOMAIN, "engine") is None)
        await end(hass, entry)


async def test_a_home_that_was_forgotten_is_paired_again_with_a_new_key(
    hass: HomeAssistant, hall: Shown, nas: Elsewhere
) -> None:
    entry = await paired(hass, nas, camera_subentry())
    before = key_file(hass, nas).read_bytes()
    nas.state.homes.clear()
    await eventually(lambda: isinstance(entry.runtime_data.engine.reason, EngineUnpairedError))
    await eventually(lambda: hass.config_entries.flow.async_progress_by_handler(DOMAIN))
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["step_id"] == "pair_again"
    done = await enter(hass, flow, code=nas.code)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert key_file(hass, nas).read_bytes() != before
    await eventually(lambda: entry.state is ConfigEntryState.LOADED and entry.runtime_data.engine.available)
    await end(hass, entry)


async def test_a_home_whose_certificate_tls_refuses_is_told_from_an_engine_that_is_away(
    hass: HomeAssistant, hall: Shown, tmp_path: Path, socket_enabled: None
) -> None:
    """A restarted engine does not even finish the handshake with a home that it forgot."""
    nas = Elsewhere(tmp_path / "nas")
    async with nas.running():
        entry = await paired(hass, nas)
        await hass.config_entries.async_unload(entry.entry_id)
    nas.state.homes.clear()
    async with Elsewhere(tmp_path / "nas").running() as again:
        hass.config_entries.async_update_entry(entry, data={**entry.data, "url": again.url})
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        assert flow["step_id"] == "pair_again"
    assert not await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY, "now it is away"


async def test_a_home_that_lost_its_key_pairs_again(hass: HomeAssistant, hall: Shown, nas: Elsewhere) -> None:
    entry = await paired(hass, nas)
    await hass.config_entries.async_unload(entry.entry_id)
    key_file(hass, nas).unlink()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR


async def test_an_engine_from_before_is_used_and_offered_pairing(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairing, "is_loopback", lambda _url: False)
    assert next(checks.unencrypted(entry.runtime_data)).placeholders == {"url": entry.data["url"]}
    ir.async_create_issue(
        hass,
        DOMAIN,
        "engine_unencrypted",
        data={"entry_id": entry.entry_id, "about": "", "code": ""},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="engine_unencrypted",
    )
    flow = await async_create_fix_flow(hass, "engine_unencrypted", {"entry_id": entry.entry_id})
    flow.hass, flow.issue_id, flow.data = hass, "engine_unencrypted", {"entry_id": entry.entry_id}
    assert (await flow.async_step_init())["step_id"] == "confirm"
    done = await flow.async_step_confirm({})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "go_on")
    (opened,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert opened["context"]["source"] == "reconfigure"


def test_nothing_is_wrong_with_an_engine_on_this_machine(entry: MockConfigEntry) -> None:
    assert list(checks.unencrypted(entry.runtime_data)) == []


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("nas", "https://nas:7071"),
        ("192.168.1.20:7443", "https://192.168.1.20:7443"),
        ("https://nas.local", "https://nas.local:7071"),
        ("https://[fe80::1]:7071/", "https://[fe80::1]:7071"),
    ],
)
def test_an_address_is_what_people_type(typed: str, url: str) -> None:
    assert paired_url(typed) == url


class Looker:
    """Sees nobody in what a stream shows."""

    def __init__(self, scripted: Scripted) -> None:
        self.facts = scripted.facts

    def look(self, *_: object) -> Analysis:
        return EMPTY

    def still(self, *_: object) -> bool:
        return True


@asynccontextmanager
async def decoding(tmp_path: Path) -> AsyncIterator[Elsewhere]:
    """An engine elsewhere that opens streams."""
    nas, streams = Elsewhere(tmp_path / "nas"), Streams()
    nas.scripted.told = replace(FACTS, streams=True)
    looker = Looker(nas.scripted)
    async with nas.running(more=lambda app, scheduler: add_streams(app, streams, looker, scheduler)):
        yield nas


@pytest.mark.parametrize(
    ("address", "reason"),
    [("rtsp://camera.invalid/1", "stream_unreachable"), ("rtsp://127.0.0.1:8554/1", "no_stream")],
)
async def test_a_paired_engine_opens_streams_that_it_can_reach(
    hass: HomeAssistant, hall: Shown, tmp_path: Path, socket_enabled: None, address: str, reason: str
) -> None:
    """What is on Home Assistant's own machine is something else, seen from another one."""

    async def stream_source() -> str:
        return address

    hall.stream_source = stream_source  # type: ignore[method-assign]
    async with decoding(tmp_path) as nas:
        entry = await paired(hass, nas, camera_subentry())
        (coordinator,) = entry.runtime_data.cameras.values()
        await eventually(lambda: coordinator.sources.reason == reason and nas.scripted.asked)
        await end(hass, entry)


async def test_a_paired_engine_looks_at_a_stream_itself_until_kith_is_unloaded(
    hass: HomeAssistant, hall: Shown, tmp_path: Path, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection to Home Assistant is encrypted, and the camera is a real server."""
    monkeypatch.setattr(stream, "is_loopback", lambda _url: False)
    async with RtspServer({"hall": Channel()}).running() as server, decoding(tmp_path) as nas:

        async def stream_source() -> str:
            return server.url("hall")

        hall.stream_source = stream_source  # type: ignore[method-assign]
        async with playing(server.channels["hall"], film(1)):
            entry = await paired(hass, nas, camera_subentry())
            (coordinator,) = entry.runtime_data.cameras.values()
            await eventually(lambda: coordinator.sources.live and coordinator.sources.measured.figures)
            assert (server.connections, hall.taken, nas.scripted.asked) == (1, 0, [])
            await end(hass, entry)
            await eventually(lambda: server.connections == 0)
