"""A camera's stream, decoded here: one connection per address, its newest packets kept, pictures only when asked for.

Only `protocol` may be imported where PyAV may be missing.
"""

import importlib.util


def can_decode() -> bool:
    """Is PyAV at hand?"""
    return importlib.util.find_spec("av") is not None
