"""How often is a face told as covered, with a mask drawn over it and without one?"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .moments import FRAMES
from .visitors import Cast


def measure(casts: Mapping[str, Cast]) -> dict[str, dict[str, float]]:
    """Shares of the faces that can be compared, by film: in color, and in infrared."""
    return {name: _shares(cast) for name, cast in casts.items()}


def _shares(cast: Cast) -> dict[str, float]:
    shown = np.flatnonzero(cast.films >= 0)
    rows = np.stack([cast.moment(photo) for photo in shown.tolist()])
    infrared = np.repeat(cast.infrared[shown], FRAMES).reshape(rows.shape)
    told, usable = cast.faces.covered[rows], cast.faces.usable[rows]
    return {
        "in color": float(told[usable & ~infrared].mean()),
        "in infrared": float(told[usable & infrared].mean()),
    }


def show(found: Mapping[str, Mapping[str, Any]]) -> None:
    print("\n  faces told as covered by a mask, in %")
    for film, shares in found.items():
        print(f"    {film:<30}" + "".join(f"{name:>12} {100 * share:5.1f}" for name, share in shares.items()))
