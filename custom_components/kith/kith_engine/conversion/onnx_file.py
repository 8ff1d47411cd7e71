"""A network as an ONNX file (github.com/onnx/onnx, onnx.proto; the numbers are that file's field numbers)."""

from collections.abc import Iterable
from typing import Any

from .graph import Array, Graph, Node
from .protobuf import written

_IR_VERSION, _OPERATIONS_VERSION = 8, 13
_TYPES = {"float32": 1, "int64": 7}
"""numpy's → TensorProto.DataType."""
_FLOAT, _INT, _INTS = 1, 2, 7
"""Values of AttributeProto.AttributeType."""


def write_graph(graph: Graph) -> bytes:
    """What `read_graph` reads. The same graph always gives the same bytes."""
    content = _joined(written(1, _node(node)) for node in graph.nodes) + written(2, "kith")
    content += _joined(written(5, _tensor(name, array)) for name, array in graph.weights.items())
    content += _joined(written(11, _value(name, graph.shapes.get(name))) for name in graph.inputs)
    content += _joined(written(12, _value(name, graph.shapes.get(name))) for name in graph.outputs)
    return written(1, _IR_VERSION) + written(7, content) + written(8, written(2, _OPERATIONS_VERSION))


def _joined(parts: Iterable[bytes]) -> bytes:
    return b"".join(parts)


def _node(node: Node) -> bytes:
    names = _joined(written(1, name) for name in node.inputs) + _joined(written(2, name) for name in node.outputs)
    return names + written(4, node.kind) + _joined(written(5, _attribute(*each)) for each in node.attributes.items())


def _attribute(name: str, value: Any) -> bytes:
    if isinstance(value, list):
        return written(1, name) + _joined(written(8, number) for number in value) + written(20, _INTS)
    if isinstance(value, float):
        return written(1, name) + written(2, value) + written(20, _FLOAT)
    return written(1, name) + written(3, value) + written(20, _INT)


def _tensor(name: str, array: Array) -> bytes:
    sizes = _joined(written(1, size) for size in array.shape)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return sizes + written(2, _TYPES[array.dtype.name]) + written(8, name) + written(9, little.tobytes())


def _value(name: str, shape: tuple[int, ...] | None) -> bytes:
    """A ValueInfoProto of float32; of any shape where none is known."""
    kind = written(1, _TYPES["float32"])
    if shape is not None:
        kind += written(2, _joined(written(1, written(1, size)) for size in shape))
    return written(1, name) + written(2, written(1, kind))
