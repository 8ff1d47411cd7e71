"""Compares answers with recorded ones: they must have the same keys and kinds of values, recursively."""

import json
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "fixtures" / "ws"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def differences(told: Any, known: Any, place: str = "") -> list[str]:
    """Where a real answer differs in shape from the recorded one; empty if nowhere.

    known: the recorded answer. Null stands for "or null": a null in one may be anything in the other. An empty list
    says nothing about its elements; a list's elements are compared with the first recorded one.
    """
    if told is None or known is None:
        return []
    if isinstance(told, dict) and isinstance(known, dict):
        found = [f"{place}.{key}: only in one of them" for key in sorted(told.keys() ^ known.keys())]
        for key in told.keys() & known.keys():
            found += differences(told[key], known[key], f"{place}.{key}")
        return found
    if isinstance(told, list) and isinstance(known, list):
        return [why for one in told for other in known[:1] for why in differences(one, other, f"{place}[]")]
    if _kind(told) != _kind(known):
        return [f"{place}: {told!r} is not of the kind of {known!r}"]
    return []


def _kind(value: Any) -> str:
    """All numbers are of one kind, as in JSON."""
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def assert_like(told: Any, name: str) -> None:
    assert not differences(told, recorded(name)), (name, differences(told, recorded(name)))
