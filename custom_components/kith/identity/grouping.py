"""Which unnamed faces are of one person? So that somebody is asked once, and not for each visit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.calibration import Calibration
from .evidence import Sureness, demand_of
from .gallery import Layer, Template
from .scores import Direction, direction_of, in_proportion, likelihood_ratios


def grouped(faces: Sequence[Template], calibration: Calibration) -> list[list[Template]]:
    """Faces of one network, put together where all pairs of two groups are, on average, as surely one person as a name
    takes; the surest first (average linkage: Sokal & Michener 1958). No order of the groups; faces as they came.
    """
    if not faces:
        return []
    ratios = _ratios([face.direction(calibration) for face in faces], calibration)
    bar = demand_of(Sureness.NORMAL, 1, calibration).name
    members: list[list[int]] = [[place] for place in range(len(faces))]
    np.fill_diagonal(ratios, -np.inf)
    while len(faces) > 1:
        one, other = divmod(int(np.argmax(ratios)), len(faces))
        if ratios[one, other] < bar:
            break
        _put_together(ratios, members, one, other)
    return [[faces[place] for place in sorted(mine)] for mine in members if mine]


def is_one_of(faces: Sequence[Template], known: Sequence[Template], calibration: Calibration) -> bool:
    """Are these faces, of one person and one network, somebody of those? By the same bar."""
    known = [face for face in known if face.embedding == faces[0].embedding]
    if not known:
        return False
    seen = direction_of([face.probe(calibration) for face in faces])
    cosines, certainties = Layer.of([face.direction(calibration) for face in known], calibration).compare(seen)
    bar = demand_of(Sureness.NORMAL, 1, calibration).name
    return bool((_evidence(cosines, certainties, calibration) >= bar).any())


def _put_together(ratios: NDArray[np.float64], members: list[list[int]], one: int, other: int) -> None:
    """Make the first of two groups both, and the other empty; ratios, (n, n), become those of the new groups."""
    sizes = len(members[one]), len(members[other])
    row = (sizes[0] * ratios[one] + sizes[1] * ratios[other]) / sum(sizes)
    ratios[one], ratios[:, one] = row, row
    ratios[other], ratios[:, other], ratios[one, one] = -np.inf, -np.inf, -np.inf
    members[one] += members[other]
    members[other] = []


def _ratios(seen: Sequence[Direction], calibration: Calibration) -> NDArray[np.float64]:
    """(n, n) of each against each, symmetric: as hard as the crowd around either of the two demands."""
    layer = Layer.of(seen, calibration)
    cosines = layer.vectors @ layer.vectors.T - np.maximum(layer.crowd[:, None], layer.crowd[None, :])
    certainties = layer.certainties[:, None] * layer.certainties[None, :]
    return _evidence(cosines.astype(np.float32), certainties, calibration).astype(np.float64)


def _evidence(
    cosines: NDArray[np.float32], certainties: NDArray[np.float32], calibration: Calibration
) -> NDArray[np.float32]:
    return in_proportion(likelihood_ratios(cosines, certainties, calibration), certainties, calibration)
