"""What sources.json names: public git repositories with pictures to learn from."""

from dataclasses import dataclass
import json
from pathlib import Path

APART = 22
"""Bits of 256 in which the hashes of two pictures differ when they are two."""
NOBODY = "nobody"
"""Kind of a source whose pictures are portraits that a network drew, of people who do not exist."""


@dataclass(frozen=True, slots=True)
class Source:
    """One entry. kind as a Scene's, "negative" until the teacher sees somebody, "empty" even then; or NOBODY.

    files: regular expression that is found in a picture's path. most: pictures taken. apart: bits in which its
    pictures differ at least; few for cameras that do not move. labelled: people's boxes are taken from there too, as
    YOLO has them: labels/X.txt for images/X.jpg, all classes are people.
    """

    repository: str
    commit: str
    files: str
    kind: str
    licence: str
    shows: str
    most: int
    apart: int = APART
    labelled: bool = False


def sources() -> list[Source]:
    return [Source(**entry) for entry in json.loads(Path(__file__).with_name("sources.json").read_text())]
