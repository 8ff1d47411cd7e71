"""An ONNX file for one picture → one for any number of them (github.com/onnx/onnx, onnx.proto; its field numbers)."""

from collections.abc import Callable, Collection

from .graph import read_graph
from .protobuf import Value, fields, octets, text, written

_GRAPH, _INPUT, _OUTPUT, _NAME = 7, 11, 12, 1
_FIRST_SIZE = (2, 1, 2, 1)
"""The way in a ValueInfoProto to the first dimension: its type, that of a tensor, its shape, the dimension."""
_ANY = written(2, "batch")
"""A dimension with a name instead of a size."""


def with_any_batch(model: bytes) -> bytes:
    """Only says so at the file's ends: whether its operations keep pictures apart must be tried.

    Raises PackError if this is not an ONNX file.
    """
    graph = read_graph(model)
    ends = {*graph.inputs, *graph.outputs}
    return _rewritten(memoryview(model), (_GRAPH,), lambda content: _with_any_ends(content, ends))


def _with_any_ends(graph: memoryview, ends: Collection[str]) -> bytes:
    def freed(value: memoryview) -> bytes:
        names = [text(name) for number, name in fields(value) if number == _NAME]
        return _first(value, _FIRST_SIZE) if names and names[0] in ends else bytes(value)

    return _rewritten(graph, (_INPUT, _OUTPUT), freed)


def _rewritten(message: memoryview, numbers: tuple[int, ...], change: Callable[[memoryview], bytes]) -> bytes:
    return b"".join(
        written(number, change(octets(value)) if number in numbers else _as_it_is(value))
        for number, value in fields(message)
    )


def _first(message: memoryview, way: tuple[int, ...]) -> bytes:
    """The message with the first dimension on this way freed."""
    parts, found = [], False
    for number, value in fields(message):
        content = _as_it_is(value)
        if number == way[0] and not found:
            found = True
            content = _first(octets(value), way[1:]) if len(way) > 1 else _ANY
        parts.append(written(number, content))
    return b"".join(parts)


def _as_it_is(value: Value) -> int | bytes:
    return value if isinstance(value, int) else bytes(value)
