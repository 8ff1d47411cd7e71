"""Continues training from the networks that Kith ships, if no checkpoint of them is left.

A network may have more blocks than the shipped one; those do nothing until they have learned something. And it may end
in another layer, if its teacher speaks of other things.
An exported network has its batch normalizations folded into its convolutions. What each of them did is measured again
on pictures, so that the network computes what the file does, and learns as one that was never folded.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import onnx
import onnx.numpy_helper
import torch
from torch import Tensor, nn

from .inputs import MIDDLE
from .layers import Squeeze, Twice
from .places import SHIPPED

_TOLERANCE = 1e-3
"""Relative to the largest number of the output, between the network before and after measuring its normalizations."""

Kernel = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Weights and biases of one convolution."""


def unfold(network: nn.Module, name: str, pictures: Tensor) -> None:
    """Give the network the shipped one's weights, in place. pictures: (n, 3, h, w) uint8, as for training.

    Raises ValueError if the shipped one has another shape, or if the network then computes something else.
    """
    network.eval()
    order = _order(network, pictures[:1])
    left = iter(order)
    given: dict[nn.Conv2d, nn.BatchNorm2d | None] = {}
    *kernels, last = _kernels(SHIPPED / f"kith_{name}.onnx")
    for kernel in [*kernels, last] if order[-1][0].weight.shape == last[0].shape else kernels:
        place = next((one for one in left if one[0].weight.shape == kernel[0].shape), None)
        if place is None:
            raise ValueError(f"the shipped {name} network is not built as the one to be trained; start without it")
        _give(*place, kernel)
        given[place[0]] = place[1]
    _silence(network, set(given))
    folded = _computed(network, pictures)
    _measure(network, list(given.items()), pictures)
    worst = float((_computed(network, pictures) - folded).abs().max() / folded.abs().max())
    if worst > _TOLERANCE:
        raise ValueError(f"the {name} network differs by {worst} from what it was shipped as")


def _silence(network: nn.Module, given: set[nn.Conv2d]) -> None:
    """Blocks that got nothing add nothing to what comes in."""
    for block in network.modules():
        if isinstance(block, Squeeze | Twice) and given.isdisjoint(block.modules()):
            nn.init.zeros_(block.branch[-1][1].weight)


def _order(network: nn.Module, picture: Tensor) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """Convolutions in the order of computation, each with the normalization that follows it."""
    called: list[nn.Module] = []
    hooks = _hooked(network, (nn.Conv2d, nn.BatchNorm2d), lambda module, _: called.append(module))
    _computed(network, picture)
    for hook in hooks:
        hook.remove()
    pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d | None]] = []
    for module, following in zip(called, [*called[1:], None], strict=True):
        if isinstance(module, nn.Conv2d):
            pairs.append((module, following if isinstance(following, nn.BatchNorm2d) else None))
    return pairs


def _kernels(file: Path) -> Iterator[Kernel]:
    """The file's convolutions in the order of its graph, which is that of their computation."""
    graph = onnx.load(file).graph
    stored = {one.name: onnx.numpy_helper.to_array(one).astype(np.float32) for one in graph.initializer}
    stored |= {
        node.output[0]: stored[node.input[0]]
        for node in graph.node
        if node.op_type == "Cast" and node.input[0] in stored
    }
    for node in graph.node:
        if node.op_type == "Conv":
            yield stored[node.input[1]], stored[node.input[2]]


@torch.no_grad()
def _give(convolution: nn.Conv2d, following: nn.BatchNorm2d | None, kernel: Kernel) -> None:
    """Sets the kernel; the normalization only adds its biases."""
    weights, biases = map(torch.from_numpy, kernel)
    convolution.weight.copy_(weights)
    if following is None:
        assert convolution.bias is not None
        convolution.bias.copy_(biases)
        return
    following.weight.fill_(1)
    following.bias.copy_(biases)
    following.running_mean.zero_()
    following.running_var.fill_(1 - following.eps)


@torch.no_grad()
def _measure(network: nn.Module, order: list[tuple[nn.Conv2d, nn.BatchNorm2d | None]], pictures: Tensor) -> None:
    """Let each normalization remove its input's statistics on these pictures and add them back.

    Kernels get the length of fresh ones: their length no longer matters for the result, but determines how fast they
    turn.
    """
    moments: dict[nn.Module, tuple[Tensor, Tensor]] = {}

    def keep(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        channels = inputs[0].float().transpose(0, 1).flatten(1)
        moments[module] = channels.mean(dim=1), channels.var(dim=1)

    hooks = _hooked(network, (nn.BatchNorm2d,), keep)
    _computed(network, pictures)
    for hook in hooks:
        hook.remove()
    for convolution, following in order:
        if following is None:
            continue
        mean, variance = moments[following]
        fresh = torch.empty_like(convolution.weight)
        nn.init.kaiming_uniform_(fresh, a=5**0.5)  # PyTorch's own initialization
        scale = fresh.flatten(1).norm(dim=1) / convolution.weight.flatten(1).norm(dim=1).clamp(min=1e-6)
        convolution.weight.mul_(scale[:, None, None, None])
        following.running_mean.copy_(mean * scale)
        following.running_var.copy_(variance * scale**2)
        following.weight.copy_((variance * scale**2 + following.eps).sqrt() / scale)
        following.bias.add_(mean)


def _hooked(
    network: nn.Module, kinds: tuple[type[nn.Module], ...], called: Callable[[nn.Module, tuple[Tensor, ...]], None]
) -> list[torch.utils.hooks.RemovableHandle]:
    return [module.register_forward_pre_hook(called) for module in network.modules() if isinstance(module, kinds)]


@torch.no_grad()
def _computed(network: nn.Module, pictures: Tensor) -> Tensor:
    """In float32 throughout, which training does not need."""
    return network((pictures.to(torch.float32) - MIDDLE) / MIDDLE)
