"""Directions laid out as a matrix, so that a face is compared with all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.calibration import Calibration
from .scores import Direction, crowd_around


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingRows:
    """One network's rows. vectors: (n, d). certainties: (n,), 0 for rows it does not know. crowd: (n,), see scores."""

    vectors: NDArray[np.float32]
    certainties: NDArray[np.float32]
    crowd: NDArray[np.float32]

    @classmethod
    def of(cls, rows: Sequence[Direction | None], calibration: Calibration) -> Self:
        vectors = np.zeros((len(rows), calibration.crowd.shape[1]), np.float32)
        for place, row in enumerate(rows):
            if row is not None:
                vectors[place] = row.vector
        certainties = np.array([row.certainty if row else 0.0 for row in rows], np.float32)
        return cls(vectors, certainties, crowd_around(vectors, calibration))

    def compare(self, seen: Direction) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n,) cosines above what the crowd around each row demands, and (n,) certainties."""
        return self.vectors @ seen.vector - self.crowd, self.certainties * np.float32(seen.certainty)
