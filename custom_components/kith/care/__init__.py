"""What needs the owner's care: found by itself, told as repairs that lead to a fix, and taken back when it is over."""

from .starting import could_not_start, forget_failures
from .watch import Care, watch_over

__all__ = ["Care", "could_not_start", "forget_failures", "watch_over"]
