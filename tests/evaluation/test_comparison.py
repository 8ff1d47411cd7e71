"""Two packs side by side, compared at equal false alarms."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from custom_components.kith.kith_engine.manifest import SHIPPED, load_manifest
from custom_components.kith.kith_engine.network import Detection, Network, Role
from custom_components.kith.kith_engine.packs import Pack
from evaluation import comparison, faces, sets
from evaluation.comparison import level

from .scenes import write_scenes

COMPACT = Pack(load_manifest("compact"), SHIPPED)


def with_threshold(role: Role, threshold: float) -> Pack:
    def turned(network: Network) -> Network:
        if network.role is not role:
            return network
        assert isinstance(network.output, Detection)
        return replace(network, output=replace(network.output, threshold=threshold))

    networks = tuple(turned(network) for network in COMPACT.manifest.networks)
    return replace(COMPACT, manifest=replace(COMPACT.manifest, networks=networks))


@pytest.mark.parametrize(("most", "expected"), [(0, 0.9), (1, 0.5), (2, 0.2), (3, 0.0)])
def test_at_most_so_many_exceed_the_level(most: int, expected: float) -> None:
    strengths = np.array([0.2, 0.9, 0.5])
    assert level(strengths, most) == expected
    assert (strengths > level(strengths, most)).sum() == most


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scenes(tmp_path)
    monkeypatch.setattr(sets, "DATA", tmp_path)


@pytest.mark.usefixtures("scenes")
def test_a_pack_that_asks_for_too_much_is_also_judged_at_the_others_false_alarms() -> None:
    deaf = with_threshold(Role.PERSON, 1.0)
    rows = comparison._people(deaf, COMPACT)
    seen = rows["everyday pictures in which somebody is seen, of 1 with people"]
    matched = rows["everyday pictures, at as many false alarms as the other"]
    assert (seen, matched) == ((0.0, 1.0), (1.0, 1.0))
    assert rows["pictures in which somebody is seen, of 1 hard ones without people"] == (0, 0)


@pytest.mark.usefixtures("scenes")
def test_a_face_network_that_cries_wolf_more_often_must_be_surer(monkeypatch: pytest.MonkeyPatch) -> None:
    strengths = {0.8: [0.0, 0.0], 0.1: [0.6, 0.3]}
    asked: list[float] = []

    def threshold(pack: Pack) -> float:
        network = pack.manifest.network(Role.FACE)
        assert isinstance(network.output, Detection)
        return network.output.threshold

    def found(pack: Pack) -> dict[str, np.ndarray]:
        asked.append(threshold(pack))
        return {look: np.array([True]) for look in faces.LOOKS}

    monkeypatch.setattr(faces, "mistaken", lambda pack: strengths[threshold(pack)])
    monkeypatch.setattr(faces, "found", found)
    comparison._faces(with_threshold(Role.FACE, 0.1), COMPACT)
    assert asked[0] > 0.6
    assert asked[0] == pytest.approx(0.6)
    assert asked[1] == 0.8


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.951, "95.1 %"), (0.0007, "0.070 %"), (0.05, "5.0 %"), (0.09951, "10.0 %"), (2751431, "2,751,431"), (4, "4")],
)
def test_shares_are_told_in_percent_and_counts_as_they_are(value: float, expected: str) -> None:
    assert comparison.text(value) == expected
