"""Operations that only rearrange numbers."""

import numpy as np

from .graph import Node
from .layers import NcnnLayer
from .network import ConvertedNetwork, Shape, Spread, refuse

_ORDERS = {(0, 1): 0, (1, 0): 1, (0, 1, 2): 0, (0, 2, 1): 1, (1, 0, 2): 2, (1, 2, 0): 3, (2, 0, 1): 4, (2, 1, 0): 5}
"""ONNX's order of the axes behind the batch → ncnn's number for it (Permute, order_type)."""
_TO_THE_END = 2**31 - 1
_ROWS, _COLUMNS = 2, 3


def concatenate(network: ConvertedNetwork, node: Node) -> None:
    spreads = [network.spreads.get(name) for name in node.inputs]
    axis = node.attributes.get("axis", -1)
    if any(spreads):
        _spread(network, node, [spread for spread in spreads if spread])
        return
    sources = tuple(_blob_of(network, node, name) for name in node.inputs)
    shapes = [network.shapes[source] for source in sources]
    if not 0 < axis <= len(shapes[0]):
        raise refuse(node, f"along axis {axis}")
    sizes = [shape[axis - 1] for shape in shapes]
    whole = None if None in sizes else sum(size for size in sizes if size is not None)
    shape = (*shapes[0][: axis - 1], whole, *shapes[0][axis:])
    network.add(NcnnLayer("Concat", sources, node.outputs, {0: axis - 1}), shape)


def _blob_of(network: ConvertedNetwork, node: Node, name: str) -> str:
    """The input's blob; a constant becomes one when it is needed as one."""
    blob = network.blob(name)
    if blob in network.constants and blob not in network.shapes:
        constant = network.constants[blob]
        if constant.dtype != np.float32 or not 2 <= constant.ndim <= 4 or len(constant) != 1:
            raise refuse(node, "only of maps")
        sizes = dict(enumerate(reversed(constant.shape[1:])))
        network.add(NcnnLayer("MemoryData", (), (blob,), {**sizes}, (constant.reshape(-1),)), constant.shape[1:])
    elif blob not in network.shapes:
        raise refuse(node, "only of maps")
    return blob


def _spread(network: ConvertedNetwork, node: Node, parts: list[Spread]) -> None:
    places = tuple(place for part in parts for place in part.places)
    sources = {part.source for part in parts}
    every = {(row, column) for row in (0, 1) for column in (0, 1)}
    if len(parts) != len(node.inputs) or len(sources) != 1 or len(places) != 4 or set(places) != every:
        raise refuse(node, "only all four halves of one picture")
    network.spreads[node.outputs[0]] = Spread(parts[0].source, places)


def take_part(network: ConvertedNetwork, node: Node) -> None:
    """A run of one axis, or every second row or column, as the first half of a Focus layer."""
    given = [network.constant(node, place).tolist() for place in range(1, len(node.inputs))]
    starts, ends, axes = given[0], given[1], given[2] if len(given) > 2 else [0]
    steps = given[3] if len(given) > 3 else [1]
    if [len(numbers) for numbers in (starts, ends, axes, steps)] != [1, 1, 1, 1] or starts[0] < 0:
        raise refuse(node, "only along one axis, from a place counted from its start")
    start, end, axis, step = starts[0], ends[0], axes[0], steps[0]
    if step == 2 and axis in (_ROWS, _COLUMNS) and start in (0, 1) and end >= _TO_THE_END:
        _halve(network, node, start, axis)
        return
    source = network.blob(node.inputs[0])
    shape = network.shapes.get(source)
    if shape is None or step != 1 or not 0 < axis <= len(shape) or end <= start:
        raise refuse(node, f"from {start} to {end} by {step} along axis {axis}")
    size = shape[axis - 1]
    if end < _TO_THE_END:
        taken: int | None = end - start if size is None else min(end, size) - start
    else:
        taken = None if size is None else size - start
    parameters = {9: (start,), 10: (min(end, _TO_THE_END),), 11: (axis - 1,)}
    network.add(NcnnLayer("Crop", (source,), node.outputs, {**parameters}), (*shape[: axis - 1], taken, *shape[axis:]))


def _halve(network: ConvertedNetwork, node: Node, start: int, axis: int) -> None:
    before = network.spreads.get(node.inputs[0])
    source = before.source if before else network.blob(node.inputs[0])
    row, column = before.places[0] if before else (-1, -1)
    halved = row if axis == _ROWS else column
    if (before and len(before.places) != 1) or halved != -1:
        raise refuse(node, "rows or columns are halved twice")
    place = (start, column) if axis == _ROWS else (row, start)
    network.spreads[node.outputs[0]] = Spread(source, (place,))


def reshape(network: ConvertedNetwork, node: Node) -> None:
    target = network.constant(node, 1).tolist()
    source = network.blob(node.inputs[0])
    sizes = target[1:]
    if source not in network.shapes or not 1 <= len(sizes) <= 3 or target[0] != 1:
        raise refuse(node, f"to {target}")
    if any(size == 0 or size < -1 for size in sizes) or sizes.count(-1) > 1:
        raise refuse(node, f"to {target}")
    shape: Shape = tuple(None if size == -1 else size for size in sizes)
    parameters = dict(enumerate(reversed(sizes)))  # ncnn counts from the innermost: width, height, channels
    network.add(NcnnLayer("Reshape", (source,), node.outputs, {**parameters}), shape)


def flatten(network: ConvertedNetwork, node: Node) -> None:
    """All numbers of one picture in a row."""
    source = network.blob(node.inputs[0])
    if source not in network.shapes or node.attributes.get("axis", 1) != 1:
        raise refuse(node, "only all of a picture's numbers")
    network.add(NcnnLayer("Reshape", (source,), node.outputs, {0: -1}), (None,))


def transpose(network: ConvertedNetwork, node: Node) -> None:
    source = network.blob(node.inputs[0])
    first, *others = node.attributes.get("perm", ())
    order = tuple(axis - 1 for axis in others)
    shape = network.shapes.get(source)
    if shape is None or first != 0 or order not in _ORDERS or len(order) != len(shape):
        raise refuse(node, f"to the order {node.attributes.get('perm')}")
    network.add(
        NcnnLayer("Permute", (source,), node.outputs, {0: _ORDERS[order]}), tuple(shape[axis] for axis in order)
    )


def enlarge(network: ConvertedNetwork, node: Node) -> None:
    """Each pixel becomes a block of whole pixels."""
    found = node.attributes
    ways = (found.get("mode"), found.get("coordinate_transformation_mode"), found.get("nearest_mode"))
    scales = network.constant(node, 2).tolist() if len(node.inputs) == 3 else []
    source = network.blob(node.inputs[0])
    if ways != ("nearest", "asymmetric", "floor") or len(scales) != 4 or scales[:2] != [1, 1]:
        raise refuse(node, "only to a multiple, each pixel as it is")
    if any(scale < 1 or scale != int(scale) for scale in scales) or source not in network.shapes:
        raise refuse(node, "only to a multiple, each pixel as it is")
    nearest = 1
    channels = network.shapes[source][0]
    parameters = {0: nearest, 1: float(scales[2]), 2: float(scales[3])}
    network.add(NcnnLayer("Interp", (source,), node.outputs, {**parameters}), (channels, None, None))
