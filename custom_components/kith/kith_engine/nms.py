"""Non-maximum suppression: keeps only the best of boxes that mean the same thing."""

import numpy as np
from numpy.typing import NDArray

from .analysis import Box, Person


def suppress(boxes: NDArray[np.float32], scores: NDArray[np.float32], overlap: float) -> NDArray[np.intp]:
    """(n, 4) corners and (n,) scores → indices of the boxes to keep, best first.

    Greedy: drops a box that shares more than `overlap` (intersection over union) with a better one that is kept.
    """
    order = np.argsort(-scores, kind="stable")
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    kept = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        inner = np.minimum(boxes[best, 2:], boxes[rest, 2:]) - np.maximum(boxes[best, :2], boxes[rest, :2])
        shared = np.prod(np.maximum(inner, 0), axis=1)
        order = rest[shared <= overlap * (areas[best] + areas[rest] - shared)]
    return np.array(kept, dtype=np.intp)


def placed(boxes: NDArray[np.float32], scores: NDArray[np.float32], region: Box, overlap: float) -> tuple[Person, ...]:
    """People from (n, 4) corners in a region of a picture and (n,) scores: each once, best first, cut at its edge."""
    corner = np.tile(np.array([region.left, region.top], np.float32), 2)
    most = [region.right, region.bottom]
    inside = np.clip(boxes + corner, corner, np.tile(np.array(most, np.float32), 2))
    return tuple(
        Person(Box(*inside[index].tolist()), float(scores[index]))
        for index in suppress(inside, scores, overlap)
        if np.all(inside[index, 2:] > inside[index, :2])
    )
