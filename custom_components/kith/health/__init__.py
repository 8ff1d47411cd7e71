"""Finds problems that need the owner, reports them as repairs, and withdraws them when they are over."""

from .monitor import HealthMonitor, start_monitoring
from .startup import could_not_start, forget_failures

__all__ = ["HealthMonitor", "could_not_start", "forget_failures", "start_monitoring"]
