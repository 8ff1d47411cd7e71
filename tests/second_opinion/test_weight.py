"""A score's evidence: more for a higher one, none at the middle, and never as much as an answer needs."""

from collections.abc import Callable

from hypothesis import given, strategies as st
import pytest

from custom_components.kith.identity.demand import Sureness, demand_of
from custom_components.kith.kith_engine.manifest import load_manifest, manifest_names
from custom_components.kith.second_opinion.weight import (
    EVEN,
    MOST_AGAINST,
    MOST_FOR,
    UNNAMED,
    of_confidence,
    of_logistic,
    ratios,
)

MAPPINGS = pytest.mark.parametrize("of", [of_logistic, of_confidence])
shares = st.floats(0, 1)


@MAPPINGS
@given(one=shares, other=shares)
def test_a_higher_score_never_counts_less(of: Callable[[float], float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert MOST_AGAINST <= of(low) <= of(high) <= MOST_FOR


@MAPPINGS
def test_the_middle_says_nothing_and_the_ends_say_what_is_allowed(of: Callable[[float], float]) -> None:
    assert (of(0.0), of(EVEN), of(1.0)) == (MOST_AGAINST, 0.0, MOST_FOR)


@pytest.mark.parametrize("sureness", [Sureness.NORMAL, Sureness.STRICT])
@pytest.mark.parametrize("pack", manifest_names())
def test_no_service_reaches_a_name_by_itself(sureness: Sureness, pack: str) -> None:
    assert demand_of(sureness, 1, load_manifest(pack).calibration).name > MOST_FOR


@pytest.mark.parametrize("sureness", list(Sureness))
@pytest.mark.parametrize("pack", manifest_names())
def test_no_service_makes_a_stranger_by_itself(sureness: Sureness, pack: str) -> None:
    assert demand_of(sureness, 1, load_manifest(pack).calibration).stranger > -MOST_AGAINST


def test_who_was_not_named_is_less_likely_than_before() -> None:
    scores = {"ada": 0.9, "ben": 0.8}
    found = ratios(["ada", "ben", "cleo"], scores, "ada", unseen=0.7, of=of_logistic)
    assert found == {"ada": of_logistic(0.9), "ben": UNNAMED, "cleo": UNNAMED}
    nobody = ratios(["ada", "cleo"], {"ada": 0.1}, None, unseen=0.05, of=of_logistic)
    assert nobody == {"ada": of_logistic(0.1), "cleo": of_logistic(0.05)}
