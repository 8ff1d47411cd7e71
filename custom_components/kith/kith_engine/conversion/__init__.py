"""From a published ONNX file to what ncnn runs, without the packages of either: only numpy is needed.

It knows the kinds of layers in the networks of Kith's packs, and refuses all others.
"""

from typing import NamedTuple

from .files import write
from .graph import read_graph
from .translation import translate


class Converted(NamedTuple):
    """The contents of ncnn's two files: the layers as text, and their weights."""

    param: bytes
    weights: bytes


def convert(model: bytes) -> Converted:
    """An ONNX file's bytes → ncnn's two. The same bytes always give the same bytes.

    Raises PackError if this is no ONNX file, or has something that is not known here.
    """
    return Converted(*write(translate(read_graph(model))))
