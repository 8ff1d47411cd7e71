"""What `export --oip` writes: files that servers read, and networks that answer as before."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from kith_engine import model_repository
from kith_engine.__main__ import main
from kith_engine.conversion.batch import with_any_batch
from kith_engine.conversion.references import reference_for
from kith_engine.errors import PackError, PackUnwritableError
from kith_engine.manifest import SHIPPED, load_manifest
from kith_engine.model_repository import export
from kith_engine.packs import Pack

COMPACT = Pack(load_manifest("compact"), SHIPPED)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    export(COMPACT, folder)
    return folder


def model(repository: Path, stem: str) -> Path:
    (found,) = repository.glob(f"{stem}-*")
    return found


def test_each_network_gives_the_stored_answers(repository: Path) -> None:
    for network in COMPACT.networks:
        reference = reference_for(network.sha256)
        assert reference is not None
        path = model(repository, Path(network.file).stem) / "1" / "model.onnx"
        session = onnxruntime.InferenceSession(path)
        names = [output.name for output in session.get_outputs()]
        answers = session.run(names, {session.get_inputs()[0].name: reference.picture()})
        reference.compare(dict(zip(names, answers, strict=True)))


def test_networks_that_keep_pictures_apart_are_batched(repository: Path) -> None:
    config = (model(repository, "kith_embedding") / "config.pbtxt").read_text()
    assert config.splitlines()[1:] == [
        'backend: "onnxruntime"',
        "max_batch_size: 16",
        'input { name: "input" data_type: TYPE_FP32 dims: [ 3, 112, 112 ] }',
        'output { name: "embedding" data_type: TYPE_FP32 dims: [ 128 ] }',
        "dynamic_batching { max_queue_delay_microseconds: 2000 }",
    ]
    settings = json.loads((model(repository, "kith_embedding") / "model-settings.json").read_text())
    assert settings["inputs"] == [{"name": "input", "datatype": "FP32", "shape": [-1, 3, 112, 112]}]
    assert settings["max_batch_size"] == 16


def test_the_others_get_one_picture_at_a_time(repository: Path) -> None:
    config = (model(repository, "kith_person") / "config.pbtxt").read_text()
    assert "max_batch_size: 0" in config
    assert "dims: [ 1, 3, 288, 288 ]" in config
    assert "dynamic_batching" not in config
    assert "max_batch_size" not in (model(repository, "kith_person") / "model-settings.json").read_text()


def test_openvino_s_server_finds_every_network(repository: Path) -> None:
    listed = json.loads((repository / "config.json").read_text())["model_config_list"]
    assert len(listed) == len(COMPACT.networks)
    for one in listed:
        assert (Path(one["config"]["base_path"]) / "1" / "model.onnx").is_file()


def test_without_stored_answers_nothing_is_batched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_repository, "reference_for", lambda sha256: None)
    assert not any(one.batches for one in export(COMPACT, tmp_path))


def test_a_file_that_onnxruntime_cannot_run_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(model_repository, "to_onnx", lambda published: b"\x3a\x00")
    with pytest.raises(PackError, match="not a network that onnxruntime can run"):
        export(COMPACT, tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PackUnwritableError):
        export(COMPACT, tmp_path / "file")


@pytest.mark.parametrize("stem", ["kith_embedding", "kith_face", "kith_landmarks"])
def test_any_number_of_pictures_at_once(stem: str) -> None:
    published = (SHIPPED / f"{stem}.onnx").read_bytes()
    one, many = onnxruntime.InferenceSession(published), onnxruntime.InferenceSession(with_any_batch(published))
    sides = [96 if isinstance(side, str) else side for side in one.get_inputs()[0].shape[2:]]
    pictures = np.random.default_rng(1).normal(0, 1, (3, 3, *sides)).astype(np.float32)
    together = many.run(None, {"input": pictures})
    for place in range(3):
        for wanted, seen in zip(one.run(None, {"input": pictures[place : place + 1]}), together, strict=True):
            np.testing.assert_allclose(seen[place], wanted[0], atol=2e-4)


def test_the_command_says_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    monkeypatch.setattr("kith_engine.commands.export.chosen_pack", lambda folder: COMPACT)
    monkeypatch.setattr("sys.argv", ["kith_engine", "export", "--oip", str(tmp_path / "there")])
    assert main() == 0
    words = capsys.readouterr().out
    assert words.count("in batches of up to 16") == len(COMPACT.networks) - 1
    assert words.count("one picture at a time") == 1
    monkeypatch.setitem(__import__("sys").modules, "kith_engine.model_repository", None)
    assert main() == 1
    assert capsys.readouterr().err.startswith("ERROR runtime_missing: export needs onnxruntime")
