"""A network as ncnn has it: a row of layers, each blob of numbers made by one layer and used by one."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

type Parameter = int | float | tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class NcnnLayer:
    """kind and the parameters' numbers are ncnn's (github.com/Tencent/ncnn, docs/developer-guide/operators.md).

    weights: float32, flat, in ncnn's order.
    """

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: dict[int, Parameter] = field(default_factory=dict)
    weights: tuple[NDArray[np.float32], ...] = ()


CONVOLUTIONS = ("Convolution", "ConvolutionDepthWise")
_ACTIVATION, _ACTIVATION_PARAMETERS = 9, 10
_RELU, _LEAKY, _CLIP = 1, 2, 3
SLOPE = 0
"""The parameter that makes a ReLU layer a leaky one."""


def needed(layers: list[NcnnLayer], outputs: tuple[str, ...]) -> list[NcnnLayer]:
    """The layers whose results are used."""
    wanted = set(outputs)
    result = []
    for layer in reversed(layers):
        if wanted.intersection(layer.outputs):
            wanted.update(layer.inputs)
            result.append(layer)
    return result[::-1]


def joined(layers: list[NcnnLayer], outputs: tuple[str, ...]) -> list[NcnnLayer]:
    """Let each convolution apply the activation that alone uses its result: this saves a pass over memory."""
    uses = Counter(name for layer in layers for name in layer.inputs) + Counter(outputs)
    result: list[NcnnLayer] = []
    makers: dict[str, int] = {}
    for layer in layers:
        maker = makers.get(layer.inputs[0]) if layer.inputs else None
        activation = _activation(layer)
        if activation and maker is not None and result[maker].kind in CONVOLUTIONS and uses[layer.inputs[0]] == 1:
            before = result[maker]
            result[maker] = replace(before, outputs=layer.outputs, parameters={**before.parameters, **activation})
            makers[layer.outputs[0]] = maker
            continue
        makers |= dict.fromkeys(layer.outputs, len(result))
        result.append(layer)
    return result


def _activation(layer: NcnnLayer) -> dict[int, Parameter] | None:
    if layer.kind == "ReLU" and SLOPE in layer.parameters:
        return {_ACTIVATION: _LEAKY, _ACTIVATION_PARAMETERS: (float(layer.parameters[SLOPE]),)}  # type: ignore[arg-type]
    if layer.kind == "ReLU":
        return {_ACTIVATION: _RELU}
    if layer.kind == "Clip":
        limits = tuple(float(layer.parameters[place]) for place in (0, 1))  # type: ignore[arg-type]  # see _clip
        return {_ACTIVATION: _CLIP, _ACTIVATION_PARAMETERS: limits}
    return None


def split(layers: list[NcnnLayer], outputs: dict[str, str]) -> list[NcnnLayer]:
    """Give each user a blob of its own, and the network's outputs (name → blob) their names.

    ncnn frees a blob when one layer has used it.
    """
    blobs = [blob for layer in layers for blob in layer.outputs]
    uses = Counter(blob for layer in layers for blob in layer.inputs)
    given = {blob: [f"_{place}.{number}" for number in range(uses[blob])] for place, blob in enumerate(blobs)}
    takers = {blob: iter(names) for blob, names in given.items()}
    users = {blob: [name for name, made in outputs.items() if made == blob] + given[blob] for blob in blobs}
    whole = {blob: users[blob][0] if len(users[blob]) == 1 else f"_{place}" for place, blob in enumerate(blobs)}
    result: list[NcnnLayer] = []
    for layer in layers:
        used = tuple(next(takers[blob]) for blob in layer.inputs)
        result.append(replace(layer, inputs=used, outputs=tuple(whole[blob] for blob in layer.outputs)))
        shared = [blob for blob in layer.outputs if len(users[blob]) > 1]
        result += [NcnnLayer("Split", (whole[blob],), tuple(users[blob])) for blob in shared]
    return result
