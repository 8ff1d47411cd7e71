"""Whether what was read from a file has the form that its TypedDict says: a disk may give back anything."""

import math
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict


def fits(value: Any, form: Any) -> bool:
    """form: a TypedDict, dict, list, tuple (a list in JSON), union, str, int, float, bool, or None."""
    if is_typeddict(form):
        return _fits_record(value, form)
    inner = get_args(form)
    match get_origin(form):
        case origin if origin in (Union, UnionType):
            found = any(fits(value, one) for one in inner)
        case origin if origin is dict:
            found = isinstance(value, dict) and all(
                fits(name, inner[0]) and fits(one, inner[1]) for name, one in value.items()
            )
        case origin if origin is list:
            found = isinstance(value, list) and all(fits(one, inner[0]) for one in value)
        case origin if origin is tuple:
            found = isinstance(value, list) and len(value) == len(inner) and all(map(fits, value, inner, strict=True))
        case _ if form is float:
            found = type(value) in (int, float) and math.isfinite(value)
        case _:
            found = type(value) is (NoneType if form is None else form)
    return found


def _fits_record(value: Any, form: Any) -> bool:
    """Further fields may come from a newer version."""
    return (
        isinstance(value, dict)
        and value.keys() >= form.__required_keys__
        and all(fits(value[name], one) for name, one in get_type_hints(form).items() if name in value)
    )
