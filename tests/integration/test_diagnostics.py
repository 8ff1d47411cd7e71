"""Diagnostics for finding faults: everything useful, and nothing about anybody."""

from collections.abc import Iterator
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.kith.diagnostics import async_get_config_entry_diagnostics, async_get_device_diagnostics
from custom_components.kith.kith_engine.analysis import Flaw
from custom_components.kith.kith_engine.errors import EngineUnavailableError
from tests.identity.faces import axis, shown, template

from .conftest import Scripted, Shown, eventually, face_of

CANARIES = ("ada", "grace", "camera.", "binary_sensor.", "hall", "secret", "127.0.0.1", "http")


async def seen(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> dict[str, Any]:
    """The diagnostics after a day in the home's life."""
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")
    home = entry.runtime_data
    await home.change(lambda gallery: gallery.with_stranger(template(axis(5))).with_negative("ada", template(axis(4))))
    return await async_get_config_entry_diagnostics(hass, entry)


def values(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from values(value)
    elif isinstance(node, list):
        for value in node:
            yield from values(value)
    else:
        yield node


async def test_nothing_in_it_says_who_or_where_or_how_to_get_in(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    found = await seen(hass, entry, engine)
    text = json.dumps(found).lower()
    for canary in (*CANARIES, *(subentry_id.lower() for subentry_id in entry.subentries)):
        assert canary not in text, canary
    for vector in entry.runtime_data.stores.gallery.gallery.templates.values():
        assert str(vector[0].template_id) not in list(values(found))
    floats = [value for value in values(found) if isinstance(value, float)]
    assert len(floats) < 30, "no vectors"


async def test_it_has_what_one_looks_for_first(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    found = await seen(hass, entry, engine)
    assert (found["entry"]["engine"], found["entry"]["token"], found["entry"]["sureness"]) == ("remote", True, "normal")
    assert (found["engine"]["available"], found["engine"]["pack"]) == (True, "test")
    assert found["engine"]["runtime"] == "ncnn 1.0 (onnxruntime has no wheel for musl)"
    assert found["engine"]["frames"] > 0
    (camera,) = found["cameras"]
    assert (camera["integration"], camera["there"], camera["now"]["last_look_succeeded"]) == ("test", True, True)
    assert camera["faces"]["seen"] > 0
    assert camera["now"]["picture"] == [1920, 1080]
    ada, _grace = found["people"]
    assert (ada["agreed_to"], ada["not_this_person"]) == (["recognize"], 1)
    assert ada["templates"][0]["compared"] is True
    assert found["marked_faces"] == {"not_this_person": 1, "strangers": 1}
    assert found["issues"] == []


async def test_a_camera_that_fails_says_with_what(hass: HomeAssistant, entry: MockConfigEntry, hall: Shown) -> None:
    hall.picture = RuntimeError("rtsp://admin:secret@10.0.0.7/stream")
    (camera,) = entry.runtime_data.cameras.values()
    await eventually(lambda: not camera.last_update_success)
    (found,) = (await async_get_config_entry_diagnostics(hass, entry))["cameras"]
    assert found["now"]["failure"] == "UpdateFailed"
    assert "secret" not in json.dumps(found)


async def test_flaws_are_told_by_their_names(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    engine.answer = shown(flaws=(Flaw.BLURRED,))
    suitability = entry.runtime_data.household.suitability
    await eventually(lambda: any(told.flaws for told in suitability.values()))
    (camera,) = (await async_get_config_entry_diagnostics(hass, entry))["cameras"]
    assert camera["faces"]["flaws"].keys() == {"blurred"}


async def test_of_a_device_only_its_own_part_is_told(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    devices = {
        next(iter(device.identifiers))[1]: device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    }
    ada = await async_get_device_diagnostics(hass, entry, devices["ada"])
    assert (len(ada["person"]["templates"]), "camera" in ada, "people" in ada) == (1, False, False)
    camera_id = next(subentry_id for subentry_id in devices if subentry_id in entry.subentries)
    camera = await async_get_device_diagnostics(hass, entry, devices[camera_id])
    assert camera["camera"]["integration"] == "test"
    assert set(await async_get_device_diagnostics(hass, entry, devices[entry.entry_id])) == {"entry", "engine"}


async def test_it_says_why_kith_does_not_start(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    (device, *_) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "url": "http://127.0.0.1:9"})
    assert not await hass.config_entries.async_reload(entry.entry_id)
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert (found["entry"]["state"], found["entry"]["failure"]) == ("setup_retry", EngineUnavailableError.code)
    assert found["entry"]["subentries"] == {"camera": 1, "person": 2}
    assert found["issues"] == []
    assert await async_get_device_diagnostics(hass, entry, device) == found
    assert not [canary for canary in CANARIES if canary in json.dumps(found).lower()]


async def test_the_system_information_counts_and_names_nobody(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "system_health", {})
    told = await get_system_health_info(hass, "kith")
    assert (told["engine"], told["engine_place"], told["cameras"], told["people"]) == ("ok", "remote", 1, 2)
    assert told["templates"] == 2
    assert "ada" not in str(told).lower()


async def test_the_system_information_says_that_the_engine_or_all_of_kith_is_away(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    remote = type(entry.runtime_data.engine)
    with monkeypatch.context() as patched:
        patched.setattr(remote, "available", False)
        patched.setattr(remote, "reason", EngineUnavailableError("http://secret"))
        told = await get_system_health_info(hass, "kith")
    assert told["engine"] == {"type": "failed", "error": "engine_unavailable"}
    await hass.config_entries.async_unload(entry.entry_id)
    assert await get_system_health_info(hass, "kith") == {"engine": "not_loaded"}
