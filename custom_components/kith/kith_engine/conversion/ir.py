"""What OpenVINO's intermediate representation says, as values: an XML file of layers, and a file of their constants.

Its form: docs.openvino.ai, "Intermediate Representation format", versions 10 and 11.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import math
from xml.etree import ElementTree

import numpy as np

from ..errors import PackError
from .graph import Array

type Port = tuple[int, int]
"""A layer and one of its outputs, by their numbers."""

_VERSIONS = ("10", "11")
_MOST_BYTES = 16 * 2**20
"""Most bytes of XML; the largest network of a pack has 0.6 million."""
_MOST_LAYERS = 20_000
_LARGEST = 2**20
"""The size of an axis."""
_CHUNK = 64 * 1024
_TYPES = {"f32": "<f4", "f16": "<f2", "i64": "<i8", "i32": "<i4"}
"""A constant's element type → numpy's."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One layer. inputs: where each comes from, in their order. outputs: the shape of each, by its number."""

    number: int
    kind: str
    attributes: dict[str, str]
    inputs: tuple[Port, ...]
    outputs: dict[int, tuple[int, ...]]

    def numbers(self, key: str) -> tuple[int, ...]:
        """Raises PackError if the attribute is no list of whole numbers."""
        try:
            return tuple(int(part) for part in self.attributes[key].split(","))
        except (KeyError, ValueError) as error:
            raise self.refuse(f"its attribute '{key}' is no list of whole numbers") from error

    def refuse(self, why: str) -> PackError:
        return PackError(f"the OpenVINO file cannot be read ({self.kind}, layer {self.number}: {why})")


@dataclass(frozen=True, slots=True)
class Representation:
    """A network's layers by their numbers."""

    operations: dict[int, Operation]
    weights: memoryview

    def operation(self, port: Port) -> Operation:
        """The one that makes this. Raises PackError if there is none."""
        operation = self.operations.get(port[0])
        if operation is None or port[1] not in operation.outputs:
            raise PackError(f"the OpenVINO file uses output {port[1]} of layer {port[0]}, which it does not have")
        return operation

    def shape(self, port: Port) -> tuple[int, ...]:
        return self.operation(port).outputs[port[1]]

    def constant(self, operation: Operation) -> Array:
        """The numbers of a Const. Raises PackError where they are missing or of an unknown type."""
        kind = _TYPES.get(operation.attributes.get("element_type", ""))
        if kind is None:
            raise operation.refuse("numbers of its type are not known here")
        shape = operation.numbers("shape") if operation.attributes.get("shape") else ()
        (offset,), (size,) = operation.numbers("offset"), operation.numbers("size")
        wanted = math.prod(shape) * np.dtype(kind).itemsize
        if min(shape, default=1) < 1 or size != wanted or not 0 <= offset <= len(self.weights) - size:
            raise operation.refuse("its numbers are missing or elsewhere")
        numbers = np.frombuffer(self.weights[offset : offset + size], kind).reshape(shape)
        if not np.isfinite(numbers).all():
            raise operation.refuse("its numbers are not all numbers")
        return numbers


def read_representation(xml: bytes, weights: bytes) -> Representation:
    """Raises PackError if this is no network in OpenVINO's form, or a larger one than any pack has."""
    root = _parsed(xml)
    if root.tag != "net" or root.get("version") not in _VERSIONS:
        raise PackError("this is no OpenVINO file of a version that is known here; fetch the pack again")
    try:
        sources = {
            (_number(edge, "to-layer"), _number(edge, "to-port")): (
                _number(edge, "from-layer"), _number(edge, "from-port")
            )
            for edge in root.iterfind("edges/edge")
        }  # fmt: skip
        operations = [_operation(layer, sources) for layer in root.iterfind("layers/layer")]
    except (LookupError, ValueError) as error:
        raise PackError(f"the OpenVINO file has a layer that makes no sense ({error}); fetch the pack again") from error
    by_number = {operation.number: operation for operation in operations}
    if not 0 < len(by_number) == len(operations) <= _MOST_LAYERS:
        raise PackError("the OpenVINO file has no layers, too many, or two of one number; fetch the pack again")
    return Representation(by_number, memoryview(weights))


class _Elements(ElementTree.TreeBuilder):
    """Elements and nothing else: no document type, and so no entities."""

    def doctype(self, *_: object) -> None:
        raise PackError("the OpenVINO file has a document type, which no such file needs; fetch the pack again")


def _parsed(xml: bytes) -> ElementTree.Element:
    if len(xml) > _MOST_BYTES:
        raise PackError(f"the OpenVINO file is larger than any that is known here ({len(xml)} bytes)")
    parser = ElementTree.XMLParser(target=_Elements())  # noqa: S314  it takes no entities
    try:
        for start in range(0, len(xml), _CHUNK):
            parser.feed(xml[start : start + _CHUNK])
        return parser.close()
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise PackError(f"this is no OpenVINO file ({error}); fetch the pack again") from error


def _operation(layer: ElementTree.Element, sources: dict[Port, Port]) -> Operation:
    number, data = _number(layer, "id"), layer.find("data")
    inputs = sorted(_number(port, "id") for port in layer.iterfind("input/port"))
    return Operation(
        number=number,
        kind=layer.attrib["type"],
        attributes={} if data is None else data.attrib,
        inputs=tuple(sources[number, port] for port in inputs),
        outputs={_number(port, "id"): tuple(_sizes(port)) for port in layer.iterfind("output/port")},
    )


def _sizes(port: ElementTree.Element) -> Iterator[int]:
    for axis in port.iterfind("dim"):
        size = int(axis.text or "")
        if not 0 < size <= _LARGEST:
            raise ValueError(f"an axis of {size}")
        yield size


def _number(element: ElementTree.Element, key: str) -> int:
    return int(element.attrib[key])
