"""Computes what does not depend on the picture: widened weights, and arithmetic on shapes."""

import numpy as np

from ..errors import PackError
from .graph import Array, Node

UNKNOWN = int(np.iinfo(np.int64).min)
"""In a shape: a size that depends on the picture."""
FOLDED = ("Constant", "Cast", "Identity", "Gather", "Unsqueeze", "Concat", "Slice")
_FLOAT, _INTEGER = 1, 7
"""Values of TensorProto.DataType."""


def fold(node: Node, constants: dict[str, Array]) -> Array:
    """The result of a node whose inputs are all constants. Raises PackError if it cannot be computed."""
    values = [constants[name] for name in node.inputs if name]
    try:
        result = _FOLDS[node.kind](node, values)
    except (IndexError, KeyError, ValueError, TypeError) as error:
        raise PackError(f"the ONNX file has a constant '{node.outputs[0]}' that makes no sense ({error})") from error
    return np.asarray(result)


def _cast(node: Node, values: list[Array]) -> Array:
    return values[0].astype({_FLOAT: np.float32, _INTEGER: np.int64}[node.attributes["to"]])


def _unsqueeze(node: Node, values: list[Array]) -> Array:
    axes = node.attributes["axes"] if len(values) == 1 else values[1].tolist()
    return np.expand_dims(values[0], tuple(axes))


def _slice(_node: Node, values: list[Array]) -> Array:
    starts, ends = values[1].tolist(), values[2].tolist()
    if len(starts) != 1 or (len(values) > 3 and values[3].tolist() != [0]) or values[0].ndim != 1:
        raise ValueError("only of a shape")
    return values[0][starts[0] : ends[0] : values[4].item() if len(values) > 4 else 1]


_FOLDS = {
    "Constant": lambda node, _values: node.attributes["value"],
    "Cast": _cast,
    "Identity": lambda _node, values: values[0],
    "Gather": lambda node, values: np.take(values[0], values[1], axis=node.attributes.get("axis", 0)),
    "Unsqueeze": _unsqueeze,
    "Concat": lambda node, values: np.concatenate(values, axis=node.attributes["axis"]),
    "Slice": _slice,
}
