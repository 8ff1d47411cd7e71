"""Verification figures on pairs that can be counted by hand."""

import numpy as np
import pytest

from evaluation.pairs import NO_FACE, best_threshold, cross_validated, true_matches

SAME = np.array([True] * 10 + [False] * 10)
ALL = np.ones(20, bool)


def test_pairs_that_are_well_apart_are_all_told_right() -> None:
    cosines = np.r_[np.full(10, 0.8), np.full(10, 0.1)]
    folds = np.tile(np.arange(2), 10)
    assert cross_validated(cosines, SAME, folds, ALL) == [1, 1]
    assert 0.1 < best_threshold(cosines, SAME) < 0.8


def test_the_threshold_comes_from_the_other_folds_only() -> None:
    """A fold whose cosines are all higher is judged wrongly by the others' threshold."""
    cosines = np.r_[np.full(5, 0.5), np.full(5, 0.9), np.full(5, 0.1), np.full(5, 0.7)]
    folds = np.r_[np.zeros(5), np.ones(5), np.zeros(5), np.ones(5)].astype(int)
    first, second = cross_validated(cosines, SAME, folds, ALL)
    assert second == pytest.approx(0.5)
    assert first == pytest.approx(0.5)


def test_a_pair_without_a_face_is_told_wrong_also_if_it_is_of_two_people() -> None:
    cosines = np.r_[np.full(10, 0.8), np.full(10, 0.1)]
    folds = np.tile(np.arange(2), 10)
    acquired = ALL.copy()
    acquired[[0, 18]] = False
    cosines[~acquired] = NO_FACE
    assert cross_validated(cosines, SAME, folds, acquired) == pytest.approx([0.8, 1])


def test_true_matches_are_counted_above_the_wanted_share_of_false_ones() -> None:
    cosines = np.r_[np.linspace(0.5, 0.95, 10), np.linspace(0.0, 0.72, 10)]
    assert true_matches(cosines, SAME, 0.0) == pytest.approx(0.5)
    assert true_matches(cosines, SAME, 0.1) > 0.5
