"""Writes the measurements into a pack's card, as the table in it.

.venv/bin/python -m models.card COMPARISON.json CARD.md   the first: from `scripts/evaluate comparison --json`
"""

import json
from pathlib import Path
import re
import sys
from typing import Any

from evaluation.comparison import text

_TABLE = re.compile(r"^\| measured by .*\n(?:\|.*\n)+", re.MULTILINE)


def main() -> None:
    found, card = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2])
    written, count = _TABLE.subn(table(found["comparison"]), card.read_text(encoding="utf-8"))
    if count != 1:
        sys.exit(f"{card} must have one table that begins with '| measured by'")
    card.write_text(written, encoding="utf-8")


def table(comparison: dict[str, Any]) -> str:
    """A Markdown table with a line for each row of the comparison."""
    ours, theirs = comparison["packs"]
    lines = [f"| measured by `scripts/evaluate comparison` | {ours} | {theirs} |", "|---|---|---|"]
    lines += [f"| {name} | {text(row['this'])} | {text(row['other'])} |" for name, row in comparison["rows"].items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
