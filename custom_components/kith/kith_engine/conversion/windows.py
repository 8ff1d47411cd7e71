"""Operations whose window slides over a map, and YOLOX's Focus layer, which becomes a part of one."""

import numpy as np
from numpy.typing import NDArray

from .graph import Node
from .layers import NcnnLayer
from .network import ConvertedNetwork, Spread, refuse


def convolution(network: ConvertedNetwork, node: Node) -> None:
    weights = network.constant(node, 1).astype(np.float32)
    group, strides, pads, dilations = _window(node)
    source = node.inputs[0]
    spread = network.spreads.get(source)
    if weights.ndim != 4 or weights.shape[0] % group or (spread and group > 1):
        raise refuse(node, "only in two dimensions")
    if spread:
        # Every second pixel taken by a window of k pixels is a window of 2k pixels that moves by two.
        weights = _widened(node, weights, spread)
        source, strides, pads = spread.source, (2, 2), tuple(2 * pad for pad in pads)
    count, _, height, width = weights.shape
    parameters = {0: count, 1: width, 11: height, 2: dilations[1], 12: dilations[0], 3: strides[1], 13: strides[0]}
    parameters |= {4: pads[1], 14: pads[0], 15: pads[3], 16: pads[2], 6: weights.size}
    flat = [weights.reshape(-1)]
    if len(node.inputs) > 2 and node.inputs[2]:
        flat.append(network.constant(node, 2).astype(np.float32).reshape(-1))
        if flat[1].size != count:
            raise refuse(node, "as many offsets as channels are needed")
        parameters[5] = 1
    if group > 1:
        parameters[7] = group
    kind = "Convolution" if group == 1 else "ConvolutionDepthWise"
    network.add(
        NcnnLayer(kind, (network.blob(source),), node.outputs, {**parameters}, tuple(flat)), (count, None, None)
    )


def _window(node: Node) -> tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Group, strides, pads (top, left, bottom, right), dilations of a sliding window."""
    found = node.attributes
    if found.get("auto_pad", "NOTSET") != "NOTSET" or found.get("ceil_mode", 0):
        raise refuse(node, "padding must be told in numbers")
    strides, dilations = tuple(found.get("strides", (1, 1))), tuple(found.get("dilations", (1, 1)))
    pads = tuple(found.get("pads", (0, 0, 0, 0)))
    if (len(strides), len(dilations), len(pads)) != (2, 2, 4) or min(strides) < 1 or min(pads) < 0:
        raise refuse(node, "only in two dimensions")
    return int(found.get("group", 1)), strides, pads, dilations


def _widened(node: Node, weights: NDArray[np.float32], spread: Spread) -> NDArray[np.float32]:
    count, channels, height, width = weights.shape
    _, strides, _, dilations = _window(node)
    if channels % 4 or (strides, dilations) != ((1, 1), (1, 1)):
        raise refuse(node, "behind a Focus layer only a convolution without strides is known")
    parts = weights.reshape(count, 4, channels // 4, height, width)
    wide = np.empty((count, channels // 4, 2 * height, 2 * width), np.float32)
    for place, (row, column) in enumerate(spread.places):
        wide[:, :, row::2, column::2] = parts[:, place]
    return wide


def pooling(network: ConvertedNetwork, node: Node) -> None:
    """The largest number of each window, or their mean."""
    _, strides, pads, dilations = _window(node)
    kernel = node.attributes.get("kernel_shape", ())
    if len(kernel) != 2 or dilations != (1, 1) or len(node.outputs) != 1:
        raise refuse(node, "only in two dimensions, without gaps")
    mean = node.kind == "AveragePool"
    if mean and any(pads):
        raise refuse(node, "no mean with padding is known")
    valid = 1  # of ncnn's ways to pad: as many pixels as are told
    parameters = {0: int(mean), 1: kernel[1], 11: kernel[0], 2: strides[1], 12: strides[0]}
    parameters |= {3: pads[1], 13: pads[0], 14: pads[3], 15: pads[2], 5: valid}
    source = network.blob(node.inputs[0])
    network.add(NcnnLayer("Pooling", (source,), node.outputs, {**parameters}), network.shape(source))


def whole_mean(network: ConvertedNetwork, node: Node) -> None:
    """The mean of each channel. ncnn makes a row of them, ONNX a map of one pixel."""
    source, row = network.blob(node.inputs[0]), f"{node.outputs[0]}.row"
    channels = network.shape(source)[0]
    mean, of_whole = 1, 1
    network.add(NcnnLayer("Pooling", (source,), (row,), {0: mean, 4: of_whole}), (channels,))
    network.add(NcnnLayer("Reshape", (row,), node.outputs, {0: 1, 1: 1, 2: -1}), (channels, 1, 1))


def normalization(network: ConvertedNetwork, node: Node) -> None:
    """Normalize by the mean and variance of each channel, then scale and shift."""
    source = network.blob(node.inputs[0])
    scale, offset = (network.constant(node, place).astype(np.float32).reshape(-1) for place in (1, 2))
    shape = network.shape(source)
    if len(shape) != 3 or scale.size != offset.size or shape[0] not in (None, scale.size):
        raise refuse(node, "only of a map, each channel with a scale and an offset")
    parameters = {0: scale.size, 1: float(node.attributes.get("epsilon", 1e-5))}
    network.add(NcnnLayer("InstanceNorm", (source,), node.outputs, {**parameters}, (scale, offset)), shape)
