"""OpenVINO's operations → ONNX's. A new kind of operation is one function and one line in the table below.

Everything has four axes here: what has fewer gets others of size 1 behind them.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import Array, Node
from .ir import Operation, Port, Representation

_AXES = 4
_ROWS, _COLUMNS = 2, 3
_MOST_TURNED = 64
"""Channels of a map whose channels change places: a picture's."""


@dataclass(slots=True)
class Made:
    """What was made of the operations so far. uses: how many times each output is needed."""

    model: Representation
    uses: Counter[Port]
    nodes: list[Node] = field(default_factory=list)
    weights: dict[str, Array] = field(default_factory=dict)
    inputs: dict[str, tuple[int, ...]] = field(default_factory=dict)
    constants: dict[Port, Array] = field(default_factory=dict)
    blobs: dict[Port, str] = field(default_factory=dict)
    scaled: dict[Port, Node] = field(default_factory=dict)
    """Nodes that multiply and add one number per channel at last: they can do more of that."""

    def blob(self, port: Port) -> str:
        """Raises PackError if this is no map of numbers."""
        if port not in self.blobs:
            raise self.model.operation(port).refuse("a map is needed, not a constant")
        return self.blobs[port]

    def shape(self, port: Port) -> tuple[int, ...]:
        shape = self.model.shape(port)
        return (*shape, *(1 for _ in range(_AXES - len(shape))))

    def constant(self, operation: Operation, place: int) -> Array:
        if operation.inputs[place] not in self.constants:
            raise operation.refuse(f"its input {place} is no constant")
        return self.constants[operation.inputs[place]]

    def add(self, operation: Operation, kind: str, inputs: tuple[str, ...], **attributes: Any) -> Node:
        port = result(operation)
        self.blobs[port] = f"{port[0]}.{port[1]}"
        self.nodes.append(Node(kind, inputs, (self.blobs[port],), attributes))
        return self.nodes[-1]

    def add_scaled(
        self, operation: Operation, kind: str, scale: Array, offset: Array | None = None, **attributes: Any
    ) -> None:
        """A node with a scale and an offset for each channel, the last of which may be multiplied and added to."""
        names = (f"{operation.number}.scale", f"{operation.number}.offset")
        offset = np.zeros(len(scale)) if offset is None else offset
        self.weights |= zip(names, (scale.astype(np.float32), offset.astype(np.float32)), strict=True)
        source = self.blob(operation.inputs[0])
        self.scaled[result(operation)] = self.add(operation, kind, (source, *names), **attributes)


def result(operation: Operation) -> Port:
    """What it makes; a second output (a maximum's place) is never used."""
    return operation.number, min(operation.outputs)


def unknown(_made: Made, operation: Operation) -> None:
    raise operation.refuse("this kind is not known")


def _parameter(made: Made, operation: Operation) -> None:
    if made.inputs:
        raise operation.refuse("there is another input")
    port = result(operation)
    made.inputs["input"] = made.shape(port)
    made.blobs[port] = "input"


def _const(made: Made, operation: Operation) -> None:
    made.constants[result(operation)] = made.model.constant(operation)


def _convert(made: Made, operation: Operation) -> None:
    if operation.attributes.get("destination_type") != "f32":
        raise operation.refuse("only to float32")
    made.constants[result(operation)] = made.constant(operation, 0).astype(np.float32)


def _alike(kind: str) -> Callable[[Made, Operation], None]:
    def add(made: Made, operation: Operation) -> None:
        made.add(operation, kind, (made.blob(operation.inputs[0]),))

    return add


def _convolution(made: Made, operation: Operation) -> None:
    weights, groups = made.constant(operation, 1), 1
    if operation.kind == "GroupConvolution":
        groups, weights = len(weights), weights.reshape(-1, *weights.shape[2:])
    made.add_scaled(
        operation, "Conv", weights, **_window(operation),
        group=groups, dilations=list(operation.numbers("dilations")), kernel_shape=list(weights.shape[2:]),
    )  # fmt: skip


def _window(operation: Operation) -> dict[str, Any]:
    if operation.attributes.get("auto_pad", "explicit") not in ("explicit", "notset"):
        raise operation.refuse("padding must be told in numbers")
    pads = (*operation.numbers("pads_begin"), *operation.numbers("pads_end"))
    return {"strides": list(operation.numbers("strides")), "pads": list(pads)}


def _pooling(made: Made, operation: Operation) -> None:
    source, window, kernel = operation.inputs[0], _window(operation), operation.numbers("kernel")
    mean = operation.kind == "AvgPool"
    if mean and any(window["pads"]):
        raise operation.refuse("no mean with padding is known")
    if mean and kernel == made.shape(source)[_ROWS:]:
        made.add(operation, "GlobalAveragePool", (made.blob(source),))
        return
    if operation.attributes.get("rounding_type") == "ceil":
        padded = [size + sum(window["pads"][axis::2]) for axis, size in enumerate(made.shape(source)[_ROWS:])]
        if any((size - k) % step for size, k, step in zip(padded, kernel, window["strides"], strict=True)):
            raise operation.refuse("its windows do not fit into the map")
    kind = "AveragePool" if mean else "MaxPool"
    made.add(operation, kind, (made.blob(source),), kernel_shape=list(kernel), **window)


def _mean(made: Made, operation: Operation) -> None:
    keeps = operation.attributes.get("keep_dims") in ("true", "1")
    if not keeps or _axes(made, operation) != [_ROWS, _COLUMNS]:
        raise operation.refuse("only of whole maps")
    _alike("GlobalAveragePool")(made, operation)


def _axes(made: Made, operation: Operation) -> list[int]:
    count = len(made.model.shape(operation.inputs[0]))
    return sorted(axis % count for axis in made.constant(operation, 1).reshape(-1).tolist())


def _normalization(made: Made, operation: Operation) -> None:
    """Mean and variance of each channel. Of channels in groups: the file has one axis for the groups then."""
    given = operation.attributes
    shape = made.model.shape(operation.inputs[0])
    every = _axes(made, operation) == list(range(2, len(shape)))
    if not every or given.get("normalize_variance") != "true" or given.get("eps_mode", "").upper() != "INSIDE_SQRT":
        raise operation.refuse("only of each channel, with its variance")
    made.add_scaled(operation, "InstanceNormalization", np.ones(shape[1]), epsilon=float(given["eps"]))


def _prelu(made: Made, operation: Operation) -> None:
    slopes = np.unique(made.constant(operation, 1))
    if slopes.size != 1:
        raise operation.refuse("only one slope for all channels is known")
    made.add(operation, "LeakyRelu", (made.blob(operation.inputs[0]),), alpha=float(slopes[0]))


def _arithmetic(made: Made, operation: Operation) -> None:
    """With two maps, or with a map and a number per channel, which the node before does where it can."""
    fixed = [place for place in (0, 1) if operation.inputs[place] in made.constants]
    if not fixed and operation.kind in ("Add", "Multiply"):
        kind = "Add" if operation.kind == "Add" else "Mul"
        made.add(operation, kind, (made.blob(operation.inputs[0]), made.blob(operation.inputs[1])))
        return
    if len(fixed) != 1 or (operation.kind == "Subtract" and fixed != [1]):
        raise operation.refuse("only of two maps, or of a map and a constant behind it")
    source = operation.inputs[1 - fixed[0]]
    numbers = _per_channel(made, operation, source, made.constant(operation, fixed[0]))
    before = made.scaled.get(source)
    if before is None or made.uses[source] != 1:
        channels = len(numbers)
        before = made.add(
            operation, "Conv", (made.blob(source), f"{operation.number}.scale", f"{operation.number}.offset"),
            group=channels, kernel_shape=[1, 1],
        )  # fmt: skip
        made.weights[before.inputs[1]] = np.ones((channels, 1, 1, 1), np.float32)
        made.weights[before.inputs[2]] = np.zeros(channels, np.float32)
    _, scale, offset = before.inputs
    if operation.kind == "Multiply":
        made.weights[scale] = made.weights[scale] * numbers.reshape(-1, *(1,) * (made.weights[scale].ndim - 1))
        made.weights[offset] = made.weights[offset] * numbers
    else:
        made.weights[offset] = made.weights[offset] + (numbers if operation.kind == "Add" else -numbers)
    made.blobs[result(operation)] = before.outputs[0]
    made.scaled[result(operation)] = before


def _per_channel(made: Made, operation: Operation, source: Port, constant: Array) -> NDArray[np.float32]:
    axes = len(made.model.shape(source))
    aligned = (1,) * (axes - constant.ndim) + constant.shape
    channels = made.shape(source)[1]
    if len(aligned) != axes or aligned[1] not in (1, channels) or constant.size != aligned[1]:
        raise operation.refuse("only a number for each channel")
    return np.broadcast_to(constant.reshape(-1), channels).astype(np.float32)


def _product(made: Made, operation: Operation) -> None:
    """A row of numbers times a matrix: a convolution of a map of one pixel."""
    matrix, given = made.constant(operation, 1), operation.attributes
    if matrix.ndim != 2 or given.get("transpose_a") != "false" or len(made.model.shape(operation.inputs[0])) != 2:
        raise operation.refuse("only of a row and a constant matrix")
    weights = matrix if given.get("transpose_b") == "true" else matrix.T
    made.add_scaled(operation, "Conv", weights[:, :, None, None], kernel_shape=[1, 1])


def _gather(made: Made, operation: Operation) -> None:
    """Channels that change places: a convolution too, so that what follows can become a part of it."""
    taken, axis = made.constant(operation, 1), made.constant(operation, 2)
    channels = made.shape(operation.inputs[0])[1]
    if axis.reshape(-1).tolist() != [1] or taken.ndim != 1 or not taken.size <= channels <= _MOST_TURNED:
        raise operation.refuse("only of a picture's channels")
    made.add_scaled(operation, "Conv", np.eye(channels)[taken][:, :, None, None], kernel_shape=[1, 1])


def _reshape(made: Made, operation: Operation) -> None:
    source, wanted = operation.inputs[0], made.shape(result(operation))
    if wanted == made.shape(source):
        made.blobs[result(operation)] = made.blob(source)
        if made.uses[source] == 1 and source in made.scaled:
            made.scaled[result(operation)] = made.scaled[source]
        return
    made.weights[f"{operation.number}.shape"] = np.array(wanted, np.int64)
    made.add(operation, "Reshape", (made.blob(source), f"{operation.number}.shape"))


def _transpose(made: Made, operation: Operation) -> None:
    order = made.constant(operation, 1).tolist()
    if len(order) != len(made.model.shape(operation.inputs[0])) or len(order) != _AXES:
        raise operation.refuse("only of maps")
    made.add(operation, "Transpose", (made.blob(operation.inputs[0]),), perm=order)


OPERATIONS: dict[str, Callable[[Made, Operation], None]] = {
    "Add": _arithmetic,
    "AvgPool": _pooling,
    "Const": _const,
    "Convert": _convert,
    "Convolution": _convolution,
    "Gather": _gather,
    "GroupConvolution": _convolution,
    "MVN": _normalization,
    "MatMul": _product,
    "MaxPool": _pooling,
    "Multiply": _arithmetic,
    "PReLU": _prelu,
    "Parameter": _parameter,
    "ReLU": _alike("Relu"),
    "ReduceMean": _mean,
    "Reshape": _reshape,
    "Sigmoid": _alike("Sigmoid"),
    "Subtract": _arithmetic,
    "Transpose": _transpose,
}
