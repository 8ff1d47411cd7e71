"""Another pack is offered, tested, and used, or everything stays as it is. Real networks, real engine."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
import errno
import hashlib
import json
import os
from pathlib import Path
import re
import shutil
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import psutil
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import pytest_socket

from custom_components.kith.const import DOMAIN
from custom_components.kith.engines import installed_packs, installer, local
from custom_components.kith.engines.installer import Installer
from custom_components.kith.engines.update import PackUpdate
from custom_components.kith.enrollment.acceptance import enroll
from custom_components.kith.enrollment.portrait import Portrait, portray
from custom_components.kith.identity.gallery import Source
from custom_components.kith.kith_engine import manifest
from custom_components.kith.kith_engine.atomic_files import unwritable
from custom_components.kith.kith_engine.manifest import MANIFESTS, load_manifest, to_store
from custom_components.kith.kith_engine.network import Role
from custom_components.kith.kith_engine.packs import fetch
from tests.identity.faces import FACTS
from tests.pictures import astronaut, encoded

from .conftest import Scripted, Shown, eventually, person_subentry, remote_entry

ENTITY = "update.kith_networks"
FIRST, FIRST_WEIGHTS = "face-reidentification-retail-0095.xml", "face-reidentification-retail-0095.bin"
SECOND, SECOND_WEIGHTS = "second.xml", "second.bin"
"""Files of the embedding network, by their own names and as another network's."""
VERSION = load_manifest("standard").version
STANDARD, COMPACT = f"standard {VERSION}", f"compact {load_manifest('compact').version}"


@pytest.fixture
async def mirror(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the published networks, with one of them under another name too: to Kith it is another network."""
    folder = tmp_path / "mirror"
    await fetch(load_manifest("standard"), folder, models, demanded=[Role.BODY])
    shutil.copyfile(folder / FIRST, folder / SECOND)
    shutil.copyfile(folder / FIRST_WEIGHTS, folder / SECOND_WEIGHTS)
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(folder))
    return folder


@pytest.fixture
def ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """From now on, Kith comes with another standard pack, or with one more."""

    def ship(version: str = "99", name: str = "standard", file: str = FIRST, **weights: Any) -> None:
        folder = tmp_path / "manifests"
        shutil.copytree(MANIFESTS, folder)
        content = json.loads((folder / "standard.json").read_text())
        content |= {"name": name, "version": version, "title": f"The {name} one"}
        (embedding,) = [network for network in content["networks"] if network["role"] == "embedding"]
        embedding["files"][0]["file"] = file
        embedding["files"][1].update(weights, file=str(Path(file).with_suffix(".bin")))
        (folder / f"{name}.json").write_text(json.dumps(content))
        (folder / f"{name}.md").write_text("Good for a first look.")
        monkeypatch.setattr(manifest, "MANIFESTS", folder)

    return ship


@pytest.fixture
async def home(
    hass: HomeAssistant, hall: Shown, mirror: Path, brought: Callable[[str, HomeAssistant], None]
) -> AsyncIterator[MockConfigEntry]:
    """Kith with its own engine and the first standard pack; it knows Eileen and keeps her photo, and it knows Grace."""
    eileen = person_subentry("Eileen")
    eileen["data"]["consent"]["to"] = ["recognize", "photos"]
    subentries = [eileen, person_subentry("Grace")]
    entry = MockConfigEntry(domain=DOMAIN, title="Kith", data={"engine": "local"}, subentries_data=subentries)
    entry.add_to_hass(hass)
    brought("standard", hass)
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    picture = encoded(astronaut())
    found = await portray(entry.runtime_data.engine, picture, Source.PHOTO, keep_photo=True)
    assert isinstance(found, Portrait)
    await enroll(entry.runtime_data, "eileen", [found])
    await enroll(entry.runtime_data, "grace", [Portrait(replace(found.template, template_id="of-grace"), found.face)])
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def websocket(hass_ws_client: WebSocketGenerator) -> WebSocketGenerator:
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)  # the plugin resets this
    return hass_ws_client


def packs(hass: HomeAssistant) -> list[str]:
    return sorted(path.name for path in Path(hass.config.path(".cache", "kith", "packs")).iterdir())


async def install(hass: HomeAssistant) -> None:
    await hass.services.async_call("update", "install", {"entity_id": ENTITY}, blocking=True)


async def notes(websocket: WebSocketGenerator, hass: HomeAssistant) -> str:
    client = await websocket(hass)
    await client.send_json_auto_id({"type": "update/release_notes", "entity_id": ENTITY})
    answer = await client.receive_json()
    assert answer["success"], answer
    return answer["result"]


def names_of(home: MockConfigEntry) -> dict[str, set[str]]:
    """The networks that made each person's templates."""
    templates = home.runtime_data.stores.gallery.gallery.templates
    return {who: {face.embedding.partition("@")[0] for face in found} for who, found in templates.items()}


async def test_what_came_with_kith_is_installed_and_nothing_is_offered(
    hass: HomeAssistant, home: MockConfigEntry, websocket: WebSocketGenerator
) -> None:
    found = hass.states.get(ENTITY)
    assert found.state == STATE_OFF
    assert (found.attributes["installed_version"], found.attributes["latest_version"]) == (STANDARD, STANDARD)
    told = await notes(websocket, hass)
    for words in (
        "nobody needs new photos",
        "YOLOX-Nano by Megvii",
        "Apache-2.0",
        "Open Model Zoo",
        "do not name",
        "Labeled",
    ):
        assert words in told


async def test_an_update_of_kith_alone_changes_no_network(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None]
) -> None:
    before = packs(hass)
    ships(file=SECOND)
    assert await hass.config_entries.async_reload(home.entry_id)
    assert home.runtime_data.engine.facts.embedding.startswith(f"{FIRST}@")
    assert names_of(home) == {"eileen": {FIRST}, "grace": {FIRST}}
    assert packs(hass) == before
    found = hass.states.get(ENTITY)
    assert found.state == STATE_ON
    assert (found.attributes["installed_version"], found.attributes["latest_version"]) == (STANDARD, "standard 99")


async def test_the_other_pack_is_installed_and_kept_photos_are_compared_by_it(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], websocket: WebSocketGenerator
) -> None:
    ships(file=SECOND)
    assert await hass.config_entries.async_reload(home.entry_id)
    (hers,) = home.runtime_data.stores.gallery.gallery.templates["eileen"]
    await home.runtime_data.change(lambda gallery: gallery.with_stranger(replace(hers, template_id="marked")))
    told = await notes(websocket, hass)
    assert "Good for a first look." in told
    assert "[Kith's settings](/kith/settings) try these networks" in told
    assert "No longer compared: 1." in told
    assert "from their kept photos: Eileen." in told
    assert "until you add new ones: Grace." in told
    changes = async_capture_events(hass, "state_changed")
    before = home.runtime_data.stores.gallery.gallery.templates["eileen"][0]
    first = psutil.Process(home.runtime_data.engine.pid)

    await install(hass)
    assert not first.is_running()
    assert home.runtime_data.engine.facts.pack == "standard 99"
    found = hass.states.get(ENTITY)
    assert (found.state, found.attributes["installed_version"]) == (STATE_OFF, "standard 99")
    steps = [change.data["new_state"].attributes for change in changes if change.data["entity_id"] == ENTITY]
    shares = [step["update_percentage"] for step in steps if step["in_progress"]]
    assert shares == sorted(shares)
    assert len(shares) > 3
    assert len(packs(hass)) == 1, "the new pack alone"

    await eventually(lambda: names_of(home) == {"eileen": {SECOND}, "grace": {FIRST}})
    after = home.runtime_data.stores.gallery.gallery.templates["eileen"][0]
    assert (after.template_id, after.added) == (before.template_id, before.added)
    assert float(after.vector @ before.vector) > 0.9, "the same weights under another name, and the same face"
    assert await home.runtime_data.stores.photos.find("eileen", after.template_id)
    await eventually(lambda: not home.runtime_data.renewing)
    await hass.config_entries.async_reload(home.entry_id)
    assert home.runtime_data.engine.facts.pack == "standard 99", "and it stays"
    await eventually(lambda: ir.async_get(hass).async_get_issue(DOMAIN, "gallery_foreign"))
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "gallery_foreign")
    assert issue.translation_placeholders["people"] == "Grace"


@pytest.mark.one_release
async def test_what_the_owner_added_to_the_old_pack_comes_with_the_new_one(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None]
) -> None:
    await PackUpdate(hass, home.runtime_data.engine).change_extras([Role.BODY], lambda _share: None)
    ships(file=SECOND)
    await hass.config_entries.async_reload(home.entry_id)
    await install(hass)
    assert home.runtime_data.engine.facts.pack == "standard 99"
    assert await Installer(hass).extras() == {Role.BODY}


@pytest.mark.one_release
async def test_who_is_enrolled_by_two_networks_is_compared_within_each_only(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None]
) -> None:
    ships(file=SECOND)
    await hass.config_entries.async_reload(home.entry_id)
    await install(hass)
    await eventually(lambda: names_of(home)["eileen"] == {SECOND})
    facts, gallery = home.runtime_data.engine.facts, home.runtime_data.stores.gallery.gallery
    assert gallery.index(facts.embedding, facts.calibration).people == ("eileen",)


async def assert_as_before(hass: HomeAssistant, home: MockConfigEntry, before: list[str]) -> None:
    engine = home.runtime_data.engine
    await eventually(lambda: engine.available)
    assert engine.facts.pack == STANDARD
    assert isinstance(await portray(engine, encoded(astronaut()), Source.PHOTO), Portrait)
    assert names_of(home) == {"eileen": {FIRST}, "grace": {FIRST}}
    assert set(before) <= set(packs(hass))
    installed = await Installer(hass).pack()
    assert installed is not None
    assert installed.version == VERSION
    found = hass.states.get(ENTITY)
    assert (found.state, found.attributes["in_progress"]) == (STATE_ON, False)


@pytest.mark.one_release
async def test_a_pack_that_fails_its_self_test_is_not_used_and_the_old_engine_goes_on(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], mirror: Path
) -> None:
    """Its embedding is another network than the one that was looked at when Kith was made."""
    content = bytearray((mirror / FIRST_WEIGHTS).read_bytes())
    content[2_000_000:2_000_100] = bytes(100)
    (mirror / SECOND_WEIGHTS).write_bytes(content)
    ships(file=SECOND, sha256=hashlib.sha256(content).hexdigest())
    await hass.config_entries.async_reload(home.entry_id)
    before, pid = packs(hass), home.runtime_data.engine.pid
    with pytest.raises(HomeAssistantError, match=f"failed their test on this machine.*{SECOND}") as refused:
        await install(hass)
    assert refused.value.translation_key == "pack_failed_test"
    assert home.runtime_data.engine.pid == pid
    await assert_as_before(hass, home, before)


@pytest.mark.one_release
async def test_a_pack_that_brings_its_process_down_is_not_used(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], mirror: Path
) -> None:
    (mirror / SECOND_WEIGHTS).write_bytes(b"no network at all")
    ships(file=SECOND, sha256=hashlib.sha256(b"no network at all").hexdigest(), bytes=17)
    await hass.config_entries.async_reload(home.entry_id)
    before = packs(hass)
    with pytest.raises(HomeAssistantError, match="failed their test"):
        await install(hass)
    await assert_as_before(hass, home, before)


@pytest.mark.one_release
async def test_a_pack_with_which_the_engine_does_not_start_is_rolled_back(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "FIRST_RESTART_PAUSE", 0.01)
    ships(file=SECOND)
    await hass.config_entries.async_reload(home.entry_id)
    before = packs(hass)

    async def pass_and_damage(_self: Installer, found: Any) -> None:
        (found.pack / SECOND).write_bytes(b"a disk that forgets")

    chosen, change = [], local.LocalEngine.change_pack

    async def change_and_lose_power(engine: local.LocalEngine, pack: Path) -> None:
        try:
            await change(engine, pack)
        finally:
            chosen.append(await Installer(hass).pack())

    monkeypatch.setattr(Installer, "test", pass_and_damage)
    monkeypatch.setattr(local.LocalEngine, "change_pack", change_and_lose_power)
    with pytest.raises(HomeAssistantError, match=f"failed their test.*{SECOND} is damaged"):
        await install(hass)
    assert [pack.version for pack in chosen] == [VERSION], "what the next start would use at that moment"
    await assert_as_before(hass, home, before)


@pytest.mark.one_release
async def test_a_self_test_that_does_not_end_is_ended(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ships(file=SECOND)
    await hass.config_entries.async_reload(home.entry_id)
    before = packs(hass)
    monkeypatch.setattr(installer, "TEST_TIMEOUT", 0)
    with pytest.raises(HomeAssistantError, match="took more than 0 s"):
        await install(hass)
    await assert_as_before(hass, home, before)


@pytest.mark.one_release
async def test_a_choice_that_cannot_be_stored_is_none(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ships(file=SECOND)
    await hass.config_entries.async_reload(home.entry_id)
    before = packs(hass)

    def full(final: Path, _: bytes) -> None:
        raise unwritable(final.parent, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    monkeypatch.setattr(installed_packs, "write", full)
    with pytest.raises(HomeAssistantError, match=os.strerror(errno.ENOSPC)) as refused:
        await install(hass)
    assert refused.value.translation_key == "pack_unwritable"
    await assert_as_before(hass, home, before)


@pytest.mark.one_release
async def test_a_pack_that_cannot_be_had_changes_nothing(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], mirror: Path
) -> None:
    ships(file=SECOND)
    (mirror / SECOND).unlink()
    await hass.config_entries.async_reload(home.entry_id)
    before = packs(hass)
    with pytest.raises(HomeAssistantError) as refused:
        await install(hass)
    assert refused.value.translation_key == "pack_unavailable"
    await assert_as_before(hass, home, before)


@pytest.mark.one_release
async def test_what_is_there_already_is_not_brought_again(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], mirror: Path
) -> None:
    """Only the calibration or a limit is new: the networks are already on this machine."""
    ships(version=f"{VERSION}.1")
    for file in mirror.iterdir():
        file.unlink()
    await hass.config_entries.async_reload(home.entry_id)
    await install(hass)
    assert home.runtime_data.engine.facts.pack == f"{STANDARD}.1"
    assert names_of(home)["eileen"] == {FIRST}


@pytest.mark.one_release
async def test_the_same_number_with_another_content_is_told_apart(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None]
) -> None:
    ships(version=VERSION, file=SECOND)
    await hass.config_entries.async_reload(home.entry_id)
    found = hass.states.get(ENTITY)
    assert found.state == STATE_ON
    assert found.attributes["installed_version"].startswith(f"{STANDARD} (")


@pytest.mark.one_release
async def test_an_older_kith_offers_no_older_pack(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None]
) -> None:
    ships(version="0.9", file=SECOND)
    await hass.config_entries.async_reload(home.entry_id)
    assert hass.states.get(ENTITY).state == STATE_OFF


async def test_where_kith_has_several_packs_the_owner_chooses_and_installs(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    flow = await hass.config_entries.options.async_init(home.entry_id)
    chosen = {"sureness": "normal", "pack": "compact"}
    assert flow["data_schema"].schema["pack"].config["options"] == [
        {"value": "compact", "label": load_manifest("compact").title},
        {"value": "standard", "label": load_manifest("standard").title},
    ]
    await hass.config_entries.options.async_configure(flow["flow_id"], chosen)
    await hass.async_block_till_done()
    found = hass.states.get(ENTITY)
    assert (found.state, found.attributes["latest_version"]) == (STATE_ON, COMPACT)
    assert home.runtime_data.engine.facts.pack == STANDARD, "nothing has changed yet"

    await install(hass)
    assert hass.states.get(ENTITY).state == STATE_OFF
    assert await hass.config_entries.async_reload(home.entry_id)
    assert home.runtime_data.engine.facts.pack == COMPACT
    assert hass.states.get(ENTITY).state == STATE_OFF


@pytest.mark.one_release
async def test_a_damaged_file_of_an_older_pack_is_mended_and_the_network_stays(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None]
) -> None:
    ships(file=SECOND)
    pack = (await Installer(hass).installed()).pack
    (pack / "yolox_nano.onnx").write_bytes(b"damaged")
    await hass.config_entries.async_reload(home.entry_id)
    assert home.runtime_data.engine.facts.pack == STANDARD


@pytest.mark.one_release
async def test_an_older_pack_of_which_nobody_has_the_files_any_more_gives_way(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], mirror: Path
) -> None:
    ships(file=SECOND)
    ((await Installer(hass).installed()).pack / FIRST).write_bytes(b"damaged")
    (mirror / FIRST).unlink()
    await hass.config_entries.async_reload(home.entry_id)
    assert home.runtime_data.engine.facts.pack == "standard 99"
    await eventually(lambda: names_of(home)["eileen"] == {SECOND})


@pytest.mark.one_release
async def test_a_pack_that_this_kith_cannot_read_gives_way_to_its_own(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    ships(file=SECOND)
    installed = await Installer(hass).pack()
    content = {**json.loads(installed.text), "limits": {}}
    strange = replace(installed, text=json.dumps(content, sort_keys=True, separators=(",", ":")))
    ((await Installer(hass).installed()).pack / "manifest.json").write_bytes(to_store(strange))
    await hass.config_entries.async_reload(home.entry_id)
    assert home.runtime_data.engine.facts.pack == "standard 99"
    assert re.search("Giving up the pack standard-3-[0-9a-f]+ for standard-99-", caplog.text)
    await eventually(lambda: names_of(home)["eileen"] == {SECOND})


async def test_an_update_that_is_under_way_ends_with_kith_and_leaves_no_process(
    hass: HomeAssistant, home: MockConfigEntry, ships: Callable[..., None]
) -> None:
    ships(file=SECOND)
    await hass.config_entries.async_reload(home.entry_id)
    installing = hass.async_create_task(install(hass))
    await eventually(lambda: hass.states.get(ENTITY).attributes["in_progress"])
    await hass.config_entries.async_unload(home.entry_id)
    with pytest.raises(HomeAssistantError):
        await installing
    assert [child for child in psutil.Process().children(recursive=True) if "serve" in child.cmdline()] == []
    assert (await Installer(hass).pack()).version == VERSION


async def test_of_another_host_it_is_said_what_it_has_and_where_to_update_it(
    hass: HomeAssistant, hall: Shown, engine: Scripted, websocket: WebSocketGenerator
) -> None:
    engine.told = replace(FACTS, pack="standard 0")
    entry = remote_entry(engine)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    found = hass.states.get(ENTITY)
    assert (found.state, found.attributes["installed_version"], found.attributes["latest_version"]) == (
        STATE_ON,
        "standard 0",
        STANDARD,
    )
    assert (await notes(websocket, hass)).startswith("The engine runs on another host: update Kith there")
    with pytest.raises(HomeAssistantError):
        await install(hass)
    assert er.async_get(hass).async_get(ENTITY).unique_id == f"{entry.entry_id}_pack_update"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_of_another_host_s_own_pack_nothing_is_offered(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    found = hass.states.get(ENTITY)
    assert (found.state, found.attributes["installed_version"]) == (STATE_OFF, "test")
    entry.runtime_data.engine._facts = None
    entry.runtime_data.household.notify_presence()
    await eventually(lambda: hass.states.get(ENTITY).state == STATE_UNKNOWN)
