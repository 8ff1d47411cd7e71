"""One network of a pack as its manifest describes it: whose it is, how it is fed, and how it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from .json_reader import ManifestReader

_SHORT = 12
"""Hexadecimal digits by which weights are told apart."""


class Role(StrEnum):
    """What a network is for."""

    PERSON = "person"
    FACE = "face"
    LANDMARKS = "landmarks"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Input:
    """How a network wants its picture: (pixel - mean) / deviation per channel, float32, (1, 3, height, width).

    side: of a square input; for a network that takes any size, the longest side it is given. multiple: both sides are
    multiples of this many pixels. order: of the channels, "RGB" or "BGR". pad: value of the pixels beyond the picture.
    """

    side: int
    multiple: int
    order: str
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    pad: int


@dataclass(frozen=True, slots=True)
class Detection:
    """How a detector's rows are read: anchor-free, one row per cell of each stride's grid.

    threshold: the least score that counts. overlap: two boxes that share more than this (intersection over union) mean
    the same thing. leaning: about how many times as far the head leans as a face network's landmarks.
    """

    strides: tuple[int, ...]
    threshold: float
    overlap: float
    leaning: float = 1.0


@dataclass(frozen=True, slots=True)
class Points:
    """What a landmark network gives: x and y of one face's five points, from the input's middle, in its sides.

    face: how wide the face is to be in the input, in sides.
    """

    face: float


@dataclass(frozen=True, slots=True)
class Vectors:
    """What an embedding network gives. mirror: the mirrored picture's vector is added before normalizing."""

    dimensions: int
    mirror: bool


@dataclass(frozen=True, slots=True)
class Network:
    """One file of a pack. sha256: 64 hexadecimal digits. url: where its maker puts it; None: it comes with Kith."""

    role: Role
    file: str
    bytes: int
    sha256: str
    url: str | None
    licence: str
    source: str
    trained_on: str
    input: Input
    output: Detection | Points | Vectors

    @property
    def identity(self) -> str:
        """Names these weights and no others."""
        return f"{self.file}@{self.sha256[:_SHORT]}"


def read_network(fields: ManifestReader) -> Network:
    """Raises PackError that names the place and what is wrong there."""
    role = Role(fields.text("role", "|".join(Role)))
    return Network(
        role=role,
        file=fields.text("file", r"\w[\w.-]*"),  # a plain name: it is joined to a folder
        bytes=fields.whole("bytes", 1, 2**30),
        sha256=fields.text("sha256", "[0-9a-f]{64}"),
        url=None if fields.get("url") is None else fields.text("url", r"https://\S+"),
        licence=fields.text("licence"),
        source=fields.text("source"),
        trained_on=fields.text("trained_on"),
        input=_input(fields.one("input")),
        output=_OUTPUTS[role](fields.one("output")),
    )


def _input(fields: ManifestReader) -> Input:
    deviation = fields.triple("deviation")
    if not all(deviation):
        raise fields.refuse("deviation", "three numbers other than 0")
    return Input(
        side=fields.whole("side", 16, 4096),
        multiple=fields.whole("multiple", 1, 4096),
        order=fields.text("order", "RGB|BGR"),
        mean=fields.triple("mean"),
        deviation=deviation,
        pad=fields.whole("pad", 0, 255),
    )


def _detection(fields: ManifestReader) -> Detection:
    return Detection(
        strides=tuple(int(stride) for stride in fields.numbers("strides")),
        threshold=fields.number("threshold", 0, 1),
        overlap=fields.number("overlap", 0, 1),
        leaning=1.0 if fields.get("leaning") is None else fields.number("leaning", 0, 4),
    )


def _vectors(fields: ManifestReader) -> Vectors:
    return Vectors(dimensions=fields.whole("dimensions", 2, 4096), mirror=fields.yes("mirror"))


def _points(fields: ManifestReader) -> Points:
    return Points(face=fields.number("face", 0.1, 1))


_OUTPUTS: dict[Role, Callable[[ManifestReader], Detection | Points | Vectors]] = {
    Role.PERSON: _detection,
    Role.FACE: _detection,
    Role.LANDMARKS: _points,
    Role.EMBEDDING: _vectors,
}
