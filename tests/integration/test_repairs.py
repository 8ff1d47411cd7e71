"""Each issue is repaired if possible, or leads to where that is done."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kith import repairs
from custom_components.kith.const import DOMAIN
from custom_components.kith.enrollment.acceptance import enroll
from custom_components.kith.enrollment.portrait import Portrait, portray
from custom_components.kith.health import checks, startup
from custom_components.kith.health.checks import FACES_TO_JUDGE_BY
from custom_components.kith.health.issues import DESCRIBED, Issue
from custom_components.kith.identity.gallery import Source
from custom_components.kith.identity.recognition_rate import RecognitionRate
from custom_components.kith.identity.suitability import Suitability
from custom_components.kith.kith_engine.analysis import Area
from custom_components.kith.kith_engine.errors import EngineUnavailableError, ProtocolMismatchError
from custom_components.kith.storage import GalleryStore
from custom_components.kith.storage.gallery import COPIES
from tests.identity.faces import EMPTY, axis, face, shown, template
from tests.pictures import astronaut, encoded

from .conftest import JPEG, Scripted, Shown, eventually, person_subentry, remote_entry
from .test_health import issue, look, subentry, told
from .test_subentry_flows import PORTRAIT, photo
from .test_translations import LANGUAGES

ENGINE = "engine"


@pytest.fixture(autouse=True)
async def _repairs(hass: HomeAssistant) -> None:
    for component in ("homeassistant", "repairs"):
        assert await async_setup_component(hass, component, {})


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "PASSES", timedelta(0))


async def begin(hass: HomeAssistant, issue_id: str) -> dict[str, Any]:
    return await repairs_flow_manager(hass).async_init(DOMAIN, context={"issue_id": issue_id})


async def answer(hass: HomeAssistant, flow: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The result of the repair, when its work is done."""
    manager = repairs_flow_manager(hass)
    result = await manager.async_configure(flow["flow_id"], given)
    while result["type"] in (FlowResultType.SHOW_PROGRESS, FlowResultType.SHOW_PROGRESS_DONE):
        assert result.get("progress_action", "work") == "work"
        await hass.async_block_till_done(wait_background_tasks=False)
        result = await manager.async_configure(flow["flow_id"])
    return result


async def fails_to_start(hass: HomeAssistant, engine: Scripted) -> MockConfigEntry:
    """Nobody listens at its address."""
    entry = remote_entry(engine)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "url": "http://127.0.0.1:9"})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    return entry


def test_every_kind_of_issue_is_described_or_can_be_mended() -> None:
    assert set(repairs.FLOWS) | DESCRIBED == set(Issue)
    assert not set(repairs.FLOWS) & DESCRIBED


async def test_an_engine_that_is_back_is_found_on_demand(hass: HomeAssistant, engine: Scripted) -> None:
    entry = await fails_to_start(hass, engine)
    flow = await begin(hass, ENGINE)
    assert (flow["type"], flow["menu_options"]) == (FlowResultType.MENU, ["work", "elsewhere"])
    assert "refused" in flow["description_placeholders"]["reason"]
    hass.config_entries.async_update_entry(entry, data={**entry.data, "url": engine.url})
    result = await answer(hass, flow, {"next_step_id": "work"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.state is ConfigEntryState.LOADED
    assert told(hass) == set()
    await hass.config_entries.async_unload(entry.entry_id)


async def test_one_that_is_still_away_is_told_and_stays_an_issue(hass: HomeAssistant, engine: Scripted) -> None:
    entry = await fails_to_start(hass, engine)
    result = await answer(hass, await begin(hass, ENGINE), {"next_step_id": "work"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "still")
    assert "refused" in result["description_placeholders"]["reason"]
    assert issue(hass, ENGINE) is not None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_engine_can_be_had_elsewhere(hass: HomeAssistant, engine: Scripted) -> None:
    entry = await fails_to_start(hass, engine)
    result = await answer(hass, await begin(hass, ENGINE), {"next_step_id": "elsewhere"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "go_on")
    kind, flow_id = result["next_flow"]
    assert kind == "config_flow"
    flows = hass.config_entries.flow
    assert flows.async_get(flow_id)["step_id"] == "reconfigure"
    assert issue(hass, ENGINE) is not None, "it is not mended yet"
    await flows.async_configure(flow_id, {"next_step_id": "remote"})
    await flows.async_configure(flow_id, {"url": engine.url, "token": "secret"})
    await eventually(lambda: entry.state is ConfigEntryState.LOADED and not told(hass))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_entry_that_is_being_set_up_is_left_alone(
    hass: HomeAssistant, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await fails_to_start(hass, engine)
    flow = await begin(hass, ENGINE)
    entry.mock_state(hass, ConfigEntryState.SETUP_IN_PROGRESS)
    result = await answer(hass, flow, {"next_step_id": "work"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "still")


async def test_missing_networks_are_brought_and_the_engine_starts(
    hass: HomeAssistant, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(tmp_path / "unplugged"))
    entry = MockConfigEntry(domain=DOMAIN, title="Kith", data={"engine": "local"})
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert issue(hass, ENGINE).translation_key == "engine_files"
    result = await answer(hass, await begin(hass, ENGINE), {"next_step_id": "work"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "still")
    assert "unplugged" in result["description_placeholders"]["reason"]
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(models))
    result = await answer(hass, await begin(hass, ENGINE), {"next_step_id": "work"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.state is ConfigEntryState.LOADED
    assert told(hass) == set()
    await hass.config_entries.async_unload(entry.entry_id)


async def test_after_a_backup_was_restored_kith_starts_again(hass: HomeAssistant, engine: Scripted) -> None:
    entry = remote_entry(engine)
    entry.add_to_hass(hass)
    storage = Path(hass.config.path(".storage"))
    storage.mkdir(exist_ok=True)
    for copy in COPIES:
        (storage / copy).write_text("{")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert issue(hass, ENGINE).translation_key == "files_unreadable"
    flow = await begin(hass, ENGINE)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "confirm")
    assert "backup" in flow["description_placeholders"]["reason"]
    await GalleryStore(hass).replace(GalleryStore(hass).gallery)
    result = await answer(hass, flow, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_unsuitable_cameras_lead_to_their_settings(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hall = subentry(entry, "Hall").subentry_id
    entry.runtime_data.household.suitability[hall] = Suitability(FACES_TO_JUDGE_BY)
    await look(hass, entry)
    flow = await begin(hass, f"camera_unsuitable_{hall}")
    assert flow["description_placeholders"]["name"] == "Hall"
    result = await answer(hass, flow, {})
    kind, flow_id = result["next_flow"]
    assert (result["reason"], kind) == ("go_on", "config_subentries_flow")
    next_one = hass.config_entries.subentries.async_get(flow_id)
    assert (next_one["handler"], next_one["step_id"]) == ((entry.entry_id, "camera"), "reconfigure")


def upside_down(entry: MockConfigEntry) -> str:
    """The hall's camera is found to hang so; returns its id."""
    hall = subentry(entry, "Hall").subentry_id
    turned = entry.runtime_data.cameras[hall].turned_look
    for number in range(1, 5):
        if turned.to_try(replace(EMPTY, looked=True), 1e9 * number) is not None:
            turned.note(shown(axis(0)))
    return hall


async def test_the_pictures_of_a_turned_camera_are_turned(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hall = upside_down(entry)
    await look(hass, entry)
    result = await answer(hass, await begin(hass, f"camera_turned_{hall}"), {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert subentry(entry, "Hall").data["turned"] == "180"
    await hass.async_block_till_done()
    await look(hass, entry)
    assert issue(hass, f"camera_turned_{hall}") is None


async def test_a_turned_camera_that_was_removed_is_not_turned(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hall = upside_down(entry)
    await look(hass, entry)
    flow = await begin(hass, f"camera_turned_{hall}")
    hass.config_entries.async_remove_subentry(entry, hall)
    assert (await answer(hass, flow, {}))["reason"] == "gone"


@pytest.mark.parametrize("kind", ["turned", "restless"])
async def test_a_problem_that_passes_while_its_repair_is_open_needs_none(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, kind: str
) -> None:
    hall = upside_down(entry)
    camera = entry.runtime_data.cameras[hall]
    engine.answer = replace(EMPTY, restless=Area(0.81, 0.02, 0.995, 0.07))
    await eventually(lambda: camera.restless is not None)
    await look(hass, entry)
    before, flow = dict(subentry(entry, "Hall").data), await begin(hass, f"camera_{kind}_{hall}")
    ir.async_delete_issue(hass, DOMAIN, f"camera_{kind}_{hall}")
    assert (await answer(hass, flow, {}))["reason"] == "gone"
    assert subentry(entry, "Hall").data == before


async def test_a_camera_that_always_gives_the_same_picture_leads_to_its_settings(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera_id = subentry(entry, "Hall").subentry_id
    monkeypatch.setattr(checks, "STILL_FOR", 0.1)
    await look(hass, entry)
    assert told(hass) == set()
    hall.frozen = True
    await eventually(lambda: entry.runtime_data.cameras[camera_id].sources.unchanged > 0.1)
    await look(hass, entry)
    result = await answer(hass, await begin(hass, f"camera_still_{camera_id}"), {})
    assert result["reason"] == "go_on"
    hall.frozen = False
    await eventually(lambda: entry.runtime_data.cameras[camera_id].sources.unchanged == 0)
    await look(hass, entry)
    assert told(hass) == set()


async def test_a_clock_in_the_picture_is_ignored(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    hall = subentry(entry, "Hall").subentry_id
    engine.answer = replace(EMPTY, restless=Area(0.81, 0.02, 0.995, 0.07))
    await eventually(lambda: entry.runtime_data.cameras[hall].restless is not None)
    await look(hass, entry)
    flow = await begin(hass, f"camera_restless_{hall}")
    area = {"left": 81, "top": 2, "right": 100, "bottom": 7}
    assert flow["description_placeholders"] == {"name": "Hall", **{edge: str(value) for edge, value in area.items()}}
    engine.answer = EMPTY
    assert (await answer(hass, flow, {}))["type"] is FlowResultType.CREATE_ENTRY
    assert subentry(entry, "Hall").data["ignored"] == [area]
    await hass.async_block_till_done()
    await look(hass, entry)
    assert issue(hass, f"camera_restless_{hall}") is None


async def test_who_is_served_worse_leads_to_their_settings(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.runtime_data.stores.recognition_rate.tallies.update(
        ada=RecognitionRate(90, 10), grace=RecognitionRate(30, 30)
    )
    await look(hass, entry)
    result = await answer(hass, await begin(hass, "served_worse_grace"), {})
    _, flow_id = result["next_flow"]
    next_one = hass.config_entries.subentries.async_get(flow_id)
    assert next_one["context"]["subentry_id"] == subentry(entry, "Grace").subentry_id
    assert issue(hass, "served_worse_grace"), "it goes when the visits are better"


async def test_who_was_removed_meanwhile_leads_nowhere(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.runtime_data.stores.recognition_rate.tallies.update(
        ada=RecognitionRate(90, 10), grace=RecognitionRate(30, 30)
    )
    await look(hass, entry)
    flow = await begin(hass, "served_worse_grace")
    hass.config_entries.async_remove_subentry(entry, subentry(entry, "Grace").subentry_id)
    assert (await answer(hass, flow, {}))["reason"] == "gone"


async def foreign(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Ada agreed to keeping photos; another network saw two of hers, and one of them was kept."""
    home = entry.runtime_data
    found = subentry(entry, "Ada")
    agreed = {**found.data["consent"], "to": ["photos", "recognize"]}
    hass.config_entries.async_update_subentry(entry, found, data={**found.data, "consent": agreed})
    await hass.async_block_till_done()
    old = [template(axis(0), name, network="net-of-yore") for name in ("kept", "unkept")]
    await home.change(lambda gallery: gallery.without("ada").with_templates("ada", old))
    await home.stores.photos.save_person("ada", "kept", JPEG)
    await look(hass, entry)


async def test_kept_photos_are_looked_at_again(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    await foreign(hass, entry)
    engine.answer = photo(face(axis(3), PORTRAIT))
    flow = await begin(hass, "gallery_foreign")
    assert flow["description_placeholders"]["kept"] == "Ada"
    result = await answer(hass, flow, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    home = entry.runtime_data
    by_id = {one.template_id: one for one in home.stores.gallery.gallery.templates["ada"]}
    assert by_id["kept"].embedding == home.engine.facts.embedding
    assert by_id["kept"].vector @ axis(3) == pytest.approx(1)
    assert by_id["kept"].added == template(axis(0)).added
    assert by_id["unkept"].embedding == "net-of-yore"
    assert await home.stores.photos.find("ada", "kept") == JPEG
    await look(hass, entry)
    assert told(hass) == set()
    engine.answer = shown(axis(3))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")


async def test_kept_photos_without_a_good_face_change_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    await foreign(hass, entry)
    engine.answer = EMPTY
    result = await answer(hass, await begin(hass, "gallery_foreign"), {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "still")
    assert issue(hass, "gallery_foreign")
    assert {one.template_id for one in entry.runtime_data.stores.gallery.gallery.templates["ada"]} == {"kept", "unkept"}


async def test_kept_photos_are_not_touched_while_the_engine_is_away(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    await foreign(hass, entry)
    flow = await begin(hass, "gallery_foreign")
    engine.answer = ProtocolMismatchError("another")
    result = await answer(hass, flow, {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "still")


async def test_kept_photos_wait_until_kith_is_loaded(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await foreign(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    result = await answer(hass, await begin(hass, "gallery_foreign"), {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "still")


@pytest.mark.one_release
async def test_a_real_engine_makes_the_same_template_of_the_kept_photo(
    hass: HomeAssistant, models: Path, hall: Shown
) -> None:
    entry = MockConfigEntry(
        domain=DOMAIN, title="Kith", data={"engine": "local"}, subentries_data=[person_subentry("Ada")]
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    home = entry.runtime_data
    found = subentry(entry, "Ada")
    agreed = {**found.data["consent"], "to": ["photos", "recognize"]}
    hass.config_entries.async_update_subentry(entry, found, data={**found.data, "consent": agreed})
    await hass.async_block_till_done()
    portrait = await portray(home.engine, encoded(astronaut()), Source.PHOTO, keep_photo=True)
    assert isinstance(portrait, Portrait)
    (made,) = portrait.template.embeddings
    of_yore = replace(made, network="net-of-yore", vector=np.roll(made.vector, 5))
    yore = replace(portrait.template, embeddings=(of_yore,))
    await enroll(home, "ada", [replace(portrait, template=yore)])
    await look(hass, entry)
    result = await answer(hass, await begin(hass, "gallery_foreign"), {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (made,) = home.stores.gallery.gallery.templates["ada"]
    assert made.vector @ portrait.template.vector > 0.9
    await hass.config_entries.async_unload(entry.entry_id)


async def test_issues_are_mended_by_administrators_only(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator, hass_read_only_access_token: str
) -> None:
    entry.runtime_data.engine._availability.went(EngineUnavailableError("nobody there."))
    await eventually(lambda: issue(hass, ENGINE))
    client = await hass_client(hass_read_only_access_token)
    response = await client.post("/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": ENGINE})
    assert response.status == HTTPStatus.UNAUTHORIZED


def test_every_issue_has_the_texts_of_its_flow() -> None:
    for texts in LANGUAGES.values():
        for kind in Issue:
            said = texts["issues"][kind]
            assert ("description" in said) == (kind in DESCRIBED)
            if kind not in DESCRIBED:
                flow = repairs.FLOWS[kind]
                step = "init" if issubclass(flow, repairs.StartEngine) else "confirm"
                assert list(said["fix_flow"]["step"]) == [step]
