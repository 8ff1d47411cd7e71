"""What one camera's pictures are good for: how large its faces are, how many can be compared, and what limits it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..kith_engine.analysis import Face, Flaw

ENOUGH_FACES = 50
"""Least faces before Kith judges a camera."""
MOST_FACES_COUNTED = 2000
"""Faces; above it the tallies are halved, so that a camera that was moved is judged anew within days."""
_STEP = 4
"""Pixels per class of widths."""


@dataclass(slots=True)
class Suitability:
    """Tallies of the faces that one camera showed. widths: faces by width in steps of _STEP pixels."""

    faces: int = 0
    usable: int = 0
    flaws: Counter[Flaw] = field(default_factory=Counter)
    widths: Counter[int] = field(default_factory=Counter)

    def add(self, faces: Iterable[Face]) -> None:
        for face in faces:
            self.faces += 1
            self.usable += face.quality.usable
            self.flaws.update(face.quality.flaws[:1])
            self.widths[int(face.quality.width) // _STEP] += 1
        if self.faces > MOST_FACES_COUNTED:
            self._fade()

    def _fade(self) -> None:
        self.flaws = Counter({flaw: count // 2 for flaw, count in self.flaws.items()})
        self.widths = Counter({width: count // 2 for width, count in self.widths.items()})
        self.faces, self.usable = self.faces // 2, self.usable // 2

    @property
    def telling(self) -> bool:
        return self.faces >= ENOUGH_FACES

    @property
    def share(self) -> float:
        """Share of the faces that could be compared, 0 to 1."""
        return self.usable / self.faces if self.faces else 0.0

    @property
    def width(self) -> int | None:
        """The usual (median) width of a face here, in pixels."""
        half = sum(self.widths.values()) / 2
        for width in sorted(self.widths):
            half -= self.widths[width]
            if half <= 0:
                return width * _STEP + _STEP // 2
        return None

    @property
    def limit(self) -> Flaw | None:
        """The most frequent flaw of the faces that could not be compared."""
        return max(self.flaws, key=lambda flaw: self.flaws[flaw]) if self.flaws.total() else None
