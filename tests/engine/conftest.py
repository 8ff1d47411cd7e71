"""Fixtures for the engine's tests: the published networks, if available. With KITH_RUNTIME=ncnn, all tests use ncnn."""

import asyncio
import os
from pathlib import Path

import pytest

from kith_engine.manifest import SHIPPED, load_manifest
from kith_engine.packs import Pack, fetch, open_pack, prepare
from kith_engine.pipeline import Pipeline
from kith_engine.runtimes import Runtime, choose

REPOSITORY = Path(__file__).parents[2]
MIRROR = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models" / "standard"))


@pytest.fixture(scope="session")
def mirror() -> Path:
    if not MIRROR.is_dir():
        pytest.skip(f"no published networks in {MIRROR}; set KITH_MODEL_MIRROR")
    return MIRROR


def prepare_for_ncnn(name: str, folder: Path, mirror: Path) -> Path:
    """A pack as installed for ncnn, with the files that ncnn needs beside the published ones."""
    pytest.importorskip("ncnn")
    manifest = load_manifest(name)
    asyncio.run(fetch(manifest, folder, mirror))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KITH_RUNTIME", "ncnn")
        prepare(manifest, folder)
    return folder


@pytest.fixture(scope="session")
def prepared(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The standard pack."""
    return prepare_for_ncnn("standard", tmp_path_factory.mktemp("standard"), mirror)


@pytest.fixture(scope="session")
def prepared_compact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack built into Kith, with nothing else."""
    return prepare_for_ncnn("compact", tmp_path_factory.mktemp("compact"), Path("/nothing/here"))


@pytest.fixture(scope="session")
def pack(mirror: Path, request: pytest.FixtureRequest) -> Pack:
    return open_pack(request.getfixturevalue("prepared") if choose().runtime is Runtime.NCNN else mirror)


@pytest.fixture(scope="session")
def compact(request: pytest.FixtureRequest) -> Pack:
    """The pack built into Kith."""
    ncnn = choose().runtime is Runtime.NCNN
    return open_pack(request.getfixturevalue("prepared_compact") if ncnn else SHIPPED, "compact")


@pytest.fixture
def pipeline(pack: Pack) -> Pipeline:
    return Pipeline(pack)
