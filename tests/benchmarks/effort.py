"""How often something is measured: often enough for figures, or once, to see that it runs; and what was found."""

from enum import StrEnum
import json
import os
from pathlib import Path
from typing import Any


class Effort(StrEnum):
    FULL = "full"
    QUICK = "quick"

    def rounds(self, full: int) -> int:
        """full: how many a full run takes."""
        return full if self is Effort.FULL else 1


EFFORT = Effort(os.environ.get("KITH_BENCHMARK_EFFORT", Effort.FULL))
"""Of this run under pytest."""


def write(name: str, figures: Any) -> None:
    """Add figures to what this run under pytest found."""
    path = Path(os.environ["KITH_BENCHMARK"])
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**known, name: figures}))
