"""What tests of the engine share: the published networks, where they are at hand."""

import os
from pathlib import Path

import pytest

from kith_engine.packs import Pack, open_pack
from kith_engine.pipeline import Pipeline

REPOSITORY = Path(__file__).parents[2]
MIRROR = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models" / "standard"))


@pytest.fixture(scope="session")
def mirror() -> Path:
    if not MIRROR.is_dir():
        pytest.skip(f"no published networks in {MIRROR}; set KITH_MODEL_MIRROR")
    return MIRROR


@pytest.fixture(scope="session")
def pack(mirror: Path) -> Pack:
    return open_pack(mirror)


@pytest.fixture
def pipeline(pack: Pack) -> Pipeline:
    return Pipeline(pack)
