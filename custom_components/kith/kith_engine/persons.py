"""Finds people with YOLOX (Ge et al. 2021, arXiv:2107.08430), the class "person" only."""

import numpy as np
from numpy.typing import NDArray

from .analysis import Box, Person, Sensitivity
from .inputs import fitting, network_input
from .network import Detection, Network
from .nms import placed
from .picture import Picture
from .runtimes import InferenceSession

_PERSON = 0
"""COCO's first class."""
_THRESHOLDS = {Sensitivity.LOW: 1.5, Sensitivity.NORMAL: 1.0, Sensitivity.HIGH: 0.6}
"""Factors on the pack's own threshold. YOLOX-Nano finds somebody in 79, 88, 92 % of 177 pictures with people, and in
none, one, one of 76 empty ones. People in the dark are hard: 46, 54, 63 % of 24 such pictures."""


class PersonFinder:
    """One person network and how it is fed and read."""

    def __init__(self, session: InferenceSession, network: Network) -> None:
        assert isinstance(network.output, Detection)  # the manifest's reader has seen to it
        self._session = session
        self._input = network.input
        self._output = network.output
        self._cells, self._strides = _grid(network.input.side, network.output.strides)

    def find(
        self, picture: Picture, sensitivity: Sensitivity = Sensitivity.NORMAL, region: Box | None = None
    ) -> tuple[Person, ...]:
        """Best first. Boxes in pixels at full size, inside the picture or this region of it."""
        region = region or picture.frame
        small_width, small_height = fitting(region.width, region.height, self._input.side)
        pixels = picture.crop(region, small_width, small_height)
        rows = next(iter(self._session.run(network_input(pixels, self._input)).values()))[0]
        boxes, scores = self._read(rows, self._output.threshold * _THRESHOLDS[sensitivity])
        boxes *= np.array([region.width / small_width, region.height / small_height] * 2, np.float32)
        return placed(boxes, scores, region, self._output.overlap)

    def _read(self, rows: NDArray[np.float32], threshold: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n, 5 + classes) raw → (k, 4) corners in pixels of the input, (k,) scores, of what reaches the threshold."""
        scores = rows[:, 4] * rows[:, 5 + _PERSON]
        chosen = np.flatnonzero(scores >= threshold)
        strides = self._strides[chosen]
        centers = (rows[chosen, :2] + self._cells[chosen]) * strides
        halves = np.exp(np.minimum(rows[chosen, 2:4], 10)) * strides / 2  # e^10 strides are beyond any picture
        return np.concatenate([centers - halves, centers + halves], axis=1), scores[chosen]


def _grid(side: int, strides: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Column and row of every output row's cell, (n, 2), and its stride, (n, 1)."""
    cells, steps = [], []
    for stride in strides:
        count = side // stride
        row, column = np.divmod(np.arange(count * count), count)
        cells.append(np.stack([column, row], axis=1))
        steps.append(np.full((count * count, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(steps).astype(np.float32)
