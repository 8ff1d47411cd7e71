"""Which runtime is used, and how it is reported."""

from pathlib import Path
import sys
import sysconfig

import pytest

from kith_engine.errors import RuntimeMissingError
from kith_engine.runtimes import Runtime, choose, open_session, prepare_file, runtime_name


@pytest.fixture(autouse=True)
def unforced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KITH_RUNTIME", raising=False)


@pytest.fixture
def without_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)


@pytest.fixture
def on_musl(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = sysconfig.get_config_var
    names = {"SOABI": "cpython-314-x86_64-linux-musl"}
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: names.get(name) or ask(name))


def test_onnxruntime_is_the_first_choice_and_says_why() -> None:
    assert choose().runtime is Runtime.ONNXRUNTIME
    assert runtime_name() == f"onnxruntime {choose().version} (the fastest, and it runs here)"


def test_ncnn_takes_its_place_where_there_is_none(without_onnxruntime: None) -> None:
    assert choose().runtime is Runtime.NCNN
    assert runtime_name() == f"ncnn {choose().version} (onnxruntime cannot be imported)"


def test_on_musl_it_says_why(without_onnxruntime: None, on_musl: None) -> None:
    assert runtime_name() == f"ncnn {choose().version} (onnxruntime has no wheel for musl)"


def test_the_environment_can_ask_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_RUNTIME", "ncnn")
    assert choose().runtime is Runtime.NCNN
    assert runtime_name().endswith("($KITH_RUNTIME asks for it)")
    monkeypatch.setenv("KITH_RUNTIME", "abacus")
    with pytest.raises(RuntimeMissingError, match="must be onnxruntime or openvino or ncnn, not 'abacus'"):
        choose()


def test_what_was_asked_for_and_is_not_there_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, without_onnxruntime: None
) -> None:
    monkeypatch.setenv("KITH_RUNTIME", "onnxruntime")
    with pytest.raises(RuntimeMissingError, match="onnxruntime cannot be imported"):
        open_session(Path("any.onnx"), 1)


def test_without_any_the_first_one_is_asked_for(monkeypatch: pytest.MonkeyPatch, without_onnxruntime: None) -> None:
    monkeypatch.setitem(sys.modules, "ncnn", None)
    with pytest.raises(RuntimeMissingError, match="onnxruntime cannot be imported"):
        choose()


def test_onnxruntime_needs_nothing_beside_the_published_file(tmp_path: Path) -> None:
    prepare_file(tmp_path / "not even there.onnx")
    assert list(tmp_path.iterdir()) == []
