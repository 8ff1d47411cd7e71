"""Small networks as OpenVINO stores them, drawn by hand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

type Port = tuple[int, int]
type Files = tuple[bytes, bytes]
_TYPES = {"float32": "f32", "float16": "f16", "int64": "i64", "int32": "i32"}
SHAPE = (1, 3, 8, 6)
"""Of the picture."""


class Drawn:
    """Its XML and its weights as they grow. picture: where the input comes out."""

    def __init__(self, shape: tuple[int, ...] = SHAPE) -> None:
        self._layers: list[str] = []
        self._edges: list[str] = []
        self._weights = bytearray()
        self._shapes: dict[Port, tuple[int, ...]] = {}
        self.picture = self.layer("Parameter", (), shape, shape=_told(shape), element_type="f32")

    def layer(self, kind: str, inputs: tuple[Port, ...], shape: tuple[int, ...] | None, /, **data: Any) -> Port:
        """shape: of its output; None: it has none."""
        number = len(self._layers)
        given = " ".join(f'{key}="{value}"' for key, value in data.items())
        ports = "".join(_port(place, self._shapes[port]) for place, port in enumerate(inputs))
        out = (number, len(inputs))
        made = "" if shape is None else f"<output>{_port(out[1], shape)}</output>"
        self._layers.append(
            f'<layer id="{number}" name="{kind}_{number}" type="{kind}" version="opset1"><data {given}/>'
            f"<input>{ports}</input>{made}</layer>"
        )
        for place, (before, output) in enumerate(inputs):
            self._edges.append(
                f'<edge from-layer="{before}" from-port="{output}" to-layer="{number}" to-port="{place}"/>'
            )
        self._shapes[out] = shape or ()
        return out

    def constant(self, numbers: NDArray[Any]) -> Port:
        offset, content = len(self._weights), numbers.tobytes()
        self._weights += content
        data = {"element_type": _TYPES[numbers.dtype.name], "shape": _told(numbers.shape), "offset": offset}
        return self.layer("Const", (), numbers.shape, **data, size=len(content))

    def half(self, numbers: NDArray[Any]) -> Port:
        """As weights are stored: of 16 digits, widened when they are read."""
        stored = self.constant(numbers.astype(np.float16))
        return self.layer("Convert", (stored,), numbers.shape, destination_type="f32")

    def convolution(self, source: Port, weights: NDArray[Any], **data: Any) -> Port:
        """By default its window stays inside the map and moves by one."""
        grouped = weights.ndim == 5
        window = {"strides": "1, 1", "dilations": "1, 1", "pads_begin": "0, 0", "pads_end": "0, 0"} | data
        height, width = weights.shape[-2:]
        before = self._shapes[source]
        pads = [int(pad) for key in ("pads_begin", "pads_end") for pad in window[key].split(",")]
        count = weights.shape[0] * weights.shape[1] if grouped else weights.shape[0]
        shape = (1, count, before[2] + pads[0] + pads[2] - height + 1, before[3] + pads[1] + pads[3] - width + 1)
        kind = "GroupConvolution" if grouped else "Convolution"
        return self.layer(kind, (source, self.half(weights)), shape, **window, auto_pad="explicit")

    def alike(self, kind: str, *inputs: Port, **data: Any) -> Port:
        """What gives a map of its first input's shape."""
        return self.layer(kind, inputs, self._shapes[inputs[0]], **data)

    def shape(self, port: Port) -> tuple[int, ...]:
        return self._shapes[port]

    def files(self, last: Port) -> Files:
        """The contents of the two, with this as the result."""
        self.layer("Result", (last,), None)
        layers, edges = "\n".join(self._layers), "\n".join(self._edges)
        text = f'<?xml version="1.0"?>\n<net name="drawn" version="11">\n<layers>\n{layers}\n</layers>\n'
        return f"{text}<edges>\n{edges}\n</edges>\n</net>\n".encode(), bytes(self._weights)


def _told(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))


def _port(number: int, shape: tuple[int, ...]) -> str:
    return f'<port id="{number}" precision="FP32">' + "".join(f"<dim>{size}</dim>" for size in shape) + "</port>"
