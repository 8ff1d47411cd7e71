"""Setting Kith up by clicking, with all possible obstacles."""

from pathlib import Path

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import DOMAIN
from custom_components.kith.engines import installer
from custom_components.kith.errors import RuntimeNoWheelError
from custom_components.kith.kith_engine.errors import (
    EngineRefusedError,
    PackFailedTestError,
    PackUnwritableError,
    ProtocolMismatchError,
)
from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.server import Address, create_app, listening
from tests.identity.faces import FACTS

from .conftest import Scripted, Shown, eventually, remote_entry

COMPACT, STANDARD = (f"{name} {load_manifest(name).version}" for name in ("compact", "standard"))


@pytest.fixture
def nothing_to_fetch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(tmp_path / "empty"))


async def start(hass: HomeAssistant, where: str) -> dict:
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert flow["type"] is FlowResultType.MENU
    return await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": where})


async def without_cameras(hass: HomeAssistant, flow: dict) -> dict:
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "cameras")
    return await hass.config_entries.flow.async_configure(flow["flow_id"], {})


async def followed(hass: HomeAssistant, flow: dict, action: str) -> dict:
    """The step after the progress bar."""
    assert (flow["type"], flow["progress_action"]) == (FlowResultType.SHOW_PROGRESS, action)
    await hass.async_block_till_done()
    return await hass.config_entries.flow.async_configure(flow["flow_id"])


async def installed(hass: HomeAssistant) -> dict:
    """The question about networks, once the built-in ones run."""
    flow = await followed(hass, await start(hass, "local"), "local")
    assert (flow["type"], flow["step_id"]) == (FlowResultType.MENU, "networks")
    assert flow["menu_options"] == ["standard", "compact"]
    assert flow["description_placeholders"] == {"size": "7"}
    return flow


async def choose(hass: HomeAssistant, flow: dict, pack: str) -> dict:
    return await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": pack})


async def assert_runs(hass: HomeAssistant, flow: dict, pack: str) -> None:
    """Runs with this pack, and with no other on the disk."""
    flow = await without_cameras(hass, flow)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    entry = flow["result"]
    assert entry.state is ConfigEntryState.LOADED, entry.reason
    assert entry.runtime_data.engine.facts.pack == pack
    packs = [path for path in Path(hass.config.path(".cache", "kith", "packs")).iterdir() if path.is_dir()]
    assert [path.name.rpartition("-")[0] for path in packs] == [pack.replace(" ", "-")]
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_an_engine_on_this_machine_runs_what_is_in_the_box(
    hass: HomeAssistant, hall: Shown, nothing_to_fetch: None
) -> None:
    flow = await choose(hass, await installed(hass), "compact")
    await assert_runs(hass, flow, COMPACT)


async def test_the_recommended_networks_are_one_click_more(hass: HomeAssistant, hall: Shown, published: Path) -> None:
    flow = await choose(hass, await installed(hass), "standard")
    await assert_runs(hass, await followed(hass, flow, "standard"), STANDARD)


async def test_recommended_networks_that_cannot_be_fetched_leave_what_is_in_the_box(
    hass: HomeAssistant, hall: Shown, nothing_to_fetch: None
) -> None:
    flow = await choose(hass, await installed(hass), "standard")
    flow = await followed(hass, flow, "standard")
    assert (flow["type"], flow["step_id"], flow["errors"]) == (
        FlowResultType.FORM,
        "standard_failed",
        {"base": "pack_unavailable"},
    )
    assert "yolox_nano.onnx" in flow["description_placeholders"]["details"]
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert (flow["type"], flow["step_id"]) == (FlowResultType.MENU, "networks")
    await assert_runs(hass, await choose(hass, flow, "compact"), COMPACT)


async def test_recommended_networks_that_fail_their_test_are_not_used(
    hass: HomeAssistant, hall: Shown, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise PackFailedTestError("it said no.")

    monkeypatch.setattr(installer.Installer, "test", fail)
    flow = await followed(hass, await choose(hass, await installed(hass), "standard"), "standard")
    assert flow["errors"] == {"base": "pack_failed_test"}
    assert (await installer.Installer(hass).pack()).name == "compact"


async def test_who_has_the_recommended_networks_already_is_not_asked(
    hass: HomeAssistant, hall: Shown, published: Path
) -> None:
    await installer.Installer(hass).install()
    await installer.Installer(hass).change("standard")
    flow = await followed(hass, await start(hass, "local"), "local")
    await assert_runs(hass, flow, STANDARD)


@pytest.mark.parametrize("failure", [RuntimeNoWheelError("for riscv"), PackUnwritableError("the disk is full")])
async def test_a_failed_installation_says_why_and_can_be_tried_again(
    hass: HomeAssistant, hall: Shown, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    async def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(installer.Installer, "install", fail)
    flow = await start(hass, "local")
    await hass.async_block_till_done()
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert (flow["type"], flow["step_id"], flow["errors"]) == (
        FlowResultType.FORM,
        "local_failed",
        {"base": failure.code},
    )
    assert flow["description_placeholders"] == {"details": f"{failure}."}
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert flow["errors"] == {"base": failure.code}, "it was tried again, and failed again"


async def test_an_engine_on_another_host_is_kept_when_it_answers(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    flow = await start(hass, "remote")
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"url": engine.url, "token": "secret"})
    flow = await without_cameras(hass, flow)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["data"] == {"engine": "remote", "url": engine.url, "token": "secret"}
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(flow["result"].entry_id)


@pytest.mark.parametrize(
    ("url", "token", "code"),
    [
        (None, "wrong", "engine_refused"),
        (None, "", "engine_refused"),
        ("http://127.0.0.1:9", "secret", "engine_unavailable"),
        ("http://192.168.1.20:7070", "secret", "engine_unencrypted"),
        ("ftp://engine", "secret", "engine_failed"),
        ("https://user:word@engine", "secret", "engine_failed"),
        ("nas:port", "secret", "engine_failed"),
    ],
)
async def test_another_host_that_does_not_answer_rightly_is_told_and_can_be_corrected(
    hass: HomeAssistant, hall: Shown, engine: Scripted, url: str | None, token: str, code: str
) -> None:
    flow = await start(hass, "remote")
    given = {"url": url or engine.url, "token": token}
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], given)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"base": code})
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"url": engine.url, "token": "secret"})
    flow = await without_cameras(hass, flow)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(flow["result"].entry_id)


async def test_an_engine_of_another_version_is_told(hass: HomeAssistant, hall: Shown, engine: Scripted) -> None:
    from dataclasses import replace

    engine.told = replace(FACTS, protocol=99)
    flow = await start(hass, "remote")
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"url": engine.url, "token": "secret"})
    assert flow["errors"] == {"base": ProtocolMismatchError.code}
    assert "99" in flow["description_placeholders"]["details"]


async def test_kith_is_set_up_once(hass: HomeAssistant, hall: Shown, engine: Scripted) -> None:
    remote_entry(engine).add_to_hass(hass)
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "single_instance_allowed")


async def test_cameras_are_chosen_at_once_and_watched(hass: HomeAssistant, hall: Shown, engine: Scripted) -> None:
    hass.states.async_set("camera.attic", "idle", {"friendly_name": "Attic"})
    flow = await start(hass, "remote")
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"url": engine.url, "token": "secret"})
    offered = flow["data_schema"].schema["cameras"].config["options"]
    assert offered == [{"value": "camera.attic", "label": "Attic"}, {"value": "camera.hall", "label": "Hall"}]
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"cameras": ["camera.hall"]})
    entry = flow["result"]
    assert [(camera.title, camera.unique_id) for camera in entry.subentries.values()] == [("Hall", "camera.hall")]
    await eventually(lambda: hass.states.get("binary_sensor.hall_person_detected"))
    await eventually(lambda: engine.asked)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_without_any_camera_there_is_none_to_choose(hass: HomeAssistant, hall: Shown, engine: Scripted) -> None:
    hass.states.async_remove("camera.hall")
    flow = await start(hass, "remote")
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"url": engine.url, "token": "secret"})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(flow["result"].entry_id)


async def test_another_engine_takes_over_and_everything_else_stays(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    before = dict(entry.subentries)
    other = Scripted()
    async with listening(create_app(other, "new"), Address()) as url:
        flow = await entry.start_reconfigure_flow(hass)
        assert flow["type"] is FlowResultType.MENU
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "remote"})
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"url": url, "token": "wrong"})
        assert flow["errors"] == {"base": "engine_refused"}
        assert entry.data["token"] == "secret", "nothing changes before the other one has answered"
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"url": url, "token": "new"})
        assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
        await eventually(lambda: other.asked)
        assert entry.subentries == before
        assert set(entry.runtime_data.stores.gallery.gallery.templates) == {"ada", "grace"}
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_token_that_is_refused_at_start_is_asked_for(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    found = remote_entry(engine)
    found.add_to_hass(hass)
    hass.config_entries.async_update_entry(found, data={**found.data, "token": "old"})
    assert not await hass.config_entries.async_setup(found.entry_id)
    assert found.state is ConfigEntryState.SETUP_ERROR
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["step_id"] == "reauth_confirm"
    answer = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": "older"})
    assert answer["errors"] == {"base": "engine_refused"}
    answer = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": "secret"})
    assert (answer["type"], answer["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await eventually(lambda: found.state is ConfigEntryState.LOADED)
    assert await hass.config_entries.async_unload(found.entry_id)


async def test_a_token_that_is_refused_later_is_asked_for_once(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = EngineRefusedError("the token is missing or wrong")
    await eventually(lambda: hass.config_entries.flow.async_progress_by_handler(DOMAIN))
    asked = len(engine.asked)
    await hass.async_block_till_done()
    entry.runtime_data.engine.subscribe(lambda: None)
    assert len(hass.config_entries.flow.async_progress_by_handler(DOMAIN)) == 1
    assert hass.states.get("binary_sensor.ada_presence").state == "unavailable"
    assert len(engine.asked) - asked < 5, "who refuses is not asked again and again"
