"""OpenVINO's own runtime, on a processor or on what else it knows: Intel's graphics and NPUs."""

from pathlib import Path
import sys

import numpy as np
from numpy.typing import NDArray

# It would tell its maker about each network that is read (openvino-telemetry); without that package, it tells nothing.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino  # noqa: E402

from ..conversion import to_onnx  # noqa: E402
from ..conversion.graph import read_graph  # noqa: E402
from ..conversion.references import reference_for  # noqa: E402
from ..errors import PackError  # noqa: E402
from .published import digest_of, read_published  # noqa: E402

CPU = "CPU"
_OPTIONS = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
"""One picture at a time, in full precision: processors with shorter numbers would use those."""


def targets() -> list[str]:
    """OpenVINO's names of the devices here, such as CPU and GPU."""
    return list(openvino.Core().available_devices)


class OpenvinoSession:
    """One network in OpenVINO. Raises PackError if it cannot be run on this device."""

    def __init__(self, path: Path, threads: int, target: str = CPU) -> None:
        # as ONNX, whatever was published: its outputs then have the names by which the engine knows them
        model = to_onnx(read_published(path))
        options = {**_OPTIONS, **({"INFERENCE_NUM_THREADS": threads} if target == CPU else {})}
        try:
            core = openvino.Core()
            self._request = core.compile_model(core.read_model(model), target, options).create_infer_request()
        except RuntimeError as error:
            raise PackError(f"{path} is not a network that OpenVINO can run on {target} ({error})") from error
        self._outputs = read_graph(model).outputs

    def run(self, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """(1, 3, height, width) → the outputs by name."""
        self._request.infer({0: picture})
        outputs = (self._request.get_output_tensor(place).data for place in range(len(self._outputs)))
        return {name: np.array(numbers, np.float32) for name, numbers in zip(self._outputs, outputs, strict=True)}


def prepare(model: Path) -> None:
    """Try a network on this machine. Raises PackError if it does not give the stored answers."""
    if reference := reference_for(digest_of(read_published(model))):
        try:
            reference.compare(OpenvinoSession(model, threads=1).run(reference.picture()))
        except PackError as error:
            raise PackError(
                f"OpenVINO {openvino.__version__} does not run {model.name} correctly on this machine: {error};"
                " please report this, and use onnxruntime in the meantime"
            ) from error
