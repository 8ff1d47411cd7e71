"""ONNX's operations → ncnn's layers. A new kind of operation is one function and one line in the table below."""

from collections.abc import Callable

import numpy as np

from ..errors import PackError
from .arrangement import concatenate, enlarge, flatten, reshape, take_part, transpose
from .folding import FOLDED, UNKNOWN, fold
from .graph import Graph, Node
from .layers import SLOPE, NcnnLayer, joined, needed, split
from .network import ConvertedNetwork, refuse
from .windows import convolution, normalization, pooling, whole_mean


def translate(graph: Graph) -> list[NcnnLayer]:
    """Layers that ncnn can run; their first and last blobs are named like the network's input and outputs.

    Raises PackError if the network has something unknown in it.
    """
    if len(graph.inputs) != 1 or not graph.outputs:
        raise PackError(f"a network must have one input and some output, not {graph.inputs} and {graph.outputs}")
    network = ConvertedNetwork(dict(graph.weights))
    network.add(NcnnLayer("Input", (), graph.inputs), (None, None, None))
    for node in graph.nodes:
        _add(network, node)
    outputs = {name: network.blob(name) for name in graph.outputs}
    for name, blob in outputs.items():
        if blob not in network.shapes:
            raise PackError(f"the ONNX file says nothing of how its output {name} is made; fetch the pack again")
    layers = joined(needed(network.layers, tuple(outputs.values())), tuple(outputs.values()))
    return split(layers, outputs)


def _add(network: ConvertedNetwork, node: Node) -> None:
    if not node.outputs:
        raise PackError(f"the ONNX file has an operation {node.kind} without a result; fetch the pack again")
    if node.kind == "Shape" and node.inputs and network.blob(node.inputs[0]) in network.shapes:
        shape = [1, *(UNKNOWN if size is None else size for size in network.shape(node.inputs[0]))]
        network.constants[node.outputs[0]] = np.array(shape, np.int64)
    elif node.kind in FOLDED and all(name in network.constants or not name for name in node.inputs):
        network.constants[node.outputs[0]] = fold(node, network.constants)
    elif node.kind not in _TRANSLATIONS:
        raise refuse(node, "this kind is not known")
    else:
        known = {*network.shapes, *network.aliases, *network.spreads, *network.constants, ""}
        if not node.inputs or not set(node.inputs) <= known or node.inputs[0] in network.constants:
            raise refuse(node, f"its inputs {', '.join(node.inputs)} are not made before it")
        try:
            _TRANSLATIONS[node.kind](network, node)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise refuse(node, f"it makes no sense: {error}") from error


def _alike(kind: str) -> Callable[[ConvertedNetwork, Node], None]:
    def add(network: ConvertedNetwork, node: Node) -> None:
        source = network.blob(node.inputs[0])
        network.add(NcnnLayer(kind, (source,), node.outputs), network.shape(source))

    return add


def _identity(network: ConvertedNetwork, node: Node) -> None:
    network.aliases[node.outputs[0]] = network.blob(node.inputs[0])


def _sigmoid(network: ConvertedNetwork, node: Node) -> None:
    network.sigmoids[node.outputs[0]] = network.blob(node.inputs[0])
    _alike("Sigmoid")(network, node)


def _clip(network: ConvertedNetwork, node: Node) -> None:
    limits = {place: float(network.constant(node, place + 1).item()) for place in (0, 1)}
    source = network.blob(node.inputs[0])
    network.add(NcnnLayer("Clip", (source,), node.outputs, {**limits}), network.shape(source))


def _leaky(network: ConvertedNetwork, node: Node) -> None:
    source = network.blob(node.inputs[0])
    slope = float(node.attributes.get("alpha", 0.01))
    network.add(NcnnLayer("ReLU", (source,), node.outputs, {SLOPE: slope}), network.shape(source))


def _multiply(network: ConvertedNetwork, node: Node) -> None:
    """X times its own sigmoid is one layer (Ramachandran et al. 2017, Swish)."""
    sources = [network.blob(name) for name in node.inputs]
    for one, other in (sources, sources[::-1]) if len(sources) == 2 else ():
        if network.sigmoids.get(other) == one:
            network.add(NcnnLayer("Swish", (one,), node.outputs), network.shape(one))
            return
    _of_two(_PRODUCT)(network, node)


_SUM, _PRODUCT = 0, 2
"""Numbers of BinaryOp's operations."""


def _of_two(operation: int) -> Callable[[ConvertedNetwork, Node], None]:
    def add(network: ConvertedNetwork, node: Node) -> None:
        sources = tuple(network.blob(name) for name in node.inputs)
        if len(sources) != 2 or any(source not in network.shapes for source in sources):
            raise refuse(node, "only of two maps")
        one, other = (network.shape(source) for source in sources)
        shape = other if one[1:] == (1, 1) else one  # a number for each channel of a map
        network.add(NcnnLayer("BinaryOp", sources, node.outputs, {0: operation}), shape)

    return add


_TRANSLATIONS: dict[str, Callable[[ConvertedNetwork, Node], None]] = {
    "Add": _of_two(_SUM),
    "AveragePool": pooling,
    "Clip": _clip,
    "Concat": concatenate,
    "Conv": convolution,
    "Flatten": flatten,
    "GlobalAveragePool": whole_mean,
    "Identity": _identity,
    "InstanceNormalization": normalization,
    "LeakyRelu": _leaky,
    "MaxPool": pooling,
    "Mul": _multiply,
    "Relu": _alike("ReLU"),
    "Reshape": reshape,
    "Resize": enlarge,
    "Sigmoid": _sigmoid,
    "Slice": take_part,
    "Transpose": transpose,
}
