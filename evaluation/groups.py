"""Are people of all groups treated alike? Errors within each group, side by side.

Every resident is compared with strangers of the same group: one photo each of the set `strangers`, as it is. Once with
one cosine for the whole world, as is common, and once with what Kith demands: more for people who look alike to it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.identity.demand import Sureness, demand_of
from custom_components.kith.identity.embedding_rows import EmbeddingRows
from custom_components.kith.identity.scores import Direction, direction_of, likelihood_ratios
from custom_components.kith.kith_engine.calibration import Calibration
from custom_components.kith.kith_engine.packs import Pack

from . import kith, sets
from .homes import RESIDENTS
from .probes import CLEAN, probes

SAME = {"mixed_western": "white"}
"""Groups that the two sets name differently."""
ENROLLED = 3
DRAWS = 6
"""Selections of enrolled photos for each resident."""
FRAMES = 5
FALSE_MATCHES = 1e-3
"""The mean over the groups at which both ways are compared."""
_SEED = 7


def measure(pack: Pack) -> dict[str, Any]:
    calibration = pack.manifest.calibration
    visitors = _by_group(sets.strangers(), _directions(pack, sets.strangers(), "strangers", calibration))
    residents = _residents(pack, calibration)
    groups = sorted(set(visitors) & set(residents))
    found: dict[str, Any] = {"ways": {}, "residents": {group: len(residents[group]) // DRAWS for group in groups}}
    for way, score in (("one cosine for all", _cosines), ("Kith's demand", _ratios)):
        impostor = {
            group: score(visitors[group], [them for them, _ in residents[group]], calibration) for group in groups
        }
        genuine = {
            group: np.array([score([track], [them], calibration)[0, 0] for them, track in residents[group]])
            for group in groups
        }
        found["ways"][way] = _rates(impostor, genuine, _threshold(impostor))
    demand = demand_of(Sureness.NORMAL, RESIDENTS, calibration).name
    found["ways"]["Kith, usual setting"] = _rates(impostor, genuine, demand)
    return found


type _Scores = dict[str, NDArray[np.float32]]


def _directions(
    pack: Pack, photos: Sequence[sets.Photo], name: str, calibration: Calibration
) -> list[Direction | None]:
    measured = kith.probes_of(kith.faces_of(probes(pack, photos, name, CLEAN)), calibration)
    return [None if probe is None else direction_of([probe]) for probe in measured]


def _by_group(photos: Sequence[sets.Photo], directions: Sequence[Direction | None]) -> dict[str, list[Direction]]:
    groups: dict[str, list[Direction]] = {}
    for photo, direction in zip(photos, directions, strict=True):
        if direction is not None:
            groups.setdefault(photo.group, []).append(direction)
    return groups


def _residents(pack: Pack, calibration: Calibration) -> dict[str, list[tuple[Direction, Direction]]]:
    """By group: the enrolled photos, and a track of the same person's other photos."""
    photos = sets.identities()
    measured = kith.probes_of(kith.faces_of(probes(pack, photos, "identities", CLEAN)), calibration)
    people: dict[str, list[int]] = {}
    for row, photo in enumerate(photos):
        if measured[row] is not None:
            people.setdefault(photo.person, []).append(row)
    group_of = {photo.person: SAME.get(photo.group, photo.group) for photo in photos}
    rng = np.random.default_rng(_SEED)
    found: dict[str, list[tuple[Direction, Direction]]] = {}
    for person, rows in people.items():
        for _ in range(DRAWS):
            order = [probe for row in rng.permutation(rows) if (probe := measured[row]) is not None]
            both = direction_of(order[:ENROLLED]), direction_of(order[ENROLLED : ENROLLED + FRAMES])
            found.setdefault(group_of[person], []).append(both)
    return found


def _cosines(seen: Sequence[Direction], them: Sequence[Direction], _: Calibration) -> NDArray[np.float32]:
    """(seen, them) cosines."""
    return np.stack([one.vector for one in seen]) @ np.stack([one.vector for one in them]).T


def _ratios(seen: Sequence[Direction], them: Sequence[Direction], calibration: Calibration) -> NDArray[np.float32]:
    """(seen, them) likelihood ratios."""
    rows = EmbeddingRows.of(them, calibration)
    return likelihood_ratios(*rows.compare(EmbeddingRows.of(seen, calibration)), calibration)


def _threshold(impostor: _Scores) -> float:
    """The threshold at which the groups' false match rates have the wanted mean."""
    low, high = (extreme(scores) for extreme, scores in ((min, _all(impostor)), (max, _all(impostor))))
    for _ in range(60):
        middle = (low + high) / 2
        too_many = np.mean([(scores > middle).mean() for scores in impostor.values()]) > FALSE_MATCHES
        low, high = (middle, high) if too_many else (low, middle)
    return high


def _all(scores: _Scores) -> list[float]:
    return [float(value) for group in scores.values() for value in (group.min(), group.max())]


def _rates(impostor: _Scores, genuine: _Scores, threshold: float) -> dict[str, Any]:
    groups = {
        group: {
            "fmr": float((impostor[group] > threshold).mean()),
            "fnmr": float((genuine[group] <= threshold).mean()),
            "comparisons": int(impostor[group].size),
        }
        for group in impostor
    }
    rates = [rates["fmr"] for rates in groups.values()]
    return {"groups": groups, "ratio": max(rates) / min(rates) if min(rates) else None}


def show(found: dict[str, Any]) -> None:
    print(f"\ngroups: false matches within the group per 1,000, and own tracks of {FRAMES} frames missed, in %")
    groups = list(found["residents"])
    counted = [f"{group} ({found['residents'][group]})" for group in groups]
    print(f"  {'':<22}" + "".join(f"{title:>20}" for title in counted) + f"{'highest to lowest':>20}")
    for way, rates in found["ways"].items():
        cells = [f"{1000 * r['fmr']:.2f} / {100 * r['fnmr']:.1f} %" for r in rates["groups"].values()]
        ratio = f"{rates['ratio']:.1f}" if rates["ratio"] else "no false match in one"
        print(f"  {way:<22}" + "".join(f"{cell:>20}" for cell in cells) + f"{ratio:>20}")
