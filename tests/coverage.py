"""The gate on coverage: every module of Kith on its own, over all tests together. Run by scripts/test."""

import json
from pathlib import Path
import subprocess
import sys

FLOOR = 95.0
"""Percent of a module's lines."""


def main(folder: Path) -> int:
    """Combine the runs' files in `folder` and name the modules below the floor; returns 1 if there are any."""
    shares = measured(folder)
    low = {module: share for module, share in shares.items() if share < FLOOR}
    for module, share in sorted(low.items(), key=lambda one: one[1]):
        print(f"{share:5.1f} %  {module}")
    print(f"{len(shares) - len(low)} of {len(shares)} modules have {FLOOR:.0f} % or more")
    return 1 if low or not shares else 0


def measured(folder: Path) -> dict[str, float]:
    """Module → percent of its lines that ran."""
    whole, report = folder / "whole", folder / "report.json"
    runs = [path for name in ("engine", "home") if (path := folder / name).exists()]
    coverage = (sys.executable, "-m", "coverage")
    subprocess.run([*coverage, "combine", "--quiet", "--keep", f"--data-file={whole}", *map(str, runs)], check=True)
    subprocess.run([*coverage, "json", "--quiet", f"--data-file={whole}", "-o", str(report)], check=True)
    files = json.loads(report.read_text())["files"]
    return {name: file["summary"]["percent_covered"] for name, file in files.items()}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
