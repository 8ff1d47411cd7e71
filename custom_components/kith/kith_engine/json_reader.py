"""Reads untrusted JSON, from the wire or from a file, with errors that name the place."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .analysis import Box, Flaw, Sensitivity
from .calibration import MOST_DIMENSIONS, Calibration, decode_calibration
from .errors import EngineError, PackError

LONGEST_TEXT = 200
LARGEST_NUMBER = 1e7
"""More than any measurement; its powers are still finite."""
LENGTH_SLACK = 1e-3
"""How far from 1 the length of a vector normalized in float32 may be."""


def number_in(value: Any, where: str, most: float = LARGEST_NUMBER) -> float:
    with suppress(OverflowError):  # JSON has whole numbers of any length
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most:
            return float(value)
    raise EngineError(f"its answer is not understood: {where} is not a number.")


class AnswerReader:
    """A JSON object of an answer; checks each field when it is read, and raises EngineError."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, Mapping):
            raise EngineError(f"its answer is not understood: {where} is not an object.")
        self._raw = raw
        self._where = where

    def get(self, key: str) -> Any:
        return self._raw.get(key)

    def wrong(self, key: str, wanted: str) -> EngineError:
        return EngineError(f"its answer is not understood: {self._where}.{key} is not {wanted}.")

    def number(self, key: str, most: float = LARGEST_NUMBER) -> float:
        return number_in(self._raw.get(key), f"{self._where}.{key}", most)

    def whole(self, key: str, most: int, least: int = 0) -> int:
        value = self._raw.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(key, f"a whole number from {least} to {most}")
        return value

    def text(self, key: str) -> str:
        value = self._raw.get(key)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise self.wrong(key, "a short text")
        return value

    def flag(self, key: str) -> bool:
        value = self._raw.get(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def sensitivity(self) -> Sensitivity:
        value = self._raw.get("sensitivity")
        if not isinstance(value, str) or value not in set(Sensitivity):
            raise self.wrong("sensitivity", f"one of {', '.join(Sensitivity)}")
        return Sensitivity(value)

    def mapping(self, key: str, most: int) -> Mapping[str, Any]:
        value = self._raw.get(key)
        if not isinstance(value, Mapping) or len(value) > most:
            raise self.wrong(key, f"an object with at most {most} fields")
        return value

    def inner(self, key: str) -> AnswerReader:
        return AnswerReader(self._raw.get(key), f"{self._where}.{key}")

    def list(self, key: str, most: int) -> list[AnswerReader]:
        value = self._raw.get(key)
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(key, f"a list of at most {most}")
        return [AnswerReader(item, f"{self._where}.{key}") for item in value]

    def box(self) -> Box:
        corners = self._raw.get("box")
        if not isinstance(corners, list) or len(corners) != 4:
            raise self.wrong("box", "four numbers")
        return Box(*(number_in(corner, f"{self._where}.box") for corner in corners))

    def vector(self, key: str, size: int | None = None) -> NDArray[np.float32]:
        """(n,) float32, all finite."""
        try:
            vector = np.frombuffer(base64.b64decode(self._raw.get(key) or "", validate=True), "<f4")
        except (ValueError, TypeError) as error:
            raise self.wrong(key, "a vector") from error
        if not 0 < len(vector) <= MOST_DIMENSIONS or (size and len(vector) != size) or not np.isfinite(vector).all():
            raise self.wrong(key, "a vector of this kind")
        return vector

    def direction(self, key: str) -> NDArray[np.float32]:
        """(n,) float32 of length 1; a longer one would be more like everybody than anybody is."""
        vector = self.vector(key)
        if abs(float(np.linalg.norm(vector.astype(np.float64))) - 1) > LENGTH_SLACK:
            raise self.wrong(key, "a vector of length 1")
        return vector

    def calibration(self, dimensions: int) -> Calibration:
        try:
            return decode_calibration(self._raw.get("calibration"), dimensions)
        except ValueError as error:
            raise self.wrong("calibration", f"one for {dimensions} dimensions ({error})") from error

    def flaws(self) -> tuple[Flaw, ...]:
        value = self._raw.get("flaws")
        known = set(Flaw)
        if not isinstance(value, list) or len(value) > len(known):
            raise self.wrong("flaws", f"a list of at most {len(known)}")
        if not all(isinstance(flaw, str) and flaw in known for flaw in value):
            raise self.wrong("flaws", "a list of known flaws")
        return tuple(Flaw(flaw) for flaw in value)


def parse(body: bytes | bytearray) -> Any:
    """JSON → values; raises EngineError for anything else."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EngineError("its answer is not JSON; check its address.") from error


class ManifestReader:
    """A JSON object of a manifest; checks each field when it is read, and raises PackError."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, Mapping):
            raise PackError(f"{where}: must be an object, not {raw!r:.40}")
        self._raw = raw
        self.where = where

    def get(self, key: str) -> Any:
        return self._raw.get(key)

    def refuse(self, key: str, wanted: str) -> PackError:
        return PackError(f"{self.where}.{key}: must be {wanted}, not {self._raw.get(key)!r:.80}")

    def text(self, key: str, pattern: str = r".*\S.*") -> str:
        value = self._raw.get(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.refuse(key, f"a text like /{pattern}/")
        return value

    def texts(self, key: str, pattern: str) -> tuple[str, ...]:
        """One, or a list of some."""
        value = self._raw.get(key)
        several = value if isinstance(value, list) else [value]
        if not several or not all(isinstance(each, str) and re.fullmatch(pattern, each) for each in several):
            raise self.refuse(key, f"one or more texts like /{pattern}/")
        return tuple(several)

    def number(self, key: str, least: float, most: float) -> float:
        value = self._raw.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.refuse(key, f"a number from {least} to {most}")
        return float(value)

    def whole(self, key: str, least: int, most: int) -> int:
        value = self.number(key, least, most)
        if value != int(value):
            raise self.refuse(key, "a whole number")
        return int(value)

    def wholes(self, key: str, count: int, least: int, most: int) -> tuple[int, ...]:
        values = self.numbers(key, count)
        if any(value != int(value) or not least <= value <= most for value in values):
            raise self.refuse(key, f"whole numbers from {least} to {most}")
        return tuple(int(value) for value in values)

    def yes(self, key: str) -> bool:
        value = self._raw.get(key)
        if not isinstance(value, bool):
            raise self.refuse(key, "true or false")
        return value

    def triple(self, key: str) -> tuple[float, float, float]:
        first, second, third = self.numbers(key, 3)
        return first, second, third

    def numbers(self, key: str, count: int | None = None) -> tuple[float, ...]:
        value = self._raw.get(key)
        if not isinstance(value, list) or not value or (count is not None and len(value) != count):
            raise self.refuse(key, "a list of numbers" if count is None else f"a list of {count} numbers")
        if not all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
            raise self.refuse(key, "a list of numbers")
        return tuple(value)

    def one(self, key: str) -> ManifestReader:
        return ManifestReader(self._raw.get(key), f"{self.where}.{key}")

    def many(self, key: str) -> list[ManifestReader]:
        value = self._raw.get(key)
        if not isinstance(value, list):
            raise self.refuse(key, "a list")
        return [ManifestReader(item, f"{self.where}.{key}[{index}]") for index, item in enumerate(value)]
