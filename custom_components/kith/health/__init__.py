"""Finds problems that need the owner, reports them as repairs, and withdraws them when they are over."""

from .monitor import Care, watch_over
from .startup import could_not_start, forget_failures

__all__ = ["Care", "could_not_start", "forget_failures", "watch_over"]
