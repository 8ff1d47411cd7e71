"""The stored answers that ncnn must match are onnxruntime's, and survive storage."""

from dataclasses import replace
from pathlib import Path
import sys

import pytest

from custom_components.kith.kith_engine.conversion import references as stored
from custom_components.kith.kith_engine.manifest import MANIFESTS, load_manifest
from custom_components.kith.kith_engine.network import Network, Role
from evaluation.references import main
from tests.integration.conftest import MODELS

STANDARD = load_manifest("standard")
NETWORKS = STANDARD.networks


def known(network: Network) -> stored.Reference:
    found = stored.reference_for(network.sha256)
    assert found is not None
    return found


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All references of the standard pack, made again."""
    if not MODELS.is_dir():
        pytest.skip(f"no models at {MODELS}: set KITH_MODEL_MIRROR")
    monkeypatch.setattr(stored, "ANSWERS", tmp_path / "answers")
    monkeypatch.setattr(sys, "argv", ["references", str(MANIFESTS / "standard.json"), "--pack", str(MODELS)])
    main()
    return tmp_path / "answers"


def test_they_are_what_lies_beside_kith(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    anew = {network.file: known(network) for network in NETWORKS}
    monkeypatch.undo()
    for network in NETWORKS:
        kept, made = known(network), anew[network.file]
        assert replace(kept, outputs={}) == replace(made, outputs={})
        for name, sample in kept.outputs.items():
            assert made.outputs[name].shape == sample.shape
            assert made.outputs[name].numbers == pytest.approx(sample.numbers, rel=1e-3, abs=1e-5)


def test_a_network_of_any_size_is_asked_about_a_picture_that_is_not_square(written: Path) -> None:
    *_, height, width = known(STANDARD.network(Role.FACE)).shape
    assert height != width
