"""Averaged weights → an ONNX file that onnxruntime runs as PyTorch does.

models/training/export NETWORK [FILE]   The newest checkpoint, by default as models/training/runs/NETWORK/student.onnx
"""

import argparse
from pathlib import Path
import sys
import warnings

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
from PIL import Image
import torch

from .convert import convert
from .inputs import MIDDLE, tensor
from .places import DATA, RUNS, needed
from .task import Task
from .tasks import TASKS
from .trainer import averaged
from .views import whole_view

OPSET = 13
"""Old enough for pnnx and every runtime; no layer needs a newer one."""
_MULTIPLE = 32
"""A network that takes any size needs sides that are multiples of this."""
_TOLERANCE = 1e-3
"""Relative to the largest number in the output: float32 sums in another order."""
_HALVED_TOLERANCE = 2e-2
"""The same with weights of 11 binary digits; hardly ever more than a few thousandths."""
_EXAMPLES, _EVERY = 4, 400
"""The number of scenes that are computed, and one in how many is taken."""
_LARGE = 256
"""Numbers: smaller tensors are biases, which need little space."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="models/training/export", description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=sorted(TASKS))
    parser.add_argument("file", type=Path, nargs="?", help="where to (models/training/runs/NETWORK/student.onnx)")
    parser.add_argument("--ncnn", action="store_true", help="write FILE's .ncnn.param and .ncnn.bin too")
    chosen = parser.parse_args()
    file = chosen.file or RUNS / chosen.network / "student.onnx"
    task = TASKS[chosen.network]()
    network, seen = averaged(task)
    network = task.inference(network).eval()
    worst = export(task, network, file)
    print(f"{file}: {file.stat().st_size:,} bytes, {seen:,} pictures seen, differs by {worst:.1e} from PyTorch")
    if chosen.ncnn:
        print(f"the same for ncnn: differs by {convert(network, examples(task), file):.1e} from PyTorch")


def examples(task: Task) -> list[torch.Tensor]:
    """Real pictures at the usual size and, if the network takes any, at another one."""
    side = task.input_shape[-1]
    views = [whole_view(Image.open(path).convert("RGB"), side).image for path in _pictures()]
    usual = [(tensor(np.asarray(view))[None].to(torch.float32) - MIDDLE) / MIDDLE for view in views]
    return [*usual, usual[0][:, :, : 3 * _MULTIPLE, : 2 * _MULTIPLE]] if task.any_size else usual


def _pictures() -> list[Path]:
    return sorted(needed(DATA / "scenes_train").glob("*/*.jpg"))[::_EVERY][:_EXAMPLES]


def export(task: Task, network: torch.nn.Module, file: Path) -> float:
    """Write and check the file; returns the largest relative difference found.

    Raises ValueError if onnxruntime does not agree with PyTorch.
    """
    partial = file.with_suffix(".part")
    inputs = examples(task)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns that it is the older one of two: it needs fewer packages
        torch.onnx.export(
            network, (inputs[0],), str(partial), opset_version=OPSET, dynamo=False,
            input_names=["input"], output_names=list(task.output_names),
            dynamic_axes={"input": {2: "height", 3: "width"}} if task.any_size else None,
        )  # fmt: skip
    _checked(network, partial, inputs, _TOLERANCE)
    onnx.save(halved(onnx.load(partial)), partial)
    worst = _checked(network, partial, inputs, _HALVED_TOLERANCE)
    partial.replace(file)
    return worst


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network at half the bytes: large weights are stored as float16 and widened on loading."""
    widened = []
    for weight in model.graph.initializer:
        numbers = onnx.numpy_helper.to_array(weight)
        if numbers.dtype == np.float32 and numbers.size >= _LARGE:
            name = weight.name
            weight.CopyFrom(onnx.numpy_helper.from_array(numbers.astype(np.float16), f"{name}.half"))
            widened.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*widened, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def _checked(network: torch.nn.Module, file: Path, inputs: list[torch.Tensor], tolerance: float) -> float:
    worst = max(_difference(network, file, example) for example in inputs)
    if worst > tolerance:
        raise ValueError(f"{file} differs by {worst} from what PyTorch computes; not used")
    return worst


@torch.no_grad()
def _difference(network: torch.nn.Module, file: Path, example: torch.Tensor) -> float:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    theirs = session.run(None, {"input": np.ascontiguousarray(example)})
    ours = network(example)
    pairs = zip([ours] if isinstance(ours, torch.Tensor) else ours, theirs, strict=True)
    return max(float(np.abs(one.numpy() - other).max() / np.abs(other).max()) for one, other in pairs)


if __name__ == "__main__":
    sys.exit(main())
