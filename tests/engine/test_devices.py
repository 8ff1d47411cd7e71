"""What can run networks here: onnxruntime's providers, plugins, and OpenVINO (the last as a double, and for real)."""

from collections.abc import Iterator
import os
from pathlib import Path
import subprocess
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest

from kith_engine.conversion import references
from kith_engine.errors import PackError
from kith_engine.manifest import SHIPPED, load_manifest
from kith_engine.runtimes import Device, Runtime, choose, devices as here, open_session, prepare_file
from kith_engine.runtimes.devices import devices
from tests.engine.test_servers import SERVERS

LANDMARKS = SHIPPED / "kith_landmarks.onnx"
PICTURE = np.linspace(-1, 1, 3 * 96 * 96, dtype=np.float32).reshape(1, 3, 96, 96)
OPENVINO = Path(SERVERS or "") / "openvino" / "bin" / "python"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No providers but the processor's, no plugins, and no OpenVINO."""
    monkeypatch.delenv("KITH_RUNTIME", raising=False)
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["AzureExecutionProvider", "CPUExecutionProvider"]
    )
    monkeypatch.setattr(here, "plugin_modules", lambda: [])
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.delitem(sys.modules, "kith_engine.runtimes.openvino", raising=False)
    here.plugins.cache_clear()
    yield
    here.plugins.cache_clear()


def test_there_is_always_the_processor_and_nothing_elsewhere() -> None:
    assert devices() == (Device("cpu", Runtime.ONNXRUNTIME),)


def test_an_inference_server_has_devices_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_OIP", "http://127.0.0.1:1")
    assert devices() == (Device("cpu", Runtime.OIP),)


def test_providers_are_called_in_short(monkeypatch: pytest.MonkeyPatch) -> None:
    built_in = ["CUDAExecutionProvider", "CoreMLExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: built_in)
    assert [device.name for device in devices()] == ["cpu", "cuda", "coreml"]


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_provider_that_does_not_start_is_no_processor_in_disguise() -> None:
    with pytest.raises(PackError, match="CUDAExecutionProvider does not start here"):
        open_session(LANDMARKS, 1, Device("cuda", Runtime.ONNXRUNTIME, "CUDAExecutionProvider"))


class Plugin(ModuleType):
    def get_library_path(self) -> str:
        return "/nothing/here.so"

    def get_ep_names(self) -> list[str]:
        return ["WebGpuExecutionProvider"]


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here, "plugin_modules", lambda: ["onnxruntime_ep_webgpu"])
    monkeypatch.setitem(sys.modules, "onnxruntime_ep_webgpu", Plugin("onnxruntime_ep_webgpu"))


def test_a_plugin_that_does_not_load_is_told_and_leaves_the_rest(
    plugin: None, caplog: pytest.LogCaptureFixture
) -> None:
    assert devices() == (Device("cpu", Runtime.ONNXRUNTIME),)
    assert "onnxruntime_ep_webgpu is of no use here: " in caplog.text


def test_a_plugin_s_hardware_is_a_device(plugin: None, monkeypatch: pytest.MonkeyPatch) -> None:
    registered, added = [], []
    gpu = SimpleNamespace(ep_name="WebGpuExecutionProvider", device=SimpleNamespace(type=SimpleNamespace(name="GPU")))
    monkeypatch.setattr(onnxruntime, "register_execution_provider_library", lambda *names: registered.append(names))
    monkeypatch.setattr(onnxruntime, "get_ep_devices", lambda: [gpu])
    assert devices()[1:] == (Device("webgpu-plugin-gpu", Runtime.ONNXRUNTIME, "webgpu-plugin-gpu"),)
    assert registered == [("onnxruntime_ep_webgpu", "/nothing/here.so")]

    class Options(onnxruntime.SessionOptions):
        def add_provider_for_devices(self, found: list[Any], options: dict[str, str]) -> None:
            added.append(found)

    monkeypatch.setattr(onnxruntime, "SessionOptions", Options)
    with pytest.raises(PackError, match="does not start here"):
        open_session(LANDMARKS, 1, devices()[1])
    assert added == [[gpu]]


def test_plugins_are_found_by_their_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    for name in ("onnxruntime_ep_mine", "onnxruntime_epsilon"):
        (tmp_path / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert "onnxruntime_ep_mine" in here.plugin_modules()
    assert "onnxruntime_epsilon" not in here.plugin_modules()


class Request:
    def __init__(self, session: Any) -> None:
        self._session = session

    def infer(self, inputs: dict[int, Any]) -> None:
        self._answers = self._session.run(None, {self._session.get_inputs()[0].name: inputs[0]})

    def get_output_tensor(self, place: int) -> Any:
        return SimpleNamespace(data=self._answers[place])


class Core:
    """As much of OpenVINO as Kith uses; it computes with onnxruntime."""

    available_devices = ("CPU", "GPU")
    asked: list[tuple[str, dict[str, Any]]] = []

    def read_model(self, model: bytes) -> bytes:
        return model

    def compile_model(self, model: bytes, target: str, options: dict[str, Any]) -> Any:
        self.asked.append((target, options))
        if target == "GPU":
            raise RuntimeError("no driver")
        return SimpleNamespace(create_infer_request=lambda: Request(onnxruntime.InferenceSession(model)))


@pytest.fixture
def openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    double = ModuleType("openvino")
    double.Core = Core  # type: ignore[attr-defined]
    double.__version__ = "2026.4"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "openvino", double)
    monkeypatch.setattr(Core, "asked", [])


def test_openvino_s_devices_stand_beside_onnxruntime(openvino: None) -> None:
    assert [device.name for device in devices()] == ["cpu", "openvino-cpu", "openvino-gpu"]
    wanted = open_session(LANDMARKS, 1).run(PICTURE)
    found = open_session(LANDMARKS, 2, devices()[1]).run(PICTURE)
    np.testing.assert_allclose(found["points"], wanted["points"], rtol=1e-6)
    assert Core.asked[0][0] == "CPU"
    assert Core.asked[0][1]["INFERENCE_NUM_THREADS"] == 2
    assert Core.asked[0][1]["INFERENCE_PRECISION_HINT"] == "f32"
    with pytest.raises(PackError, match="OpenVINO can run on GPU"):
        open_session(LANDMARKS, 1, devices()[2])


def test_openvino_tells_its_maker_nothing(openvino: None) -> None:
    devices()
    assert sys.modules["openvino_telemetry"] is None


def test_openvino_alone_is_the_processor(openvino: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert choose().runtime is Runtime.OPENVINO
    assert [device.name for device in devices()] == ["cpu", "openvino-gpu"]


def test_openvino_s_answers_are_tried_before_they_are_used(openvino: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_RUNTIME", "openvino")
    assert open_session(LANDMARKS, 1).run(PICTURE)["points"].shape == (1, 10)
    prepare_file(LANDMARKS)
    monkeypatch.setattr(references, "TOLERANCE", -1.0)
    with pytest.raises(PackError, match=r"OpenVINO 2026\.4 does not run kith_landmarks\.onnx correctly"):
        prepare_file(LANDMARKS)


@pytest.mark.slow
@pytest.mark.skipif(not OPENVINO.exists(), reason="set KITH_SERVERS to the folder of scripts/servers, with openvino")
def test_the_real_openvino_gives_the_stored_answers(tmp_path: Path) -> None:
    """Its plugin for onnxruntime computes with shorter numbers on some processors, and is refused there."""
    code = """
from kith_engine import trial
from kith_engine.manifest import SHIPPED, load_manifest
from kith_engine.packs import Pack
from kith_engine.runtimes.devices import devices
measured = trial.measure(Pack(load_manifest("compact"), SHIPPED), devices(), 1)
print([(one.device.name, one.refused or len(one.took)) for one in measured])
"""
    environment = {**os.environ, "PYTHONPATH": str(SHIPPED.parents[2]), "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run([OPENVINO, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    networks = len(load_manifest("compact").networks)
    assert f"('cpu', {networks})" in done.stdout
    assert f"('openvino-cpu', {networks})" in done.stdout
