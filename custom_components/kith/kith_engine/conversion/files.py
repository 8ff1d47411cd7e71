"""ncnn's two files: written, and looked over before ncnn sees them, for it falls over what it does not understand.

Their form: github.com/Tencent/ncnn, docs/developer-guide/param-and-model-file-structure.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import math
import re

import numpy as np

from ..errors import PackDamaged
from .layers import CONVOLUTIONS, Layer, Parameter

_MAGIC = "7767517"
_ARRAY = 23300
"""Parameter n that is a list goes by the number -23300 - n."""
_PLAIN = bytes(4)
"""Before a convolution's weights: they are float32, as they stand."""
_ONE_TO_ONE = (
    *CONVOLUTIONS, "Clip", "Crop", "InstanceNorm", "Interp", "Permute", "Pooling", "ReLU", "Reshape", "Sigmoid",
    "Swish",
)  # fmt: skip
_MANY = 64
_INPUTS = {"Input": (0, 0), "MemoryData": (0, 0), "BinaryOp": (2, 2), "Concat": (1, _MANY), "Split": (1, 1)}
_INPUTS |= dict.fromkeys(_ONE_TO_ONE, (1, 1))
"""Kinds of layers that are written here, and how many inputs each has at least and at most."""
_NAME = r"[!-~]{1,200}"
_LINE = re.compile(rf"(\w+) +({_NAME}) (\d{{1,2}}) (\d{{1,2}})((?: {_NAME})*)")


def write(layers: list[Layer]) -> tuple[bytes, bytes]:
    """The two files' contents."""
    lines = [f"{layer.kind} {_named(layer, place)}" for place, layer in enumerate(layers)]
    blobs = sum(len(layer.outputs) for layer in layers)
    param = "\n".join([_MAGIC, f"{len(layers)} {blobs}", *lines, ""])
    weights = b"".join(_weights(layer) for layer in layers)
    return param.encode(), weights


def _named(layer: Layer, place: int) -> str:
    parameters = [_told(number, value) for number, value in layer.parameters.items()]
    counts = f"{len(layer.inputs)} {len(layer.outputs)}"
    return " ".join([f"{layer.kind.lower()}_{place}", counts, *layer.inputs, *layer.outputs, *parameters])


def _told(number: int, value: Parameter) -> str:
    if isinstance(value, tuple):
        return f"{-_ARRAY - number}={len(value)},{','.join(map(str, value))}"
    return f"{number}={value}"


def _weights(layer: Layer) -> bytes:
    plain = _PLAIN if layer.kind in CONVOLUTIONS else b""
    return plain + b"".join(weights.astype("<f4").tobytes() for weights in layer.weights)


@dataclass(frozen=True, slots=True)
class Ends:
    """Names of the blobs where a network begins and ends."""

    input: str
    outputs: tuple[str, ...]


def check(param: bytes, size: int) -> Ends:
    """Is this a network as `write` writes them, with so many bytes of weights? Raises PackDamaged if not."""
    lines = param.decode("ascii", "replace").split("\n")
    if len(lines) < 4 or lines[0] != _MAGIC or lines[-1]:
        raise PackDamaged("this is no network in ncnn's form; fetch the pack again")
    layers = [_read(line) for line in lines[2:-1]]
    open_blobs: dict[str, None] = {}
    made: set[str] = set()
    for layer in layers:
        for blob in layer.inputs:
            if blob not in open_blobs:
                raise PackDamaged(f"the network in ncnn's form uses {blob} twice, or before it is made")
            del open_blobs[blob]
        if made.intersection(layer.outputs):
            raise PackDamaged(f"the network in ncnn's form makes {', '.join(layer.outputs)} twice")
        made.update(layer.outputs)
        open_blobs |= dict.fromkeys(layer.outputs)
    inputs = [layer.outputs for layer in layers if layer.kind == "Input"]
    wanted = sum(_bytes(layer) for layer in layers)
    if lines[1] != f"{len(layers)} {len(made)}" or len(inputs) != 1 or layers[0].kind != "Input" or wanted != size:
        raise PackDamaged(f"the network in ncnn's form is not whole ({size} bytes of weights, not {wanted})")
    return Ends(inputs[0][0], tuple(open_blobs))


def _read(line: str) -> Layer:
    found = _LINE.fullmatch(line)
    words = found[5].split() if found else []
    counts = (int(found[3]), int(found[4])) if found else (0, 0)
    blobs, parameters = words[: sum(counts)], words[sum(counts) :]
    if not found or found[1] not in _INPUTS or len(blobs) != sum(counts):
        raise PackDamaged(f"the network in ncnn's form has a layer that is not known here: {line[:80]!r}")
    least, most = _INPUTS[found[1]]
    several = found[1] == "Split"
    if not least <= counts[0] <= most or not (counts[1] > 1 if several else counts[1] == 1):
        raise PackDamaged(f"the network in ncnn's form has a layer with too many or too few blobs: {line[:80]!r}")
    return Layer(found[1], tuple(blobs[: counts[0]]), tuple(blobs[counts[0] :]), dict(_parameters(parameters)))


def _parameters(words: list[str]) -> Iterator[tuple[int, Parameter]]:
    for word in words:
        key, _, value = word.partition("=")
        try:
            number = int(key)
            numbers = [int(part) if part.lstrip("-").isdigit() else float(part) for part in value.split(",")]
        except ValueError as error:
            raise PackDamaged(f"the network in ncnn's form has a parameter that is no number: {word!r}") from error
        if number < 0:
            if numbers[0] != len(numbers) - 1:
                raise PackDamaged(f"the network in ncnn's form has a list of the wrong length: {word!r}")
            yield -_ARRAY - number, tuple(numbers[1:])
        elif len(numbers) == 1:
            yield number, numbers[0]
        else:
            raise PackDamaged(f"the network in ncnn's form has a parameter that is no number: {word!r}")


def _bytes(layer: Layer) -> int:
    """Of a layer's weights in the second file."""
    itemsize = np.dtype(np.float32).itemsize
    if layer.kind == "MemoryData":
        return itemsize * math.prod(_whole(layer, number) or 1 for number in (0, 1, 2))
    if layer.kind == "InstanceNorm":
        return 2 * itemsize * _whole(layer, 0)
    if layer.kind not in CONVOLUTIONS:
        return 0
    count, width, height, size, offsets, group = (_whole(layer, number) for number in (0, 1, 11, 6, 5, 7))
    if min(count, width, height) < 1 or size % (count * width * height) or (group and count % group):
        raise PackDamaged("the network in ncnn's form has a convolution whose numbers do not fit together")
    return len(_PLAIN) + itemsize * (size + (count if offsets else 0))


def _whole(layer: Layer, number: int) -> int:
    value = layer.parameters.get(number, 0)
    if not isinstance(value, int) or value < 0:
        raise PackDamaged(f"the network in ncnn's form has a layer whose parameter {number} is {value}")
    return value
