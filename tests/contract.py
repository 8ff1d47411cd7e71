"""Holds answers to what was recorded of them: the same keys and the same kinds of values, recursively."""

import json
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "fixtures" / "ws"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def differences(told: Any, known: Any, place: str = "") -> list[str]:
    """Where a real answer is not shaped like the recorded ones; nowhere, if all is well.

    known: the recorded answer. Null stands for "or null": what is null in one may be anything in the other; an empty
    list says nothing of its elements, and a list's elements are held to the first recorded one.
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
    """Whole numbers and others are one kind in JSON."""
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def assert_like(told: Any, name: str) -> None:
    assert not differences(told, recorded(name)), (name, differences(told, recorded(name)))
