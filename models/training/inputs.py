"""How pictures enter a network; the same for all networks."""

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor, nn

MIDDLE = 127.5
"""The input is (pixel - MIDDLE) / MIDDLE, RGB: -1 to 1."""


def tensor(picture: NDArray[np.uint8]) -> Tensor:
    """(height, width, 3) → (3, height, width), a copy."""
    return torch.from_numpy(np.array(picture, order="C")).permute(2, 0, 1)


def run(network: nn.Module, pictures: Tensor) -> Tensor:
    """(n, 3, height, width) uint8 → the network's answer in float32, computed in bfloat16 where that pays."""
    pays = pictures.is_cuda or torch.cpu._is_amx_tile_supported()  # elsewhere it is slower than float32
    with torch.autocast(pictures.device.type, torch.bfloat16, enabled=pays):
        prepared = (pictures.to(torch.float32) - MIDDLE) / MIDDLE
        return network(prepared.contiguous(memory_format=torch.channels_last)).float()
