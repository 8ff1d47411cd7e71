"""The pictures and the facts about them, in KITH_DATA or beside the repository; none of them is kept."""

from collections.abc import Iterator
import csv
from dataclasses import dataclass
import os
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
DATA = Path(os.environ.get("KITH_DATA", REPOSITORY.parent / "shared" / "data"))


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture of one face. person: unique within its set. group, gender: as its set names them; may be empty."""

    path: Path
    person: str
    group: str = ""
    gender: str = ""


def identities() -> list[Photo]:
    """Public figures, many photos each."""
    return [
        Photo(DATA / "identities" / row["file"], row["identity"], row["group"], row["gender"])
        for row in _rows("identities")
    ]


def strangers() -> list[Photo]:
    """One photo each."""
    return [
        Photo(DATA / "strangers" / row["file"], row["file"], row["group"], row["gender"]) for row in _rows("strangers")
    ]


def wild() -> list[Photo]:
    """Labeled Faces in the Wild (Huang et al. 2007), the folds at hand."""
    return [Photo(path, path.parent.name) for path in sorted((DATA / "lfw" / "data").glob("*/*.jpg"))]


def crops() -> list[Path]:
    """Aligned faces of very many unnamed people."""
    return [DATA / "faces_train" / row["file"] for row in _rows("faces_train")]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos, and whether they are of one person. fold: of the standard cross-validation."""

    fold: int
    first: Path
    second: Path
    same: bool


def pairs() -> list[Pair]:
    """LFW's official pairs, view 2. The list's first line has the numbers of folds and of pairs of each kind in one."""
    lines = (DATA / "lfw" / "pairs.txt").read_text(encoding="utf-8").splitlines()
    _folds, each = map(int, lines[0].split())
    return [_pair(line.split("\t"), number // (2 * each)) for number, line in enumerate(lines[1:])]


def _pair(fields: list[str], fold: int) -> Pair:
    if len(fields) == 3:
        name, first, second = fields
        return Pair(fold, _wild(name, first), _wild(name, second), same=True)
    name, first, other, second = fields
    return Pair(fold, _wild(name, first), _wild(other, second), same=False)


def _wild(name: str, number: str) -> Path:
    return DATA / "lfw" / "data" / name / f"{name}_{int(number):04}.jpg"


def _rows(folder: str) -> Iterator[dict[str, str]]:
    with (DATA / folder / "index.csv").open(encoding="utf-8", newline="") as index:
        yield from csv.DictReader(index)


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture with or without people. boxes: (left, top, right, bottom). complete: everybody in it has one."""

    path: Path
    kind: str
    boxes: tuple[tuple[float, float, float, float], ...]
    complete: bool


def scenes() -> list[Scene]:
    """Where people are: fixed cameras, everyday pictures, and empty ones."""
    return [
        Scene(DATA / "persons" / row["file"], row["scene"], _boxes(row["boxes"]), row["complete"] == "yes")
        for row in _rows("persons")
    ]


def _boxes(text: str) -> tuple[tuple[float, float, float, float], ...]:
    corners = (tuple(map(float, box.split())) for box in text.split(";") if box.strip())
    return tuple((left, top, right, bottom) for left, top, right, bottom in corners)
