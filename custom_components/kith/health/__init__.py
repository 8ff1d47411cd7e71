"""What needs the owner's care: found by itself, told as repairs that lead to a fix, and taken back when it is over."""

from .monitor import Care, watch_over
from .startup import could_not_start, forget_failures

__all__ = ["Care", "could_not_start", "forget_failures", "watch_over"]
