"""Is somebody there whom the person network did not see? SSD (Liu et al. 2016, arXiv:1512.02325), one class.

It takes two to three times as long as the person network and is worse than it by day, but sees people in the dark.
So it is asked only where something moved and the person network saw nobody.
"""

import numpy as np
from numpy.typing import NDArray

from .analysis import Box, Person
from .inputs import network_input
from .network import Anchors, Network
from .nms import placed
from .picture import Picture
from .runtimes import InferenceSession

_BOXES, _SCORES = "boxes", "scores"
_LARGEST = 10.0
"""Largest logarithm of a size: such a box is beyond any picture."""


class SecondLook:
    """One network and how it is fed and read."""

    def __init__(self, session: InferenceSession, network: Network) -> None:
        assert isinstance(network.output, Anchors)  # the manifest's reader has seen to it
        assert network.input.stretched is not None
        self._session = session
        self._input = network.input
        self._output = network.output
        self._size = network.input.stretched
        self._centers, self._sizes = _anchors(network.output, self._size)

    def find(self, picture: Picture, region: Box | None = None) -> tuple[Person, ...]:
        """Best first. Boxes in pixels at full size, inside the picture or this region of it."""
        region = region or picture.frame
        pixels = picture.crop(region, *self._size)
        outputs = self._session.run(network_input(pixels, self._input))
        boxes, scores = self._read(outputs[_BOXES].reshape(-1, 4), outputs[_SCORES].reshape(-1, 2))
        boxes *= np.tile(np.array([region.width, region.height], np.float32) / self._size, 2)
        return placed(boxes, scores, region, self._output.overlap)

    def _read(
        self, offsets: NDArray[np.float32], classes: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n, 4), (n, 2) raw → (k, 4) corners in pixels of the input, (k,) scores, of what reaches the threshold."""
        margins = np.clip(classes[:, 1] - classes[:, 0], -80, 80)
        scores = (1 / (1 + np.exp(-margins))).astype(np.float32)  # a softmax of two
        chosen = np.flatnonzero(scores >= self._output.threshold)
        moved, grown = self._output.variances
        sizes = self._sizes[chosen]
        centers = self._centers[chosen] + np.float32(moved) * offsets[chosen, :2] * sizes
        halves = sizes * np.exp(np.minimum(np.float32(grown) * offsets[chosen, 2:], _LARGEST)) / 2
        return np.concatenate([centers - halves, centers + halves], axis=1), scores[chosen]


def _anchors(output: Anchors, size: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Center and size of every row's anchor, (n, 2) each, in pixels of the input."""
    columns, rows = (side // output.stride for side in size)
    kinds = np.column_stack([output.widths, output.heights])
    row, column = np.divmod(np.arange(rows * columns), columns)
    centers = (np.column_stack([column, row]) + 0.5) * output.stride
    sizes = np.tile(kinds, (rows * columns, 1))
    return np.repeat(centers, len(kinds), axis=0).astype(np.float32), sizes.astype(np.float32)
