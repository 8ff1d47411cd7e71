"""JSON that people wrote, read with errors that name the place."""

from collections.abc import Mapping
import re
from typing import Any

from .errors import PackError


class Fields:
    """A JSON object whose every field is checked when it is taken out."""

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

    def one(self, key: str) -> Fields:
        return Fields(self._raw.get(key), f"{self.where}.{key}")

    def many(self, key: str) -> list[Fields]:
        value = self._raw.get(key)
        if not isinstance(value, list):
            raise self.refuse(key, "a list")
        return [Fields(item, f"{self.where}.{key}[{index}]") for index, item in enumerate(value)]
