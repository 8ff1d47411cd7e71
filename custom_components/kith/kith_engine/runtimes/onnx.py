"""onnxruntime, on the processor or by one of its execution providers."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as native

from ..conversion import to_onnx
from ..conversion.references import digest, reference_for
from ..errors import PackError
from .devices import plugins
from .published import LAYERS, digest_of, read_published

_ERRORS_ONLY = 3
_NO_NETWORK = (native.Fail, native.InvalidProtobuf, native.InvalidGraph, native.NoSuchFile, native.NotImplemented)
_PROCESSOR = "CPUExecutionProvider"


class OnnxSession:
    """One network in onnxruntime. target: a provider's name, or a plugin's device as `devices.plugins` has it."""

    def __init__(self, path: Path, threads: int, target: str = "") -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = _ERRORS_ONLY
        # The arena keeps the largest buffers of every input shape it has seen; a home's machine has other uses for
        # that memory, and the C library's own pools are as fast here (scripts/benchmark).
        options.enable_cpu_mem_arena = False
        # A thread that spins between frames wastes a core.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = to_onnx(read_published(path)) if path.suffix == LAYERS else str(path)
        try:
            self._session = _opened(model, options, target)
        except _NO_NETWORK as error:
            raise PackError(f"{path} is not a network that onnxruntime can run ({error})") from error
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """(1, 3, height, width) → the outputs by name."""
        return dict(zip(self._outputs, self._session.run(self._outputs, {self._input: picture}), strict=True))


def _opened(model: bytes | str, options: onnxruntime.SessionOptions, target: str) -> onnxruntime.InferenceSession:
    """Raises PackError if it would run on the processor instead of the target."""
    if not target:
        return onnxruntime.InferenceSession(model, options, providers=[_PROCESSOR])
    if plugin := plugins().get(target):
        target = plugin.ep_name
        options.add_provider_for_devices([plugin], {})
        session = onnxruntime.InferenceSession(model, options)
    else:
        session = onnxruntime.InferenceSession(model, options, providers=[target, _PROCESSOR])
    if target not in session.get_providers():
        raise PackError(f"{target} does not start here; is its driver installed?")
    return session


def prepare(model: Path) -> None:
    """Try a network that is published in another form: what is made of it, and what that answers on this machine.

    Raises PackError if either is not what it was where Kith was made. Of a network that was never tried, the pack's own
    test says so.
    """
    if model.suffix != LAYERS:
        return
    published = read_published(model)
    reference = reference_for(digest_of(published))
    if reference is None:
        return
    if digest(to_onnx(published)) != reference.onnx:
        raise PackError(f"what was made of {model.name} is not what it should be; please report this")
    try:
        reference.compare(OnnxSession(model, threads=1).run(reference.picture()))
    except PackError as error:
        raise PackError(
            f"onnxruntime {onnxruntime.__version__} does not run {model.name} correctly on this machine: {error};"
            " please report this, and use an engine on another host in the meantime"
        ) from error
