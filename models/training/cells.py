"""Anchor-free detection: the answer wanted from each cell of a map, and the loss."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor
from torch.nn import functional

_ELLIPSE = (0.3, 0.35)
"""Half axes, in widths and heights of the box, of the ellipse whose cells say yes; the rest of the box is ignored."""
_FOCUS = 2.0
"""How much less a cell counts that is nearly right already (Lin et al. 2017, focal loss)."""


@dataclass(frozen=True, slots=True)
class Cells:
    """yes: (h, w) 1 at the middle of an object. counts: (h, w) 0 where cells are ignored.

    boxes: (4, h, w) offset of the middle from the cell's top left corner, and logarithms of width and height, in
    strides. owner: (h, w) row of the box that a cell describes; -1 without one.
    """

    yes: NDArray[np.float32]
    counts: NDArray[np.float32]
    boxes: NDArray[np.float32]
    owner: NDArray[np.int64]


def wanted_cells(side: int, stride: int, boxes: NDArray[np.float32], left_alone: NDArray[np.float32]) -> Cells:
    """boxes: (n, 4) corners in pixels of the view. left_alone: (m, 4) boxes of uncertain content."""
    count = side // stride
    yes, counts = np.zeros((count, count), np.float32), np.ones((count, count), np.float32)
    owner, areas = np.full((count, count), -1, np.int64), np.full((count, count), np.inf)
    rows, columns = np.mgrid[:count, :count]
    corners = np.stack([columns, rows], axis=-1)
    middles = corners * stride + stride / 2
    for box in left_alone:
        counts[_within(middles, box, stride / 2)] = 0
    for box in boxes:
        counts[_within(middles, box, 0)] = 0
    sizes = np.maximum(boxes[:, 2:] - boxes[:, :2], 1)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    for index, (center, size) in enumerate(zip(centers, sizes, strict=True)):
        mine = (((middles - center) / (size * _ELLIPSE)) ** 2).sum(axis=-1) <= 1
        column, row = np.clip(center // stride, 0, count - 1).astype(int)
        mine[row, column] = True
        yes[mine] = counts[mine] = 1
        nearer = mine & (size.prod() < areas)
        areas[nearer], owner[nearer] = size.prod(), index
    said = np.zeros((4, count, count), np.float32)
    chosen = owner >= 0
    said[:2, chosen] = (centers[owner[chosen]] / stride - corners[chosen]).T
    said[2:, chosen] = np.log(sizes[owner[chosen]] / stride).T
    return Cells(yes, counts, said, owner)


def _within(middles: NDArray[np.float64], box: NDArray[np.float32], margin: float) -> NDArray[np.bool_]:
    return ((middles >= box[:2] - margin) & (middles <= box[2:] + margin)).all(axis=-1)


def wrong_cells(logit: Tensor, yes: Tensor, counts: Tensor) -> Tensor:
    """The loss of all cells' yes and no, divided by the number of cells that should say yes."""
    cells = functional.binary_cross_entropy_with_logits(logit, yes, reduction="none")
    focus = (logit.sigmoid() - yes).abs() ** _FOCUS
    return (cells * focus * counts).sum() / (yes * counts).sum().clamp(min=1)


def missed(found: Tensor, wanted: Tensor) -> Tensor:
    """(n, 4) and (n, 4) boxes of the same cells → (n,) distances.

    1 - intersection over union + distance of the middles, which also pulls at boxes that do not touch (Zheng et al.
    2020).
    """
    sizes, wanted_sizes = found[:, 2:].clamp(max=5).exp(), wanted[:, 2:].exp()
    low, high = found[:, :2] - sizes / 2, found[:, :2] + sizes / 2
    wanted_low, wanted_high = wanted[:, :2] - wanted_sizes / 2, wanted[:, :2] + wanted_sizes / 2
    shared = (torch.minimum(high, wanted_high) - torch.maximum(low, wanted_low)).clamp(min=0).prod(dim=1)
    both = sizes.prod(dim=1) + wanted_sizes.prod(dim=1) - shared
    around = torch.maximum(high, wanted_high) - torch.minimum(low, wanted_low)
    apart = ((found[:, :2] - wanted[:, :2]) ** 2).sum(dim=1) / (around**2).sum(dim=1).clamp(min=1e-6)
    return 1 - shared / both.clamp(min=1e-6) + apart
