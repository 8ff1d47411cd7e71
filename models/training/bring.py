"""Brings more scenes to learn from, out of the public git repositories that sources.json names; asks the teachers."""

import argparse
from collections.abc import Iterator
import csv
from dataclasses import dataclass
import io
import json
from pathlib import Path
import re
import sys

from PIL import Image, ImageOps, UnidentifiedImageError

from .alike import Alike, hash_of, hashes_of_clips, hashes_of_pictures
from .places import DATA, RUNS, needed
from .repositories import Repository
from .scenes import MORE, MORE_ANSWERS, ask

_LONGEST, _SHORTEST, _MOST_STRETCHED = 352, 110, 2.6
"""Pixels: the longest side kept and the shortest side accepted. Then the greatest ratio of the sides."""
_JPEG_QUALITY = 85
_APART, _APART_FROM_EVALUATION = 22, 44
"""The number of bits, of 256, in which the hashes of two different pictures must differ."""
_AT_ONCE = 200
_SUFFIXES = (".jpg", ".jpeg", ".png")
_COLUMNS = ("file", "source", "kind", "boxes")


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of sources.json. kind: as in Scene; "negative" until the teacher sees somebody, "empty" even then.

    files: a regular expression found in a picture's path. most: the number of pictures taken. apart: the least number
    of bits in which its pictures differ; low for cameras that do not move. labeled: people's boxes are taken from
    there, too, in YOLO's form: labels/X.txt for images/X.jpg, where all classes are people.
    """

    repository: str
    commit: str
    files: str
    kind: str
    license: str
    shows: str
    most: int
    apart: int = _APART
    labeled: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(prog="models/training/bring", description=__doc__)
    parser.add_argument(
        "--repositories",
        type=Path,
        default=RUNS / "repositories",
        metavar="FOLDER",
        help="clones are made here, or lie here already, as OWNER/NAME.git (models/training/runs/repositories)",
    )
    parser.add_argument("--processes", type=int, default=1, help="of the teachers (1)")
    chosen = parser.parse_args()
    listed = json.loads(Path(__file__).with_name("sources.json").read_text())
    sources = [Source(**entry) for entry in listed if entry["kind"] != "portraits"]
    rows = sorted(_rows(sources, chosen.repositories), key=lambda row: row["file"][::-1])
    # Ordered by the end of a hash, so that stopped teachers have seen all sources. (The start of it chose the
    # pictures.)
    for seen in ask(MORE, [row["file"] for row in rows], MORE_ANSWERS, chosen.processes):
        done = [row for row in rows if row["file"] in seen]
        _write(done)
        print(f"bring: the teachers have seen {len(done)} of {len(rows)}", file=sys.stderr, flush=True)


def _rows(sources: list[Source], repositories: Path) -> Iterator[dict[str, str]]:
    """Rows of the index; writes the pictures as well."""
    alike = _known()
    for source in sources:
        taken = list(_taken(source, repositories, alike))
        print(f"bring: {len(taken)} from {source.repository}: {source.shows}", file=sys.stderr, flush=True)
        yield from taken


def _known() -> Alike:
    """Pictures that must not be added again: the existing scenes, and those that networks are evaluated on."""
    alike = Alike()
    for folder in ("scenes_train", "identities", "strangers", "lfw"):
        for one in hashes_of_pictures(needed(DATA / folder)):
            alike.add(one, _APART)
    for folder, hashes in (("persons", hashes_of_pictures), ("clips", hashes_of_clips)):
        for one in hashes(needed(DATA / folder)):
            alike.add(one, _APART_FROM_EVALUATION)
    return alike


def _taken(source: Source, repositories: Path, alike: Alike) -> Iterator[dict[str, str]]:
    """Rows of the source's pictures that are suitable and new."""
    repository = Repository(source.repository, repositories)
    labels = _labels(repository.files(source.commit), source)
    blobs = sorted(labels)  # by the hash of their content: as good as random, and always the same
    left = source.most
    for start in range(0, len(blobs), _AT_ONCE):
        chunk = blobs[start : start + _AT_ONCE]
        said = dict(repository.contents([labels[blob] for blob in chunk if labels[blob]]))
        for blob, content in repository.contents(chunk):
            if not left:
                return
            picture = _prepared(content)
            if picture is None or alike.seen(picture):
                continue
            alike.add(hash_of(picture), source.apart)
            file = f"{blob[:2]}/{blob[:16]}.jpg"
            (MORE / file).parent.mkdir(parents=True, exist_ok=True)
            picture.save(MORE / file, quality=_JPEG_QUALITY)
            left -= 1
            boxes = _boxes(said.get(labels[blob], b"").decode(), picture)
            yield {"file": file, "source": source.repository, "kind": source.kind, "boxes": boxes}


def _labels(files: dict[str, str], source: Source) -> dict[str, str]:
    """By git's name for the content: the source's pictures, with the labels of each or an empty string."""
    return {
        blob: files.get(_label_of(path), "") if source.labeled else ""
        for path, blob in files.items()
        if path.lower().endswith(_SUFFIXES) and re.search(source.files, path)
    }


def _label_of(path: str) -> str:
    return re.sub(r"(^|/)images/", r"\1labels/", path).rpartition(".")[0] + ".txt"


def _boxes(label: str, picture: Image.Image) -> str:
    """Converts lines of class, center, and size as shares of the picture to corners in pixels, as in the index."""
    boxes = []
    for line in label.splitlines():
        _, x, y, width, height = map(float, line.split())
        shares = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        boxes.append(" ".join(f"{share * side:.1f}" for share, side in zip(shares, 2 * picture.size, strict=True)))
    return ";".join(boxes)


def _prepared(content: bytes) -> Image.Image | None:
    """An upright, small RGB picture; None if it is unreadable, too small, or too stretched."""
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    except (UnidentifiedImageError, OSError):
        return None
    if min(image.size) < _SHORTEST or max(image.size) > _MOST_STRETCHED * min(image.size):
        return None
    image.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS)
    return image


def _write(rows: list[dict[str, str]]) -> None:
    file = MORE / "index.csv"
    partial = file.with_suffix(".part")
    with partial.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, _COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    partial.replace(file)


if __name__ == "__main__":
    main()
