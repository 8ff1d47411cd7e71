"""What the vectors of one embedding network are worth as evidence: numbers learned where the pack was made.

Light on purpose: Home Assistant's own process weighs the evidence with them; see identity/scores.py.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

QUALITY_TERMS = 13
"""Coefficients of the quality polynomial, see identity/scores.py."""
CERTAINTIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Certainties of a comparison, both sides together, for which a calibration says its `stretch`."""
MOST_DIMENSIONS = 4096
_LARGEST = 1e6
"""No honest coefficient comes near it."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How a cosine becomes a likelihood ratio.

    quality: coefficients of the polynomial that predicts, from the measurements of a face, the cosine between its
    vector and the person's true one. common: (2, d), what all vectors of this network have in common, as offset and
    slope over that quality: it tells nobody apart. crowd: (n, d) of length 1, each the mean of many people's faces:
    where in the space of faces people stand close together. crowding, crowding_seen: how much of the nearness around
    the enrolled face and around the seen one a cosine must exceed; the latter is 0 for a pack that was made before it.
    gain, cost: log-likelihood ratio = certainty * (gain * cosine - cost * certainty). tail: (offset, slope); a track of
    somebody else reaches a log-likelihood ratio of r with probability exp(-(offset + slope * r)). second: what a second
    network adds, if the pack has one. stretch: how many times as much a positive ratio says at each of CERTAINTIES, so
    that the tail holds for all of them; empty for a pack that was made before there was one: once as much everywhere.
    chances: a positive ratio is divided by the number of independent looks to the power of this, because each look is
    another chance for a stranger. stranger: (offset, slope); a track of an enrolled person reaches a ratio of -r with
    probability exp(-(offset + slope * r)); None for a pack that was made before there was one: as the ratio says.
    covered: how many times as much a positive ratio says where mouth and nose are covered, and how many times as much
    a negative one: strangers and enrolled people then reach the tails as often as with bare faces.
    """

    quality: tuple[float, ...]
    common: NDArray[np.float32]
    crowd: NDArray[np.float32]
    crowding: float
    gain: float
    cost: float
    tail: tuple[float, float]
    second: Second | None = None
    stretch: tuple[float, ...] = ()
    chances: float = 0.0
    stranger: tuple[float, float] | None = None
    covered: tuple[float, float] = (1.0, 1.0)
    crowding_seen: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Second:
    """A second embedding network beside the first, and what both are worth together.

    embedding: its name. calibration: of its vectors alone. gains, costs: first network's, second's; with both, the
    log-likelihood ratio = bias + the sum of certainty * (gain * cosine - cost * certainty) over the two, and has the
    first one's tail.
    """

    embedding: str
    calibration: Calibration
    gains: tuple[float, float]
    costs: tuple[float, float]
    bias: float

    @property
    def dimensions(self) -> int:
        return int(self.calibration.crowd.shape[1])


def encode_calibration(calibration: Calibration) -> dict[str, Any]:
    """As JSON: for a pack's file and for the wire. Arrays are base64 of little-endian float16."""
    encoded = _encode_single(calibration)
    return encoded | {"second": _encode_second(calibration.second)} if calibration.second else encoded


def _encode_second(second: Second) -> dict[str, Any]:
    return {
        "embedding": second.embedding,
        "dimensions": second.dimensions,
        "gains": list(second.gains),
        "costs": list(second.costs),
        "bias": second.bias,
        "calibration": _encode_single(second.calibration),
    }


def _encode_single(calibration: Calibration) -> dict[str, Any]:
    encoded: dict[str, Any] = {
        "quality": list(calibration.quality),
        "common": _encode(calibration.common),
        "crowd": _encode(calibration.crowd),
        "crowding": calibration.crowding,
        "gain": calibration.gain,
        "cost": calibration.cost,
        "tail": list(calibration.tail),
    }
    if calibration.crowding_seen:
        encoded["crowding_seen"] = calibration.crowding_seen
    if calibration.stretch:
        encoded["stretch"] = list(calibration.stretch)
    if calibration.chances:
        encoded["chances"] = calibration.chances
    if calibration.stranger:
        encoded["stranger"] = list(calibration.stranger)
    if calibration.covered != (1.0, 1.0):
        encoded["covered"] = list(calibration.covered)
    return encoded


def decode_calibration(raw: Any, dimensions: int) -> Calibration:
    """Raises ValueError, which names the field, for anything but a calibration for vectors of this size."""
    if not isinstance(raw, Mapping):
        raise ValueError("not an object")  # noqa: TRY004  it is about the file, not about the program
    offset, slope = _pair(raw, "tail")
    gain, cost = _number(raw.get("gain"), "gain"), _number(raw.get("cost"), "cost")
    if min(gain, cost, slope) <= 0:
        raise ValueError("gain, cost and the tail's slope must be above 0")
    return Calibration(
        quality=_numbers(raw, "quality", QUALITY_TERMS),
        common=_decode(raw, "common", dimensions, rows=2),
        crowd=_decode(raw, "crowd", dimensions),
        crowding=_number(raw.get("crowding"), "crowding"),
        crowding_seen=_number(raw.get("crowding_seen", 0.0), "crowding_seen"),
        gain=gain,
        cost=cost,
        tail=(offset, slope),
        stretch=_decode_stretch(raw),
        chances=_decode_chances(raw),
        stranger=_decode_stranger(raw),
        covered=_decode_covered(raw),
        second=_decode_second(raw["second"]) if raw.get("second") is not None else None,
    )


def _decode_stretch(raw: Mapping[str, Any]) -> tuple[float, ...]:
    if raw.get("stretch") is None:
        return ()
    stretch = _numbers(raw, "stretch", len(CERTAINTIES))
    if min(stretch) <= 0:
        raise ValueError("stretch must be above 0")
    return stretch


def _decode_chances(raw: Mapping[str, Any]) -> float:
    chances = _number(raw.get("chances", 0.0), "chances")
    if not 0 <= chances <= 1:
        raise ValueError("chances is not between 0 and 1")
    return chances


def _decode_stranger(raw: Mapping[str, Any]) -> tuple[float, float] | None:
    if raw.get("stranger") is None:
        return None
    offset, slope = _pair(raw, "stranger")
    if slope <= 0:
        raise ValueError("stranger's slope must be above 0")
    return offset, slope


def _decode_covered(raw: Mapping[str, Any]) -> tuple[float, float]:
    if raw.get("covered") is None:
        return 1.0, 1.0
    more, less = _pair(raw, "covered")
    if min(more, less) <= 0:
        raise ValueError("covered must be above 0")
    return more, less


def _decode_second(raw: Any) -> Second:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("embedding"), str):
        raise ValueError("second is not an object that names its embedding")  # noqa: TRY004
    dimensions = raw.get("dimensions")
    if isinstance(dimensions, bool) or not isinstance(dimensions, int) or not 1 < dimensions <= MOST_DIMENSIONS:
        raise ValueError("second.dimensions is not a sane number")
    calibration = decode_calibration(raw.get("calibration"), dimensions)
    if calibration.second is not None:
        raise ValueError("second has a second")
    return Second(
        raw["embedding"],
        calibration,
        _pair(raw, "gains"),
        _pair(raw, "costs"),
        _number(raw.get("bias"), "bias"),
    )


def _pair(raw: Mapping[str, Any], key: str) -> tuple[float, float]:
    first, second = _numbers(raw, key, 2)
    return first, second


def _encode(array: NDArray[np.float32]) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f2").tobytes()).decode("ascii")


def _decode(raw: Mapping[str, Any], key: str, dimensions: int, rows: int | None = None) -> NDArray[np.float32]:
    try:
        values = np.frombuffer(base64.b64decode(raw.get(key) or "", validate=True), "<f2").astype(np.float32)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{key} is not an array") from error
    if not values.size or values.size % dimensions or not np.isfinite(values).all():
        raise ValueError(f"{key} has not {dimensions} finite numbers a row")
    array = values.reshape(-1, dimensions)
    if rows is not None and len(array) != rows:
        raise ValueError(f"{key} has {len(array)} rows, not {rows}")
    return array


def _number(value: Any, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise ValueError(f"{key} is not a sane number")
    return float(value)


def _numbers(raw: Mapping[str, Any], key: str, count: int) -> tuple[float, ...]:
    value = raw.get(key)
    if not isinstance(value, list) or len(value) != count:
        raise ValueError(f"{key} is not a list of {count} numbers")
    return tuple(_number(item, key) for item in value)
