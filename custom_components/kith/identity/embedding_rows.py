"""Directions laid out as a matrix, so that faces are compared with all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.calibration import Calibration
from .scores import Direction, above_crowds, crowd_around


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingRows:
    """One network's rows. vectors: (n, d). certainties: (n,), 0 for rows it does not know. crowd: (n,), see scores."""

    vectors: NDArray[np.float32]
    certainties: NDArray[np.float32]
    crowd: NDArray[np.float32]
    calibration: Calibration

    @classmethod
    def of(cls, rows: Sequence[Direction | None], calibration: Calibration) -> Self:
        vectors = np.zeros((len(rows), calibration.crowd.shape[1]), np.float32)
        for place, row in enumerate(rows):
            if row is not None:
                vectors[place] = row.vector
        certainties = np.array([row.certainty if row else 0.0 for row in rows], np.float32)
        return cls(vectors, certainties, crowd_around(vectors, calibration), calibration)

    def compare(self, seen: EmbeddingRows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(m, n) cosines above what the crowds around both sides demand, and (m, n) certainties."""
        cosines = above_crowds(seen.vectors @ self.vectors.T, seen.crowd, self.crowd, self.calibration)
        return cosines, np.outer(seen.certainties, self.certainties)
