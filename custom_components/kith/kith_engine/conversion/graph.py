"""What an ONNX file says, as values (github.com/onnx/onnx, onnx.proto; the numbers are that file's field numbers)."""

from dataclasses import dataclass, field
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PackError
from .protobuf import fields, floats, integer, integers, octets, real, text

type Array = NDArray[Any]

_TYPES: dict[int, str] = {1: "<f4", 7: "<i8", 10: "<f2"}
"""TensorProto.DataType → numpy's: float32, int64, float16."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. kind: ONNX's name of it. An attribute is a number, text, array or list of numbers."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """A network: its nodes in an order in which they can be computed, and its weights by name.

    shapes: of the inputs and outputs, where those have one size only.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    weights: dict[str, Array]
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)


def read_graph(model: bytes) -> Graph:
    """Raises PackError if the bytes are not an ONNX model, or its weights are in other files or of unusual types."""
    graphs = [octets(value) for number, value in fields(memoryview(model)) if number == 7]
    if len(graphs) != 1:
        raise PackError("this is not an ONNX file (it has no graph); fetch the pack again")
    nodes, weights, inputs, outputs = [], {}, [], []
    for number, value in fields(graphs[0]):
        if number == 1:
            nodes.append(_node(octets(value)))
        elif number == 5:
            name, array = _tensor(octets(value))
            weights[name] = array
        elif number == 11:
            inputs.append(_name(octets(value)))
        elif number == 12:
            outputs.append(_name(octets(value)))
    # older files list weights among the inputs
    return Graph(tuple(name for name in inputs if name not in weights), tuple(outputs), tuple(nodes), weights)


def _name(value_info: memoryview) -> str:
    return next((text(value) for number, value in fields(value_info) if number == 1), "")


def _node(message: memoryview) -> Node:
    kind, inputs, outputs, attributes = "", [], [], {}
    for number, value in fields(message):
        if number == 1:
            inputs.append(text(value))
        elif number == 2:
            outputs.append(text(value))
        elif number == 4:
            kind = text(value)
        elif number == 5:
            name, attribute = _attribute(octets(value))
            attributes[name] = attribute
    return Node(kind, tuple(inputs), tuple(outputs), attributes)


def _attribute(message: memoryview) -> tuple[str, Any]:
    name, result = "", None
    several: list[float] = []
    for number, value in fields(message):
        if number == 1:
            name = text(value)
        elif number in (7, 8):
            several += floats(value) if number == 7 else integers(value)
            result = several
        elif number in _SINGLE:
            result = _SINGLE[number](value)
    return name, result


def _tensor(message: memoryview) -> tuple[str, Array]:
    name, shape, code, raw = "", [], 0, b""
    for number, value in fields(message):
        if number == 1:
            shape += integers(value)
        elif number == 2:
            code = integer(value)
        elif number == 8:
            name = text(value)
        elif number == 9:
            raw = bytes(octets(value))
    if code not in _TYPES:
        raise PackError(f"the ONNX file has a tensor '{name}' of type {code}, which is not known here")
    array = np.frombuffer(raw, _TYPES[code]) if len(raw) % np.dtype(_TYPES[code]).itemsize == 0 else np.empty(0)
    if not raw and (not shape or 0 in shape):
        return name, array  # an input that is left out is an empty tensor
    if any(size < 0 for size in shape) or array.size != math.prod(shape):
        raise PackError(f"the ONNX file has a tensor '{name}' whose numbers are missing or elsewhere")
    return name, array.reshape(shape)


_SINGLE: dict[int, Any] = {
    2: real,
    3: integer,
    4: text,
    5: lambda value: _tensor(octets(value))[1],
}
"""AttributeProto's fields for one value: f, i, s, t."""
