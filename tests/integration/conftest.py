"""A real Home Assistant core in process, with real storage, and cameras that show what a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
import importlib
import logging
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
from types import MappingProxyType
from typing import Any

from homeassistant.components.camera import Camera
from homeassistant.config_entries import ConfigSubentry, ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, setup_test_component_platform
import pytest_socket

import custom_components.kith  # noqa: F401 before the fixture hass, or the loader finds only the test plugin's package
from custom_components.kith.cameras import schedule
from custom_components.kith.const import DOMAIN, SUBENTRY_CAMERA, SUBENTRY_PERSON
from custom_components.kith.engines import installer
from custom_components.kith.engines.installed_packs import CHOSEN, InstalledPacks
from custom_components.kith.household import scene as household_scene
from custom_components.kith.identity import presence
from custom_components.kith.kith_engine.analysis import Analysis, Box, EngineFacts, Look, Scope
from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.server import Address, create_app, listening
from custom_components.kith.storage import retention
from tests.identity.faces import EMPTY, FACTS, axis, template

from .page import page  # noqa: F401  a fixture

REPOSITORY = Path(__file__).parents[2]
KITH = REPOSITORY / "custom_components" / "kith"
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models"))
JPEG = b"\xff\xd8 a face \xff\xd9"
"""The scripted engine's crop."""
PATIENCE = 40
"""Seconds until a test stops waiting for something that should soon be true."""

logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)  # the plugin makes it tell every statement


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    return hass_tmp_config_dir


@pytest.fixture
def enable_event_loop_debug() -> None:
    """Replaces the plugin's: asyncio's debug mode takes a third of the time. The step `previous` has it on."""


@pytest.fixture(scope="session", autouse=True)
def _uploads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Home Assistant empties one fixed folder for uploads at its start: tests that run side by side have their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("t")))
        yield


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Replaces the plugin's in-memory storage: what Kith stores, and how, is part of the tests."""
    return {}


@pytest.fixture(autouse=True)
def _ours(request: pytest.FixtureRequest) -> None:
    for name in ("recorder_mock", "enable_custom_integrations"):  # in this order, if at all
        if name in request.fixturenames or (name != "recorder_mock" and "hass" in request.fixturenames):
            request.getfixturevalue(name)
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)  # for the connection to the engine


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror of the recommended networks; without it, the test is skipped with a message."""
    if not MODELS.is_dir():
        pytest.skip(f"no models at {MODELS}: set KITH_MODEL_MIRROR")
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(MODELS))
    return MODELS


@pytest.fixture
def models(published: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as the networks that a home begins with."""
    importlib.import_module("custom_components.kith.config_flow")  # first, so that it keeps the installer's own choice
    monkeypatch.setattr(installer, "FIRST_PACK", "standard")
    return published


@pytest.fixture(scope="session")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, HomeAssistant], None]:
    """Puts a pack where Kith's installer would, which brings each only once in all tests."""

    @cache
    def shelf_with(name: str) -> Path:
        shelf = InstalledPacks(tmp_path_factory.mktemp("packs"))
        manifest = load_manifest(name)
        command = (sys.executable, "-m", "kith_engine", "packs", "fetch", name, "--into", shelf.place(manifest))
        mirror = {"KITH_MODEL_MIRROR": str(MODELS)}
        subprocess.run(command, cwd=KITH, env={**os.environ, **mirror}, check=True, capture_output=True)
        shelf.choose(shelf.place(manifest))
        return shelf.folder

    def bring(name: str, hass: HomeAssistant) -> None:
        packs, own = Path(hass.config.path(".cache", DOMAIN, "packs")), Path(hass.config.path(DOMAIN))
        shutil.copytree(shelf_with(name), packs)
        own.mkdir(exist_ok=True)
        (packs / CHOSEN).rename(own / CHOSEN)

    return bring


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at cameras again without a pause."""
    monkeypatch.setattr(schedule, "BURST_PAUSE", 0.005)
    monkeypatch.setattr(schedule, "STAY_PAUSE", 0.005)


class Shown(Camera):
    """A camera whose picture the test chooses; each look gets other noise, as from a real one."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._attr_name = name
        self._attr_unique_id = name
        self.picture: bytes | Exception | None = b"a picture"
        self.frozen = False
        self.taken = 0

    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes | None:
        self.taken += 1
        if isinstance(self.picture, Exception):
            raise self.picture
        if self.frozen or not self.picture:
            return self.picture
        return self.picture + str(self.taken).encode()


@pytest.fixture
async def hall(hass: HomeAssistant) -> Shown:
    """The entity camera.hall."""
    camera = Shown("Hall")
    setup_test_component_platform(hass, "camera", [camera])
    for component in ("homeassistant", "file_upload"):
        assert await async_setup_component(hass, component, {})
    assert await async_setup_component(hass, "camera", {"camera": {"platform": "test"}})
    await hass.async_block_till_done()
    return camera


@dataclass
class Scripted:
    """Answers for a real engine server as the test says; the networks are tested elsewhere."""

    url: str = ""
    answer: Analysis | Exception = EMPTY
    told: EngineFacts = FACTS
    asked: list[tuple[str, Look]] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    cropped: list[Box] = field(default_factory=list)

    def facts(self) -> EngineFacts:
        return self.told

    def crop(self, _encoded: bytes, box: Box) -> bytes:
        self.cropped.append(box)
        return JPEG

    def analyze(self, _encoded: bytes, camera: str, look: Look, scope: Scope) -> Analysis:
        self.scopes.append(scope)
        self.asked.append((camera, look))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
async def engine(socket_enabled: None) -> AsyncIterator[Scripted]:
    """An engine on "another host"; its address is `engine.url`."""
    scripted = Scripted()
    async with listening(create_app(scripted, "secret"), Address()) as url:
        scripted.url = url
        yield scripted


def camera_subentry(**settings: Any) -> ConfigSubentryData:
    return ConfigSubentryData(
        data={"camera": "camera.hall", "interval": 0.01, "enabled": True, **settings},
        subentry_type=SUBENTRY_CAMERA,
        title="Hall",
        unique_id="camera.hall",
    )


def person_subentry(name: str, *, consent: bool = True) -> ConfigSubentryData:
    """Its person_id is the lowercase name."""
    person_id = name.lower()
    agreed = {"to": ["recognize"], "by": name, "at": "2026-11-23T12:00:00+00:00"} if consent else None
    return ConfigSubentryData(
        data={"person_id": person_id, "person": None, "consent": agreed},
        subentry_type=SUBENTRY_PERSON,
        title=name,
        unique_id=person_id,
    )


def as_subentry(data: ConfigSubentryData) -> ConfigSubentry:
    return ConfigSubentry(
        data=MappingProxyType(data["data"]),
        subentry_type=data["subentry_type"],
        title=data["title"],
        unique_id=data["unique_id"],
    )


def remote_entry(engine: Scripted, *subentries: ConfigSubentryData) -> MockConfigEntry:
    data = {"engine": "remote", "url": engine.url, "token": "secret"}
    return MockConfigEntry(domain=DOMAIN, title="Kith", data=data, subentries_data=list(subentries))


@pytest.fixture
async def entry(hass: HomeAssistant, hall: Shown, engine: Scripted, quick: None) -> AsyncIterator[MockConfigEntry]:
    """Kith, loaded, watching camera.hall; it knows Ada, whose face is axis 0, and Grace, axis 1."""
    found = remote_entry(engine, camera_subentry(), person_subentry("Ada"), person_subentry("Grace"))
    found.add_to_hass(hass)
    assert await hass.config_entries.async_setup(found.entry_id)
    for number, person_id in enumerate(("ada", "grace")):
        await found.runtime_data.enroll(person_id, [template(axis(number), name=person_id)])
    yield found
    await hass.async_block_till_done()  # a reload may have begun
    if hass.config_entries.async_get_entry(found.entry_id):
        await hass.config_entries.async_unload(found.entry_id)


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until it is true; fails if it does not become true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


def face_of(number: int, likeness: float = 0.9) -> np.ndarray:
    """Somebody who looks like the person of that axis."""
    other = axis(6)
    return (likeness * axis(number) + np.sqrt(1 - likeness**2) * other).astype(np.float32)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kith believes the clock from the start."""
    monkeypatch.setattr(retention, "STEADY_FOR", timedelta(0))


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """People out of view are gone at once."""
    monkeypatch.setattr(household_scene, "DETECTED_FOR", timedelta(seconds=0.05))
    monkeypatch.setattr(presence, "VISIT_GAP", timedelta(seconds=0.05))
