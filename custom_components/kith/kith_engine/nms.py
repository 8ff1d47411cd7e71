"""Non-maximum suppression: keeps only the best of boxes that mean the same thing."""

import numpy as np
from numpy.typing import NDArray


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
