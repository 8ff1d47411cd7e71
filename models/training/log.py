"""The training's log: a CSV table and a picture of its curves."""

import csv
from pathlib import Path


class Log:
    """Rows of figures by pictures seen, in one CSV file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "log.csv"
        self._picture = folder / "curve.png"
        self._rows: list[dict[str, float]] = []

    def resume(self, seen: int) -> None:
        """Read the log, without rows newer than the checkpoint from which training resumes."""
        if self._file.exists():
            with self._file.open(newline="") as file:
                rows = [{key: float(value) for key, value in row.items() if value} for row in csv.DictReader(file)]
            self._rows = [row for row in rows if row["pictures"] <= seen]

    def add(self, row: dict[str, float]) -> None:
        self._rows.append(row)
        names = list(dict.fromkeys(name for one in self._rows for name in one))
        partial = self._file.with_suffix(".part")
        with partial.open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows({name: f"{value:.6g}" for name, value in one.items()} for one in self._rows)
        partial.replace(self._file)

    def draw(self) -> None:
        """Draws one small curve per figure."""
        from matplotlib.figure import Figure  # noqa: PLC0415 slow to import, and short trials need no picture

        names = [name for name in self._rows[-1] if name != "pictures"]
        rows = -(-len(names) // 3)
        figure = Figure(figsize=(12, 2.6 * rows), layout="constrained")
        for place, name in enumerate(names):
            axes = figure.add_subplot(rows, 3, place + 1)
            points = [(row["pictures"], row[name]) for row in self._rows if name in row]
            axes.plot(*zip(*points, strict=True))
            axes.set_title(name)
            axes.grid(alpha=0.3)
        figure.savefig(self._picture)
