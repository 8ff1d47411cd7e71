"""Groups unnamed faces by person, so that the owner is asked about a person once and not for each visit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..kith_engine.calibration import Calibration
from .demand import Sureness, demand_of
from .embedding_rows import EmbeddingRows
from .gallery import Template
from .scores import Direction, direction_of, in_proportion, likelihood_ratios


def grouped(faces: Sequence[Template], calibration: Calibration) -> list[list[Template]]:
    """Groups faces of one network: merges two groups whose pairs are, on average, as surely one person as a name needs;
    the surest first (average linkage: Sokal & Michener 1958). The groups have no order; faces keep theirs.
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
        _merge(ratios, members, one, other)
    return [[faces[place] for place in sorted(places)] for places in members if places]


class Clusters:
    """Groups faces and keeps the last result: a look at one group must not group all faces anew.

    It holds people's vectors: call `forget` when any of its faces is deleted.
    """

    def __init__(self) -> None:
        self._ids: tuple[str, ...] | None = None
        self._calibration: Calibration | None = None
        self._groups: list[list[Template]] = []

    def of(self, faces: Sequence[Template], calibration: Calibration) -> list[list[Template]]:
        """See `grouped`; call it in an executor. Templates do not change: the same ids are the same faces."""
        ids = tuple(face.template_id for face in faces)
        if ids != self._ids or calibration is not self._calibration:
            self._groups, self._ids, self._calibration = grouped(faces, calibration), ids, calibration
        return self._groups

    def forget(self) -> None:
        self._ids, self._calibration, self._groups = None, None, []


def is_one_of(faces: Sequence[Template], known: Sequence[Template], calibration: Calibration) -> bool:
    """Are these faces, of one person and one network, one of the known people? By the same bar as `grouped`."""
    known = [face for face in known if face.embedding == faces[0].embedding]
    if not known:
        return False
    seen = direction_of([face.probe(calibration) for face in faces])
    rows = EmbeddingRows.of([face.direction(calibration) for face in known], calibration)
    cosines, certainties = rows.compare(EmbeddingRows.of([seen], calibration))
    bar = demand_of(Sureness.NORMAL, 1, calibration).name
    return bool((_evidence(cosines, certainties, calibration) >= bar).any())


def _merge(ratios: NDArray[np.float64], members: list[list[int]], one: int, other: int) -> None:
    """Merge the other group into the first, and update the groups' ratios, (n, n)."""
    sizes = len(members[one]), len(members[other])
    row = (sizes[0] * ratios[one] + sizes[1] * ratios[other]) / sum(sizes)
    ratios[one], ratios[:, one] = row, row
    ratios[other], ratios[:, other], ratios[one, one] = -np.inf, -np.inf, -np.inf
    members[one] += members[other]
    members[other] = []


def _ratios(seen: Sequence[Direction], calibration: Calibration) -> NDArray[np.float64]:
    """(n, n) ratios of all pairs, symmetric: the stricter of the two ways to compare counts."""
    rows = EmbeddingRows.of(seen, calibration)
    cosines, certainties = rows.compare(rows)
    return _evidence(np.minimum(cosines, cosines.T), certainties, calibration).astype(np.float64)


def _evidence(
    cosines: NDArray[np.float32], certainties: NDArray[np.float32], calibration: Calibration
) -> NDArray[np.float32]:
    return in_proportion(likelihood_ratios(cosines, certainties, calibration), certainties, calibration)
