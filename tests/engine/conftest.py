"""What tests of the engine share: the published networks, where they are at hand.

With KITH_RUNTIME=ncnn all of them run on that.
"""

import asyncio
import os
from pathlib import Path

import pytest

from kith_engine.manifest import SHIPPED, load_manifest
from kith_engine.network import Role
from kith_engine.packs import Pack, fetch, open_pack, prepare
from kith_engine.pipeline import Pipeline
from kith_engine.runtimes import Runtime, choose

REPOSITORY = Path(__file__).parents[2]
MIRROR = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models"))


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The standard pack's files in one folder: those that are used on demand too, and those that came with Kith."""
    if not MIRROR.is_dir():
        pytest.skip(f"no published networks in {MIRROR}; set KITH_MODEL_MIRROR")
    folder = tmp_path_factory.mktemp("mirror")
    asyncio.run(fetch(load_manifest("standard"), folder, MIRROR, demanded=Role))
    return folder


def prepare_for_ncnn(name: str, folder: Path, mirror: Path) -> Path:
    """A pack as it is installed where ncnn runs it: with what that needs beside the published files."""
    pytest.importorskip("ncnn")
    manifest = load_manifest(name)
    asyncio.run(fetch(manifest, folder, mirror, demanded=Role))
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
    """Kith's own, from the box alone."""
    return prepare_for_ncnn("compact", tmp_path_factory.mktemp("compact"), Path("/nothing/here"))


@pytest.fixture(scope="session")
def pack(mirror: Path, request: pytest.FixtureRequest) -> Pack:
    return open_pack(request.getfixturevalue("prepared") if choose().runtime is Runtime.NCNN else mirror)


@pytest.fixture(scope="session")
def compact(request: pytest.FixtureRequest) -> Pack:
    """Kith's own, from the box."""
    ncnn = choose().runtime is Runtime.NCNN
    return open_pack(request.getfixturevalue("prepared_compact") if ncnn else SHIPPED, "compact")


@pytest.fixture
def pipeline(pack: Pack) -> Pipeline:
    return Pipeline(pack)
