"""Converts averaged weights to ncnn's two files with pnnx, and checks them against PyTorch.

pnnx gets PyTorch's own trace, because it cannot make a network for any size from the ONNX file.
"""

from collections.abc import Callable
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

import ncnn
import numpy as np
import torch
from torch import Tensor, nn

OTHER_SIZE = (1, 3, 128, 192)
"""A second size, given to pnnx for networks that take any."""
TOLERANCE = 2e-2
"""Relative to the largest number of an output; ncnn stores and may compute in 11 binary digits."""


def convert(network: nn.Module, examples: list[Tensor], file: Path) -> float:
    """Write `file`.ncnn.param and .bin; returns the largest relative difference found.

    Their outputs are named out0, out1 ... in the network's order. Raises ValueError if ncnn does not agree with
    PyTorch, and CalledProcessError if pnnx fails.
    """
    pnnx = Path(sys.executable).parent / "pnnx"
    with tempfile.TemporaryDirectory() as folder:
        traced = Path(folder) / "network.pt"
        torch.jit.trace(network, examples[0]).save(str(traced))
        shapes = [f"inputshape={_listed(examples[0].shape)}"]
        if any(one.shape != examples[0].shape for one in examples):
            shapes.append(f"inputshape2={_listed(OTHER_SIZE)}")
        subprocess.run([pnnx, traced.name, *shapes], cwd=folder, check=True, capture_output=True)  # noqa: S603
        made = [Path(folder) / f"network.ncnn.{kind}" for kind in ("param", "bin")]
        worst = max(_difference(network, *made, example) for example in examples)
        if worst > TOLERANCE:
            raise ValueError(f"ncnn differs by {worst} from what PyTorch computes; not used")
        for one in made:
            shutil.copyfile(one, file.with_suffix(f".ncnn{one.suffix}"))
    return worst


def _listed(shape: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, shape))}]"


@torch.no_grad()
def _difference(
    network: Callable[[Tensor], Tensor | tuple[Tensor, ...]], param: Path, weights: Path, example: Tensor
) -> float:
    net = ncnn.Net()
    if net.load_param(str(param)) or net.load_model(str(weights)):
        raise ValueError(f"ncnn cannot read {param}")
    pixels = np.ascontiguousarray(example[0])  # ncnn keeps no reference: it must live until the extractor has run
    extractor = net.create_extractor()
    extractor.input(net.input_names()[0], ncnn.Mat(pixels))
    answer = network(example)
    worst = 0.0
    for place, ours in enumerate([answer] if isinstance(answer, Tensor) else answer):
        code, theirs = extractor.extract(f"out{place}")
        if code:
            raise ValueError(f"ncnn cannot run {param}")
        other = np.array(theirs).reshape(ours.shape)
        worst = max(worst, float(np.abs(ours.numpy() - other).max() / np.abs(other).max()))
    return worst
