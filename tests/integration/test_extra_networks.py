"""Networks that not every home needs: chosen in the options, downloaded, tested, kept. Real networks, real engine."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import DOMAIN
from custom_components.kith.engines.installer import Installer
from custom_components.kith.engines.local import LocalEngine
from custom_components.kith.kith_engine.errors import EngineUnavailableError
from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.network import Role

from .conftest import Shown, eventually

pytestmark = pytest.mark.one_release

STANDARD = load_manifest("standard")
AGAIN = STANDARD.network(Role.SECOND_LOOK).files[1].name


@pytest.fixture
async def home(
    hass: HomeAssistant, hall: Shown, models: Path, brought: Callable[[str, HomeAssistant], None]
) -> AsyncIterator[MockConfigEntry]:
    """Kith with its own engine and the standard pack."""
    entry = MockConfigEntry(domain=DOMAIN, title="Kith", data={"engine": "local"})
    entry.add_to_hass(hass)
    brought("standard", hass)
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def choose(
    hass: HomeAssistant, home: MockConfigEntry, *extras: str, meanwhile: Callable[[], object] = lambda: None
) -> dict[str, object]:
    """What the options end with. meanwhile: what happens while they are brought."""
    flow = await hass.config_entries.options.async_init(home.entry_id)
    chosen = {"sureness": "strict", "pack": "standard", "extras": list(extras)}
    result = await hass.config_entries.options.async_configure(flow["flow_id"], chosen)
    meanwhile()
    while result["type"] in (FlowResultType.SHOW_PROGRESS, FlowResultType.SHOW_PROGRESS_DONE):
        await hass.async_block_till_done()
        result = await hass.config_entries.options.async_configure(flow["flow_id"])
    return dict(result)


async def offered(hass: HomeAssistant, home: MockConfigEntry) -> dict[str, object]:
    """The form's default of each field."""
    flow = await hass.config_entries.options.async_init(home.entry_id)
    hass.config_entries.options.async_abort(flow["flow_id"])
    return {str(key): key.default() for key in flow["data_schema"].schema if callable(key.default)}


async def pack(hass: HomeAssistant) -> Path:
    installation = await Installer(hass).installed()
    assert installation is not None
    return installation.pack


async def there(hass: HomeAssistant) -> set[str]:
    return {path.name for path in (await pack(hass)).iterdir()} & {AGAIN}


async def test_they_come_when_they_are_chosen_and_go_when_they_are_not(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    assert (await offered(hass, home))["extras"] == []
    pid = home.runtime_data.engine.pid
    assert (await choose(hass, home, "second_look"))["type"] is FlowResultType.CREATE_ENTRY
    assert await there(hass) == {AGAIN}
    assert home.options["sureness"] == "strict"
    assert "extras" not in home.options, "the installer notes them"
    assert home.runtime_data.engine.available
    assert home.runtime_data.engine.pid != pid, "the engine opens networks when it starts"
    assert (await offered(hass, home))["extras"] == ["second_look"]

    (await pack(hass) / AGAIN).unlink()
    assert (await offered(hass, home))["extras"] == ["second_look"], "the owner still wants it"
    await choose(hass, home, "second_look")
    assert await there(hass) == {AGAIN}

    await choose(hass, home)
    assert await there(hass) == set()
    assert await Installer(hass).wanted_extras() == set()


async def test_what_is_changed_during_the_download_stays(hass: HomeAssistant, home: MockConfigEntry) -> None:
    def on_the_page() -> None:
        hass.config_entries.async_update_entry(home, options={**home.options, "keep_strangers": 5})

    await choose(hass, home, "second_look", meanwhile=on_the_page)
    await hass.async_block_till_done()
    assert (home.options["sureness"], home.options["keep_strangers"]) == ("strict", 5)


async def test_nothing_is_downloaded_where_nothing_was_changed(hass: HomeAssistant, home: MockConfigEntry) -> None:
    pid = home.runtime_data.engine.pid
    assert (await choose(hass, home))["type"] is FlowResultType.CREATE_ENTRY
    assert home.options["sureness"] == "strict"
    assert home.runtime_data.engine.pid == pid


async def test_where_they_cannot_be_had_nothing_changes(
    hass: HomeAssistant, home: MockConfigEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(tmp_path))
    failed = await choose(hass, home, "second_look")
    assert failed["step_id"] == "extras_failed"
    assert "could not be downloaded" in str(failed["description_placeholders"])
    assert (await there(hass), home.options) == (set(), {})
    again = await hass.config_entries.options.async_configure(str(failed["flow_id"]), {})
    assert again["step_id"] == "init"


async def test_an_engine_that_does_not_start_with_them_goes_on_without(
    hass: HomeAssistant, home: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = LocalEngine.change_pack

    async def refuse(engine: LocalEngine, pack: Path) -> None:
        raise EngineUnavailableError("it ended.")

    monkeypatch.setattr(LocalEngine, "change_pack", refuse)
    failed = await choose(hass, home, "second_look")
    assert "failed their test" in str(failed["description_placeholders"])
    assert await there(hass) == set()
    monkeypatch.setattr(LocalEngine, "change_pack", change)
    await eventually(lambda: home.runtime_data.engine.available)
