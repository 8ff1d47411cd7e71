"""How often something is measured: often enough for figures, or once, to see that all of it runs."""

from enum import StrEnum


class Effort(StrEnum):
    FULL = "full"
    QUICK = "quick"

    def rounds(self, full: int) -> int:
        """full: how many a full run takes."""
        return full if self is Effort.FULL else 1
