"""JPEGs that end too early, as when an upload or a copy broke off: taken if only a strip at the bottom is missing."""

import numpy as np
from numpy.typing import NDArray

LARGEST_GAP = 1 / 8
"""Share of the height that may be missing at the bottom: faces are above it. With more, it is another picture."""
END_OF_IMAGE = b"\xff\xd9"
"""The marker (ITU-T T.81, B.1.1.3) with which libjpeg fills up what is missing, in one color, instead of waiting."""
FLAT = 2
"""Gray levels within one row: what libjpeg fills in has none, and a picture has some even of a white wall."""


def missing(gray: NDArray[np.uint8]) -> float:
    """(height, width) luminance of a JPEG that was ended → the share of its height, from below, that was filled in."""
    flat = np.ptp(gray, axis=1) <= FLAT
    return float(np.argmin(flat[::-1])) / len(flat) if not flat.all() else 1.0
