"""What is known about a network during its conversion from ONNX's operations to ncnn's layers."""

from dataclasses import dataclass, field

from ..errors import PackError
from .graph import Array, Node
from .layers import NcnnLayer

type Shape = tuple[int | None, ...]
"""Shape of one picture's blob: ONNX's axes without the batch. None for a size that depends on the picture's."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Every second pixel of every second row, four times: YOLOX's Focus layer. ncnn has no such layer.

    places: (row, column) where each of the four starts, in the order in which they are concatenated.
    """

    source: str
    places: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class ConvertedNetwork:
    """The network as far as it is converted."""

    constants: dict[str, Array]
    shapes: dict[str, Shape] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    spreads: dict[str, Spread] = field(default_factory=dict)
    sigmoids: dict[str, str] = field(default_factory=dict)
    """The output of a sigmoid → its input."""
    layers: list[NcnnLayer] = field(default_factory=list)

    def blob(self, name: str) -> str:
        return self.aliases.get(name, name)

    def shape(self, name: str) -> Shape:
        return self.shapes[self.blob(name)]

    def constant(self, node: Node, place: int) -> Array:
        name = node.inputs[place] if place < len(node.inputs) else ""
        if name not in self.constants:
            raise refuse(node, f"its input {place} is not a constant")
        return self.constants[name]

    def add(self, layer: NcnnLayer, shape: Shape) -> None:
        self.layers.append(layer)
        self.shapes[layer.outputs[0]] = shape


def refuse(node: Node, why: str) -> PackError:
    return PackError(f"the ONNX file cannot be turned into ncnn's form ({node.kind} for '{node.outputs[0]}': {why})")
