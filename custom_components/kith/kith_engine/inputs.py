"""Pixels → a network's input, as its manifest says."""

import numpy as np
from numpy.typing import NDArray

from .network import Input


def network_input(pixels: NDArray[np.uint8], wanted: Input) -> NDArray[np.float32]:
    """(height, width, 3) RGB → (1, 3, height, width), normalized; padded on the right and bottom to the multiple."""
    height, width, _ = pixels.shape
    shape = (1, 3, _up(height, wanted.multiple), _up(width, wanted.multiple))
    result = np.full(shape, wanted.pad, np.float32) if shape[2:] != (height, width) else np.empty(shape, np.float32)
    channels = (0, 1, 2) if wanted.order == "RGB" else (2, 1, 0)
    for target, source in enumerate(channels):
        result[0, target, :height, :width] = pixels[:, :, source]
    if any(wanted.mean) or set(wanted.deviation) != {1}:
        result -= np.array(wanted.mean, np.float32)[:, None, None]
        result /= np.array(wanted.deviation, np.float32)[:, None, None]
    return result


def fitting(width: float, height: float, side: int) -> tuple[int, int]:
    """Width and height of a picture scaled so that its longer side fills a square."""
    scale = side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple
