"""Error rates that can be counted by hand."""

import numpy as np
import pytest

from evaluation.measures import Trials, curve, interval


def trials(*rows: tuple[bool, bool, float]) -> Trials:
    """(resident, right, score) each, ten per home."""
    resident, right, score = (np.array(column) for column in zip(*rows, strict=True))
    return Trials(np.arange(len(rows)) // 10, resident, right, score.astype(float))


STRANGERS = [(False, False, float(score)) for score in range(100)]


def test_at_a_false_positive_rate_so_many_strangers_get_a_name_and_no_more() -> None:
    found = trials(*STRANGERS, (True, True, 100.0))
    assert found.fpir(found.threshold(0.05)) == pytest.approx(0.05)
    assert found.fpir(found.threshold(0.0)) == 0


def test_who_is_missed_or_misnamed_counts_as_not_identified_and_only_the_latter_as_wrong() -> None:
    residents = [(True, True, 200.0), (True, True, 50.0), (True, False, 200.0), (True, False, 10.0)]
    found = trials(*STRANGERS, *residents)
    assert found.fnir(99) == pytest.approx(3 / 4)
    assert found.wrong(99) == pytest.approx(1 / 4)
    assert found.fnir_at(0.6) == pytest.approx(2 / 4)


def test_a_threshold_that_is_reached_counts_for_rules_that_say_so() -> None:
    found = trials(*STRANGERS)
    assert found.fpir(90) == pytest.approx(0.09)
    assert found.fpir(90, reached=True) == pytest.approx(0.10)


def test_an_interval_holds_the_figure_and_is_none_where_all_homes_are_alike() -> None:
    rng = np.random.default_rng(0)
    mixed = trials(*STRANGERS, *[(True, bool(rng.random() < 0.7), 200.0) for _ in range(200)])
    low, high = interval(mixed, lambda drawn: drawn.wrong(99))
    assert low < mixed.wrong(99) < high
    alike = trials(*[(True, True, 1.0)] * 40)
    assert interval(alike, lambda drawn: drawn.fnir(0)) == (0, 0)


def test_the_trade_off_falls() -> None:
    rng = np.random.default_rng(0)
    rows = [(False, False, s) for s in rng.normal(0, 1, 500)] + [(True, True, s) for s in rng.normal(2, 1, 500)]
    misses = [miss for _, miss in curve(trials(*rows))]
    assert misses == sorted(misses, reverse=True)
