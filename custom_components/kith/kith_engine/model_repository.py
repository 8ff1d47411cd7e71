"""A pack as a model repository, for inference servers that speak the Open Inference Protocol.

Each network has a folder with its ONNX file and what the servers ask for beside it: `config.pbtxt` for Triton,
`model-settings.json` for MLServer; `config.json` above them is for OpenVINO Model Server. KServe takes any of them.
"""

from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from .atomic_files import unwritable
from .conversion import to_onnx
from .conversion.batch import with_any_batch
from .conversion.references import TOLERANCE, Reference, difference, reference_for
from .errors import PackError
from .network import Network
from .packs import Pack, place_of
from .runtimes.oip import name_there
from .runtimes.published import read_published

MOST_IN_A_BATCH = 16
"""Faces and pictures at once: beyond it, a CPU gains nothing more."""
BATCH_DELAY_US = 2000
"""Microseconds for which a picture waits for others: a tenth of what the fastest picture takes as a whole."""
_VERSION = "1"
_ERRORS_ONLY = 4


@dataclass(frozen=True, slots=True)
class Exported:
    """One network in the repository. batches: does the server put pictures of several engines together?"""

    name: str
    batches: bool


@dataclass(frozen=True, slots=True)
class _End:
    """An input or output. shape: of one picture, -1 for any size."""

    name: str
    shape: tuple[int, ...]


def export(pack: Pack, folder: Path) -> list[Exported]:
    """Write the pack's networks. Raises PackError if one cannot be turned into ONNX, PackUnwritableError."""
    try:
        written = [_write(pack, network, folder) for network in pack.networks]
        models = [{"config": {"name": one.name, "base_path": str((folder / one.name).absolute())}} for one in written]
        _store(folder / "config.json", json.dumps({"model_config_list": models}, indent=2) + "\n")
    except OSError as error:
        raise unwritable(folder, error) from error
    return written


def _write(pack: Pack, network: Network, folder: Path) -> Exported:
    path = place_of(pack.folder, network)
    model = to_onnx(read_published(path))
    name = name_there(path.stem, network.sha256)
    free = with_any_batch(model)
    if batches := _keeps_apart(free, reference_for(network.sha256)):
        model = free
    session = _session(model)
    inputs, outputs = _ends(session.get_inputs()), _ends(session.get_outputs())
    place = folder / name / _VERSION
    place.mkdir(parents=True, exist_ok=True)
    (place / "model.onnx").write_bytes(model)
    _store(folder / name / "config.pbtxt", _for_triton(name, inputs, outputs, batches=batches))
    settings = json.dumps(_for_mlserver(name, inputs, outputs, batches=batches), indent=2)
    _store(folder / name / "model-settings.json", settings + "\n")
    return Exported(name, batches)


def _store(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common class
        raise PackError(f"this is not a network that onnxruntime can run ({error})") from error


def _ends(ends: list[Any]) -> list[_End]:
    shapes = [tuple(size if isinstance(size, int) else -1 for size in end.shape) for end in ends]
    return [_End(end.name, shape) for end, shape in zip(ends, shapes, strict=True)]


def _keeps_apart(model: bytes, reference: Reference | None) -> bool:
    """Does it answer two pictures as it answers each alone? Some networks' shapes are made for one only."""
    if reference is None:
        return False
    picture = reference.picture()
    pictures = [picture, np.ascontiguousarray(picture[..., ::-1])]
    try:
        session = _session(model)
        name = session.get_inputs()[0].name
        alone = [session.run(None, {name: one}) for one in pictures]
        together = session.run(None, {name: np.concatenate(pictures)})
    except Exception:
        return False
    return all(
        both.shape == (2, *one.shape[1:]) and difference(both[place], one[0]) <= TOLERANCE
        for place, answers in enumerate(alone)
        for both, one in zip(together, answers, strict=True)
    )


def _for_triton(name: str, inputs: list[_End], outputs: list[_End], *, batches: bool) -> str:
    """Triton's ModelConfig (triton-inference-server/common, model_config.proto) as text."""
    lines = [f'name: "{name}"', 'backend: "onnxruntime"', f"max_batch_size: {MOST_IN_A_BATCH if batches else 0}"]
    for kind, ends in (("input", inputs), ("output", outputs)):
        for end in ends:
            sizes = ", ".join(map(str, end.shape[1:] if batches else end.shape))
            lines.append(f'{kind} {{ name: "{end.name}" data_type: TYPE_FP32 dims: [ {sizes} ] }}')
    if batches:
        lines.append(f"dynamic_batching {{ max_queue_delay_microseconds: {BATCH_DELAY_US} }}")
    return "\n".join(lines) + "\n"


def _for_mlserver(name: str, inputs: list[_End], outputs: list[_End], *, batches: bool) -> dict[str, Any]:
    """MLServer's ModelSettings. It has no runtime for ONNX of its own: deploy/mlserver/onnx_model.py is one."""
    inputs_and_outputs = {
        kind: [{"name": end.name, "datatype": "FP32", "shape": list(end.shape)} for end in ends]
        for kind, ends in (("inputs", inputs), ("outputs", outputs))
    }
    batching = {"max_batch_size": MOST_IN_A_BATCH, "max_batch_time": BATCH_DELAY_US / 1e6} if batches else {}
    return {
        "name": name,
        "implementation": "onnx_model.OnnxModel",
        **inputs_and_outputs,
        **batching,
        "parameters": {"uri": f"./{_VERSION}/model.onnx", "version": _VERSION},
    }
