"""From the files of a published network to what the runtimes run, without the packages of either: numpy is enough.

It knows the kinds of layers that the networks of Kith's packs are made of, and refuses all others.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .files import write
from .graph import Graph, read_graph
from .onnx_file import write_graph
from .openvino import read_openvino
from .translation import translate


class Converted(NamedTuple):
    """The contents of ncnn's two files: the layers as text, and their weights."""

    param: bytes
    weights: bytes


def convert(published: Sequence[bytes]) -> Converted:
    """The contents of an ONNX file, or of OpenVINO's two → ncnn's two. The same bytes always give the same bytes.

    Raises PackError if this is no such network, or has something that is not known here.
    """
    return Converted(*write(translate(_graph(published))))


def to_onnx(published: Sequence[bytes]) -> bytes:
    """The contents of OpenVINO's two files → an ONNX file's; those of an ONNX file stay. Raises as `convert` does."""
    return published[0] if len(published) == 1 else write_graph(_graph(published))


def _graph(published: Sequence[bytes]) -> Graph:
    return read_graph(published[0]) if len(published) == 1 else read_openvino(*published)
