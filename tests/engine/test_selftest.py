"""A pack that computes something else than where it was made is found out before it is used."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import pytest

from kith_engine import selftest
from kith_engine.analysis import Look
from kith_engine.errors import PackFailedTest
from kith_engine.manifest import load_manifest
from kith_engine.network import Role
from kith_engine.packs import Pack
from kith_engine.pipeline import Pipeline
from kith_engine.runtimes import Session

STANDARD_ROLES = [network.role for network in load_manifest("standard").networks]


class Off:
    """A network that answers nearly right."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        return {name: numbers * np.float32(1.01) for name, numbers in self._session.run(picture).items()}


def test_the_published_pack_passes(pack: Pack) -> None:
    selftest.test(pack)


def test_its_drawn_picture_goes_the_whole_way(pack: Pack) -> None:
    """A face is found in it, so that the last stage is reached too."""
    analysis = Pipeline(pack).analyze(selftest._drawn(), "test", Look.PORTRAIT)
    assert [face.embedding is not None for face in analysis.faces] == [True]


@pytest.mark.parametrize("role", STANDARD_ROLES)
def test_a_network_that_is_off_by_a_hundredth_is_named(pack: Pack, role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Pack.open_network

    def off(self: Pack, network: object, threads: int) -> Session:
        session = opened(self, network, threads)
        return Off(session) if network.role is role else session

    monkeypatch.setattr(Pack, "open_network", off)
    with pytest.raises(PackFailedTest, match=rf"{pack.manifest.network(role).file}: .* off by 0\.01"):
        selftest.test(pack)


def test_a_network_whose_answers_nobody_knows_does_not_pass(pack: Pack) -> None:
    first, *others = pack.manifest.networks
    other = replace(first, files=(replace(first.files[0], sha256="0" * 64),))
    unknown = replace(pack.manifest, networks=(other, *others))
    with pytest.raises(PackFailedTest, match="yolox_nano"):
        selftest.test(Pack(unknown, pack.folder))


def test_a_network_is_known_by_its_content_not_by_its_name(pack: Pack, tmp_path: Path) -> None:
    for file in pack.folder.iterdir():
        (tmp_path / file.name.replace("yolox_nano.onnx", "renamed.onnx")).symlink_to(file)
    called = {"yolox_nano.onnx": "renamed.onnx"}
    networks = tuple(
        replace(one, files=tuple(replace(file, name=called.get(file.name, file.name)) for file in one.files))
        for one in pack.manifest.networks
    )
    renamed = Pack(replace(pack.manifest, networks=networks), tmp_path)
    if not list(pack.folder.glob("*.param")):  # ncnn goes by the name
        selftest.test(renamed)
