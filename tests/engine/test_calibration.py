"""A pack's numbers survive a round trip, and invalid ones are refused with the reason."""

from collections.abc import Callable
from dataclasses import replace
import json
from typing import Any

import numpy as np
import pytest

from kith_engine.calibration import (
    CERTAINTIES,
    QUALITY_TERMS,
    Calibration,
    Second,
    decode_calibration,
    encode_calibration,
)

ONE = Calibration(
    quality=(0.7, *[0.0] * (QUALITY_TERMS - 1)),
    common=np.zeros((2, 8), np.float32),
    crowd=np.eye(3, 8, dtype=np.float32),
    crowding=0.45,
    gain=60.0,
    cost=20.0,
    tail=(3.0, 0.9),
)
SMALLER = replace(ONE, common=np.zeros((2, 4), np.float32), crowd=np.eye(2, 4, dtype=np.float32))
TWO = replace(ONE, second=Second("net@0123456789ab", SMALLER, (40.0, 30.0), (12.0, 9.0), -0.5))


def test_two_networks_come_back_as_they_went() -> None:
    found = decode_calibration(json.loads(json.dumps(encode_calibration(TWO))), 8)
    assert found.second is not None
    assert (found.second.embedding, found.second.dimensions) == ("net@0123456789ab", 4)
    assert (found.second.gains, found.second.costs, found.second.bias) == ((40.0, 30.0), (12.0, 9.0), -0.5)
    assert found.second.calibration.crowd == pytest.approx(SMALLER.crowd)
    assert found.crowd == pytest.approx(ONE.crowd)


def test_what_a_positive_ratio_says_comes_back_as_it_went() -> None:
    stretched = replace(ONE, stretch=tuple(1 + 0.1 * place for place in range(len(CERTAINTIES))))
    assert decode_calibration(json.loads(json.dumps(encode_calibration(stretched))), 8).stretch == stretched.stretch


def test_a_pack_from_before_there_was_a_stretch_has_none_and_says_nothing_of_it() -> None:
    encoded = encode_calibration(ONE)
    assert "stretch" not in encoded
    assert decode_calibration(encoded, 8).stretch == ()


@pytest.mark.parametrize("wrong", [[1.0], [0.0] * len(CERTAINTIES), ["a"] * len(CERTAINTIES), 3])
def test_a_damaged_stretch_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="stretch"):
        decode_calibration(encode_calibration(ONE) | {"stretch": wrong}, 8)


def test_what_many_looks_and_strangers_need_comes_back_as_it_went() -> None:
    told = replace(ONE, chances=0.2, stranger=(1.5, 0.7), covered=(1.2, 0.6), crowding_seen=0.3)
    found = decode_calibration(json.loads(json.dumps(encode_calibration(told))), 8)
    assert (found.chances, found.stranger, found.covered, found.crowding_seen) == (0.2, (1.5, 0.7), (1.2, 0.6), 0.3)
    before = encode_calibration(ONE)
    assert not before.keys() & {"chances", "stranger", "covered", "crowding_seen"}, "a pack from before there were any"
    assert (decode_calibration(before, 8).chances, decode_calibration(before, 8).stranger) == (0.0, None)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("chances", -0.1),
        ("chances", 2),
        ("stranger", [1.0]),
        ("stranger", [1.0, 0.0]),
        ("covered", [1.2]),
        ("covered", [1.2, 0]),
    ],
)
def test_damage_to_either_is_refused(key: str, wrong: object) -> None:
    with pytest.raises(ValueError, match=key):
        decode_calibration(encode_calibration(ONE) | {key: wrong}, 8)


def test_one_network_has_no_second() -> None:
    assert decode_calibration(encode_calibration(ONE), 8).second is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda second: second.update(embedding=3), "names its embedding"),
        (lambda second: second.update(dimensions=True), "dimensions"),
        (lambda second: second.update(dimensions=5), "numbers a row"),
        (lambda second: second.update(gains=[1.0]), "gains"),
        (lambda second: second.update(costs=["a", "b"]), "costs"),
        (lambda second: second.update(bias=float("nan")), "bias"),
        (lambda second: second.update(calibration=3), "not an object"),
        (lambda second: second.pop("calibration"), "not an object"),
    ],
)
def test_a_damaged_second_is_refused(wrong: Callable[[dict[str, Any]], object], told: str) -> None:
    encoded = encode_calibration(TWO)
    wrong(encoded["second"])
    with pytest.raises(ValueError, match=told):
        decode_calibration(encoded, 8)


def test_a_second_of_the_second_is_refused() -> None:
    inner = replace(SMALLER, second=Second("x", SMALLER, (1.0, 1.0), (1.0, 1.0), 0.0))
    encoded = encode_calibration(TWO)
    encoded["second"]["calibration"] = encode_calibration(inner)
    with pytest.raises(ValueError, match="second has a second"):
        decode_calibration(encoded, 8)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"gain": 0}, "above 0"),
        ({"tail": [1.0, -1.0]}, "above 0"),
        ({"common": "no base64!"}, "common is not an array"),
        ({"common": 7}, "common is not an array"),
        ({"crowd": ""}, "crowd has not 8"),
        ({"common": encode_calibration(ONE)["crowd"]}, "common has 3 rows, not 2"),
        ({"quality": [1.0]}, "quality"),
        ({"crowding": True}, "crowding"),
        ({"crowding_seen": "much"}, "crowding_seen"),
    ],
)
def test_numbers_that_cannot_be_are_refused_by_name(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        decode_calibration(encode_calibration(ONE) | wrong, 8)
