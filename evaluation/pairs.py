"""Face verification by the whole pipeline: are these two photos of one person?

Labeled Faces in the Wild (Huang et al. 2007), view 2: the threshold for each fold is chosen on the others.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.kith_engine.packs import Pack

from . import sets
from .probes import CLEAN, probes

RATES = (1e-2, 1e-3)
"""False match rates at which true matches are counted."""
NO_FACE = -1.0
"""Cosine of a pair without a found face: below every threshold."""


def measure(pack: Pack) -> dict[str, Any]:
    photos = sets.wild()
    found = probes(pack, photos, "wild", CLEAN)
    rows = {photo.path: row for row, photo in enumerate(photos)}
    pairs = sets.pairs()
    first, second = (np.array([rows[getattr(pair, side)] for pair in pairs]) for side in ("first", "second"))
    acquired = found.found[first] & found.found[second]
    cosines = np.where(acquired, (found.vectors[first] * found.vectors[second]).sum(axis=1), NO_FACE)
    same = np.array([pair.same for pair in pairs])
    folds = np.array([pair.fold for pair in pairs])
    accuracies = cross_validated(cosines, same, folds, acquired)
    edges = np.linspace(-0.4, 1, 71)
    return {
        "pairs": len(pairs),
        "accuracy": float(np.mean(accuracies)),
        "standard_error": float(np.std(accuracies, ddof=1) / np.sqrt(len(accuracies))) if len(accuracies) > 1 else None,
        "folds": accuracies,
        "true_matches": {str(rate): true_matches(cosines, same, rate) for rate in RATES},
        "failure_to_acquire": float(1 - found.found.mean()),
        "histogram": {
            "edges": edges.tolist(),
            "residents": np.histogram(cosines[same], edges)[0].tolist(),
            "strangers": np.histogram(cosines[~same], edges)[0].tolist(),
        },
    }


def cross_validated(
    cosines: NDArray[np.floating], same: NDArray[np.bool_], folds: NDArray[np.intp], acquired: NDArray[np.bool_]
) -> list[float]:
    """Accuracy on each fold at the threshold that is best on the others.

    acquired: (n,) whether both faces were found. Other pairs count as wrong, even if they are of two people.
    """
    accuracies = []
    for fold in np.unique(folds):
        others = folds != fold
        threshold = best_threshold(cosines[others], same[others])
        right = acquired & ((cosines >= threshold) == same)
        accuracies.append(float(right[~others].mean()))
    return accuracies


def best_threshold(cosines: NDArray[np.floating], same: NDArray[np.bool_]) -> float:
    """The middle of the gap with the fewest errors."""
    order = np.argsort(cosines)
    values, labels = cosines[order], same[order]
    # errors if the threshold is just above the n lowest: the same-person pairs among them and the other pairs above
    errors = np.concatenate([[0], np.cumsum(labels)]) + (~labels).sum() - np.concatenate([[0], np.cumsum(~labels)])
    edges = np.concatenate([[values[0] - 1], (values[1:] + values[:-1]) / 2, [values[-1] + 1]])
    best = np.flatnonzero(errors == errors.min())
    return float(edges[best[len(best) // 2]])


def true_matches(cosines: NDArray[np.floating], same: NDArray[np.bool_], rate: float) -> float:
    """Share of same-person pairs above the threshold that at most this share of others exceeds (TMR at FMR)."""
    impostors = np.sort(cosines[~same])[::-1]
    return float((cosines[same] > impostors[int(rate * len(impostors))]).mean())


def show(found: dict[str, Any]) -> None:
    folds = ", ".join(f"{100 * accuracy:.2f}" for accuracy in found["folds"])
    error = f" ± {100 * found['standard_error']:.2f}" if found["standard_error"] is not None else ""
    print(f"\npairs: {found['pairs']} of LFW, whole pictures")
    print(f"  accuracy {100 * found['accuracy']:.2f}{error} % (folds: {folds})")
    for rate, share in found["true_matches"].items():
        print(f"  true matches at FMR {rate}: {100 * share:.2f} %")
    print(f"  failure to acquire: {100 * found['failure_to_acquire']:.2f} % of the photos")
